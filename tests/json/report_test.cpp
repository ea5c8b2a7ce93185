#include "support/catch.hpp"

#include <cellos/json/describe_report.hpp>
#include <cellos/json/report.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <set>
#include <string>

using namespace cellos;
using namespace std::chrono_literals;

TEST_CASE("A report of a run that went well") {
    CellReport report;
    report.cell_id = "build-42";
    report.outcome = Outcome::Succeeded;
    report.exit = ExitStatus::exited(0);
    report.teardown = {"build-42", true, 2};
    report.executed_on = ExecutedOn::Cell;
    report.stdout_text = "hello\n";
    report.phases = {{Phase::Create, 1500ns}, {Phase::HandOver, 7ns}, {Phase::Run, 2s}};
    report.usage = ResourceUsage{
        .wall = 2s,
        .user_time = 1500ms,
        .system_time = 0ns,
        .peak_memory_bytes = 1 << 20,
        .sandbox_cpu_time = 3s,
        .sandbox_peak_memory_bytes = std::uint64_t{1} << 40};
    CHECK(
        to_json(report) ==
        R"({"cellId":"build-42","outcome":"succeeded","exit":{"kind":"exited","code":0},)"
        R"("teardown":{"cellId":"build-42","destroyed":true,"peersTrackedAfter":2},)"
        R"("executedOn":"cell","stdoutText":"hello\n","stderrText":"","outputTruncated":false,)"
        R"("phases":[{"phase":"create","durationNs":1500},{"phase":"handOver","durationNs":7},)"
        R"({"phase":"run","durationNs":2000000000}],)"
        R"("usage":{"wallNs":2000000000,"userTimeNs":1500000000,"systemTimeNs":0,)"
        R"("peakMemoryBytes":1048576,"sandboxCpuTimeNs":3000000000,)"
        R"("sandboxPeakMemoryBytes":1099511627776}})"
    );
}

TEST_CASE("A report of all that can go wrong") {
    CellReport report;
    report.cell_id = "c";
    report.exit = ExitStatus::signaled(9);
    report.stderr_text = "\xFF";
    report.output_truncated = true;
    report.usage = ResourceUsage{.wall = 1ns}; // what cannot be told is not there
    report.port_errors = {{CellosError::Kind::EventSink, "disk full"}};
    report.teardown_error = CellosError{CellosError::Kind::TeardownIncomplete, "a mount is left"};
    CHECK(
        to_json(report) ==
        R"({"cellId":"c","outcome":"failed","exit":{"kind":"signaled","signal":9},)"
        R"("teardown":{"cellId":"","destroyed":false,"peersTrackedAfter":0},)"
        R"("executedOn":"nowhere","stdoutText":"","stderrText":"�","outputTruncated":true,)"
        R"("portErrors":[{"kind":"eventSink","message":"disk full"}],)"
        R"("teardownError":{"kind":"teardownIncomplete","message":"a mount is left"},)"
        R"("usage":{"wallNs":1}})"
    );
}

TEST_CASE("Every kind of error, phase and exit has a name of its own") {
    const auto names_of = [](const auto& table) {
        std::set<std::string_view> names;
        for (const auto& entry : table) {
            CHECK(json::enum_name(entry.value) == entry.name);
            names.insert(entry.name);
        }
        return names.size();
    };
    // A kind beyond the last is one that to_string doesn't know.
    const auto count = [](auto first, std::string_view unknown) {
        using Enum = decltype(first);
        std::size_t values = 0;
        while (to_string(static_cast<Enum>(values)) != unknown) ++values;
        return values;
    };
    CHECK(
        names_of(json::enum_names<CellosError::Kind>) == count(CellosError::Kind{}, "unknown error")
    );
    CHECK(names_of(json::enum_names<Phase>) == count(Phase{}, "unknown"));
    CHECK(names_of(json::enum_names<ExitStatus::Kind>) == count(ExitStatus::Kind{}, "unknown"));
}
