// Runtimes that crash, hang and lie. Each time: how long the caller waits, what it is told, and
// that nothing is left; beside it what bare `runsc run` makes of the same fault.
#include "support/bare_runsc.hpp"
#include "support/catch.hpp"
#include "support/fake_runsc.hpp"
#include "support/small_disk.hpp"
#include "support/table.hpp"
#include "support/timed_run.hpp"

#include <cellos/host/gvisor/runsc/runsc.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

constexpr auto deadline = 1500ms;
// What the issue allows beyond the deadline.
constexpr auto allowance = 2s;

std::filesystem::path real_runsc() {
    return gvisor::find_runsc(StateDirectory{}.config()).value().path;
}

// Says that it has begun, and would go on.
ExecutionCellDocument sleeper() {
    auto document = shell_document("echo begun; while :; do sleep 0.1; done");
    document.spec.run->timeout_ms = deadline.count();
    document.spec.run->limits = Limits{.graceful_shutdown_seconds = 1};
    return document;
}

// Runs a document whose fault happens at its first output; with a stop token that is triggered
// right after the fault.
TimedRun run_with_fault(
    const GVisorConfig& config, const ExecutionCellDocument& document, const Fault& fault, bool stop
) {
    std::stop_source source;
    TimedRun run;
    const auto before = residue(config.state_directory);
    auto pipe = os::make_pipe().value();
    {
        std::jthread saboteur{[&] {
            const auto patience = fault ? 20s : 1s;
            if (!os::wait_readable(pipe.read_end.get(), os::Clock::now() + patience)) {
                // Of a runsc that never gets to run anything nothing is heard.
                if (stop) source.request_stop();
                return;
            }
            if (fault) fault(config.state_directory);
            if (stop) source.request_stop();
        }};
        Supervisor supervisor{GVisorCellBackend{config}};
        const auto start = os::Clock::now();
        run.report = supervisor.run(
            document,
            {.stop = source.get_token(), .stdio = Descriptors{.stdout_fd = pipe.write_end.get()}}
        );
        run.took = os::Clock::now() - start;
        pipe.write_end.reset();
    }
    pipe.read_end.reset();
    run.left = left_behind(before, residue(config.state_directory));
    return run;
}

} // namespace

