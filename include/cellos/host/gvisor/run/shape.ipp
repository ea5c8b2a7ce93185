#pragma once

#include <cellos/host/gvisor/run/shape.hpp>

#include <algorithm>
#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Result<std::string> shape_of(
    const CellPlan& plan, const os::CgroupHierarchies& groups
) {
    std::string shape = "scratch " + std::to_string(plan.scratch_bytes);
    if (plan.working_directory.kind == WorkingDirectory::Kind::Scratch)
        shape += "\nworking directory " + plan.working_directory.path;
    if (plan.secrets == SecretsAs::Files) shape += "\nsecret files";
    for (const std::string& directory : plan.artifact_directories)
        shape += "\nartifacts " + directory;
    // A process joins the groups of cgroup version 1 one by one, and only before it has a sandbox
    // full of others does that cost nothing.
    const auto joins = [&](const char* controller) {
        return std::ranges::any_of(groups, [&](const os::CgroupHierarchy& hierarchy) {
            return hierarchy.has(controller) && !hierarchy.unified;
        });
    };
    if (plan.group.cpu_max && joins("cpu")) shape += "\ncpu limit";
    return shape;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
