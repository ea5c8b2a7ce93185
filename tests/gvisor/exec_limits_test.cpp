// Limits that hold from the workload's exec on: what the sandbox does before, and what it holds by
// then, is not the workload's. The same cold and warm.
#include "support/catch.hpp"
#include "support/cold_or_warm.hpp"
#include "support/fake_runsc.hpp"
#include "support/table.hpp"

#include <cellos/core/environment.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/os/cpu_budget.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;

std::chrono::nanoseconds duration_of(const CellReport& report, Phase phase) {
    const auto found = std::ranges::find(report.phases, phase, &PhaseTiming::phase);
    REQUIRE(found != report.phases.end());
    return found->duration;
}

// The quotas of the cells' groups below this program's own: "-1", "max 100000", "20000 100000", ….
std::set<std::string> quotas_of_cells() {
    std::set<std::string> quotas;
    for (const std::filesystem::path group : cell_control_groups()) {
        for (const char* name : {"cpu.cfs_quota_us", "cpu.max"}) {
            std::string line;
            if (std::ifstream file{group / name}; std::getline(file, line)) quotas.insert(line);
        }
    }
    return quotas;
}

bool is_unlimited(const std::string& quota) {
    return quota == "-1" || quota.starts_with("max ");
}

} // namespace

TEST_CASE("The time-out counts from the exec, however long the sandbox takes to boot") {
    const StateDirectory state;
    auto config = state.config();
    const auto real = gvisor::find_runsc(config).value().path;
    const FakeRunsc slow{
        real, "[[ \" $* \" == *\" run \"* ]] && sleep 3\nexec " + real.native() + " \"$@\"\n"};
    config.runsc = slow.path();
    auto document = cell_document({"true"});
    document.spec.run->timeout_ms = 2500;
    const auto in_time = Supervisor{GVisorCellBackend{config}}.run(document);
    REQUIRE(in_time.has_value());
    CHECK(in_time->exit == ExitStatus::exited(0));
    CHECK(duration_of(*in_time, Phase::Boot) > 2900ms);
    CHECK(in_time->usage->wall < 2500ms);

    document = cell_document({"sleep", "1000"});
    document.spec.run->timeout_ms = 500;
    const auto late = Supervisor{GVisorCellBackend{config}}.run(document);
    REQUIRE(late.has_value());
    CHECK(late->exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
    CHECK(duration_of(*late, Phase::Boot) > 2900ms);
    CHECK(late->usage->wall >= 500ms);

    // The cell's lifetime covers the boot as well.
    document.spec.lifetime.ttl_seconds = 1;
    const auto dead = Supervisor{GVisorCellBackend{config}}.run(document);
    REQUIRE(dead.has_value());
    CHECK(dead->exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
}

TEST_CASE("No workload is ended before its time-out, and none that ends by itself is late") {
    for (const bool warm : {false, true}) {
        ColdOrWarm cells{warm};
        for (const int milliseconds : {1, 20, 200}) {
            INFO(cold_or_warm(warm) << ", " << milliseconds << " ms");
            auto quick = cell_document({"true"});
            quick.spec.run->timeout_ms = milliseconds;
            const auto report = cells(quick);
            const bool ended = report.exit == ExitStatus::exited(0) ||
                               report.exit == ExitStatus::forced(ExitStatus::Kind::TimedOut);
            CHECK(ended);
            if (report.exit->kind == ExitStatus::Kind::TimedOut)
                CHECK(report.usage->wall >= std::chrono::milliseconds{milliseconds});

            auto endless = cell_document({"sleep", "1000"});
            endless.spec.run->timeout_ms = milliseconds;
            const auto cut = cells(endless);
            CHECK(cut.exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
            CHECK(cut.usage->wall >= std::chrono::milliseconds{milliseconds});
        }
    }
}

TEST_CASE("Processor time that is used up has an end of its own, and little more is used") {
    if (!has_controller("cpuacct") && !has_controller("cpu"))
        CELLOS_SKIP("no control group counts processor time here");
    constexpr auto limit = 300ms;
    constexpr auto tick = 10ms;
    const auto allowed = 20ms * os::usable_processors() + tick;
    for (const bool warm : {false, true}) {
        ColdOrWarm cells{warm};
        for (const int processes : {1, 4}) {
            INFO(cold_or_warm(warm) << ", " << processes << " processes");
            // Of a watcher that a busy machine keeps waiting nothing can be learned: the best of
            // some tries.
            auto least = std::chrono::nanoseconds::max();
            for (int i = 0; i < 5 && least > allowed; ++i) {
                const auto report = cells(
                    workload_document("spin", processes, {.cpu_time_ms = limit.count()}),
                    with_workload()
                );
                CHECK(report.exit == ExitStatus::forced(ExitStatus::Kind::CpuTimeExceeded));
                REQUIRE(report.usage->sandbox_cpu_time.has_value());
                const auto over = *report.usage->sandbox_cpu_time - limit;
                CHECK(over >= 0ms);
                least = std::min(least, over);
            }
            CHECK(least <= allowed);
            print_row(
                {"cpuTimeMs, " + std::to_string(processes) + " processes, " +
                     std::string{cold_or_warm(warm)},
                 std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(least).count()
                 ) + " ms too much"}
            );
            // What doesn't use it up doesn't feel it.
            auto idle = cell_document({"sleep", "0.2"});
            idle.spec.run->limits = Limits{.cpu_time_ms = 10'000};
            CHECK(cells(idle).exit == ExitStatus::exited(0));
        }
    }
}

TEST_CASE("A processor quota holds from the exec on, and no boot is slowed by it") {
    if (!has_controller("cpu")) CELLOS_SKIP("no cpu controller here");
    auto document = shell_document("echo runs; read line");
    document.spec.run->limits = Limits{.cpu_max = CpuMax{.quota_micros = 20'000}};
    const StateDirectory state;
    const auto check_run = [&](auto& backend) {
        const auto cell = backend.create(document);
        REQUIRE(cell.has_value());
        CHECK(std::ranges::all_of(quotas_of_cells(), is_unlimited));
        auto input = os::make_pipe().value();
        auto output = os::make_pipe().value();
        RunReport report;
        RunContext context{.report = report};
        context.document = document;
        context.environment = cell_environment(document.spec);
        context.stdio = Descriptors{input.read_end.get(), output.write_end.get()};
        context.cell_deadline = os::Clock::now() + 60s;
        Result<ExitStatus> end;
        {
            const std::jthread run{[&] { end = backend.execute(*cell, context); }};
            CHECK(os::wait_readable(output.read_end.get(), context.cell_deadline));
            const auto quotas = quotas_of_cells();
            const bool limited = quotas.contains("20000") || quotas.contains("20000 100000");
            CHECK(limited);
            CHECK(os::write_all(input.write_end.get(), "\n").has_value());
        }
        CHECK(end == ExitStatus::exited(0));
        CHECK(backend.destroy(*cell)->destroyed);
    };
    SECTION("cold") {
        GVisorCellBackend backend{state.config()};
        check_run(backend);
    }
    SECTION("warm") {
        ColdOrWarm::Pool pool{
            GVisorCellBackend{state.config()}, PoolOptions{.size = 1, .like = {document}}};
        REQUIRE(pool.wait_until_ready({}, os::Clock::now() + 60s).has_value());
        const auto waiting = quotas_of_cells();
        CHECK_FALSE(waiting.empty());
        CHECK(std::ranges::all_of(waiting, is_unlimited));
        check_run(pool);
        CHECK(pool.stats().warm_starts == 1);
    }
}

// gVisor gives no first thread more than 128 MiB, whatever its limit.
TEST_CASE("A stack may be as large as its limit, and without one it is no larger than usual") {
    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        ColdOrWarm cells{warm};
        const auto end = [&](std::int64_t used, Limits limits) {
            return cells(workload_document("recurse", used, std::move(limits)), with_workload())
                .exit;
        };
        CHECK(end(100, {.stack_bytes = 120 * mebibyte}) == ExitStatus::exited(0));
        CHECK(end(100, {.stack_bytes = 64 * mebibyte}) == ExitStatus::signaled(SIGSEGV));
        CHECK(end(100, {}) == ExitStatus::signaled(SIGSEGV));
        CHECK(end(4, {}) == ExitStatus::exited(0));
        CHECK(end(4, {.stack_bytes = 2 * mebibyte}) == ExitStatus::signaled(SIGSEGV));
        const auto report = cells(
            workload_document("recurse", 4, {.stack_bytes = 256 * mebibyte}), with_workload()
        );
        REQUIRE(report.caveats.size() == 1);
        CHECK(report.caveats.front().find("128 MiB") != std::string::npos);
    }
}

TEST_CASE("The number of processes counts the workload itself, cold and warm") {
    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        ColdOrWarm cells{warm};
        for (const std::int64_t most : {1, 2, 5, 40}) {
            const auto report = cells(
                workload_document("children", 1000, {.max_processes = most}), with_workload()
            );
            CHECK(report.exit == ExitStatus::exited(0));
            CHECK(report.stdout_text == std::to_string(most - 1) + "\n");
        }
    }
}

TEST_CASE("Memory is the workload's: little is enough for little, and too much is told") {
    if (!has_controller("memory")) CELLOS_SKIP("no memory controller here");
    for (const bool warm : {false, true}) {
        ColdOrWarm cells{warm};
        const auto end = [&](std::int64_t touched, std::int64_t limit) {
            return cells(
                       workload_document("touch", touched, {.memory_max_bytes = limit * mebibyte}),
                       with_workload()
            )
                .exit;
        };
        auto least = cell_document({"true"});
        least.spec.run->limits = Limits{.memory_max_bytes = 4 * mebibyte};
        CHECK(cells(least).exit == ExitStatus::exited(0));
        for (const std::int64_t limit : {16, 64, 256}) {
            INFO(cold_or_warm(warm) << ", " << limit << " MiB");
            CHECK(end(limit / 4 * 3, limit) == ExitStatus::exited(0));
            CHECK(end(limit, limit + 2) == ExitStatus::exited(0));
            CHECK(
                end(limit / 4 * 5 + 8, limit) == ExitStatus::forced(ExitStatus::Kind::OutOfMemory)
            );
            CHECK(end(limit * 4, limit) == ExitStatus::forced(ExitStatus::Kind::OutOfMemory));
        }
    }
}
