// The main job: documents run in real sandboxes, and nothing is left of them.
#include "support/catch.hpp"
#include "support/gvisor_fixture.hpp"

#include <cellos/core/environment.hpp>
#include <cellos/openssl/sha256.hpp>
#include <cellos/supervisor.hpp>

#include <chrono>
#include <fstream>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

auto supervisor_in(const StateDirectory& state) {
    return Supervisor{GVisorCellBackend{state.config()}};
}

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file{path};
    return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

TEST_CASE("A document runs in gVisor, not on the host") {
    const StateDirectory state;
    const auto report =
        supervisor_in(state).run(shell_document("cat /proc/version; id -u; pwd; echo oops >&2"));
    REQUIRE(report.has_value());
    CHECK(report->outcome == Outcome::Succeeded);
    CHECK(report->exit == ExitStatus::exited(0));
    CHECK(report->executed_on == ExecutedOn::Cell);
    CHECK(report->teardown == TeardownReport{"test", true, 0});
    // gVisor says of itself that it is Linux 4.4.0.
    CHECK(report->stdout_text.starts_with("Linux version 4.4.0"));
    CHECK(report->stdout_text.ends_with("\n65534\n/\n"));
    CHECK(report->stderr_text == "oops\n");
    CHECK(text_of("/proc/version").find("Linux version 4.4.0") == std::string::npos);
}

TEST_CASE("Every end of a workload has its own typed result and its own exit code") {
    struct Row {
        std::string name;
        std::vector<std::string> argv;
        ExitStatus status;
        int shell_code;
    };
    const auto sh = [](std::string script) {
        return std::vector<std::string>{"sh", "-c", std::move(script)};
    };
    const std::vector<Row> rows{
        {"exit 0", sh("exit 0"), ExitStatus::exited(0), 0},
        {"exit 7", sh("exit 7"), ExitStatus::exited(7), 7},
        {"exit 2", sh("exit 2"), ExitStatus::exited(2), 2},
        {"exit 128", sh("exit 128"), ExitStatus::exited(128), 128},
        {"exit 255", sh("exit 255"), ExitStatus::exited(255), 255},
        {"SIGKILL", sh("kill -KILL $$"), ExitStatus::signaled(9), 137},
        {"SIGSEGV", sh("kill -SEGV $$"), ExitStatus::signaled(11), 139},
        {"SIGTERM", sh("kill -TERM $$"), ExitStatus::signaled(15), 143},
    };
    const StateDirectory state;
    auto supervisor = supervisor_in(state);
    for (const auto& row : rows) {
        INFO(row.name);
        const auto report = supervisor.run(cell_document(row.argv));
        if (!report) FAIL(report.error().what());
        REQUIRE(report->exit.has_value());
        CHECK(*report->exit == row.status);
        CHECK(shell_exit_code(*report->exit) == row.shell_code);
        CHECK(report->outcome == (row.shell_code == 0 ? Outcome::Succeeded : Outcome::Failed));
        CHECK(report->teardown.destroyed);
    }
}

TEST_CASE("A command that cannot be executed is named, and told from a failure of the sandbox") {
    struct Row {
        std::vector<std::string> argv;
        CellosError::Kind kind;
    };
    const std::vector<Row> rows{
        {{"no-such-command"}, CellosError::Kind::CommandNotFound},
        {{"/no/such/file"}, CellosError::Kind::CommandNotFound},
        {{"/etc/passwd"}, CellosError::Kind::CommandNotExecutable},
        {{"/usr"}, CellosError::Kind::CommandNotExecutable},
    };
    const StateDirectory state;
    auto supervisor = supervisor_in(state);
    for (const auto& row : rows) {
        INFO(row.argv.front());
        const auto report = supervisor.run(cell_document(row.argv));
        REQUIRE_FALSE(report.has_value());
        CHECK(report.error().kind == row.kind);
        CHECK(report.error().message.find(row.argv.front()) != std::string::npos);
    }
}

TEST_CASE("A time-out, the TTL and a stop token end the workload, and none of them leaves a code") {
    const StateDirectory state;
    auto supervisor = supervisor_in(state);
    auto sleeper = shell_document("echo begun; exec sleep 1000");

    SECTION("time-out") {
        sleeper.spec.run->timeout_ms = 700;
        const auto report = supervisor.run(sleeper);
        REQUIRE(report.has_value());
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
        CHECK(shell_exit_code(*report->exit) == 124);
        CHECK(report->stdout_text == "begun\n");
        CHECK(report->teardown.destroyed);
    }
    SECTION("TTL") {
        sleeper.spec.lifetime.ttl_seconds = 1;
        const auto report = supervisor.run(sleeper);
        REQUIRE(report.has_value());
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
    }
    SECTION("a polite end: the workload hears SIGTERM first") {
        auto polite =
            shell_document("trap 'echo bye; exit 3' TERM; echo begun; while :; do sleep 0.05; done"
            );
        polite.spec.run->timeout_ms = 1000;
        polite.spec.run->limits = Limits{.graceful_shutdown_seconds = 20};
        const auto report = supervisor.run(polite);
        REQUIRE(report.has_value());
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
        CHECK(report->stdout_text == "begun\nbye\n");
    }
    SECTION("stop token, while the workload runs") {
        std::stop_source source;
        int ends[2];
        REQUIRE(::pipe(ends) == 0);
        // The first output of the workload is the event to wait for.
        std::jthread stopper{[&] {
            char byte = 0;
            if (::read(ends[0], &byte, 1) == 1) source.request_stop();
        }};
        RunOptions options{.stop = source.get_token(), .stdio = Descriptors{.stdout_fd = ends[1]}};
        const auto report = supervisor.run(sleeper, std::move(options));
        stopper.join();
        ::close(ends[0]);
        ::close(ends[1]);
        REQUIRE(report.has_value());
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::Cancelled));
        CHECK(shell_exit_code(*report->exit) == 130);
    }
}

