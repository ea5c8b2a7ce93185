// What another user of the host can do to cells, without any right: nothing.
#include "support/catch.hpp"
#include "support/fake_runsc.hpp"
#include "support/forked_program.hpp"
#include "support/gvisor_fixture.hpp"
#include "support/other_user.hpp"

#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/host/gvisor/runsc/version.hpp>
#include <cellos/host/prewarmed.hpp>
#include <cellos/os/wait.hpp>
#include <cellos/supervisor.hpp>

#include <atomic>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

// `name` may begin with a NUL, as names of abstract sockets do.
bool with_address(std::string_view name, int (*call)(int, const sockaddr*, socklen_t), int socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.size() >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, name.data(), name.size());
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    return call(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0;
}

os::Descriptor unix_socket() {
    return os::Descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
}

// With the NUL at its end that Go's system call package leaves there.
std::string abstract_name(const std::string& id) {
    return '\0' + ("runsc-sandbox." + id) + '\0';
}

// What a user finds of the sandbox of this id, and can do with it, one line each.
std::string reached(const std::filesystem::path& state, const std::string& id) {
    std::string told;
    if (file_text("/proc/net/unix").find(id) != std::string::npos) told += "found its socket\n";
    const std::string file = state / id / "runsc" / ("runsc-" + id + ".sock");
    for (const std::string& name : {abstract_name(id), file}) {
        const auto client = unix_socket();
        if (with_address(name, ::connect, client.get())) told += "connected to its socket\n";
    }
    return told;
}

// What `work` says as a user without rights, for each line that it is given.
class OtherUser {
public:
    using Work = std::function<std::string(const std::string& line)>;

    explicit OtherUser(const Work& work)
        : program_{[&] {
              questions_.write_end.reset();
              if (!become_user(stranger)) return 1;
              char line[64];
              for (;;) {
                  const auto got = ::read(questions_.read_end.get(), line, sizeof line);
                  if (got <= 0) return 0;
                  const auto told = work({line, static_cast<std::size_t>(got)}) + '\n';
                  if (!os::write_all(answers_.write_end.get(), told)) return 1;
              }
          }} {
        answers_.write_end.reset();
    }

    // Back when it has answered, with the answer.
    std::string operator()(const std::string& line) {
        REQUIRE(os::write_all(questions_.write_end.get(), line));
        std::string told;
        while (!told.ends_with("\n\n") && told != "\n") {
            char part[256];
            const auto got = ::read(answers_.read_end.get(), part, sizeof part);
            REQUIRE(got > 0);
            told.append(part, static_cast<std::size_t>(got));
        }
        told.pop_back();
        return told;
    }

private:
    os::Pipe questions_ = os::make_pipe().value();
    os::Pipe answers_ = os::make_pipe().value();
    ForkedProgram program_;
};

// The ids of the sandboxes that there are.
std::vector<std::string> sandbox_ids(const std::filesystem::path& state) {
    std::vector<std::string> ids;
    for (const auto& entry : std::filesystem::directory_iterator{state})
        if (entry.is_directory()) ids.push_back(entry.path().filename());
    return ids;
}

} // namespace

TEST_CASE("Another user can neither find nor reach the control socket of a sandbox") {
    if (::geteuid() != 0) CELLOS_SKIP("only root can become somebody else");
    const StateDirectory state;
    OtherUser attacker{[&](const std::string& id) { return reached(state.path(), id); }};
    const auto document = shell_document("echo begun; exec sleep 1000");

    SECTION("of a cell that runs, of root or of somebody else") {
        const auto user = GENERATE(uid_t{0}, uid_t{12346});
        CAPTURE(user);
        enter_own_control_group();
        auto output = os::make_pipe().value();
        auto until = os::make_pipe().value();
        ForkedProgram running{[&] {
            until.write_end.reset();
            if (user != 0 && !become_user(user)) return 1;
            ::unsetenv("XDG_RUNTIME_DIR");
            std::stop_source stop;
            std::jthread stopping{[&] {
                static_cast<void>(os::read_all(until.read_end.get()));
                stop.request_stop();
            }};
            const auto report = Supervisor{GVisorCellBackend{state.config()}}.run(
                document,
                {.stop = stop.get_token(),
                 .stdio = Descriptors{.stdout_fd = output.write_end.get()}}
            );
            ::close(output.write_end.release());
            // Gone with its cell, since only its owner may remove it.
            std::filesystem::remove(state.path());
            return report ? 0 : 1;
        }};
        output.write_end.reset();
        char begun = 0;
        if (::read(output.read_end.get(), &begun, 1) == 1) {
            const auto ids = sandbox_ids(state.path());
            CHECK(ids.size() == 1);
            for (const auto& id : ids) CHECK(attacker(id) == "");
            until.write_end.reset();
            CHECK(running.wait() == 0);
        } else {
            until.write_end.reset();
            running.wait();
            REQUIRE(user != 0);
            CELLOS_SKIP("no rootless sandboxes here");
        }
    }
    SECTION("that waits for a cell") {
        Prewarmed pool{
            GVisorCellBackend{state.config()}, PoolOptions{.size = 1, .like = {document}}};
        REQUIRE(pool.wait_until_ready({}, os::Clock::now() + 1min).has_value());
        const auto ids = sandbox_ids(state.path());
        CHECK(ids.size() == 1);
        for (const auto& id : ids) CHECK(attacker(id) == "");
    }
}

