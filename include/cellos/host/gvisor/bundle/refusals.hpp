#pragma once

#include <cellos/core/document.hpp>
#include <cellos/host/gvisor/bundle/places.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// @file
/// What a plan is refused for, one line each: the user sees all of it at once. Pure and portable.

namespace cellos::inline CELLOS_ABI::gvisor {

/// The sandbox itself needs 15 to 17 MiB; with less than this it dies before the workload starts.
inline constexpr std::int64_t min_memory_bytes = std::int64_t{32} << 20;

/// What this backend cannot enforce or do.
[[nodiscard]] CELLOS_DECL std::vector<std::string> unsupported(
    const ExecutionCellSpec& spec, bool groups_limit_cpu
);

/// The entries that are not `NAME=value`, or no text: `config.json` carries nothing else, and
/// another byte would reach the workload as U+FFFD. Names the variable, never its value.
[[nodiscard]] CELLOS_DECL std::vector<std::string> bad_variables(
    std::span<const std::string> environment
);

/// Says of each mount why it cannot be made; their places in the cell need not be normal paths. No
/// two may share a place: that of the inner one would have to be made in the outer one's directory
/// on the host.
[[nodiscard]] CELLOS_DECL std::vector<std::string> mount_violations(
    std::span<const CellMount> mounts, bool owns_root
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/refusals.ipp>
#endif
