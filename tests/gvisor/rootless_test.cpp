// What remains, and what is refused or reported, for a program that is not root.
#include "support/catch.hpp"
#include "support/forked_program.hpp"
#include "support/other_user.hpp"
#include "support/table.hpp"
#include "support/timed_run.hpp"

#include <cellos/os/wait.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

constexpr uid_t nobody = 65534;

// What `work` returns in a child of this process that is nobody; nothing if it has not come to an
// end within a minute.
std::optional<std::string> as_nobody(const std::function<std::string()>& work) {
    enter_own_control_group();
    auto pipe = os::make_pipe().value();
    ForkedProgram program{[&] {
        if (!become_user(nobody)) return 1;
        ::unsetenv("XDG_RUNTIME_DIR");
        return os::write_all(pipe.write_end.get(), work()) ? 0 : 1;
    }};
    pipe.write_end.reset();
    if (!os::wait_readable(program.pidfd(), os::Clock::now() + 60s)) return std::nullopt;
    if (program.wait() != 0) return std::nullopt;
    return os::read_all(pipe.read_end.get()).value();
}

struct Attempt {
    ExecutionCellDocument document;
    Enforcement enforcement = Enforcement::Strict;
};

// The end, the output, the error or caveats, and what was left, each on lines of their own.
std::string run_rootless(const Attempt& attempt) {
    const StateDirectory state;
    const auto make_supervisor = [&] {
        auto config = state.config();
        config.enforcement = attempt.enforcement;
        return Supervisor{GVisorCellBackend{config}};
    };
    static_cast<void>(make_supervisor().run(cell_document({"true"})));
    const auto run = timed_run(make_supervisor, state.path(), attempt.document);
    std::string text = ending(run.report) + '\n';
    if (run.report) {
        text += run.report->stdout_text;
        for (const std::string& caveat : run.report->caveats) text += caveat + '\n';
    } else {
        text += run.report.error().message + '\n';
    }
    return text + (run.left.empty() ? "nothing left" : run.left);
}

ExecutionCellDocument limited(ExecutionCellDocument document, Limits limits) {
    document.spec.run->limits = limits;
    return document;
}

} // namespace