TEST_CASE("Faults: back in time, with a typed result, and nothing is left") {
    struct Row {
        std::string_view fault;
        Fault inflict{};
        std::string_view fake{}; ///< stands in for runsc, if not empty
        std::vector<std::string_view> expected{};
    };
    const auto send = [](std::string_view word, int number) {
        return [=](const std::filesystem::path& marker) {
            signal_processes(marker, std::string{word}, number);
        };
    };
    const std::vector<Row> rows{
        {"none, the workload sleeps", {}, {}, {"timedOut"}},
        {"sentry stopped", send("boot", SIGSTOP), {}, {"timedOut"}},
        {"sentry killed", send("boot", SIGKILL), {}, {"sandboxFailed"}},
        // The sentry notices and kills the workload. One in a thousand sentries never watches its
        // gofer: a goroutine that starts late finds its descriptor given away already
        // (startGoferMonitor). The workload goes on then, to its deadline at the latest.
        {"gofer killed", send("gofer", SIGKILL), {}, {"signaled 9", "sandboxFailed", "timedOut"}},
        {"gofer stopped", send("gofer", SIGSTOP), {}, {"timedOut"}},
        {"runsc run killed", send("run", SIGKILL), {}, {"sandboxFailed"}},
        {"runsc run stopped", send("run", SIGSTOP), {}, {"timedOut"}},
        {"runsc prints nothing and never ends", {}, "exec sleep 1000", {"timedOut"}},
        {"runsc ignores every signal and leaves daemons",
         {},
         "trap '' HUP INT QUIT TERM USR1 USR2 PIPE ALRM\n"
         "for i in 1 2 3; do setsid bash -c \"trap '' TERM; sleep 1000 & wait\" & done\n"
         "echo begun\nwhile :; do sleep 1; done",
         {"timedOut"}},
        {"runsc fills its standard output", {}, "exec yes", {"timedOut"}},
        {"runsc does nothing and says 0", {}, "exit 0", {"sandboxFailed"}},
        {"runsc crashes", {}, "kill -SEGV $$", {"sandboxFailed"}},
    };
    const auto real = real_runsc();
    print_header({"fault", "the caller sees", "after", "left", "bare runsc run", "after", "left"});
    for (const auto& row : rows) {
        INFO(row.fault);
        const StateDirectory state;
        auto config = state.config();
        std::optional<FakeRunsc> fake;
        if (!row.fake.empty()) config.runsc = fake.emplace(real, row.fake).path();
        // What a first run makes and keeps is not left by the second.
        REQUIRE(Supervisor{GVisorCellBackend{state.config()}}.run(cell_document({"true"})));

        const bool ends_by_itself = row.expected.front() != "timedOut";
        auto document = sleeper();
        // A time-out begins with the workload; where that never comes, the TTL is the end.
        document.spec.lifetime.ttl_seconds = row.fake.empty() ? 30 : 2;
        // Where the fault itself is the end, a slow start must not hide it.
        if (row.inflict && ends_by_itself) document.spec.run->timeout_ms = 20'000;
        const auto run = run_with_fault(config, document, row.inflict, false);
        const std::string seen = ending(run.report);
        CAPTURE(seen, run.took.count());
        CHECK(std::ranges::find(row.expected, seen) != row.expected.end());
        // With a slow start of the sandbox in front of the time-out.
        constexpr auto boot = 5s;
        const auto limit = row.fake.empty()
                               ? boot + std::chrono::milliseconds{*document.spec.run->timeout_ms}
                               : std::chrono::seconds{document.spec.lifetime.ttl_seconds};
        CHECK(run.took < (seen == "timedOut" ? limit : boot + deadline) + allowance);
        CHECK(run.left == "");
        if (run.report) CHECK(run.report->teardown.destroyed);

        const auto bare = bare_run(fake ? fake->path() : real, sleeper(), deadline, row.inflict);
        print_row(
            {row.fault,
             seen,
             seconds_text(run.took),
             run.left.empty() ? "nothing" : run.left,
             bare.end,
             seconds_text(bare.took),
             bare.left.empty() ? "nothing" : bare.left}
        );

        // Cancelled in the same state instead of waiting for the deadline.
        if (ends_by_itself) continue;
        auto patient = sleeper();
        patient.spec.run->timeout_ms = 30'000;
        patient.spec.lifetime.ttl_seconds = 60;
        const auto cancelled = run_with_fault(config, patient, row.inflict, true);
        CHECK(ending(cancelled.report) == "cancelled");
        CHECK(cancelled.took < boot + 1s + 1s + allowance);
        CHECK(cancelled.left == "");
    }
}

TEST_CASE("A sandbox whose agent obeys nobody is ended in time, with a typed result") {
    struct Row {
        std::string_view what;
        std::string_view after_start; ///< in Python
        std::optional<std::int64_t> max_output_bytes{};
        std::string_view expected;
    };
    // In the place of runsc, its sandbox and the agent: what it says is well-formed up to here.
    constexpr std::string_view begin =
        "exec python3 -c '\n"
        "import os, socket, struct, time\n"
        "s = socket.socket(fileno=0)\n"
        "def tell(kind, id=0, status=0):\n"
        "  s.sendall(struct.pack(\"<IIIIiIQQQ\", 0x6C6C6503, kind, id, 0, status, 0, 0, 0, 0))\n"
        "tell(1)\n"
        "head, fds, *_ = socket.recv_fds(s, 24, 3)\n"
        "_, verb, size, id, _ = struct.unpack(\"<IIQII\", head)\n"
        "while size: size -= len(s.recv(size))\n"
        "tell(3, id)\n";
    const std::vector<Row> rows{
        {"never ends, and hears no signal", "time.sleep(1000)", {}, "timedOut"},
        {"writes for ever", "while True: os.write(fds[1], b\"x\" * 65536)", {}, "timedOut"},
        {"writes for ever, more than it may",
         "while True: os.write(fds[1], b\"x\" * 65536)",
         1000,
         "outputLimitExceeded"},
        {"says for ever that it has started", "while True: tell(3, id)", {}, "sandboxFailed"},
        {"speaks of another command's end",
         "tell(4, id + 1); time.sleep(1000)",
         {},
         "sandboxFailed"},
        {"says what no agent says",
         "s.sendall(b\"?\" * 48); time.sleep(1000)",
         {},
         "sandboxFailed"},
    };
    const auto real = real_runsc();
    for (const Row& row : rows) {
        INFO(row.what);
        const StateDirectory state;
        auto config = state.config();
        const FakeRunsc fake{real, std::string{begin}.append(row.after_start).append("\n'")};
        config.runsc = fake.path();
        auto document = sleeper();
        document.spec.run->limits->max_output_bytes = row.max_output_bytes;
        document.spec.lifetime.ttl_seconds = 60;
        const auto run = timed_run(
            [&] { return Supervisor{GVisorCellBackend{config}}; },
            state.path(),
            document,
            {.stdio = Discard{}}
        );
        CHECK(ending(run.report) == row.expected);
        CHECK(run.took < 30s); // far before its TTL
        CHECK(run.left == "");
    }
}

