#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/error.hpp>
#include <cellos/core/exit_status.hpp>
#include <cellos/core/usage.hpp>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// One command of a session. What it leaves open is the document's; it can ask for less than the
/// document grants, never for more.
struct Command {
    /// The program and its arguments. A program without a slash is looked up in the `PATH`.
    std::vector<std::string> argv{};
    std::optional<std::string> working_directory{}; ///< default: the document's
    /// Beside the document's variables, and in the place of those with the same name.
    std::map<std::string, std::string> environment{};
    /// Wall time from its exec on; default: the document's `timeoutMs`.
    std::optional<std::chrono::milliseconds> timeout{};
    /// Those of its processes, such as `stackBytes`, may be lower than the document's. The others
    /// (memory, processor time and share, scratch) are of the whole cell and cannot be given here.
    std::optional<Limits> limits{};
    /// What it started goes on after its end, until the session ends. Otherwise nothing outlives
    /// it.
    bool background = false;

    friend bool operator==(const Command&, const Command&) = default;
};

/// How a command of a session ended, and what it took.
struct CommandEnd {
    ExitStatus exit{};
    ResourceUsage usage{};
    /// Why output did not get to where the caller wanted it, such as a full disk.
    std::optional<CellosError> output_error{};
};

/// The report on a command of a session that ended in any way.
struct CommandReport {
    ExitStatus exit{};
    std::string stdout_text{}, stderr_text{}; ///< with Capture
    bool output_truncated = false;
    ResourceUsage usage{};
    std::string command_id{};                  ///< `commandId` of its events; unique in its session
    std::optional<CellosError> output_error{}; ///< CommandEnd::output_error
};

} // namespace cellos::inline CELLOS_ABI