TEST_CASE("As a user who is not root: what works is the same, what is lost is refused or told") {
    if (::geteuid() != 0) CELLOS_SKIP("only root can become somebody else");
    const auto works = as_nobody([] { return run_rootless({cell_document({"true"})}); });
    REQUIRE(works.has_value());
    if (!works->starts_with("exited 0\n"))
        CELLOS_SKIP("no rootless sandboxes here: " + works->substr(0, 300));

    auto sleeper = shell_document("trap 'echo bye; exit 3' TERM; while :; do sleep 0.05; done");
    sleeper.spec.run->timeout_ms = 1000;
    auto deaf = shell_document("trap '' TERM; while :; do sleep 0.05; done");
    deaf.spec.run->timeout_ms = 1000;
    const Limits memory{.memory_max_bytes = std::int64_t{256} << 20};
    const Limits quota{.cpu_max = CpuMax{.quota_micros = 50'000}};
    const auto hog = cell_document(
        {"python3",
         "-c",
         "b = []\ntry:\n  while True: b.append(bytearray(1 << 20))\n"
         "except MemoryError: b = []; print('no memory')"}
    );
    const std::string reach_limits =
        "import os, signal, time\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "def count(act):\n  n = 0\n  try:\n    while True: act(); n += 1\n"
        "  except OSError: return n\n"
        "def fork():\n  if os.fork() == 0: time.sleep(60)\n"
        "def fill(path):\n  f = os.open(path, os.O_CREAT | os.O_WRONLY)\n"
        "  count(lambda: os.write(f, b'x' * 4096))\n  os.close(f)\n"
        "  return os.stat(path).st_size\n"
        "processes = count(fork)\none = fill('/tmp/0')\n"
        "all = one + sum(fill('/tmp/%d' % i) for i in range(1, 20))\n"
        "files = count(lambda: os.dup(0)) + 3\nprint(processes, files, one, all)\n";
    struct Row {
        std::string_view what;
        Attempt attempt;
        std::string_view begins;
        std::string_view mentions;
        std::string_view result;
    };
    const std::vector<Row> rows{
        {"output and exit code",
         {shell_document("echo hello; id -u; exit 7")},
         "exited 7\nhello\n65534\n",
         "",
         "the same"},
        {"time-out with a SIGTERM first",
         {limited(sleeper, {.graceful_shutdown_seconds = 20})},
         "timedOut\nbye\n",
         "",
         "the same"},
        {"time-out of a workload that ignores SIGTERM",
         {limited(deaf, {.graceful_shutdown_seconds = 1})},
         "timedOut\n",
         "",
         "the same"},
        {"maxProcesses, maxOpenFiles, maxFileBytes, scratchBytes",
         {limited(
             cell_document({"python3", "-c", reach_limits}),
             {.max_processes = 4,
              .max_open_files = 20,
              .max_file_bytes = 98'304,
              .scratch_bytes = std::int64_t{1} << 20}
         )},
         "exited 0\n3 20 98304 1048576\n",
         "",
         "the same"},
        {"maxOutputBytes",
         {limited(cell_document({"yes"}), {.max_output_bytes = 4})},
         "outputLimitExceeded\ny\ny\nnothing",
         "",
         "the same"},
        {"memoryMaxBytes",
         {limited(hog, memory)},
         "unsupported\n",
         "memoryMaxBytes cannot be enforced here",
         "refused"},
        {"memoryMaxBytes, best effort",
         {limited(hog, memory), Enforcement::BestEffort},
         "exited 0\nno memory\n",
         "out of memory cannot be told",
         "holds each process alone; the report says that out of memory cannot be told"},
        {"cpuMax",
         {limited(shell_document("true"), quota)},
         "unsupported\n",
         "cpuMax cannot be enforced here",
         "refused"},
        {"cpuMax, best effort",
         {limited(shell_document("true"), quota), Enforcement::BestEffort},
         "exited 0\n",
         "cpuMax is not enforced",
         "not enforced; the report says so"},
    };
    print_header({"not root", "compared with root"});
    for (const auto& row : rows) {
        INFO(row.what);
        const auto told = as_nobody([&] { return run_rootless(row.attempt); });
        REQUIRE(told.has_value());
        CHECK_THAT(*told, Catch::Matchers::StartsWith(std::string{row.begins}));
        CHECK_THAT(*told, Catch::Matchers::ContainsSubstring(std::string{row.mentions}));
        CHECK_THAT(*told, Catch::Matchers::EndsWith("nothing left"));
        print_row({row.what, row.result});
    }
}

TEST_CASE("As a user who is not root: secrets can be files, exports are refused and leave nothing"
) {
    if (::geteuid() != 0) CELLOS_SKIP("only root can become somebody else");
    const auto create = [](const ExecutionCellDocument& document) {
        return as_nobody([&] {
            const StateDirectory state;
            GVisorCellBackend backend{state.config()};
            const auto cell = backend.create(document);
            if (cell) return std::string{"created"};
            const bool empty = fs::is_empty(state.path());
            return std::string{identifier(cell.error().kind)} + ": " + cell.error().message +
                   (empty ? "" : ", and something is left");
        });
    };
    auto secrets = shell_document("true");
    secrets.spec.authority.secret_refs = {"TOKEN"};
    secrets.spec.run->secret_delivery = SecretDelivery::File;
    CHECK(create(secrets) == "created");
    auto exports = shell_document("true");
    exports.spec.export_.emplace().artifacts = {{"log", "/out/log"}};
    CHECK(
        create(exports) ==
        "unsupported: spec.export.artifacts: exports need root, to mount a file system"
    );
}
