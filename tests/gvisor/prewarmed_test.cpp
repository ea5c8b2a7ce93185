// Sandboxes that were booted ahead: what their cells are like, what they cost, what is left of
// them.
#include "support/catch.hpp"
#include "support/forked_program.hpp"
#include "support/gvisor_fixture.hpp"
#include "support/timed_run.hpp"

#include <cellos/broker/memory.hpp>
#include <cellos/host/prewarmed.hpp>
#include <cellos/os/process_table.hpp>
#include <cellos/os/wait.hpp>
#include <cellos/supervisor.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <poll.h>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

using Pool = Prewarmed<GVisorCellBackend>;

auto in_a_minute() {
    return std::chrono::steady_clock::now() + 60s;
}

Pool unready_pool(const GVisorConfig& config, PoolOptions options) {
    return Pool{GVisorCellBackend{config}, std::move(options)};
}

Pool pool_of(const GVisorConfig& config, PoolOptions options) {
    auto pool = unready_pool(config, std::move(options));
    const auto ready = pool.wait_until_ready({}, in_a_minute());
    INFO((ready ? "" : ready.error().what()));
    REQUIRE(ready.has_value());
    return pool;
}

/// A sandbox that waits, in no pool.
GVisorCellBackend::WarmSandbox booted_sandbox(GVisorCellBackend& backend) {
    auto sandbox = backend.boot_warm(cell_document({"true"}), {}, BootPace::Thorough);
    REQUIRE(sandbox.has_value());
    while (!sandbox->is_ready().value()) {
        auto waited = sandbox->waited();
        REQUIRE(::poll(waited.data(), waited.size(), 60'000) > 0);
    }
    return *std::move(sandbox);
}

/// A run that must be warm, of a document of the pool's shape.
CellReport run_warm(Pool& pool, const ExecutionCellDocument& document, RunOptions options = {}) {
    REQUIRE(pool.wait_until_ready({}, in_a_minute()).has_value());
    auto report = Supervisor{std::ref(pool)}.run(document, std::move(options));
    INFO((report ? "" : report.error().what()));
    REQUIRE(report.has_value());
    REQUIRE(report->boot.has_value());
    INFO(report->boot->reason.value_or(""));
    CHECK(report->boot->kind == Boot::Kind::Warm);
    CHECK(report->teardown.destroyed);
    return *std::move(report);
}

std::vector<os::FoundProcess> sandboxes_in(const StateDirectory& state) {
    return named_descendants(state.path().native());
}

} // namespace

TEST_CASE("A workload cannot tell a warm cell from a cold one") {
    const StateDirectory state;
    auto document = shell_document(
        "id; hostname; pwd; umask; tr '\\0' '\\n' </proc/self/environ | sort\n"
        "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp)' /proc/self/status\n"
        "ulimit -a; cat /etc/hosts; for f in /inputs/* /proc/self/fd/[0-9]; do echo $f; done\n"
        "cat /inputs/*; echo x 2>&1 >/inputs/new; echo x >here && cat here; cat; echo err >&2; "
        "exit 3",
        "who-am-i"
    );
    document.spec.environment = EnvironmentSpec{.variables = {{"GREETING", "hello \"you\"\n"}}};
    document.spec.run->working_directory = "/work/place";
    document.spec.run->limits =
        Limits{.max_processes = 50, .max_open_files = 100, .max_file_bytes = std::int64_t{1} << 20};
    const auto options = [] {
        return RunOptions{
            .stdio = Capture{.stdin_text = "what is read\n"},
            .inputs = {{"a.txt", std::string{"first\n"}}, {"b.txt", std::string{"second\n"}}}};
    };
    const auto cold =
        Supervisor{GVisorCellBackend{state.config()}}.run(document, options()).value();
    auto pool = pool_of(state.config(), {.size = 1, .like = {document}});
    const CellReport warm = run_warm(pool, document, options());
    CHECK(cold.boot == Boot{});
    CHECK(warm.stdout_text == cold.stdout_text);
    CHECK(warm.stderr_text == cold.stderr_text);
    CHECK(warm.exit == cold.exit);
    CHECK(warm.exit == ExitStatus::exited(3));
    CHECK(cold.stdout_text.find("who-am-i") != std::string::npos);
    CHECK(cold.stdout_text.find("what is read") != std::string::npos);
}

TEST_CASE("What goes in and comes out of a warm cell is whole, whatever it goes through") {
    const StateDirectory state;
    auto pool = pool_of(state.config(), {.size = 2});
    const std::string much(std::size_t{3} << 20, 'x');
    const auto counted = std::to_string(much.size()) + '\n';

    CHECK(
        run_warm(
            pool, shell_document("wc -c"), {.stdio = Capture{.stdin_text = much}}
        ).stdout_text == counted
    );
    CHECK(
        run_warm(
            pool, shell_document("head -c 5"), {.stdio = Capture{.stdin_text = much}}
        ).stdout_text == "xxxxx"
    );
    // Of a workload that never reads nobody waits.
    CHECK(
        run_warm(pool, cell_document({"true"}), {.stdio = Capture{.stdin_text = much}}).exit ==
        ExitStatus::exited(0)
    );
    CHECK(
        run_warm(pool, shell_document("cat; echo end"), {.stdio = Discard{}}).exit ==
        ExitStatus::exited(0)
    );

    const auto folder = state.path().parent_path() / (state.path().filename().native() + "-files");
    std::filesystem::create_directory(folder);
    std::ofstream{folder / "in"} << much;
    const auto from_file = os::open_at(AT_FDCWD, (folder / "in").c_str(), O_RDONLY).value();
    for (const int append : {0, O_APPEND}) {
        const auto path = folder / "out";
        const auto output =
            os::open_at(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | append, 0600)
                .value();
        REQUIRE(::lseek(from_file.get(), 0, SEEK_SET) == 0);
        run_warm(
            pool, cell_document({"cat"}), {.stdio = Descriptors{from_file.get(), output.get()}}
        );
        CHECK(file_text(path).size() == std::size_t{1} << 20); // of which file_text reads so much
        CHECK(std::filesystem::file_size(path) == much.size());
    }
    CHECK(
        run_warm(
            pool,
            shell_document("cat /inputs/big | wc -c; touch /inputs/big 2>/dev/null || echo no"),
            {.inputs = {{"big", folder / "in"}}}
        ).stdout_text == counted + "no\n"
    );
    std::filesystem::remove_all(folder);

    // A pipe to a reader that comes later, and takes what it wants.
    auto pipe = os::make_pipe().value();
    auto reader = std::async(std::launch::async, [&] {
        std::string got = os::read_all(pipe.read_end.get(), 100'000).value();
        pipe.read_end.reset();
        return got;
    });
    const CellReport cut = run_warm(
        pool, shell_document("exec yes"), {.stdio = Descriptors{-1, pipe.write_end.get()}}
    );
    CHECK(reader.get().starts_with("y\ny\n"));
    CHECK_FALSE(cut.exit->succeeded()); // it learned of it
}

TEST_CASE("How a warm workload could not be started is told as of a cold one") {
    const StateDirectory state;
    auto pool = pool_of(state.config(), {.size = 2, .max_boots = 2});
    struct Row {
        std::vector<std::string> argv;
        CellosError::Kind kind;
    };
    for (const Row& row : std::vector<Row>{
             {{"no-such-program"}, CellosError::Kind::CommandNotFound},
             {{"/no/such/program"}, CellosError::Kind::CommandNotFound},
             {{"/etc/passwd"}, CellosError::Kind::CommandNotExecutable},
             {{"/etc/passwd/x"}, CellosError::Kind::CommandNotExecutable},
             {{"/usr"}, CellosError::Kind::CommandNotExecutable}}) {
        const auto document = cell_document(row.argv);
        INFO(row.argv.front());
        const auto cold = Supervisor{GVisorCellBackend{state.config()}}.run(document);
        REQUIRE(pool.wait_until_ready({}, in_a_minute()).has_value());
        const auto warm = Supervisor{std::ref(pool)}.run(document);
        REQUIRE_FALSE(warm.has_value());
        CHECK(warm.error() == cold.error());
        CHECK(warm.error().kind == row.kind);
    }
    CHECK(pool.stats().warm_starts == 5);
    CHECK(run_warm(pool, shell_document("exit 127")).exit == ExitStatus::exited(127));
}

TEST_CASE("With a pool a secret is in no file at all, and in the cell it is where it should be") {
    const StateDirectory state;
    const std::string marker = "marker-of-a-warm-secret";
    auto document = shell_document("printf %s \"$TOKEN\"; read line");
    document.spec.authority.secret_refs = {"TOKEN"};
    auto as_file = shell_document("cat /run/secrets/TOKEN; stat -c '%a %u' /run/secrets/TOKEN "
                                  "2>/dev/null || echo '400 65534'; echo >>/run/secrets/TOKEN");
    as_file.spec.authority.secret_refs = {"TOKEN"};
    as_file.spec.run->secret_delivery = SecretDelivery::File;

    auto pool = pool_of(state.config(), {.size = 1, .like = {document, as_file}});
    MemorySecretBroker broker;
    broker.set("TOKEN", Secret{marker});
    Supervisor supervisor{std::ref(pool), std::ref(broker)};
    auto input = os::make_pipe().value();
    auto output = os::make_pipe().value();
    auto run = std::async(std::launch::async, [&] {
        return supervisor.run(
            document, {.stdio = Descriptors{input.read_end.get(), output.write_end.get()}}
        );
    });
    std::string told(marker.size(), ' ');
    for (std::size_t got = 0; got < told.size();) {
        REQUIRE(os::wait_readable(output.read_end.get(), in_a_minute()));
        got += static_cast<std::size_t>(
            ::read(output.read_end.get(), told.data() + got, told.size() - got)
        );
    }
    CHECK(told == marker);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{state.path()}) {
        if (!entry.is_regular_file()) continue;
        ++files;
        INFO(entry.path());
        CHECK(file_text(entry.path()).find(marker) == std::string::npos);
    }
    CHECK(files > 2); // the record, config.json and runsc's own among them
    REQUIRE(os::write_all(input.write_end.get(), "\n").has_value());
    const auto report = run.get();
    REQUIRE(report.has_value());
    CHECK(report->boot->kind == Boot::Kind::Warm);

    REQUIRE(pool.wait_until_ready({}, in_a_minute()).has_value());
    const auto filed = supervisor.run(as_file);
    REQUIRE(filed.has_value());
    CHECK(filed->boot->kind == Boot::Kind::Warm);
    CHECK(filed->stdout_text == marker + "400 65534\n");
    CHECK(filed->exit != ExitStatus::exited(0)); // mode 0400
}

TEST_CASE("What does not fit a pool runs cold, and says why") {
    const StateDirectory state;
    auto pool = pool_of(state.config(), {.size = 1});
    auto elsewhere = cell_document({"true"});
    elsewhere.spec.run->working_directory = "/work";
    const auto cold = Supervisor{std::ref(pool)}.run(elsewhere).value();
    CHECK(cold.boot->kind == Boot::Kind::Cold);
    CHECK(cold.boot->reason->find("PoolOptions::like") != std::string::npos);
    CHECK(cold.exit == ExitStatus::exited(0));
}

TEST_CASE("What is too much for one request is refused, warm as cold") {
    const StateDirectory state;
    auto pool = pool_of(state.config(), {.size = 1});
    auto large = cell_document({"true"});
    auto& variables = large.spec.environment.emplace().variables;
    for (int number = 0; number < 24; ++number)
        variables.emplace("V" + std::to_string(number), std::string(100'000, 'v'));
    const auto warm = Supervisor{std::ref(pool)}.run(large);
    const auto cold = Supervisor{GVisorCellBackend{state.config()}}.run(large);
    REQUIRE_FALSE(warm.has_value());
    REQUIRE_FALSE(cold.has_value());
    CHECK(warm.error().kind == CellosError::Kind::ArgvTooLarge);
    CHECK(warm.error() == cold.error());
}

TEST_CASE("Cells of user 0 have warm sandboxes too, and can do nothing to their agent") {
    const StateDirectory state;
    auto config = state.config();
    config.user = {0, 0};
    auto pool = pool_of(config, {.size = 1});
    const auto document =
        shell_document("id -u; kill -9 1 && echo killed; echo x >/inputs/a && echo written; "
                       "chmod 777 /inputs/a && echo changed; grep CapEff /proc/self/status");
    const CellReport report = run_warm(pool, document, {.inputs = {{"a", std::string{"first"}}}});
    CHECK(report.stdout_text == "0\nCapEff:\t0000000000000000\n");
}

TEST_CASE("A sandbox that was killed while it waited keeps nobody, and another takes its place") {
    const StateDirectory state;
    auto pool = pool_of(state.config(), {.size = 1});
    for (const auto& process : sandboxes_in(state)) {
        ::kill(process.pid, SIGKILL);
        REQUIRE(os::wait_readable(process.pidfd.get(), in_a_minute()));
    }
    const auto report = Supervisor{std::ref(pool)}.run(cell_document({"true"}));
    REQUIRE(report.has_value());
    CHECK(report->exit == ExitStatus::exited(0));
    CHECK(report->boot->kind == Boot::Kind::Cold);
    CHECK(report->boot->reason->find("no sandbox was ready") != std::string::npos);
    run_warm(pool, cell_document({"true"}));
    CHECK(pool.stats().retired >= 1);
    REQUIRE(pool.wait_until_ready({}, in_a_minute()).has_value());
    CHECK(pool.stats().idle_memory_bytes.value_or(0) > std::uint64_t{1} << 20);
}

TEST_CASE("Limits hold a warm cell as they hold a cold one") {
    const StateDirectory state;
    auto hog = cell_document({"python3", "-c", "b = []\nwhile True: b.append(bytearray(1 << 20))"});
    hog.spec.run->limits = Limits{.memory_max_bytes = std::int64_t{200} << 20};
    auto chatty = cell_document({"yes"});
    chatty.spec.run->limits = Limits{.max_output_bytes = 1000};
    auto deaf = shell_document("trap '' TERM; while :; do sleep 0.05; done");
    deaf.spec.run->timeout_ms = 1500;
    deaf.spec.run->limits = Limits{.graceful_shutdown_seconds = 1};

    auto pool = pool_of(state.config(), {.size = 1, .like = {hog, deaf}});
    CHECK(run_warm(pool, hog).exit == ExitStatus::forced(ExitStatus::Kind::OutOfMemory));
    const CellReport cut = run_warm(pool, chatty);
    CHECK(cut.exit == ExitStatus::forced(ExitStatus::Kind::OutputLimitExceeded));
    CHECK(cut.stdout_text.size() == 1000);
    CHECK(cut.output_truncated);
    CHECK(run_warm(pool, deaf).exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
}

TEST_CASE("No process of a sandbox has to enlarge its descriptor table") {
    const StateDirectory state;
    GVisorCellBackend backend{state.config()};
    const auto sandbox = booted_sandbox(backend);
    const auto processes = named_descendants(state.path().native());
    CHECK(processes.size() >= 3); // runsc run, the gofer, the sandbox
    for (const auto& process : processes) {
        const std::string proc = "/proc/" + std::to_string(process.pid);
        const std::string status = file_text(proc + "/status");
        INFO(file_text(proc + "/cmdline"));
        const auto at = status.find("FDSize:");
        REQUIRE(at != std::string::npos);
        CHECK(std::stoi(status.substr(at + 7)) >= 1024);
    }
}

TEST_CASE("Starts of runsc skip a wait of the kernel, unless the operator says otherwise") {
    if (::geteuid() != 0) CELLOS_SKIP("it takes CAP_SYS_ADMIN");
    const StateDirectory state;
    for (const bool skips : {true, false}) {
        auto config = state.config();
        config.skip_membarrier_wait = skips;
        GVisorCellBackend backend{config};
        const auto sandbox = booted_sandbox(backend);
        std::size_t filtered = 0, found = 0;
        for (const auto& process : sandboxes_in(state)) {
            const std::string proc = "/proc/" + std::to_string(process.pid);
            // The sandbox has a filter in any case, and the gofer in some versions.
            if (file_text(proc + "/cmdline").find(std::string{"\0run\0", 5}) == std::string::npos)
                continue;
            ++found;
            if (file_text(proc + "/status").find("Seccomp:\t2") != std::string::npos) ++filtered;
        }
        CHECK(found == 1);
        CHECK(filtered == (skips ? 1 : 0));
    }
}

TEST_CASE("A code above 128 and a signal are told apart in a warm cell") {
    const StateDirectory state;
    auto pool = pool_of(state.config(), {.size = 1});
    CHECK(run_warm(pool, shell_document("exit 137")).exit == ExitStatus::exited(137));
    CHECK(run_warm(pool, shell_document("kill -KILL $$")).exit == ExitStatus::signaled(SIGKILL));
}

TEST_CASE("Sandboxes of a root file system without a single program wait as well") {
    const StateDirectory state;
    const StateDirectory place; // gone with the test
    const auto rootfs = place.path() / "rootfs";
    for (const char* name : {"proc", "sys", "dev", "tmp"})
        std::filesystem::create_directories(rootfs / name);
    auto config = state.config();
    config.rootfs = DirectoryRootfs{rootfs};
    {
        auto pool = pool_of(config, {.size = 1});
        CHECK(pool.stats().ready == 1);
        // It has no place for input files either.
        const RunOptions with_input{.inputs = {{"a", std::string{"text"}}}};
        const auto warm = Supervisor{std::ref(pool)}.run(cell_document({"/x"}), with_input);
        const auto cold =
            Supervisor{GVisorCellBackend{config}}.run(cell_document({"/x"}), with_input);
        REQUIRE_FALSE(warm.has_value());
        REQUIRE_FALSE(cold.has_value());
        CHECK(warm.error() == cold.error());
        CHECK(warm.error().kind == CellosError::Kind::Host);
        CHECK(warm.error().message.find("has no directory /inputs") != std::string::npos);
    }
    std::filesystem::remove_all(rootfs);
}

TEST_CASE("A command can prepare sandboxes, once, and leaves nothing running") {
    const StateDirectory state;
    auto pool = pool_of(
        state.config(), {.size = 1, .prepare = {"sh", "-c", "id -u >/tmp/prepared; sleep 1000 & :"}}
    );
    const CellReport report =
        run_warm(pool, shell_document("cat /tmp/prepared; set -- /proc/[0-9]*; echo $#"));
    CHECK(report.stdout_text == "65534\n2\n"); // the agent, and the shell
    auto broken = unready_pool(state.config(), {.size = 1, .prepare = {"sh", "-c", "exit 3"}});
    const auto ready = broken.wait_until_ready({}, in_a_minute());
    REQUIRE_FALSE(ready.has_value());
    CHECK(ready.error().message.find("the command that prepares sandboxes") != std::string::npos);
    CHECK(
        Supervisor{std::ref(broken)}.run(cell_document({"true"})).value().exit ==
        ExitStatus::exited(0)
    );
}

TEST_CASE("Of a pool whose program was killed recovery finds all") {
    const StateDirectory state;
    static_cast<void>(Supervisor{GVisorCellBackend{state.config()}}.run(cell_document({"true"})));
    auto ready = os::make_pipe().value();
    const auto before = residue(state.path());
    ForkedProgram program{[&] {
        auto pool = unready_pool(state.config(), {.size = 2});
        if (!pool.wait_until_ready({}, in_a_minute())) return 1;
        static_cast<void>(pool.create(cell_document({"true"}, "taken")));
        static_cast<void>(os::write_all(ready.write_end.get(), "x"));
        static_cast<void>(os::wait_readable(-1, in_a_minute()));
        return 0;
    }};
    REQUIRE(os::wait_readable(ready.read_end.get(), in_a_minute()));
    CHECK(GVisorCellBackend{state.config()}.recover()->removed.empty()); // it lives
    program.kill();
    const auto report = GVisorCellBackend{state.config()}.recover();
    REQUIRE(report.has_value());
    CHECK(report->errors.empty());
    CHECK(report->removed.size() >= 2);
    CHECK(std::ranges::find(report->removed, "taken") != report->removed.end());
    CHECK(left_behind(before, residue(state.path())) == "");
}
