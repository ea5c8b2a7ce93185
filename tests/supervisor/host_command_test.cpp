// The host fallback with real programs: what they find, and how they end.

#ifdef __linux__

#include "support/careless_parent.hpp"
#include "support/catch.hpp"
#include "support/forked_program.hpp"
#include "support/marker.hpp"
#include "support/scripted_backend.hpp"
#include "support/stop_when.hpp"
#include "support/temporary_directory.hpp"

#include <cellos/broker/memory.hpp>
#include <cellos/host/stub.hpp>
#include <cellos/os/child_process.hpp>
#include <cellos/os/control_group.hpp>
#include <cellos/os/wait.hpp>
#include <cellos/supervisor.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>

#include <sys/syscall.h>

using namespace cellos;
using namespace cellos_test;
using namespace std::chrono_literals;
using namespace std::string_literals;
using Kind = CellosError::Kind;
using Catch::Matchers::ContainsSubstring;

namespace {

// Whatever its cells are, its workloads run on the host.
struct InGroup : LifecycleBackend {
    static constexpr bool runs_on_host = true;
    using LifecycleBackend::LifecycleBackend;
};

ExecutionCellDocument shell(std::string script) {
    return run_document({"/bin/sh", "-c", std::move(script)});
}

Result<CellReport> run(const ExecutionCellDocument& document, RunOptions options = {}) {
    Supervisor supervisor{StubCellBackend{}};
    return supervisor.run(document, std::move(options));
}

std::string output_of(const ExecutionCellDocument& document, RunOptions options = {}) {
    const auto report = run(document, std::move(options));
    REQUIRE(report);
    CHECK(report->stderr_text.empty());
    return report->stdout_text;
}

// True once the process is dead, whether or not anybody has reaped it.
bool dies(const std::string& pid) {
    const os::Descriptor pidfd{static_cast<int>(::syscall(SYS_pidfd_open, std::stoi(pid), 0))};
    return !pidfd || os::wait_readable(pidfd.get(), os::Clock::now() + 10s);
}

} // namespace

TEST_CASE("A workload on the host: the way it ended is the way it is reported") {
    struct Case {
        std::string script;
        ExitStatus end;
    };
    for (const Case& each : {
             Case{"exit 0", ExitStatus::exited(0)},
             Case{"exit 7", ExitStatus::exited(7)},
             Case{"exit 128", ExitStatus::exited(128)},
             Case{"exit 255", ExitStatus::exited(255)},
             Case{"kill -KILL $$", ExitStatus::signaled(SIGKILL)},
             Case{"kill -SEGV $$", ExitStatus::signaled(SIGSEGV)},
             Case{"kill -TERM $$", ExitStatus::signaled(SIGTERM)},
         }) {
        CAPTURE(each.script);
        const auto report = run(shell(each.script));
        REQUIRE(report);
        CHECK(report->exit == each.end);
        CHECK(report->executed_on == ExecutedOn::Host);
        CHECK((report->outcome == Outcome::Succeeded) == each.end.succeeded());
    }
}

TEST_CASE("A workload on the host finds exactly the declared environment and its secrets") {
    auto document = run_document({"/bin/cat", "/proc/self/environ"});
    document.spec.run->working_directory = "/tmp";
    document.spec.environment.emplace().variables = {
        {"EMPTY", ""}, {"LANG", "C"}, {"PATH", "/bin"}};
    document.spec.authority.secret_refs = {"TOKEN", "API_KEY"};
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{"a long secret that needs memory of its own"});
    broker.set("API_KEY", Secret{"short"});
    Supervisor supervisor{StubCellBackend{}, std::ref(broker)};
    const auto report = supervisor.run(document);
    REQUIRE(report);
    CHECK(
        report->stdout_text == "EMPTY=\0HOME=/tmp\0LANG=C\0PATH=/bin\0"
                               "TOKEN=a long secret that needs memory of its own\0API_KEY=short\0"s
    );
}

TEST_CASE("A workload on the host finds no descriptor above 2") {
    // Inheritable ones, as careless libraries leave them.
    const os::Descriptor low{::dup(0)};
    const os::Descriptor high{::fcntl(0, F_DUPFD, 500)};
    REQUIRE(high);
    // The fourth is the directory that ls reads.
    CHECK(output_of(run_document({"/bin/ls", "/proc/self/fd"})) == "0\n1\n2\n3\n");
}

