// How long a workload may take that was told to end.
#include "support/catch.hpp"
#include "support/cold_or_warm.hpp"
#include "support/stop_when.hpp"

#include <cellos/supervisor.hpp>

#include <stop_token>

using namespace cellos;
using namespace cellos_tests;

TEST_CASE("The grace of a workload ends with its cell, and with the next stop") {
    const bool warm = GENERATE(false, true);
    CAPTURE(cold_or_warm(warm));
    ColdOrWarm run{warm};
    // Is in no hurry, but ends: that it did would be seen.
    auto document = shell_document("trap 'echo asked' TERM; echo ready; i=0; "
                                   "while [ $i -lt 100 ]; do i=$((i + 1)); sleep 0.2; done; "
                                   "echo outlived");
    document.spec.run->limits = Limits{.graceful_shutdown_seconds = 50};
    SECTION("the cell's end") {
        document.spec.run->timeout_ms = 300;
        document.spec.lifetime.ttl_seconds = 8;
        const auto report = run(document);
        CHECK(report.exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
        CHECK(report.stdout_text == "ready\nasked\n");
    }
    SECTION("a stop after the time-out") {
        document.spec.run->timeout_ms = 300;
        std::stop_source stop;
        StopWhen asked{"asked", stop};
        const auto report = run(document, {.stop = stop.get_token(), .stdio = asked.streams()});
        CHECK(report.exit == ExitStatus::forced(ExitStatus::Kind::TimedOut));
        CHECK(asked.seen() == "ready\nasked\n");
    }
    SECTION("a second stop") {
        std::stop_source stop;
        std::stop_source now;
        StopWhen both{"ready", stop, "asked", now};
        const auto report =
            run(document,
                {.stop = stop.get_token(), .stdio = both.streams(), .stop_now = now.get_token()});
        CHECK(report.exit == ExitStatus::forced(ExitStatus::Kind::Cancelled));
        CHECK(both.seen() == "ready\nasked\n");
    }
}
