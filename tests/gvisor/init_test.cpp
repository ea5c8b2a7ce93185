// The first process of a sandbox as an init: what has lost its parents is reaped, counted and ended
// with the workload.
#include "support/catch.hpp"
#include "support/cold_or_warm.hpp"

#include <chrono>
#include <cstdint>
#include <string>

using namespace cellos;
using namespace cellos_tests;
using namespace std::chrono_literals;

TEST_CASE("1500 processes that have lost their parents are reaped as they end") {
    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        ColdOrWarm cells{warm};
        auto document = shell_document(
            "/inputs/workload fork-twice 1500 || exit 7\n"
            // The last of them may still be on their way.
            "for try in 1 2 3 4 5 6 7 8 9; do set -- /proc/[0-9]*; [ $# = 2 ] && break; sleep 1; "
            "done\necho $#"
        );
        const auto report = cells(document, with_workload());
        CHECK(report.exit == ExitStatus::exited(0));
        CHECK(report.stdout_text == "2\n"); // the agent, and the shell
    }
}

TEST_CASE("Who holds a stream in the background is gone with the workload and keeps no end back") {
    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        ColdOrWarm cells{warm};
        for (const auto& stdio :
             {Stdio{Capture{}}, Stdio{Capture{.merge = true}}, Stdio{Discard{}}}) {
            const auto document = shell_document(
                "sleep 1000 & setsid sleep 1000 & (trap '' TERM HUP; setsid sleep 1000) & "
                "echo started; exit 4"
            );
            const auto report = cells(document, {.stdio = stdio}); // and its sandbox is gone, too
            CHECK(report.exit == ExitStatus::exited(4));
            if (std::holds_alternative<Capture>(stdio)) CHECK(report.stdout_text == "started\n");
        }
    }
}

TEST_CASE("Processor time of those who have lost their parents counts") {
    constexpr std::int64_t work = 300'000; // a good part of a second
    for (const bool warm : {false, true}) {
        INFO(cold_or_warm(warm));
        ColdOrWarm cells{warm};
        const auto usage_of = [&](const char* what) {
            const auto report = cells(workload_document(what, work), with_workload());
            CHECK(report.exit == ExitStatus::exited(0));
            REQUIRE(report.usage.has_value());
            REQUIRE(report.usage->user_time.has_value());
            return *report.usage;
        };
        const auto own = usage_of("work");
        const auto orphaned = usage_of("work-orphaned");
        CHECK(*own.user_time > 20ms);
        if (!own.sandbox_cpu_time) continue;
        CHECK(*orphaned.sandbox_cpu_time > *own.sandbox_cpu_time / 2);
        auto limited = workload_document("work-orphaned", 1000 * work, {.cpu_time_ms = 300});
        CHECK(
            cells(limited, with_workload()).exit ==
            ExitStatus::forced(ExitStatus::Kind::CpuTimeExceeded)
        );
        // What the guest tells of it, when it has been reaped.
        CHECK(*orphaned.user_time > *own.user_time / 4);
    }
}
