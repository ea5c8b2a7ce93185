// From when on the time of a workload counts, and what bounds it.
#include "support/catch.hpp"

#include <cellos/core/run_context.hpp>

#include <chrono>

using namespace cellos;
using namespace std::chrono_literals;
using TimePoint = RunContext::TimePoint;

TEST_CASE("A workload's deadline counts from its exec, and the cell's bounds it") {
    constexpr TimePoint exec_time{100s};
    RunReport report;
    RunContext context{.report = report};
    CHECK(context.deadline_from(exec_time) == TimePoint::max());
    context.timeout = 5s;
    CHECK(context.deadline_from(exec_time) == exec_time + 5s);
    context.cell_deadline = exec_time + 3s;
    CHECK(context.deadline_from(exec_time) == exec_time + 3s);
    CHECK(context.deadline_from(exec_time - 4s) == exec_time + 1s);
    context.timeout.reset();
    CHECK(context.deadline_from(exec_time) == exec_time + 3s);
}

TEST_CASE("A time-out that no clock can tell saturates") {
    RunReport report;
    RunContext context{.report = report};
    context.timeout = std::chrono::milliseconds::max();
    CHECK(context.deadline_from(TimePoint{100s}) == TimePoint::max());
    CHECK(context.deadline_from(TimePoint::min()) == TimePoint::max());
    CHECK(context.deadline_from(TimePoint::max()) == TimePoint::max());
    context.cell_deadline = TimePoint{7s};
    CHECK(context.deadline_from(TimePoint{100s}) == TimePoint{7s});

    // The longest that can be told, and a millisecond more.
    context.cell_deadline = TimePoint::max();
    const TimePoint late = TimePoint::max() - 10ms;
    context.timeout = 10ms;
    CHECK(context.deadline_from(late) == TimePoint::max());
    context.timeout = 9ms;
    CHECK(context.deadline_from(late) == late + 9ms);
    context.timeout = 11ms;
    CHECK(context.deadline_from(late) == TimePoint::max());
}
