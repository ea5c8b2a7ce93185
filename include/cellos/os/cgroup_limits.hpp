#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/cgroup_directory.hpp>

#include <cstdint>
#include <optional>

/// @file
/// Limits of a control group and its memory use, through the files that version 1 or 2 has for
/// them. `group` must be in the hierarchy of the controller. The errors (Host) name the file.
/// Thread-safe.

namespace cellos::inline CELLOS_ABI::os {

/// Limits the memory of all processes together, in bytes, including the page cache of their files.
/// Where the kernel accounts for swap, it is off with cgroup2 and counted in with version 1.
[[nodiscard]] CELLOS_DECL Result<void> set_memory_limit(
    const CgroupDirectory& group, std::uint64_t bytes
);

/// Allows `quota` microseconds of processor time in each period of `period` microseconds.
[[nodiscard]] CELLOS_DECL Result<void> set_cpu_limit(
    const CgroupDirectory& group, std::int64_t quota, std::int64_t period
);

/// Limits the number of tasks: processes and threads.
[[nodiscard]] CELLOS_DECL Result<void> set_task_limit(
    const CgroupDirectory& group, std::uint64_t count
);

/// The bytes that count against the memory limit now; empty if the kernel doesn't say.
[[nodiscard]] CELLOS_DECL std::optional<std::uint64_t> memory_usage(const CgroupDirectory& group);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/cgroup_limits.ipp>
#endif
