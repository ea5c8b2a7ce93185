#pragma once

#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/placement.hpp>
#include <cellos/host/gvisor/run/shape.hpp>
#include <cellos/host/sandbox/artifacts.hpp>
#include <cellos/host/sandbox/secrets.hpp>
#include <cellos/os/control_group.hpp>

#include <algorithm>
#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Result<std::string> shape_of(
    const ExecutionCellSpec& spec, const HostFacts& host, const GVisorConfig& config
) {
    const auto never = [](std::string why) {
        return failure(CellosError::Kind::Unsupported, std::move(why));
    };
    if (!spec.run) return never("there is nothing to run");
    if (config.user.uid == 0) return never("cells run as user 0, who could change its input files");
    const RunSpec& run = *spec.run;
    const Limits limits = run.limits.value_or(Limits{});
    std::string shape =
        "scratch " + std::to_string(limits.scratch_bytes.value_or(sandbox::default_scratch_bytes));
    const BundleParameters parameters =
        placement(spec, host, config, host.state_path, host.state_path);
    if (working_directory_is_scratch(run, config, parameters))
        shape += "\nworking directory " + sandbox::working_directory(run);
    if (sandbox::has_secret_files(spec)) shape += "\nsecret files";
    for (const ExportArtifact& artifact : spec.export_.value_or(ExportSpec{}).artifacts)
        shape += "\nartifacts " + sandbox::artifact_directory(artifact);
    // A process joins the groups of cgroup version 1 one by one, and only before it has a sandbox
    // full of others does that cost nothing.
    const auto joins = [&](const char* controller) {
        return std::ranges::any_of(host.cgroups, [&](const os::CgroupHierarchy& hierarchy) {
            return hierarchy.has(controller) && !hierarchy.unified;
        });
    };
    if (limits.memory_max_bytes && joins("memory")) shape += "\nmemory limit";
    if (limits.cpu_max && joins("cpu")) shape += "\ncpu limit";
    return shape;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
