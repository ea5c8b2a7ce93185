#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/child_process.hpp>
#include <cellos/os/spawn_request.hpp>
#include <cellos/os/wait.hpp>

#include <string>
#include <string_view>

/// @file
/// Helper programs: finding one, and running it to its end.

namespace cellos::inline CELLOS_ABI::os {

/// The file that `name` stands for: `name` itself if it has a slash, else the first executable
/// regular file on `path`, the value of a PATH variable; an empty entry means the working
/// directory. The error is CommandNotFound, or CommandNotExecutable for a `name` with a slash that
/// exists and cannot be executed (127 and 126 in a shell). Thread-safe.
[[nodiscard]] CELLOS_DECL Result<std::string> find_program(
    std::string_view name, std::string_view path
);

/// How a helper program ended, and what it wrote: at most 1 MiB of each stream.
struct ToolOutput {
    WaitStatus status{};
    std::string stdout_text{};
    std::string stderr_text{};
};

/// Runs a helper program to its end and blocks the calling thread meanwhile. Thread-safe.
/// `request.stdio` is overwritten: stdin is empty, output is captured. Errors: Host if it isn't
/// done by the deadline; those of spawn() and HeldChild::release() if it cannot be started. A
/// non-zero exit code or a signal is not an error. Its process group has been killed in any case
/// when this returns.
[[nodiscard]] CELLOS_DECL Result<ToolOutput> run_tool(
    SpawnRequest request, Clock::time_point deadline
);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/tool.ipp>
#endif
