#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/sandbox/recovery_report.hpp>
#include <cellos/os/cgroup_hierarchy.hpp>

#include <filesystem>
#include <string>

/// @file
/// Ends and removes the cells of programs that died before they could destroy them.

namespace cellos::inline CELLOS_ABI::sandbox {

/// How a backend's processes are recognised without a control group: a text on the command line of
/// every process that serves the cell in this directory (absolute), and of no other process.
using ProcessMark = std::string (*)(const std::filesystem::path& cell_directory);

/// Recovers all cells in one state directory, made by one kind of backend. It may run at any time,
/// concurrently with other recoveries and with programs that create cells there, and may be
/// interrupted at any point. `hierarchies`: where to look for the control groups of a cell whose
/// record was lost. Waits up to kill_deadline for records that other processes hold, and up to
/// kill_deadline for each cell's processes to die. Thread-safe.
///
/// Fails (Host) only if the directory cannot be read or is not private to this user. A missing
/// directory has no cells.
[[nodiscard]] CELLOS_DECL Result<RecoveryReport> recover_cells(
    const std::filesystem::path& state_path,
    const os::CgroupHierarchies& hierarchies,
    ProcessMark process_mark
);

} // namespace cellos::inline CELLOS_ABI::sandbox

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/sandbox/recovery.ipp>
#endif