TEST_CASE("A workload on the host leads a session and process group of its own") {
    // "pid (sh) S ppid pgrp session …"
    const std::string ids =
        output_of(shell("read pid name state parent group session rest < /proc/$$/stat;"
                        "test $pid = $group && test $pid = $session && echo leads"));
    CHECK(ids == "leads\n");
}

TEST_CASE("A workload on the host gains no privileges and inherits no signal settings") {
    struct sigaction ignore {};
    struct sigaction before {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGUSR1, &ignore, &before);
    const std::string status = output_of(run_document({"/bin/cat", "/proc/self/status"}));
    ::sigaction(SIGUSR1, &before, nullptr);
    CHECK_THAT(status, ContainsSubstring("NoNewPrivs:\t1\n"));
    CHECK_THAT(status, ContainsSubstring("SigBlk:\t0000000000000000\n"));
    CHECK_THAT(status, ContainsSubstring("SigIgn:\t0000000000000000\n"));
}

TEST_CASE("The document's limits hold for a workload on the host") {
    auto document = shell("ulimit -n; ulimit -f; ulimit -v; ulimit -c");
    document.spec.run->limits = Limits{
        .memory_max_bytes = 64 << 20,
        .max_open_files = 17,
        .max_file_bytes = 512 * 8,
    };
    CHECK(output_of(document) == "17\n8\n65536\n0\n");
}

TEST_CASE("The program is looked up where the document says, never where this process would") {
    const TemporaryDirectory directory;
    directory.write("hello", "#!/bin/sh\necho hello from $0\n", std::filesystem::perms{0755});
    directory.write("data", "no program", std::filesystem::perms{0644});
    directory.write("orphan", "#!/no/such/interpreter\n", std::filesystem::perms{0755});
    directory.write("garbage", "\x01\x02", std::filesystem::perms{0755});
    std::filesystem::create_directory(directory.path() / "folder");
    const std::string path = directory.path();

    const auto end = [&](std::string program, std::string search) {
        auto document = run_document({std::move(program)});
        document.spec.run->working_directory = path;
        document.spec.environment.emplace().variables = {{"PATH", std::move(search)}};
        return run(document);
    };

    CHECK(end("hello", "/nowhere:" + path)->stdout_text == "hello from " + path + "/hello\n");
    CHECK(end("hello", ".")->exit == ExitStatus::exited(0));
    CHECK(end("hello", ":/nowhere")->exit == ExitStatus::exited(0));
    CHECK(end("./hello", "/nowhere")->exit == ExitStatus::exited(0));
    CHECK(end(path + "/hello", "/nowhere")->exit == ExitStatus::exited(0));

    struct Case {
        std::string program;
        Kind kind;
    };
    for (const Case& each : {
             Case{"sh", Kind::CommandNotFound},   // not in this PATH
             Case{"data", Kind::CommandNotFound}, // there, but not executable: a shell goes on
             Case{"./nothing", Kind::CommandNotFound},
             Case{"./data", Kind::CommandNotExecutable},
             Case{"./folder", Kind::CommandNotExecutable},
             Case{"./garbage", Kind::CommandNotExecutable},
             Case{"./orphan", Kind::CommandNotFound},
         }) {
        CAPTURE(each.program);
        const auto report = end(each.program, path);
        REQUIRE_FALSE(report);
        CHECK(report.error().kind == each.kind);
        CHECK_THAT(
            report.error().message,
            ContainsSubstring(each.program.substr(each.program.find_first_not_of("./")))
        );
    }
}

TEST_CASE("A working directory that is not there is an error of the host") {
    auto document = shell("true");
    document.spec.run->working_directory = "/no/such/directory";
    const auto report = run(document);
    REQUIRE_FALSE(report);
    CHECK(report.error().kind == Kind::Host);
    CHECK_THAT(report.error().message, ContainsSubstring("working directory"));
}

TEST_CASE("The standard streams of a workload on the host are what the caller asked for") {
    SECTION("captured, with text to read") {
        const auto report =
            run(shell("cat; echo problem >&2"),
                {.stdio = Capture{.stdin_text = "line 1\nline 2\n"}});
        REQUIRE(report);
        CHECK(report->stdout_text == "line 1\nline 2\n");
        CHECK(report->stderr_text == "problem\n");
        CHECK_FALSE(report->output_truncated);
    }
    SECTION("captured up to a limit") {
        const auto report =
            run(shell("head -c 10000000 /dev/zero; echo done >&2"),
                {.stdio = Capture{.limit_bytes = 1000}});
        REQUIRE(report);
        CHECK(report->stdout_text == std::string(1000, '\0'));
        CHECK(report->stderr_text == "done\n");
        CHECK(report->output_truncated);
        CHECK(report->exit == ExitStatus::exited(0));
    }
    SECTION("discarded") {
        const auto report = run(shell("cat && echo out && echo err >&2"), {.stdio = Discard{}});
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::exited(0));
        CHECK(report->stdout_text.empty());
    }
    SECTION("descriptors of the caller") {
        auto pipe = os::make_pipe();
        REQUIRE(pipe);
        const Descriptors streams{.stdout_fd = pipe->write_end.get()};
        REQUIRE(run(shell("echo out; echo err >&2"), {.stdio = streams}));
        pipe->write_end.reset();
        CHECK(os::read_all(pipe->read_end.get()) == "out\n");
    }
}