TEST_CASE("Input, output and input files pass through") {
    const StateDirectory state;
    auto supervisor = supervisor_in(state);

    SECTION("stdin text, and output beyond the limit") {
        RunOptions options{.stdio = Capture{.limit_bytes = 1000, .stdin_text = "first\nsecond\n"}};
        const auto report = supervisor.run(
            shell_document("cat; head -c 3000000 /dev/zero >&2"), std::move(options)
        );
        REQUIRE(report.has_value());
        CHECK(report->exit == ExitStatus::exited(0));
        CHECK(report->stdout_text == "first\nsecond\n");
        CHECK(report->stderr_text.size() == 1000);
        CHECK(report->output_truncated);
    }
    SECTION("without stdin text the workload sees the end at once") {
        const auto report = supervisor.run(shell_document("wc -c"));
        REQUIRE(report.has_value());
        CHECK(report->stdout_text == "0\n");
    }
    SECTION("input files are read-only in /inputs") {
        RunOptions options{
            .inputs = {
                {"main.c", std::string{"int main(void){return 5;}\n"}},
                {"hosts", std::filesystem::path{"/etc/hostname"}}}};
        auto document = shell_document(
            "cat /inputs/hosts; echo x >> /inputs/main.c; gcc -o prog /inputs/main.c && ./prog"
        );
        document.spec.run->working_directory = "/work";
        const auto report = supervisor.run(document, std::move(options));
        REQUIRE(report.has_value());
        CHECK(report->exit == ExitStatus::exited(5));
        CHECK(report->stdout_text == text_of("/etc/hostname"));
    }
}

TEST_CASE("The cell's environment is exactly the document's, PATH, HOME and LANG") {
    const StateDirectory state;
    auto document = cell_document({"env"});
    document.spec.environment = EnvironmentSpec{{{"GREETING", "hello world"}, {"EMPTY", ""}}};
    const auto report = supervisor_in(state).run(document);
    REQUIRE(report.has_value());
    std::istringstream lines{report->stdout_text};
    std::set<std::string> variables;
    for (std::string line; std::getline(lines, line);) variables.insert(line);
    CHECK(
        variables ==
        std::set<std::string>{
            "EMPTY=",
            "GREETING=hello world",
            "HOME=/home/cell",
            "LANG=C.UTF-8",
            std::string{"PATH="} + default_path}
    );
}

TEST_CASE("The host's files stay out of reach") {
    const StateDirectory state;
    const auto report = supervisor_in(state).run(shell_document(
        "for f in /etc/shadow /root /var/log /proc/1/root/root /run /work; do test -e $f && echo "
        "found $f; done;"
        "touch /usr/x /etc/x /x 2>/dev/null && echo wrote; touch /tmp/x && echo scratch"
    ));
    REQUIRE(report.has_value());
    CHECK(report->stdout_text == "scratch\n");
}

TEST_CASE("What cannot be enforced or is missing is refused before anything exists") {
    const StateDirectory state;
    auto config = state.config();
    auto document = cell_document({"true"});
    const auto refused = [&](std::string_view words) {
        const auto before = residue(state.path());
        const auto report = Supervisor{GVisorCellBackend{config}}.run(document);
        REQUIRE_FALSE(report.has_value());
        CAPTURE(report.error().what());
        CHECK(report.error().what().find(words) != std::string::npos);
        CHECK(left_behind(before, residue(state.path())).empty());
        return report.error().kind;
    };
    SECTION("egress rules") {
        document.spec.authority.egress_rules = {{.host = "example.org", .port = 443}};
        CHECK(refused("network egress is not supported") == CellosError::Kind::Unsupported);
    }
    SECTION("no runsc") {
        config.runsc = "/no/such/runsc";
        CHECK(
            refused("install gVisor's runsc (Debian and Ubuntu: the package `runsc`)") ==
            CellosError::Kind::Host
        );
    }
    SECTION("something else in its place") {
        config.runsc = "/bin/true";
        CHECK(refused("does not answer like gVisor's runsc") == CellosError::Kind::Host);
    }
    SECTION("an unknown platform") {
        config.platform = "hardware";
        CHECK(
            refused("does not know the platform 'hardware'; it knows: ") ==
            CellosError::Kind::Unsupported
        );
    }
    SECTION("a rootfs that does not exist") {
        config.rootfs = DirectoryRootfs{"/no/such/rootfs"};
        CHECK(refused("/no/such/rootfs") == CellosError::Kind::Host);
    }
}

