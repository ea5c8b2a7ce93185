#pragma once

#include <cellos/core/error.hpp>
#include <cellos/core/report.hpp>

#include <algorithm>
#include <cstddef>

namespace cellos_run {

/// The program's exit codes, by the conventions of timeout(1), env(1) and POSIX shells.
struct exit_code {
    static constexpr int cellos_failed = 125;
    static constexpr int not_executable = 126;
    static constexpr int not_found = 127;
    static constexpr int cancelled = 130;

    [[nodiscard]] static constexpr int of(cellos::CellosError::Kind kind) noexcept {
        switch (kind) {
            using enum cellos::CellosError::Kind;
        case CommandNotFound: return not_found;
        case CommandNotExecutable: return not_executable;
        case Cancelled: return cancelled;
        default: return cellos_failed;
        }
    }

    /// A workload's own code wins, since it must not be lost; but a run that left something behind,
    /// or lost an artifact or an event, is no success.
    [[nodiscard]] static int of(const cellos::CellReport& report) noexcept {
        const int code = report.exit ? shell_exit_code(*report.exit) : 0;
        const bool succeeded =
            report.outcome == cellos::Outcome::Succeeded && lost_events(report) == 0;
        return code == 0 && !succeeded ? cellos_failed : code;
    }

    /// How many events of the run could not be delivered.
    [[nodiscard]] static std::ptrdiff_t lost_events(const cellos::CellReport& report) noexcept {
        return std::ranges::count(
            report.port_errors, cellos::CellosError::Kind::EventSink, &cellos::CellosError::kind
        );
    }
};

} // namespace cellos_run
