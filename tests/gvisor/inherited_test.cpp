// What this program has from whoever started it, and what it does meanwhile, must not reach its
// cells.
#include "support/careless_parent.hpp"
#include "support/catch.hpp"
#include "support/cold_or_warm.hpp"
#include "support/forked_program.hpp"

#include <cellos/os/child_process.hpp>
#include <cellos/supervisor.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace cellos;
using namespace cellos_tests;

namespace {

// The umask of this process, for the time being.
class Umask {
public:
    explicit Umask(mode_t mask) : before_{::umask(mask)} {}
    Umask(const Umask&) = delete;
    Umask& operator=(const Umask&) = delete;
    ~Umask() { ::umask(before_); }

private:
    mode_t before_;
};

// Forks that hold every descriptor of this program and do nothing.
class Holders {
public:
    Holders() = default;
    Holders(const Holders&) = delete;
    Holders& operator=(const Holders&) = delete;
    ~Holders() {
        for (const pid_t pid : pids_) ::kill(pid, SIGKILL);
        for (const pid_t pid : pids_) ::waitpid(pid, nullptr, 0);
    }

    void add() {
        const pid_t pid = ::fork();
        if (pid == 0) {
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (;;) ::pause();
        }
        if (pid > 0) pids_.push_back(pid);
    }
    [[nodiscard]] std::size_t count() const noexcept { return pids_.size(); }

private:
    std::vector<pid_t> pids_{};
};

// Here signals have their standard dispositions, and limits are this process's alone.
template <class Work>
int in_another_program(Work work) {
    return ForkedProgram{[&] {
               std::signal(SIGXFSZ, SIG_DFL);
               return work();
           }}
        .wait();
}

void bound_files(rlim_t bytes) {
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
}

} // namespace

TEST_CASE("Cells start, read their inputs and export whatever the umask of the program") {
    const bool warm = GENERATE(false, true);
    const mode_t mask = GENERATE(mode_t{0077}, mode_t{0777});
    CAPTURE(cold_or_warm(warm), mask);
    const Umask umask{mask};
    ColdOrWarm run{warm};
    const auto document = shell_document("cd /tmp; cat /inputs/in.txt; umask; echo x >f; cat f");
    const auto report = run(document, {.inputs = {{"in.txt", std::string{"text\n"}}}});
    CHECK(report.stdout_text == "text\n0022\nx\n");
    CHECK(report.stderr_text.empty());
}

TEST_CASE("A cell has files of any size where the program may only write small ones") {
    const bool warm = GENERATE(false, true);
    CAPTURE(cold_or_warm(warm));
    rlimit before{};
    ::getrlimit(RLIMIT_FSIZE, &before);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    bound_files(rlim_t{100} << 10);
    {
        ColdOrWarm run{warm};
        const auto report =
            run(shell_document("head -c 3000000 /dev/zero >/tmp/f && wc -c </tmp/f"));
        CHECK(report.stdout_text == "3000000\n");
    }
    ::setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
}

TEST_CASE("Where the program may write no file at all, a cell is an error and no signal") {
    const StateDirectory state;
    const int code = in_another_program([&] {
        bound_files(0);
        const auto report =
            Supervisor{GVisorCellBackend{state.config()}}.run(cell_document({"true"}));
        return report || report.error().what().find("File too large") == std::string::npos ? 1 : 0;
    });
    CHECK(code == 0);
    CHECK(std::filesystem::is_empty(state.path()));
}

TEST_CASE("Cells run where the program ignores SIGCHLD, or reaps every child that it finds") {
    if (!os::kernel_tells_ends()) CELLOS_SKIP("this kernel doesn't tell of a child that is gone");
    const bool warm = GENERATE(false, true);
    const auto way = GENERATE(CarelessParent::Way::Ignores, CarelessParent::Way::ReapsAll);
    CAPTURE(cold_or_warm(warm));
    const CarelessParent parent{way};
    ColdOrWarm run{warm};
    CHECK(run(shell_document("exit 7")).exit == ExitStatus::exited(7));
    CHECK(run(shell_document("kill -TERM $$")).exit == ExitStatus::signaled(SIGTERM));
}

TEST_CASE("A fork of the program keeps no workload from the end of its input") {
    const bool warm = GENERATE(false, true);
    CAPTURE(cold_or_warm(warm));
    ColdOrWarm run{warm};
    Holders holders;
    SECTION("one from before the run") {
        run.make_ready();
        holders.add();
        const auto report = run(shell_document("cat"), {.stdio = Capture{.stdin_text = "text"}});
        CHECK(report.exit == ExitStatus::exited(0));
        CHECK(report.stdout_text == "text");
    }
    SECTION("many from all the time of the run") {
        run.make_ready();
        const std::string text(std::size_t{3} << 20, 'x');
        std::jthread forking{[&](const std::stop_token& done) {
            while (!done.stop_requested()) { // they end with this thread
                if (holders.count() < 200) holders.add();
                std::this_thread::sleep_for(std::chrono::milliseconds{5}); // spread over the run
            }
        }};
        const auto report =
            run(shell_document("sleep 0.2; wc -c"), {.stdio = Capture{.stdin_text = text}});
        forking.request_stop();
        forking.join();
        CHECK(report.exit == ExitStatus::exited(0));
        CHECK(report.stdout_text == std::to_string(text.size()) + '\n');
        CHECK(holders.count() > 0);
    }
}
