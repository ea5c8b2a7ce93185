#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/os/cgroup_hierarchy.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI::gvisor {

/// The properties of a cell that cannot be changed after its sandbox has booted, as a text: cells
/// of equal shapes can use the same sandboxes. The rest of a document is handed over, or set from
/// outside. `groups`: the host's control group hierarchies. Unsupported: a cell of this plan cannot
/// use a sandbox booted ahead, and the error says why.
[[nodiscard]] CELLOS_DECL Result<std::string> shape_of(
    const CellPlan& plan, const os::CgroupHierarchies& groups
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/shape.ipp>
#endif