TEST_CASE("A workload on the host that writes more than the document allows is ended, and at once"
) {
    // Both streams together; a background process goes on writing.
    auto document = shell("ulimit -t 30; yes & echo begun >&2; exec yes");
    const auto allow = [&](std::int64_t bytes) {
        document.spec.run->limits.emplace().max_output_bytes = bytes;
    };
    const auto before = std::chrono::steady_clock::now();
    const auto check_ended = [](const Result<CellReport>& report) {
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::OutputLimitExceeded));
        CHECK(report->outcome == Outcome::Failed);
        CHECK(report->output_truncated);
    };
    SECTION("captured") {
        allow(200'000);
        const auto report = run(document);
        check_ended(report);
        CHECK(report->stdout_text.size() + report->stderr_text.size() == 200'000);
        // The limit may be reached before it was.
        CHECK(std::string_view{"begun\n"}.starts_with(report->stderr_text));
    }
    SECTION("captured, and the caller keeps less of it") {
        allow(200'000);
        const auto report = run(document, {.stdio = Capture{.limit_bytes = 100}});
        check_ended(report);
        CHECK(report->stdout_text.size() == 100);
    }
    SECTION("discarded") {
        allow(200'000);
        check_ended(run(document, {.stdio = Discard{}}));
    }
    SECTION("the caller's own descriptors") {
        const TemporaryDirectory directory;
        const auto path = directory.path() / "output";
        const auto file = os::open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT, 0600);
        REQUIRE(file);
        allow(200'000);
        check_ended(run(
            document, {.stdio = Descriptors{.stdout_fd = file->get(), .stderr_fd = file->get()}}
        ));
        CHECK(std::filesystem::file_size(path) == 200'000);
    }
    SECTION("too much at the very end") {
        document = shell("printf 12345");
        allow(4);
        const auto report = run(document);
        check_ended(report);
        CHECK(report->stdout_text == "1234");
    }
    SECTION("no more than is allowed") {
        document = shell("printf 1234");
        allow(4);
        const auto report = run(document);
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::exited(0));
        CHECK(report->stdout_text == "1234");
        CHECK_FALSE(report->output_truncated);
    }
    CHECK(std::chrono::steady_clock::now() - before < 10s);
}

TEST_CASE("The stack of a workload on the host has the size that the document says") {
    auto document = shell("ulimit -s");
    document.spec.run->limits = Limits{.stack_bytes = 12 << 20};
    CHECK(output_of(document) == "12288\n");
}

TEST_CASE("What a workload on the host took is in the report") {
    const auto usage_of = [](std::string script) {
        const auto report = run(run_document({"/usr/bin/python3", "-I", "-S", "-c", script}));
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::exited(0));
        REQUIRE(report->usage);
        return *report->usage;
    };
    // Both are read from the same counters, here and in the workload.
    const std::string burn = "import time\nwhile time.process_time() < 0.4: sum(range(20000))";
    const ResourceUsage busy = usage_of(burn);
    CAPTURE(busy.user_time->count(), busy.system_time->count(), busy.wall.count());
    const auto total = *busy.user_time + *busy.system_time;
    CHECK((total >= 400ms && total < 440ms));
    CHECK(busy.user_time > busy.system_time);
    // What the child did before its exec is in the one and not in the other.
    CHECK(busy.wall + 20ms >= total);

    const ResourceUsage idle = usage_of("import time\ntime.sleep(0.4)");
    CHECK(idle.wall >= 400ms);
    CHECK(*idle.user_time + *idle.system_time < 200ms);
    // The host has no sandbox that could cost something.
    CHECK_FALSE(idle.sandbox_cpu_time);
    CHECK_FALSE(idle.sandbox_peak_memory_bytes);

    // More than this process holds, so that it can be told.
    const ResourceUsage large = usage_of("b'x' * (200 << 20)");
    REQUIRE(large.peak_memory_bytes);
    CHECK(*large.peak_memory_bytes >= std::uint64_t{200} << 20);
    CHECK(*large.peak_memory_bytes < std::uint64_t{216} << 20);
}

TEST_CASE("The memory of the supervising process is not told as its workload's") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    CELLOS_SKIP("a child of a program with a sanitizer begins with more than that has");
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
    CELLOS_SKIP("a child of a program with a sanitizer begins with more than that has");
#endif
#endif
    const std::string ballast(std::size_t{300} << 20, 'x');
    const auto report = run(shell("true"));
    REQUIRE(report);
    REQUIRE(report->usage);
    CHECK_FALSE(report->usage->peak_memory_bytes);
    CHECK(ballast.back() == 'x');
}

TEST_CASE("A workload on the host that uses up its processor time is ended, close to its limit") {
    const std::int64_t limit = GENERATE(150, 1000);
    auto document = shell("ulimit -t 30; trap '' TERM; while :; do :; done");
    document.spec.run->timeout_ms = 20'000;
    document.spec.run->limits = Limits{.cpu_time_ms = limit};
    const auto report = run(document);
    REQUIRE(report);
    CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::CpuTimeExceeded));
    CHECK(report->outcome == Outcome::Failed);
    const auto used = *report->usage->user_time + *report->usage->system_time;
    CAPTURE(used.count());
    CHECK(used >= std::chrono::milliseconds{limit});
    CHECK(used < std::chrono::milliseconds{limit} + 20ms * std::thread::hardware_concurrency());
}

