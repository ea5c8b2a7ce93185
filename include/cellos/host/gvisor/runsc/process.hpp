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
/// One attached `runsc run` as a process: its arguments, and where it says what its exit code
/// leaves open.

namespace cellos::inline CELLOS_ABI::gvisor {

/// What runsc writes about itself. In memory: a full disk must not silence it. They are runsc's
/// descriptors 3, 4 and 5.
struct RunscLogs {
    os::Descriptor log;
    os::Descriptor panic;
    os::Descriptor debug;

    /// Empty ones. The error is Host.
    [[nodiscard]] CELLOS_DECL static Result<RunscLogs> make();
};

/// A `runsc run` that was started. The destructor ends it, but not what it has started.
struct RunscProcess {
    AnySpan span{}; ///< ends after the process
    RunscLogs logs{};
    os::ChildProcess child{};

    /// How the workload ended, once `child` was reaped with this status: what classify_runsc_end()
    /// makes of it and of the logs. `program`: the workload's `argv[0]`.
    [[nodiscard]] CELLOS_DECL Result<ExitStatus> classify(
        const os::WaitStatus& status, std::string_view program
    ) const;
};

/// How every process of a cell's sandbox is known: all of them get runsc's own `--root`, which no
/// two cells share. Only the platform's stub processes have no command line.
[[nodiscard]] CELLOS_DECL std::string runsc_root_flag(const std::filesystem::path& cell_directory);

/// What every call of runsc for the cell in `directory` begins with.
[[nodiscard]] CELLOS_DECL std::vector<std::string> runsc_arguments(
    const std::filesystem::path& directory
);

/// Whether the host may change what it has mounted into a cell while that runs. The sandbox then
/// has to ask for each step of each path; a Python start spends a tenth of its time with that.
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
