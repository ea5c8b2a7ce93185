#pragma once

#include <cellos/core/boot.hpp>
#include <cellos/core/captured_output.hpp>
#include <cellos/core/document.hpp>
#include <cellos/core/input_file.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/core/stdio.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// Everything that `open_session` needs, and what it tells. The supervisor owns it, and keeps it
/// until the session has been destroyed.
struct SessionContext {
    using TimePoint = std::chrono::steady_clock::time_point;

    ExecutionCellDocument document{};
    /// Available to every command, as `document.spec.run->secret_delivery` says: whoever runs
    /// commands in the session can read them, and so can the commands.
    std::vector<ResolvedSecret> secrets{};
    std::vector<InputFile> inputs{};
    /// Ends the opening.
    std::stop_token stop{};
    /// The end of the cell's TTL: an opening that lasts longer fails.
    TimePoint cell_deadline = (TimePoint::max)();
    /// CellHandle::run_id, or empty: for the backend's own spans (CellRef).
    std::string run_id{};
    /// How the sandbox was booted, by a backend that boots some. For the backend to fill in.
    std::optional<Boot> boot{};
};

/// What `start` of a session needs for one command.
struct CommandContext {
    using TimePoint = std::chrono::steady_clock::time_point;

    /// The cell's document with the command in the place of its own: its argv, working directory,
    /// variables and limits, all of them no more than the cell's document grants. Its time-out is
    /// the supervisor's business.
    ExecutionCellDocument document{};
    bool background = false; ///< Command::background
    Stdio stdio{};
    /// With `Capture`, for what the command writes. The caller's; it must outlive the process.
    CapturedOutput& output;
    /// Ends the start.
    std::stop_token stop{};
    /// A start that lasts longer fails.
    TimePoint deadline = (TimePoint::max)();
};

} // namespace cellos::inline CELLOS_ABI
