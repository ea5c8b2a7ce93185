#pragma once

#include <cellos/core/environment.hpp>
#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/confinement.hpp>
#include <cellos/host/gvisor/bundle/describe_oci.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/bundle/places.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>
#include <cellos/host/sandbox/places.hpp>
#include <cellos/json/write.hpp>

#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI {

namespace gvisor {

namespace detail {

// It has what it takes to become the cell's user, to name the host, to set limits, to end what the
// workload leaves, and to let nothing that it starts have any of that.
[[nodiscard]] inline oci::Process agent_process(
    CellUser user, const SandboxStart& start, std::vector<std::string_view> environment
) {
    const std::vector<std::string> needed{
        "CAP_KILL", "CAP_SETGID", "CAP_SETPCAP", "CAP_SETUID", "CAP_SYS_ADMIN", "CAP_SYS_RESOURCE"};
    std::vector<std::string> args{agent_place, std::to_string(user.uid), std::to_string(user.gid)};
    args.insert(args.end(), start.prepare.begin(), start.prepare.end());
    return {
        .terminal = false,
        // Of user 0 alone runsc 2024 keeps the capabilities; the agent becomes agent_uid() itself.
        .user = {0, 0},
        .args = std::move(args),
        .env = std::move(environment),
        .cwd = "/",
        .capabilities =
            {.bounding = needed,
             .effective = needed,
             .inheritable = {},
             .permitted = needed,
             .ambient = {}},
        .no_new_privileges = true,
        .rlimits = {{.type = "RLIMIT_CORE", .hard = 0, .soft = 0}},
    };
}

[[nodiscard]] inline std::vector<oci::Mount> sandbox_mounts(
    const CellPlan& plan, const CellPlaces& places, const SandboxStart& start
) {
    auto mounts = cell_mounts(plan, places);
    if (start.takes_inputs) {
        // The workload must not be able to change them, so they are the agent's.
        const std::string uid = std::to_string(agent_uid(plan.user));
        mounts.push_back(
            {sandbox::agent::inputs_directory,
             "tmpfs",
             "tmpfs",
             {"nosuid", "nodev", "uid=" + uid, "gid=" + uid, "mode=755"}}
        );
    }
    mounts.push_back(bind_mount(start.agent, agent_place, false));
    return mounts;
}

} // namespace detail

CELLOS_DECL std::string bundle_config(
    const CellPlan& plan, const CellPlaces& places, const SandboxStart& start
) {
    const std::string path = std::string{"PATH="} + default_path;
    // That what is prepared finds what the workload will find.
    const std::string lang = std::string{"LANG="} + default_lang;
    const std::string home = std::string{"HOME="} + (has_home(plan) ? sandbox::home_place : "/");
    return json::write(json::tree_of(oci::Config{
        .process = detail::agent_process(plan.user, start, {path, home, lang}),
        .root = oci::Root{.path = places.root, .readonly = true},
        .hostname = plan.hostname,
        .mounts = detail::sandbox_mounts(plan, places, start),
        .linux_ = detail::isolation(),
    }));
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
        {.root = parameters.root_path},
        {.agent = parameters.agent, .takes_inputs = parameters.takes_inputs}
    );
}

} // namespace cellos::inline CELLOS_ABI
