#pragma once

#include <cellos/core/text_syntax.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/sandbox/places.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

[[nodiscard]] inline oci::Mount scratch_mount(
    std::string destination, std::int64_t size, std::vector<std::string> options
) {
    options.insert(options.begin(), {"nosuid", "nodev", "size=" + std::to_string(size)});
    return {std::move(destination), "tmpfs", "tmpfs", std::move(options)};
}

} // namespace detail

CELLOS_DECL std::vector<HostMount> host_mounts(
    const GVisorConfig& config, const BundleParameters& parameters
) {
    std::vector<HostMount> mounts = config.mounts;
    mounts.insert(mounts.end(), parameters.mounts.begin(), parameters.mounts.end());
    return mounts;
}

CELLOS_DECL std::vector<std::string> mount_violations(
    const GVisorConfig& config, const BundleParameters& parameters
) {
    std::vector<std::string> violations;
    std::vector<std::string> taken;
    for (const HostMount& mount : host_mounts(config, parameters)) {
        const auto violates = [&](std::string_view rule) {
            violations.push_back("the mount at \"" + mount.cell + "\" " + std::string{rule});
        };
        // Not is_absolute(): on Windows that asks for a drive as well.
        if (!is_absolute_path(mount.host.generic_string()))
            violates("must have an absolute host path without \"..\"");
        if (!is_absolute_path(mount.cell)) {
            violates("must have an absolute cell path without \"..\"");
            continue;
        }
        const std::string cell = sandbox::normal_path(mount.cell);
        // Something writable at /tmp is a /tmp as good as the cell's own.
        const bool takes_tmp = cell == "/tmp" && !mount.writable;
        if (cell == "/" || takes_tmp || sandbox::in_any(sandbox::own_places, cell)) {
            violates("would hide a file system of the cell's own");
        } else if (sandbox::is_system(config.rootfs) && (sandbox::at_or_below(cell, "/usr") || sandbox::in_any(sandbox::system_directories, cell))) {
            violates("lies where SystemRootfs has the host's own files, read-only");
        }
        for (const std::string& other : taken) {
            if (sandbox::at_or_below(cell, other) || sandbox::at_or_below(other, cell))
                violates("collides with the one at \"" + other + '"');
        }
        taken.push_back(cell);
    }
    return violations;
}

CELLOS_DECL std::optional<PlaceOnHost> working_directory_on_host(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
) {
    const std::string cwd = sandbox::working_directory(run);
    const auto below = [&](std::string_view place) {
        return cwd.size() == place.size() ? std::string{} : cwd.substr(place.size() + 1);
    };
    for (const HostMount& mount : host_mounts(config, parameters)) {
        const std::string cell = sandbox::normal_path(mount.cell);
        if (sandbox::at_or_below(cwd, cell)) return PlaceOnHost{mount.host, below(cell)};
    }
    if (sandbox::is_system(config.rootfs)) {
        if (sandbox::at_or_below(cwd, "/usr")) return PlaceOnHost{"/usr", below("/usr")};
        for (const std::string_view directory : sandbox::system_directories)
            if (sandbox::at_or_below(cwd, directory))
                return PlaceOnHost{directory, below(directory)};
    }
    if (parameters.inputs && sandbox::at_or_below(cwd, "/inputs"))
        return PlaceOnHost{*parameters.inputs, below("/inputs")};
    return std::nullopt;
}

CELLOS_DECL bool working_directory_is_scratch(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
) {
    const std::string cwd = sandbox::working_directory(run);
    if (cwd == "/" || cwd == "/tmp" || sandbox::in_any(sandbox::own_places, cwd)) return false;
    if (working_directory_on_host(run, config, parameters)) return false;
    return sandbox::is_system(config.rootfs) ? !sandbox::at_or_below(cwd, "/etc")
                                             : !parameters.working_directory_has_content;
}

CELLOS_DECL oci::Mount bind_mount(
    const std::filesystem::path& source, std::string destination, bool writable
) {
    oci::Mount mount{
        std::move(destination), "bind", source.generic_string(), {"rbind", "nosuid", "nodev"}};
    if (!writable) mount.options.emplace_back("ro");
    return mount;
}

CELLOS_DECL std::vector<oci::Mount> cell_mounts(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
) {
    using detail::scratch_mount;
    const std::int64_t size =
        run.limits.value_or(Limits{}).scratch_bytes.value_or(sandbox::default_scratch_bytes);
    const std::vector<HostMount> others = host_mounts(config, parameters);
    std::vector<oci::Mount> mounts{
        {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
        {"/dev", "tmpfs", "tmpfs", {"nosuid", "noexec", "mode=755"}},
        // POSIX shared memory and semaphores. Left alone, runsc makes a directory that only root
        // may write to, and that knows no bound.
        scratch_mount("/dev/shm", size, {"noexec", "mode=1777"}),
        {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
        scratch_mount("/tmp", size, {"mode=1777"}),
    };
    if (sandbox::is_system(config.rootfs)) {
        mounts.push_back(bind_mount("/usr", "/usr", false));
        for (const std::string& directory : parameters.bound_system_directories) {
            // An operator's /etc comes with what is in it.
            const bool hidden = std::ranges::any_of(others, [&](const HostMount& mount) {
                return sandbox::at_or_below(directory, sandbox::normal_path(mount.cell));
            });
            if (!hidden) mounts.push_back(bind_mount(directory, directory, false));
        }
    }
    if (working_directory_is_scratch(run, config, parameters)) {
        const auto [uid, gid] = config.user;
        mounts.push_back(scratch_mount(
            sandbox::working_directory(run),
            size,
            {"uid=" + std::to_string(uid), "gid=" + std::to_string(gid), "mode=755"}
        ));
    }
    if (parameters.inputs) mounts.push_back(bind_mount(*parameters.inputs, "/inputs", false));
    for (const HostMount& mount : others)
        mounts.push_back(bind_mount(mount.host, sandbox::normal_path(mount.cell), mount.writable));
    return mounts;
}

CELLOS_DECL std::vector<MountPoint> mount_points(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
) {
    std::vector<MountPoint> points;
    for (oci::Mount& mount : cell_mounts(run, config, parameters))
        if (mount.type == "bind") points.push_back({std::move(mount.destination), mount.source});
    std::string cwd = sandbox::working_directory(run);
    if (cwd != "/" && !working_directory_on_host(run, config, parameters))
        points.push_back({std::move(cwd), std::nullopt});
    return points;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
