#pragma once

#include <cellos/core/exit_status.hpp>
#include <cellos/core/result.hpp>
#include <cellos/core/span.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/spawn.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// One attached `runsc run` as a process: its arguments, and the logs that tell what its exit code
/// does not.

namespace cellos::inline CELLOS_ABI::gvisor {

/// The logs that runsc writes; in memory, so that they work even if the disk is full. They are
/// runsc's descriptors 3, 4 and 5.
struct RunscLogs {
    os::Descriptor log;
    os::Descriptor panic;
    os::Descriptor debug;

    /// Makes empty logs. The error is Host.
    [[nodiscard]] CELLOS_DECL static Result<RunscLogs> make();
};

/// A `runsc run` that was started. The destructor kills it, but not the processes that it has
/// started.
struct RunscProcess {
    AnySpan span{}; ///< ends after the process
    RunscLogs logs{};
    os::ChildProcess child{};

    /// How the workload ended, once `child` was reaped with this status: the result of
    /// classify_runsc_end() for it and the logs. `program`: the workload's `argv[0]`.
    [[nodiscard]] CELLOS_DECL Result<ExitStatus> classify(
        const os::WaitStatus& status, std::string_view program
    ) const;
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
