// Every limit of a document, reached by a real workload: what holds it, and what the caller sees.
#include "support/catch.hpp"
#include "support/peak_memory.hpp"
#include "support/table.hpp"
#include "support/timed_run.hpp"

#include <cellos/host/gvisor/bundle/confinement.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/os/cgroup_hierarchy.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

ExecutionCellDocument python_document(std::string program) {
    return cell_document({"python3", "-c", std::move(program)});
}

bool has_controller(std::string_view name) {
    const auto hierarchies = os::find_cgroup_hierarchies();
    return std::ranges::any_of(hierarchies, [&](const auto& each) { return each.has(name); });
}

// A supervisor in a state directory of its own, in which something has run before: what the first
// run makes once is not what a run leaves.
struct Rig {
    StateDirectory state{};

    Rig() { REQUIRE(supervisor().run(cell_document({"true"})).has_value()); }

    [[nodiscard]] Supervisor<GVisorCellBackend> supervisor() const {
        return Supervisor{GVisorCellBackend{state.config()}};
    }

    TimedRun operator()(const ExecutionCellDocument& document, RunOptions options = {}) {
        auto run =
            timed_run([this] { return supervisor(); }, state.path(), document, std::move(options));
        CHECK(run.left == "");
        if (!run.report) FAIL(run.report.error().what());
        CHECK(run.report->teardown.destroyed);
        return run;
    }
};

struct PipePair {
    int ends[2]{-1, -1};
    PipePair() { REQUIRE(::pipe2(ends, O_CLOEXEC) == 0); }
    PipePair(const PipePair&) = delete;
    PipePair& operator=(const PipePair&) = delete;
    ~PipePair() {
        close_end(0);
        close_end(1);
    }
    void close_end(int number) {
        if (ends[number] >= 0) ::close(std::exchange(ends[number], -1));
    }
};

} // namespace

TEST_CASE("Where another parent of the control groups would help, the option is named") {
    const auto advised = [](std::string cause) {
        return gvisor::with_advice(failure(CellosError::Kind::Host, std::move(cause)));
    };
    CHECK(
        advised("cannot write: a delegated group without processes is needed").error().message ==
        "cannot write: a delegated group without processes is needed (GVisorConfig::cgroup_parent)"
    );
    CHECK(advised("cannot write").error().message == "cannot write");
    CHECK(gvisor::with_advice({}).has_value());
}