TEST_CASE("Processor time is not wall time, and children's counts, too") {
    auto document = shell("sleep 0.6");
    document.spec.run->limits = Limits{.cpu_time_ms = 300};
    CHECK(run(document)->exit == ExitStatus::exited(0));

    const std::string burn =
        "/usr/bin/python3 -I -S -c 'import time\nwhile time.process_time() < 0.5: pass'";
    document = shell(burn + "; exit 0");
    document.spec.run->limits = Limits{.cpu_time_ms = 300};
    CHECK(run(document)->exit == ExitStatus::forced(ExitStatus::Kind::CpuTimeExceeded));
    // One that never ends is ended by the kernel, a second or two later.
    document = shell("ulimit -t 5; sh -c 'while :; do :; done'; exit 0");
    document.spec.run->limits = Limits{.cpu_time_ms = 300};
    const auto report = run(document);
    CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::CpuTimeExceeded));
    CHECK(report->usage->wall < 10s);
}

TEST_CASE("A workload's time-out begins with its exec, and the end of its cell bounds it") {
    auto document = shell("exec sleep 60");
    RunReport told;
    RunContext context{.document = document, .environment = {}, .report = told};
    context.timeout = 300ms;
    context.deadline = std::chrono::steady_clock::now(); // for those who cannot tell the exec
    const auto timed_out = run_cell_command(CellHandle{}, context);
    CHECK(timed_out == ExitStatus::forced(ExitStatus::Kind::TimedOut));
    CHECK((told.usage->wall >= 300ms && told.usage->wall < 10s));

    context.timeout = 60s;
    context.cell_deadline = std::chrono::steady_clock::now() + 200ms;
    CHECK(run_cell_command(CellHandle{}, context) == timed_out);
    CHECK(told.usage->wall < 10s);
}

TEST_CASE("A workload on the host ends with the program that supervises it, if that is killed") {
    auto pipe = os::make_pipe();
    REQUIRE(pipe);
    const int output = pipe->write_end.get();
    cellos_tests::ForkedProgram program{[&] {
        // Led by one thread of several, as it would be in a server.
        std::jthread{[&] {
            static_cast<void>(
                run(shell("ulimit -t 30; trap '' TERM; echo $$; while :; do :; done"),
                    {.stdio = Descriptors{.stdout_fd = output}})
            );
        }}.join();
        return 0;
    }};
    pipe->write_end.reset();
    std::string pid;
    char byte = 0;
    while (::read(pipe->read_end.get(), &byte, 1) == 1 && byte != '\n') pid += byte;
    REQUIRE_FALSE(pid.empty());
    program.kill();
    CHECK(dies(pid));
}

