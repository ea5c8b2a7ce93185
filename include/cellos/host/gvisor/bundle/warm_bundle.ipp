#pragma once

#include <cellos/core/environment.hpp>
#include <cellos/host/gvisor/bundle/confinement.hpp>
#include <cellos/host/gvisor/bundle/describe_oci.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/bundle/warm_bundle.hpp>
#include <cellos/host/gvisor/launcher/wire.hpp>
#include <cellos/json/write.hpp>

#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// The mounts of a cold cell of this shape, but for what the launcher puts files into: of that the
// host has nothing.
[[nodiscard]] inline std::vector<oci::Mount> warm_mounts(
    const CellPlan& plan, const CellPlaces& places, const WarmParameters& warm
) {
    auto mounts = cell_mounts(plan, places);
    const auto in_memory = [](std::string place, std::vector<std::string> options) {
        options.insert(options.begin(), {"nosuid", "nodev", "noexec"});
        return oci::Mount{std::move(place), "tmpfs", "tmpfs", std::move(options)};
    };
    for (oci::Mount& mount : mounts) {
        // Otherwise an operator may have mounted something there.
        if (plan.secrets != SecretsAs::Files || mount.destination != launcher::secrets_directory)
            continue;
        mount = in_memory(
            launcher::secrets_directory,
            {"uid=" + std::to_string(plan.user.uid),
             "gid=" + std::to_string(plan.user.gid),
             "mode=700"}
        );
    }
    // User 0 of the sandbox owns it, whom nobody can be any more when the workload starts.
    if (warm.takes_inputs) mounts.push_back(in_memory(launcher::inputs_directory, {"mode=755"}));
    mounts.push_back(bind_mount(warm.launcher, launcher_place, false));
    return mounts;
}

// The launcher. It has what it takes to become the cell's user, to name the host and to give all
// that up.
[[nodiscard]] inline oci::Process launcher_process(
    CellUser user, const WarmParameters& warm, std::vector<std::string_view> environment
) {
    const std::vector<std::string> needed{
        "CAP_SETGID", "CAP_SETUID", "CAP_SETPCAP", "CAP_SYS_ADMIN"};
    std::vector<std::string> args{
        launcher_place, std::to_string(user.uid), std::to_string(user.gid)};
    // Even the shortest program leaves the dynamic linker and the C library in the sandbox's
    // memory, which is half of what the next one would wait for.
    if (warm.prepare.empty() && warm.pace == BootPace::Thorough) args.emplace_back("true");
    args.insert(args.end(), warm.prepare.begin(), warm.prepare.end());
    return {
        .terminal = false,
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

} // namespace detail

CELLOS_DECL std::string generate_warm_config(
    const CellPlan& plan, const CellPlaces& places, const WarmParameters& warm
) {
    const std::string path = std::string{"PATH="} + default_path;
    return json::write(json::tree_of(oci::Config{
        .process = detail::launcher_process(plan.user, warm, {path, "HOME=/"}),
        .root = oci::Root{.path = places.root, .readonly = true},
        .hostname = plan.hostname,
        .mounts = detail::warm_mounts(plan, places, warm),
        .linux_ = detail::isolation(),
    }));
}

} // namespace cellos::inline CELLOS_ABI::gvisor