TEST_CASE("The operator's mounts are there, writable only if said so") {
    const StateDirectory state;
    const StateDirectory shared;
    std::filesystem::create_directory(shared.path());
    std::filesystem::permissions(shared.path(), std::filesystem::perms::all);
    std::ofstream{shared.path() / "data"} << "from the host\n";
    auto config = state.config();
    SECTION("read-only") {
        config.mounts = {{shared.path(), "/data"}};
        const auto report = Supervisor{GVisorCellBackend{config}}.run(
            shell_document("cat /data/data; echo x > /data/new")
        );
        REQUIRE(report.has_value());
        CHECK(report->stdout_text == "from the host\n");
        CHECK_FALSE(std::filesystem::exists(shared.path() / "new"));
    }
    SECTION("writable") {
        config.mounts = {{shared.path(), "/data", true}};
        const auto report =
            Supervisor{GVisorCellBackend{config}}.run(shell_document("echo back > /data/new"));
        REQUIRE(report.has_value());
        CHECK(text_of(shared.path() / "new") == "back\n");
    }
    SECTION("instead of the cell's /etc, and nothing is made in it") {
        config.mounts = {{shared.path(), "/etc"}};
        const auto report =
            Supervisor{GVisorCellBackend{config}}.run(shell_document("cat /etc/data"));
        REQUIRE(report.has_value());
        CHECK(report->stdout_text == "from the host\n");
        CHECK_FALSE(std::filesystem::exists(shared.path() / "alternatives"));
    }
    std::filesystem::remove_all(shared.path());
}

TEST_CASE("A cell has the program that the host has chosen among alternatives") {
    if (!std::filesystem::is_symlink("/etc/alternatives/awk"))
        CELLOS_SKIP("this host chooses no awk");
    const StateDirectory state;
    const auto report = supervisor_in(state).run(
        shell_document("readlink -f /usr/bin/awk; awk 'BEGIN { print 6 * 7 }'")
    );
    REQUIRE(report.has_value());
    CHECK(report->stdout_text == std::filesystem::canonical("/usr/bin/awk").native() + "\n42\n");
}

TEST_CASE("The handle carries the digest of the cell's kernel when there is a hasher") {
    const StateDirectory state;
    auto config = state.config();
    config.sha256 = openssl_sha256();
    GVisorCellBackend backend{config};
    const auto handle = backend.create(cell_document({"true"}));
    REQUIRE(handle.has_value());
    REQUIRE(handle->kernel_digest_sha256.has_value());
    CHECK(handle->kernel_digest_sha256->size() == 64);
    CHECK_FALSE(handle->rootfs_digest_sha256.has_value());
    CHECK(backend.destroy(*handle).value() == TeardownReport{"test", true, 0});
}

TEST_CASE("Destroying: one winner, unknown handles are errors, cells of one id are told apart") {
    const StateDirectory state;
    GVisorCellBackend backend{state.config()};
    const auto first = backend.create(cell_document({"true"}, "same")).value();
    const auto second = backend.create(cell_document({"true"}, "same")).value();
    CHECK(
        backend.destroy(CellHandle{.cell_id = "same"}).error().kind ==
        CellosError::Kind::UnknownCell
    );
    CHECK(backend.destroy(first).value() == TeardownReport{"same", true, 1});
    CHECK(backend.destroy(first).error().kind == CellosError::Kind::UnknownCell);
    CHECK(backend.destroy(second).value() == TeardownReport{"same", true, 0});
}

TEST_CASE("200 cells one after the other leave nothing") {
    const StateDirectory state;
    auto supervisor = supervisor_in(state);
    REQUIRE(supervisor.run(cell_document({"true"})).has_value());
    const auto before = residue(state.path());
    for (int i = 0; i < 200; ++i) {
        const auto report = supervisor.run(cell_document({"true"}, "cell-" + std::to_string(i)));
        REQUIRE(report.has_value());
        REQUIRE(report->outcome == Outcome::Succeeded);
    }
    CHECK(left_behind(before, residue(state.path())) == "");
}

TEST_CASE("32 cells at once, of one supervisor, leave nothing") {
    const StateDirectory state;
    auto supervisor = supervisor_in(state);
    REQUIRE(supervisor.run(cell_document({"true"})).has_value());
    const auto before = residue(state.path());
    {
        std::vector<std::jthread> threads;
        std::vector<std::string> ends(32);
        for (int i = 0; i < 32; ++i) {
            threads.emplace_back([&supervisor, &ends, i] {
                auto& end = ends[static_cast<std::size_t>(i)];
                const auto report = supervisor.run(shell_document("exit " + std::to_string(i)));
                end = report ? std::to_string(report->exit->code.value_or(-1))
                             : report.error().what();
            });
        }
        threads.clear();
        for (int i = 0; i < 32; ++i) CHECK(ends[static_cast<std::size_t>(i)] == std::to_string(i));
    }
    CHECK(left_behind(before, residue(state.path())) == "");
}
