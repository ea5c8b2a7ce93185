#pragma once

#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/confinement.hpp>
#include <cellos/host/gvisor/bundle/describe_oci.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/bundle/places.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/json/write.hpp>

#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

namespace gvisor {

CELLOS_DECL std::string bundle_config(
    const CellPlan& plan,
    const CellPlaces& places,
    bool group_limits_memory,
    std::string_view secrets
) {
    oci::Config bundle{
        .root = oci::Root{.path = places.root, .readonly = true},
        .hostname = plan.hostname,
        .mounts = cell_mounts(plan, places),
        .linux_ = detail::isolation(),
    };
    if (plan.has_command) {
        std::vector<std::string_view> environment{plan.environment.begin(), plan.environment.end()};
        if (!secrets.empty()) environment.push_back(secrets);
        bundle.process = oci::Process{
            .terminal = false,
            .user = {plan.user.uid, plan.user.gid},
            .args = plan.argv,
            .env = std::move(environment),
            .cwd = plan.working_directory.path,
            .capabilities = {},
            .no_new_privileges = true,
            .rlimits = process_limits(plan, group_limits_memory),
        };
    }
    return json::write(json::tree_of(bundle));
}

} // namespace gvisor

CELLOS_DECL Result<std::string> generate_bundle_config(
    const ExecutionCellDocument& document,
    const GVisorConfig& config,
    const BundleParameters& parameters
) {
    const auto plan = gvisor::detail::plan_bundle(document, config, parameters);
    if (!plan) return failure_of(plan);
    return gvisor::bundle_config(
        *plan,
        {.root = parameters.root_path, .inputs = parameters.inputs},
        parameters.cgroup_limits_memory
    );
}

} // namespace cellos::inline CELLOS_ABI