TEST_CASE("Another user who takes the name of a control socket first stops no cell") {
    if (::geteuid() != 0) CELLOS_SKIP("only root can become somebody else");
    const StateDirectory state;
    std::vector<os::Descriptor> taken; // of the attacker's copy of this program
    OtherUser attacker{[&](const std::string& id) -> std::string {
        taken.push_back(unix_socket());
        const bool bound = with_address(abstract_name(id), ::bind, taken.back().get());
        return bound && ::listen(taken.back().get(), 1) == 0 ? "" : "not bound\n";
    }};
    GVisorCellBackend backend{state.config()};
    const auto document = shell_document("exit 3");
    const auto cell = backend.create(document);
    REQUIRE(cell.has_value());
    CHECK(cell->caveats.empty());
    CHECK(attacker(cell->instance) == "");

    RunReport report;
    const RunContext context{
        .document = document,
        .environment = {{"PATH", "/usr/bin:/bin"}},
        .report = report,
        .cell_deadline = os::Clock::now() + 1min};
    const auto end = backend.execute(*cell, context);
    INFO((end ? "" : end.error().message));
    CHECK(end.value_or(ExitStatus::exited(0)) == ExitStatus::exited(3));
    CHECK(backend.destroy(*cell).has_value());
}

TEST_CASE("Where no network namespace can be made, a runsc with an exposed socket is refused") {
    if (::geteuid() != 0) CELLOS_SKIP("only root may change how many namespaces there are");
    const StateDirectory state;
    const auto real = gvisor::find_runsc(state.config());
    REQUIRE(real.has_value());

    // What happens to a cell in a user namespace that has no network namespaces of its own.
    const auto create = [&](std::string_view version, bool trust) {
        const FakeRunsc runsc{
            real->path, "echo 'runsc version " + std::string{version} + "'; echo spec: 1.0.2\n"};
        auto pipe = os::make_pipe().value();
        ForkedProgram program{[&] {
            if (::unshare(CLONE_NEWUSER) == -1) return 2;
            for (const auto& [path, text] :
                 {std::pair{"/proc/self/uid_map", "0 0 1"},
                  std::pair{"/proc/sys/user/max_net_namespaces", "0"}}) {
                if (!os::write_setting(AT_FDCWD, path, text)) return 2;
            }
            auto config = state.config();
            config.runsc = runsc.path();
            config.trust_local_users = trust;
            GVisorCellBackend backend{config};
            const auto cell = backend.create(cell_document({"true"}));
            std::string told = cell ? "created\n" : cell.error().what() + std::string{'\n'};
            if (cell)
                for (const auto& caveat : cell->caveats) told += caveat + '\n';
            return os::write_all(pipe.write_end.get(), told) ? 0 : 1;
        }};
        pipe.write_end.reset();
        auto told = os::read_all(pipe.read_end.get()).value();
        const int code = program.wait();
        CHECK(code % 2 == 0);
        return code == 2 ? "no user namespaces" : told;
    };
    if (create("release-20230920.0", false) == "no user namespaces")
        CELLOS_SKIP("no user namespaces here");
    using Catch::Matchers::ContainsSubstring;
    const std::string exposed = "every user of this host can reach the control socket of ";
    for (const auto* version :
         {"release-20221219.0", "0.0~20221219.0", "release-20230911.0", "VERSION_MISSING"}) {
        CAPTURE(version);
        const auto refused = create(version, false);
        CHECK_THAT(refused, ContainsSubstring(std::string{"(runsc version "} + version + ")"));
        CHECK_THAT(refused, ContainsSubstring(exposed));
        CHECK_THAT(refused, ContainsSubstring("cannot make a network namespace: No space left"));
        CHECK_THAT(refused, ContainsSubstring("install runsc 20230920 or later"));
        CHECK_THAT(refused, ContainsSubstring("GVisorConfig::trust_local_users"));
        CHECK_THAT(create(version, true), Catch::Matchers::StartsWith("created\n" + exposed));
    }
    for (const auto* version : {"release-20230920.0", "0.0~20240729.0"}) {
        CAPTURE(version);
        CHECK(create(version, false) == "created\n");
    }
    CHECK(std::filesystem::is_empty(state.path()));
}

