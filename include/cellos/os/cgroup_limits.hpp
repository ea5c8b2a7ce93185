#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/cgroup_directory.hpp>

#include <cstdint>
#include <optional>

/// @file
/// What limits a control group and counts its memory, by the files that either version has for it.
/// `group` is the one in the hierarchy of the controller. A limit may be set at any time, whatever
/// processes are there, and be raised and lowered again. The errors (Host) name the file.

namespace cellos::inline CELLOS_ABI::os {

/// What all processes may use together, in bytes, the files that they keep in memory included.
/// Where the kernel accounts for swap, cgroup2 gives them none, and version 1 counts it, too. Below
/// what they use already, version 1 refuses it, and cgroup2 ends some of them.
[[nodiscard]] CELLOS_DECL Result<void> set_memory_limit(
    const CgroupDirectory& group, std::uint64_t bytes
);

/// Allows `quota` microseconds of processor time in each period of `period` microseconds.
[[nodiscard]] CELLOS_DECL Result<void> set_cpu_limit(
    const CgroupDirectory& group, std::int64_t quota, std::int64_t period
);

/// As if set_cpu_limit() had never been called.
[[nodiscard]] CELLOS_DECL Result<void> lift_cpu_limit(const CgroupDirectory& group);

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