TEST_CASE("Limits of a document hold, and the caller sees which one ended the workload") {
    struct Row {
        std::string_view limit;
        std::string_view held_by;
        std::string program;
        Limits limits;
        std::function<bool(const CellReport&)> expected;
    };
    const auto out_of_memory = [](const CellReport& report) {
        return report.exit == ExitStatus::forced(ExitStatus::Kind::OutOfMemory);
    };
    const auto says = [](std::string text) {
        return [text = std::move(text)](const CellReport& report) {
            return report.exit == ExitStatus::exited(0) && report.stdout_text == text;
        };
    };
    const std::string take = "b = []\nwhile True: b.append(bytearray(1 << 20))\n";
    const std::vector<Row> rows{
        {"memoryMaxBytes, one process",
         "cgroup",
         take,
         Limits{.memory_max_bytes = 96 * mebibyte},
         out_of_memory},
        {"memoryMaxBytes, a child whose parent survives it",
         "cgroup",
         "import subprocess, sys, time\n"
         "subprocess.run([sys.executable, '-c', 'b = []\\nwhile True: b.append(bytearray(1 << "
         "20))'])\ntime.sleep(30)\n",
         Limits{.memory_max_bytes = 96 * mebibyte},
         out_of_memory},
        {"memoryMaxBytes, four processes together",
         "cgroup",
         "import os, time\nfor i in range(4):\n  if os.fork() == 0:\n    b = bytearray(40 << 20)\n"
         "    time.sleep(30)\ntime.sleep(30)\n",
         Limits{.memory_max_bytes = 128 * mebibyte},
         out_of_memory},
        {"maxProcesses",
         "RLIMIT_NPROC in the sentry",
         "import os, time\nn = 0\ntry:\n  while n < 1000:\n    if os.fork() == 0: time.sleep(60)\n"
         "    n += 1\nexcept BlockingIOError: print(n)\n",
         Limits{.max_processes = 20},
         says("19\n")},
        {"maxOpenFiles",
         "RLIMIT_NOFILE in the sentry",
         "import os\nn = 0\ntry:\n  while n < 1000: n = os.dup(0)\nexcept OSError: print(n)\n",
         Limits{.max_open_files = 50},
         says("49\n")},
        {"maxFileBytes",
         "RLIMIT_FSIZE in the sentry",
         "import os, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
         "f = open('/tmp/f', 'wb', 0)\ntry:\n  while True: f.write(b'x' * 1000)\n"
         "except OSError: print(os.stat('/tmp/f').st_size)\n",
         Limits{.max_file_bytes = 100'000},
         says("100000\n")},
        {"scratchBytes",
         "size of the tmpfs, each of /tmp, /dev/shm and the working directory",
         "import os\nfor place in '/tmp/f', '/dev/shm/f', 'f':\n  f = open(place, 'wb', 0)\n  "
         "try:\n"
         "    while True: f.write(b'x' * 4096)\n"
         "  except OSError: print(os.stat(place).st_size)\n",
         Limits{.scratch_bytes = mebibyte},
         says("1048576\n1048576\n1048576\n")},
        {"maxOutputBytes",
         "the supervising process",
         "import sys\nwhile True: sys.stdout.write('x' * 1000)\n",
         Limits{.max_output_bytes = 100'000},
         [](const CellReport& report) {
             return report.exit == ExitStatus::forced(ExitStatus::Kind::OutputLimitExceeded) &&
                    report.output_truncated && report.stdout_text == std::string(100'000, 'x');
         }},
    };
    Rig run;
    print_header({"limit", "held by", "what the caller sees", "time"});
    for (const auto& row : rows) {
        INFO(row.limit);
        if (row.held_by == "cgroup" && !has_controller("memory")) {
            std::cout << "SKIPPED: " << row.limit << ": no memory controller here" << std::endl;
            continue;
        }
        auto document = python_document(row.program);
        document.spec.run->limits = row.limits;
        document.spec.run->working_directory = "/work";
        const auto ran = run(document);
        CAPTURE(ending(ran.report), ran.report->stdout_text, ran.report->stderr_text);
        CHECK(row.expected(*ran.report));
        CHECK(ran.took < 20s);
        print_row({row.limit, row.held_by, ending(ran.report), seconds_text(ran.took)});
    }
}

TEST_CASE("A processor quota holds for the whole cell") {
    if (!has_controller("cpu")) CELLOS_SKIP("no cpu controller here");
    Rig run;
    // A third of a second's work for each of two loops, on a tenth of a processor for both.
    auto document = shell_document(
        "count() { i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; }; count & count; wait"
    );
    const auto free = run(document);
    document.spec.run->limits = Limits{.cpu_max = CpuMax{.quota_micros = 10'000}};
    const auto ran = run(document);
    CHECK(ran.report->exit == ExitStatus::exited(0));
    CHECK(ran.took > 1.5s);
    CHECK(ran.took > free.took);
    print_row(
        {"cpuMax, a tenth instead of " + seconds_text(free.took),
         "cgroup",
         ending(ran.report),
         seconds_text(ran.took)}
    );
}

TEST_CASE("Without a limit of its own a cell still may not have processes without end") {
    Rig run;
    // Threads count as well, and are made a good deal faster.
    const auto ran = run(python_document(
        "import _thread, time\n_thread.stack_size(1 << 16)\nn = 0\ntry:\n  while n < 3000:\n"
        "    _thread.start_new_thread(time.sleep, (60,))\n    n += 1\n"
        "except RuntimeError: print(n, flush=True)\nimport os\nos._exit(0)\n"
    ));
    CHECK(ran.report->stdout_text == std::to_string(gvisor::default_max_processes - 1) + "\n");
}

TEST_CASE("Output is limited wherever it goes") {
    Rig run;
    auto document = shell_document("exec yes 0123456789abcde");
    document.spec.run->limits = Limits{.max_output_bytes = 160'000};
    document.spec.run->timeout_ms = 20'000;

    SECTION("dropped") {
        const auto ran = run(document, {.stdio = Discard{}});
        CHECK(ran.report->exit == ExitStatus::forced(ExitStatus::Kind::OutputLimitExceeded));
        CHECK(ran.report->output_truncated);
        CHECK(ran.report->stdout_text.empty());
    }
    SECTION("to a pipe of the caller's: exactly as much arrives") {
        PipePair pipe;
        std::string received;
        {
            std::jthread reader{[&] { received = os::read_all(pipe.ends[0]).value(); }};
            const auto ran = run(document, {.stdio = Descriptors{.stdout_fd = pipe.ends[1]}});
            CHECK(ran.report->exit == ExitStatus::forced(ExitStatus::Kind::OutputLimitExceeded));
            CHECK(ran.report->output_truncated);
            pipe.close_end(1);
        }
        CHECK(received.size() == 160'000);
        CHECK(received.starts_with("0123456789abcde\n0123456789abcde\n"));
    }
    SECTION("to a pipe that nobody reads: the deadline holds") {
        PipePair pipe;
        document.spec.run->limits->max_output_bytes = 10'000'000;
        document.spec.run->timeout_ms = 1000;
        const auto ran = run(document, {.stdio = Descriptors{.stdout_fd = pipe.ends[1]}});
        CHECK(ran.report->exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
        CHECK(ran.took < 3s);
    }
    SECTION("to a pipe whose reader is gone: the workload hears of it, the program does not") {
        PipePair pipe;
        pipe.close_end(0);
        const auto ran = run(document, {.stdio = Descriptors{.stdout_fd = pipe.ends[1]}});
        // yes(1) complains of EPIPE where the sandbox has no SIGPIPE for a pipe of the host.
        CAPTURE(ending(ran.report));
        const bool heard = ran.report->exit == ExitStatus::signaled(SIGPIPE) ||
                           ran.report->exit == ExitStatus::exited(1);
        CHECK(heard);
    }
    SECTION("less than the limit passes unharmed") {
        auto modest = shell_document("head -c 100000 /dev/zero; echo end >&2");
        modest.spec.run->limits = document.spec.run->limits;
        const auto ran = run(modest);
        CHECK(ran.report->exit == ExitStatus::exited(0));
        CHECK_FALSE(ran.report->output_truncated);
        CHECK(ran.report->stdout_text.size() == 100'000);
        CHECK(ran.report->stderr_text == "end\n");
    }
}

TEST_CASE("1 GiB of output through a capture of 1 MiB: memory stays flat, and it says truncated") {
    Rig run;
    forget_peak_memory();
    const long before = peak_memory();
    const auto ran =
        run(shell_document("dd if=/dev/zero bs=1M count=1024 status=none"),
            {.stdio = Capture{.limit_bytes = 1 << 20}});
    const long more = peak_memory() - before;
    CHECK(ran.report->exit == ExitStatus::exited(0));
    CHECK(ran.report->stdout_text.size() == std::size_t{1} << 20);
    CHECK(ran.report->output_truncated);
    // The sanitizers keep some of what was freed.
    CHECK(more < 32);
    print_row(
        {"1 GiB of output, 1 MiB kept",
         "the supervising process, " + std::to_string(more) + " MiB more",
         ending(ran.report),
         seconds_text(ran.took)}
    );
}

TEST_CASE("Standard streams that are left alone, closed or held hang nobody") {
    Rig run;
    struct Row {
        std::string_view what;
        std::string script;
        std::string_view output;
    };
    const std::vector<Row> rows{
        {"stdin is never read", "echo done", "done\n"},
        {"stdout and stderr are closed", "echo first; exec >&- 2>&-; sleep 0.3", "first\n"},
        {"a background child holds the pipes", "sleep 1000 & echo done", "done\n"},
        {"a daemon holds the pipes", "setsid sh -c 'sleep 1000 &' ; echo done", "done\n"},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const auto ran =
            run(shell_document(row.script),
                {.stdio = Capture{.stdin_text = std::string(std::size_t{4} << 20, 'x')}});
        CHECK(ran.report->exit == ExitStatus::exited(0));
        CHECK(ran.report->stdout_text == row.output);
        CHECK(ran.took < 10s);
    }
}
