#pragma once

#include <cellos/core/error.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/span.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/spawn.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// @file
/// One attached `runsc run` as a process: its arguments, and the logs that tell what its exit code
/// does not. Attached, since only then its end is the end of the sandbox (gvisor issue 3276).

namespace cellos::inline CELLOS_ABI::gvisor {

/// What runsc writes. Its logs, descriptors 3 and 4, are in memory, so that they work even if the
/// disk is full. Its stdout and stderr are a pipe that is not read: they must be something that is
/// ours, since runsc changes the owner, and must not grow.
struct RunscLogs {
    os::Descriptor log;
    os::Descriptor panic;
    os::Pipe output;

    /// Makes empty logs. The error is Host.
    [[nodiscard]] CELLOS_DECL static Result<RunscLogs> make();
};

/// A `runsc run` that was started. The destructor kills it, but not the processes that it has
/// started.
struct RunscProcess {
    AnySpan span{}; ///< ends after the process
    RunscLogs logs{};
    os::ChildProcess child{};

    /// Reaps `child`, which has ended or gets SIGKILL, and tells why the sandbox ended
    /// (cause_of_death() of its logs).
    [[nodiscard]] CELLOS_DECL CellosError reap_the_dead();
};

/// The command-line argument by which the processes of a cell's sandbox are recognised: all of them
/// get runsc's `--root`, which is different for each cell. Only the platform's stub processes have
/// no command line.
[[nodiscard]] CELLOS_DECL std::string runsc_root_flag(const std::filesystem::path& cell_directory);

/// The first arguments of every call of runsc for the cell in `directory`.
[[nodiscard]] CELLOS_DECL std::vector<std::string> runsc_arguments(
    const std::filesystem::path& directory
);

/// Whether the host may change mounted files while a cell runs. If so, the sandbox has to look up
/// every component of every path again, which costs a Python program a tenth of its start-up time.
enum class MountedFiles : std::uint8_t { MayChange, Stay };

/// The arguments of the run itself, with the bundle in the cell's directory. `id`: the container's.
[[nodiscard]] CELLOS_DECL std::vector<std::string> runsc_run_arguments(
    const std::filesystem::path& directory,
    const std::string& id,
    const std::string& platform,
    MountedFiles mounted
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/runsc/process.ipp>
#endif