TEST_CASE("Releases of runsc are known by their day, and by what they do wrong") {
    using gvisor::release_in;
    CHECK(release_in("runsc version release-20221219.0\nspec: 1.0.2-dev") == 20221219U);
    CHECK(release_in("runsc version 0.0~20240729.0") == 20240729U);
    CHECK(release_in("runsc version release-20240807.0-12-g8b0a1c2d3e4f") == 20240807U);
    CHECK(release_in("runsc version VERSION_MISSING") == std::nullopt);
    CHECK(release_in("runsc version 123456789 99999999 2022121") == std::nullopt);
    CHECK(release_in("") == std::nullopt);
    CHECK(gvisor::control_socket_is_exposed(20230911));
    CHECK_FALSE(gvisor::control_socket_is_exposed(20230920));
    CHECK(gvisor::control_socket_is_exposed(std::nullopt));
    CHECK(gvisor::known_faults(20221219).size() == 3);
    CHECK(gvisor::known_faults(20230227).size() == 2);
    CHECK(gvisor::known_faults(20240729).empty());
}

TEST_CASE(
    "Recovery is not disturbed by another user's processes that name the cell, and spares them"
) {
    if (::geteuid() != 0) CELLOS_SKIP("only root can become somebody else");
    const StateDirectory state;
    auto output = os::make_pipe().value();
    ForkedProgram killed{[&] {
        RunOptions options{.stdio = Descriptors{.stdout_fd = output.write_end.get()}};
        static_cast<void>(Supervisor{GVisorCellBackend{state.config()}}.run(
            shell_document("echo begun; exec sleep 1000"), std::move(options)
        ));
        return 0;
    }};
    output.write_end.reset();
    char begun = 0;
    REQUIRE(::read(output.read_end.get(), &begun, 1) == 1);
    killed.kill();
    const auto ids = sandbox_ids(state.path());
    REQUIRE(ids.size() == 1);
    const std::string argument = "--root=" + (state.path() / ids[0] / "runsc").native();
    const std::string text = "read line; : " + argument;

    // Anew whenever it ends, and it counts how often.
    SharedMemory<std::atomic<int>> starts;
    auto never = os::make_pipe().value();
    ForkedProgram respawning{[&] {
        never.write_end.reset();
        if (!become_user(stranger)) return 1;
        for (;;) {
            ++*starts;
            const pid_t child = ::fork();
            if (child == 0) {
                ::dup2(never.read_end.get(), 0);
                ::execl("/bin/sh", "sh", "-c", text.c_str(), argument.c_str(), nullptr);
                ::_exit(1);
            }
            ::waitpid(child, nullptr, 0);
            char end = 0; // with this test
            if (os::is_ready(never.read_end.get(), POLLIN))
                return ::read(never.read_end.get(), &end, 1) == 0 ? 0 : 1;
        }
    }};
    ForkedProgram own{[&] {
        never.write_end.reset();
        ::dup2(never.read_end.get(), 0);
        ::execl("/bin/sh", "sh", "-c", text.c_str(), nullptr);
        return 1;
    }};
    while (sandbox_processes(argument).size() < 2) std::this_thread::yield();

    const auto report = GVisorCellBackend{state.config()}.recover();
    REQUIRE(report.has_value());
    for (const auto& error : report->errors) FAIL_CHECK(error.what());
    CHECK(report->removed.size() == 1);
    CHECK(*starts == 1);
    CHECK_FALSE(os::is_ready(own.pidfd(), POLLIN));
    never.write_end.reset();
    CHECK(respawning.wait() == 0);
    CHECK(std::filesystem::is_empty(state.path()));
}
