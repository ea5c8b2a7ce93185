#pragma once

#include <cellos/core/error.hpp>
#include <cellos/core/report.hpp>

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

    /// A workload's own code wins, since it must not be lost; but a run that left something behind
    /// or lost an artifact is no success.
    [[nodiscard]] static int of(const cellos::CellReport& report) noexcept {
        const int code = report.exit ? shell_exit_code(*report.exit) : 0;
        return code == 0 && report.outcome != cellos::Outcome::Succeeded ? cellos_failed : code;
    }
};

} // namespace cellos_run