TEST_CASE("At the deadline the whole process group ends") {
    auto document = shell("sleep 60 & echo $!; sleep 60");
    document.spec.run->timeout_ms = 300;
    const auto before = std::chrono::steady_clock::now();
    const auto report = run(document);
    REQUIRE(report);
    CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
    CHECK(report->outcome == Outcome::Failed);
    CHECK(std::chrono::steady_clock::now() - before < 10s);
    CHECK(dies(report->stdout_text));
}

TEST_CASE("What a workload leaves in the background ends with it, however it ends") {
    // It holds the pipes, too, and must not keep the supervisor.
    struct Case {
        std::string end;
        ExitStatus status;
    };
    for (const Case& each : {
             Case{"exit 0", ExitStatus::exited(0)},
             Case{"exit 3", ExitStatus::exited(3)},
             Case{"kill -KILL $$", ExitStatus::signaled(SIGKILL)},
             Case{"exec sleep 60", ExitStatus::forced(ExitStatus::Kind::TimedOut)},
         }) {
        CAPTURE(each.end);
        auto document = shell("trap '' TERM; sleep 60 & echo $!; " + each.end);
        if (each.status.kind == ExitStatus::Kind::TimedOut) document.spec.run->timeout_ms = 1000;
        const auto report = run(document);
        REQUIRE(report);
        CHECK(report->exit == each.status);
        CHECK(dies(report->stdout_text));
    }
}

TEST_CASE("A workload on the host is born in the control group that the handle names") {
    const auto group = os::ControlGroup::make(os::find_cgroup_hierarchies(), "cellos-host-test");
    if (!group) CELLOS_SKIP("no control group can be made here");
    CallLog log;
    InGroup backend{log};
    backend.on_create = [&](const ExecutionCellDocument& document) -> Result<CellHandle> {
        return CellHandle{.cell_id = document.spec.id, .cgroup_path = group->path()};
    };
    Supervisor supervisor{std::ref(backend)};
    const auto report = supervisor.run(shell("cat /proc/self/cgroup; (setsid sleep 0; exit 0)"));
    REQUIRE(report);
    CHECK_THAT(report->stdout_text, ContainsSubstring("/cellos-host-test\n"));

    // One that is gone is an error, and the workload runs nowhere else.
    backend.on_create = [&](const ExecutionCellDocument& document) -> Result<CellHandle> {
        return CellHandle{.cell_id = document.spec.id, .cgroup_path = "/no/such/group"};
    };
    const auto refused = supervisor.run(shell("true"));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == Kind::Host);
}

TEST_CASE("A secret that no variable can carry is an error, not half a secret") {
    auto document = shell("env");
    document.spec.authority.secret_refs = {"TOKEN"};
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{std::string_view{"first\0second", 12}});
    Supervisor supervisor{StubCellBackend{}, std::ref(broker)};
    const auto report = supervisor.run(document);
    REQUIRE_FALSE(report);
    CHECK(report.error().kind == Kind::SecretBroker);
    CHECK_THAT(report.error().message, ContainsSubstring("TOKEN holds a NUL"));
    CHECK_THAT(report.error().message, !ContainsSubstring("first"));
}

TEST_CASE("This process's memory holds a secret only where no core dump takes it") {
    const cellos_tests::Marker marker;
    struct Broker {
        const cellos_tests::Marker& marker;
        Result<Secret> resolve(std::string_view, const CellHandle&) { return marker.secret(); }
        Result<void> revoke_for_cell(std::string_view) { return {}; }
    };
    auto pipe = os::make_pipe();
    REQUIRE(pipe);
    std::stop_source stop;
    std::string during = "not searched";
    std::jthread watcher{[&] {
        char byte = 0;
        if (::read(pipe->read_end.get(), &byte, 1) == 1) during = marker.memory_with_it();
        stop.request_stop();
    }};
    auto document = shell("test ${#TOKEN} = 32 && echo begun; exec sleep 60");
    document.spec.authority.secret_refs = {"TOKEN"};
    Supervisor supervisor{StubCellBackend{}, Broker{marker}};
    const auto report = supervisor.run(
        document,
        {.stop = stop.get_token(), .stdio = Descriptors{.stdout_fd = pipe->write_end.get()}}
    );
    pipe->write_end.reset();
    watcher.join();
    REQUIRE(report);
    CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::Cancelled));
    INFO(during);
    CHECK(during.empty());
    CHECK(marker.memory_with_it().empty());
}

