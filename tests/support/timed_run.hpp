#pragma once

#include "support/gvisor_fixture.hpp"
#include "support/residue.hpp"

#include <cellos/supervisor.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace cellos_tests {

/// What a caller sees of one run, how long it waited for that, and what was left afterwards.
struct TimedRun {
    cellos::Result<cellos::CellReport> report{};
    std::chrono::duration<double> took{};
    std::string left{}; ///< empty: nothing
};

inline std::string seconds_text(std::chrono::duration<double> time) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", time.count());
    return text;
}

/// In the words of a report: "timedOut", "exited 3", "signaled 9", or the kind of the error.
inline std::string ending(const cellos::Result<cellos::CellReport>& report) {
    if (!report) return std::string{cellos::identifier(report.error().kind)};
    if (!report->exit) return "no command";
    std::string text{cellos::to_string(report->exit->kind)};
    if (report->exit->code) text += ' ' + std::to_string(*report->exit->code);
    if (report->exit->signal) text += ' ' + std::to_string(*report->exit->signal);
    return text;
}

/// `make_supervisor` makes one for this run alone, so that what it keeps for the next one is no
/// residue.
template <class MakeSupervisor>
TimedRun timed_run(
    MakeSupervisor make_supervisor,
    const std::filesystem::path& state,
    const cellos::ExecutionCellDocument& document,
    cellos::RunOptions options = {}
) {
    const auto before = residue(state);
    TimedRun run;
    {
        auto supervisor = make_supervisor();
        const auto start = std::chrono::steady_clock::now();
        run.report = supervisor.run(document, std::move(options));
        run.took = std::chrono::steady_clock::now() - start;
    }
    run.left = left_behind(before, residue(state));
    return run;
}

} // namespace cellos_tests