TEST_CASE("A runsc that answers nothing at all is an error in time") {
    const StateDirectory state;
    const cellos_test::TemporaryDirectory directory;
    auto config = state.config();
    config.runsc =
        directory.write("runsc", "#!/bin/sh\nexec sleep 1000\n", std::filesystem::perms{0755});
    const auto run = run_with_fault(config, sleeper(), {}, false);
    REQUIRE_FALSE(run.report.has_value());
    CHECK(run.report.error().kind == CellosError::Kind::Host);
    CHECK(
        run.report.error().message.find("did not answer within its deadline") != std::string::npos
    );
    CHECK(run.took < deadline + allowance);
    CHECK(run.left == "");
    const auto bare = bare_run(config.runsc, sleeper(), deadline, {});
    print_row(
        {"runsc never answers, not even for its flags",
         ending(run.report),
         seconds_text(run.took),
         "nothing",
         bare.end,
         seconds_text(bare.took),
         bare.left.empty() ? "nothing" : bare.left}
    );
}

TEST_CASE("A disk that is full at any step of a run is an error, and nothing is left on it") {
    std::string seen;
    bool succeeded = false;
    TimedRun run;
    for (std::size_t size = 4096; size <= (std::size_t{16} << 20) && !succeeded; size *= 2) {
        INFO(size);
        const SmallDisk disk{size};
        if (!disk.mounted()) CELLOS_SKIP("no file system can be mounted here");
        auto config = StateDirectory{}.config();
        config.state_directory = disk.path() / "s";
        run = run_with_fault(config, sleeper(), {}, false);
        CAPTURE(ending(run.report));
        succeeded = run.report.has_value();
        if (succeeded) break;
        CHECK(run.report.error().kind == CellosError::Kind::Host);
        CHECK(run.report.error().message.find("No space left") != std::string::npos);
        CHECK(run.took < deadline + allowance);
        // The state directory itself stays, with no cell in it.
        CHECK(files_below(config.state_directory) == 0);
        seen = ending(run.report);
    }
    CHECK(succeeded);
    CHECK(seen == "host");
    const SmallDisk full{4096};
    std::ofstream{full.path() / "in-the-way"} << std::string(4096, 'x');
    const auto bare = bare_run(real_runsc(), sleeper(), deadline, {}, {}, full.path());
    print_row(
        {"the disk of the state directory is full",
         seen,
         seconds_text(run.took),
         "nothing",
         bare.end,
         seconds_text(bare.took),
         bare.left.empty() ? "nothing" : bare.left}
    );
}

TEST_CASE("What cannot be removed is told, and a second destroy finishes the work") {
    const StateDirectory state;
    GVisorCellBackend backend{state.config()};
    const auto handle = backend.create(cell_document({"true"})).value();
    const auto in_the_way = state.path() / handle.instance / "bundle" / "in-the-way";
    std::filesystem::create_directory(in_the_way);
    if (::mount("cellos-test", in_the_way.c_str(), "tmpfs", 0, nullptr) != 0)
        CELLOS_SKIP("no file system can be mounted here");

    const auto first = backend.destroy(handle);
    REQUIRE_FALSE(first.has_value());
    CHECK(first.error().kind == CellosError::Kind::TeardownIncomplete);
    CHECK(first.error().message.find(state.path() / handle.instance) != std::string::npos);

    REQUIRE(::umount(in_the_way.c_str()) == 0);
    CHECK(backend.destroy(handle).value() == TeardownReport{"test", true, 0});
    CHECK_FALSE(std::filesystem::exists(state.path() / handle.instance));
}
