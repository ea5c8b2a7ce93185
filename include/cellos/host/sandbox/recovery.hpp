#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/sandbox/recovery_report.hpp>
#include <cellos/os/cgroup_hierarchy.hpp>

#include <filesystem>
#include <string>

/// @file
/// Ends and removes what programs left that died before they could destroy their cells.

namespace cellos::inline CELLOS_ABI::sandbox {

/// How a backend's processes are known where there is no control group: a text that stands on the
/// command line of those which serve the cell in this directory (absolute), and of no others.
using ProcessMark = std::string (*)(const std::filesystem::path& cell_directory);

/// Recovers all cells of one state directory, which one kind of backend has made. May run at any
/// time, also beside other recoveries and programs that make cells there, and may be interrupted at
/// any point. `hierarchies`: where to look for the control groups of a cell whose record was lost.
/// Waits up to kill_deadline for records that others hold, and as long for the processes of each
/// cell to die.
///
/// Fails (Host) only if the directory cannot be read or is not this user's alone. A directory that
/// isn't there has no cells.
[[nodiscard]] CELLOS_DECL Result<RecoveryReport> recover_cells(
    const std::filesystem::path& state_path,
    const os::CgroupHierarchies& hierarchies,
    ProcessMark process_mark
);

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/recovery.ipp>
#endif
