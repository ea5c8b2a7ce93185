#pragma once

#include <cellos/core/document.hpp>
#include <cellos/host/gvisor/bundle/places.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// @file
/// The reasons for refusing a plan, one line each, so that the user sees all of them at once. Pure
/// and portable.

namespace cellos::inline CELLOS_ABI::gvisor {

/// The smallest memory limit. The sandbox itself needs 15 to 17 MiB; with less than this it dies
/// before the workload starts.
inline constexpr std::int64_t min_memory_bytes = std::int64_t{32} << 20;

/// What this backend cannot enforce or do, one sentence each. `groups_limit_cpu`: control groups
/// can enforce `limits.cpuMax`.
[[nodiscard]] CELLOS_DECL std::vector<std::string> unsupported(
    const ExecutionCellSpec& spec, bool groups_limit_cpu
);

/// One sentence for each entry that is not `NAME=value` or not valid UTF-8 without NUL:
/// `config.json` can hold only text, and other bytes would reach the workload as U+FFFD. It names
/// the variable, never its value.
[[nodiscard]] CELLOS_DECL std::vector<std::string> bad_variables(
    std::span<const std::string> environment
);

/// One sentence for each mount that is not possible; the places in the cell need not be normal
/// paths. No mount may be at or inside another: the mount point of the inner one would have to be
/// created in the outer one's directory on the host.
[[nodiscard]] CELLOS_DECL std::vector<std::string> mount_violations(
    std::span<const CellMount> mounts, bool owns_root
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/refusals.ipp>
#endif
