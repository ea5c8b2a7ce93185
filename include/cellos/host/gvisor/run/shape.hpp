#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/os/cgroup_hierarchy.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI::gvisor {

/// What of a cell cannot be changed after its sandbox has booted, as a text: cells of one shape can
/// take each other's sandboxes. All else of a document is handed over, or set from outside.
/// `groups`: where the host has control groups. Unsupported: no cell of this plan can take one, and
/// the error says why.
[[nodiscard]] CELLOS_DECL Result<std::string> shape_of(
    const CellPlan& plan, const os::CgroupHierarchies& groups
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/shape.ipp>
#endif
