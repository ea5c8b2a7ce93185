#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/child_process.hpp>
#include <cellos/os/spawn_request.hpp>
#include <cellos/os/wait.hpp>

#include <string>
#include <string_view>

/// @file
/// Programs that help along: finding one, and having its answer.

namespace cellos::inline CELLOS_ABI::os {

/// The file that `name` stands for: itself if it has a slash, else the first executable regular
/// file on `path`, which is what a PATH variable holds; an empty entry of it is the working
/// directory. The error is CommandNotFound; a `name` with a slash that exists and cannot be
/// executed is CommandNotExecutable: a shell would tell 126 from 127.
[[nodiscard]] CELLOS_DECL Result<std::string> find_program(
    std::string_view name, std::string_view path
);

/// How a helper program ended, and what it wrote: 1 MiB of each stream at most.
struct ToolOutput {
    WaitStatus status{};
    std::string stdout_text{};
    std::string stderr_text{};
};

/// Runs a helper program to its end, which blocks the calling thread; any number may be run at
/// once. `request.stdio` is overwritten: there is nothing to read, and what is written is kept. One
/// that is not done by the deadline is killed with its process group, and that is an error (Host);
/// so is one that cannot be started, as HeldChild::release tells it. How it ended is none. On every
/// way out its process group has been killed.
[[nodiscard]] CELLOS_DECL Result<ToolOutput> run_tool(
    SpawnRequest request, Clock::time_point deadline
);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/tool.ipp>
#endif