TEST_CASE("A stop ends a workload on the host: politely first, then for good") {
    auto pipe = os::make_pipe();
    REQUIRE(pipe);
    std::stop_source stop;
    // Stops as soon as the workload says that it is ready.
    std::jthread stopper{[&] {
        char byte = 0;
        while (::read(pipe->read_end.get(), &byte, 1) == 1 && byte != '\n') {
        }
        stop.request_stop();
    }};
    const Descriptors streams{.stdout_fd = pipe->write_end.get()};

    SECTION("one that takes the hint") {
        const TemporaryDirectory directory;
        auto document =
            shell("trap 'echo bye > farewell; exit 3' TERM; echo ready; sleep 60 & wait");
        document.spec.run->working_directory = directory.path();
        document.spec.run->limits.emplace().graceful_shutdown_seconds = 60;
        const auto report = run(document, {.stop = stop.get_token(), .stdio = streams});
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::Cancelled));
        CHECK(std::filesystem::exists(directory.path() / "farewell"));
    }
    SECTION("one that does not") {
        auto document = shell("ulimit -t 30; trap '' TERM; echo ready; while :; do :; done");
        document.spec.run->limits.emplace().graceful_shutdown_seconds = 0;
        const auto report = run(document, {.stop = stop.get_token(), .stdio = streams});
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::Cancelled));
    }
    pipe->write_end.reset();
}

TEST_CASE("The grace of a workload on the host ends with its cell, and with the next stop") {
    // Is in no hurry, but ends: that it did would be seen.
    auto document = shell("trap 'echo asked' TERM; echo ready; i=0; while [ $i -lt 100 ]; do "
                          "i=$((i + 1)); sleep 0.2; done; echo outlived");
    document.spec.run->limits.emplace().graceful_shutdown_seconds = 60;
    SECTION("the cell's end") {
        document.spec.run->timeout_ms = 300;
        document.spec.lifetime.ttl_seconds = 3;
        const auto report = run(document);
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
        CHECK(report->stdout_text == "ready\nasked\n");
    }
    SECTION("a stop after the time-out") {
        document.spec.run->timeout_ms = 300;
        std::stop_source stop;
        cellos_tests::StopWhen asked{"asked", stop};
        const auto report = run(document, {.stop = stop.get_token(), .stdio = asked.streams()});
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
        CHECK(asked.seen() == "ready\nasked\n");
    }
    SECTION("a second stop") {
        std::stop_source stop;
        std::stop_source now;
        cellos_tests::StopWhen both{"ready", stop, "asked", now};
        const auto report =
            run(document,
                {.stop = stop.get_token(), .stdio = both.streams(), .stop_now = now.get_token()});
        REQUIRE(report);
        CHECK(report->exit == ExitStatus::forced(ExitStatus::Kind::Cancelled));
        CHECK(both.seen() == "ready\nasked\n");
    }
}

TEST_CASE("Workloads run on the host of a program that ignores SIGCHLD, or reaps all it finds") {
    if (!os::kernel_tells_ends()) CELLOS_SKIP("this kernel doesn't tell of a child that is gone");
    using cellos_tests::CarelessParent;
    const auto way = GENERATE(CarelessParent::Way::Ignores, CarelessParent::Way::ReapsAll);
    const CarelessParent parent{way};
    const auto exited = run(shell("sleep 60 & echo $!; exit 7"));
    REQUIRE(exited);
    CHECK(exited->exit == ExitStatus::exited(7));
    CHECK(dies(exited->stdout_text));
    if (way == CarelessParent::Way::Ignores) CHECK_FALSE(exited->usage->user_time.has_value());
    const auto signaled = run(shell("kill -TERM $$"));
    REQUIRE(signaled);
    CHECK(signaled->exit == ExitStatus::signaled(SIGTERM));
    auto limited = shell("exit 3");
    limited.spec.run->limits.emplace().cpu_time_ms = 5000;
    const auto counted = run(limited);
    REQUIRE(counted);
    CHECK(counted->exit == ExitStatus::exited(3));
}

TEST_CASE("Workloads run on the host from many threads at once") {
    Supervisor supervisor{StubCellBackend{}};
    std::atomic<int> right = 0;
    {
        std::vector<std::jthread> pool;
        for (int t = 0; t < 8; ++t)
            pool.emplace_back([&, t] {
                for (int i = 0; i < 5; ++i) {
                    const auto report = supervisor.run(
                        shell("cat; exit " + std::to_string(t)),
                        {.stdio = Capture{.stdin_text = std::to_string(t * 10 + i)}}
                    );
                    if (report && report->exit == ExitStatus::exited(t) &&
                        report->stdout_text == std::to_string(t * 10 + i))
                        ++right;
                }
            });
    }
    CHECK(right == 40);
}

#endif
