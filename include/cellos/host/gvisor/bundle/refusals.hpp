#pragma once

#include <cellos/core/document.hpp>
#include <cellos/host/gvisor/bundle/places.hpp>

#include <span>
#include <string>
#include <vector>

/// @file
/// The reasons for refusing a plan, one line each, so that the user sees all of them at once. Pure
/// and portable.

namespace cellos::inline CELLOS_ABI::gvisor {

/// What this backend cannot enforce or do.
[[nodiscard]] CELLOS_DECL std::vector<std::string> unsupported(
    const ExecutionCellSpec& spec, bool groups_limit_cpu
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
