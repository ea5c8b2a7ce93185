/// @file
/// What the cell sees where. Pure and portable: nothing here looks at the host.
///
/// Where the workload starts. Its working directory is
///   * used as it is at or below a place that has its content already: `/` and `/tmp` themselves,
///     `/proc`, `/sys`, `/dev`, `/inputs`, one of the mounts, and in a SystemRootfs `/usr`, `/etc`,
///     `/bin`, `/sbin`, `/lib*`;
///   * used as it is where a DirectoryRootfs keeps files
///     (BundleParameters::working_directory_has_content);
///   * else a scratch file system of the workload's own, writable and gone with the cell.
///
/// runsc makes a missing working directory, and a missing place to bind something to, **on the
/// host**: even in a root that is read-only, and even below a bind that is (`/usr/new` appeared).
/// So whatever the document names must be known to exist before runsc is called, unless it lies in
/// a root of the cell's own: mount_points() and working_directory_on_host() say what to look at.
#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/if_used.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/host/gvisor/bundle/oci.hpp>
#include <cellos/host/gvisor/bundle/parameters.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

/// What belongs to `/usr`: what a merged-/usr system keeps as links into it, and an older one as
/// directories; and the links that choose between its programs. Those are hundreds, and to make
/// them for each cell and remove them takes longer than to bind their directory.
inline constexpr std::array<std::string_view, 6> system_directories{
    "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives"};

/// The cell's own file systems; nothing else is mounted there or below.
inline constexpr std::array<std::string_view, 4> own_places{"/proc", "/sys", "/dev", "/inputs"};

/// Size of each scratch file system where the document sets none.
inline constexpr std::int64_t default_scratch_bytes = std::int64_t{256} << 20;

/// The absolute path without `.`, doubled and trailing slashes. Not std::filesystem::path, which
/// has other rules on other hosts.
template <class = IfUsed>
[[nodiscard]] std::string normal_path(std::string_view path) {
    std::string normal;
    while (!path.empty()) {
        path.remove_prefix(1);
        const std::string_view component = path.substr(0, path.find('/'));
        if (!component.empty() && component != ".") normal.append("/").append(component);
        path.remove_prefix(component.size());
    }
    return normal.empty() ? "/" : normal;
}

/// Whether the normal path `path` is `place`, which is not `/`, or lies in it.
[[nodiscard]] constexpr bool at_or_below(std::string_view path, std::string_view place) noexcept {
    return path.starts_with(place) && (path.size() == place.size() || path[place.size()] == '/');
}

/// Whether one of `places` is `path` or holds it.
[[nodiscard]] constexpr bool in_any(
    std::span<const std::string_view> places, std::string_view path
) noexcept {
    return std::any_of(places.begin(), places.end(), [path](std::string_view place) {
        return at_or_below(path, place);
    });
}

template <class = IfUsed>
[[nodiscard]] bool is_system(const Rootfs& rootfs) noexcept {
    return std::holds_alternative<SystemRootfs>(rootfs);
}

template <class = IfUsed>
[[nodiscard]] std::string working_directory(const RunSpec& run) {
    return normal_path(run.working_directory.value_or("/"));
}

/// The operator's mounts, then those of the run.
template <class = IfUsed>
[[nodiscard]] std::vector<HostMount> host_mounts(
    const GVisorConfig& config, const BundleParameters& parameters
) {
    std::vector<HostMount> mounts = config.mounts;
    mounts.insert(mounts.end(), parameters.mounts.begin(), parameters.mounts.end());
    return mounts;
}

/// Says of each mount why it cannot be made; empty if all can. No two may share a place: the place
/// of the inner one would have to be made in the outer one's directory on the host.
template <class = IfUsed>
[[nodiscard]] std::vector<std::string> mount_violations(
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
        const std::string cell = normal_path(mount.cell);
        // Something writable at /tmp is a /tmp as good as the cell's own.
        const bool takes_tmp = cell == "/tmp" && !mount.writable;
        if (cell == "/" || takes_tmp || in_any(own_places, cell)) {
            violates("would hide a file system of the cell's own");
        } else if (is_system(config.rootfs) && (at_or_below(cell, "/usr") || in_any(system_directories, cell))) {
            violates("lies where SystemRootfs has the host's own files, read-only");
        }
        for (const std::string& other : taken) {
            if (at_or_below(cell, other) || at_or_below(other, cell))
                violates("collides with the one at \"" + other + '"');
        }
        taken.push_back(cell);
    }
    return violations;
}

/// A directory of the host, and the way from there to what the cell uses of it.
struct PlaceOnHost {
    std::filesystem::path directory{};
    std::string below{}; ///< relative; empty: the directory itself
};

/// Where the host keeps the working directory; nothing if it isn't the host's. It must be a
/// directory without a link on the way.
template <class = IfUsed>
[[nodiscard]] std::optional<PlaceOnHost> working_directory_on_host(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
) {
    const std::string cwd = working_directory(run);
    const auto below = [&](std::string_view place) {
        return cwd.size() == place.size() ? std::string{} : cwd.substr(place.size() + 1);
    };
    for (const HostMount& mount : host_mounts(config, parameters)) {
        const std::string cell = normal_path(mount.cell);
        if (at_or_below(cwd, cell)) return PlaceOnHost{mount.host, below(cell)};
    }
    if (is_system(config.rootfs)) {
        if (at_or_below(cwd, "/usr")) return PlaceOnHost{"/usr", below("/usr")};
        for (const std::string_view directory : system_directories)
            if (at_or_below(cwd, directory)) return PlaceOnHost{directory, below(directory)};
    }
    if (parameters.inputs && at_or_below(cwd, "/inputs"))
        return PlaceOnHost{*parameters.inputs, below("/inputs")};
    return std::nullopt;
}

/// Whether the working directory is a scratch file system; the rule stands at the top of this file.
template <class = IfUsed>
[[nodiscard]] bool working_directory_is_scratch(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
) {
    const std::string cwd = working_directory(run);
    if (cwd == "/" || cwd == "/tmp" || in_any(own_places, cwd)) return false;
    if (working_directory_on_host(run, config, parameters)) return false;
    return is_system(config.rootfs) ? !at_or_below(cwd, "/etc")
                                    : !parameters.working_directory_has_content;
}

namespace detail {

template <class = IfUsed>
[[nodiscard]] oci::Mount bind_mount(
    const std::filesystem::path& source, std::string destination, bool writable
) {
    oci::Mount mount{
        std::move(destination), "bind", source.generic_string(), {"rbind", "nosuid", "nodev"}};
    if (!writable) mount.options.emplace_back("ro");
    return mount;
}

template <class = IfUsed>
[[nodiscard]] oci::Mount scratch_mount(
    std::string destination, std::int64_t size, std::vector<std::string> options
) {
    options.insert(options.begin(), {"nosuid", "nodev", "size=" + std::to_string(size)});
    return {std::move(destination), "tmpfs", "tmpfs", std::move(options)};
}

} // namespace detail

/// Everything that is mounted in the cell; parents come before what is mounted in them. The
/// arguments must have no mount_violations().
template <class = IfUsed>
[[nodiscard]] std::vector<oci::Mount> cell_mounts(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
) {
    using detail::bind_mount, detail::scratch_mount;
    const std::int64_t size =
        run.limits.value_or(Limits{}).scratch_bytes.value_or(default_scratch_bytes);
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
    if (is_system(config.rootfs)) {
        mounts.push_back(bind_mount("/usr", "/usr", false));
        for (const std::string& directory : parameters.bound_system_directories) {
            // An operator's /etc comes with what is in it.
            const bool hidden = std::ranges::any_of(others, [&](const HostMount& mount) {
                return at_or_below(directory, normal_path(mount.cell));
            });
            if (!hidden) mounts.push_back(bind_mount(directory, directory, false));
        }
    }
    if (working_directory_is_scratch(run, config, parameters)) {
        const auto [uid, gid] = config.user;
        mounts.push_back(scratch_mount(
            working_directory(run),
            size,
            {"uid=" + std::to_string(uid), "gid=" + std::to_string(gid), "mode=755"}
        ));
    }
    if (parameters.inputs) mounts.push_back(bind_mount(*parameters.inputs, "/inputs", false));
    for (const HostMount& mount : others)
        mounts.push_back(bind_mount(mount.host, normal_path(mount.cell), mount.writable));
    return mounts;
}

/// A place in the cell's root that must exist before runsc is called.
struct MountPoint {
    std::string cell{}; ///< a normal path
    /// What is bound there, which must be of the same kind, file or directory; nothing for the
    /// working directory.
    std::optional<std::filesystem::path> source{};
};

/// All such places of a cell: what things are bound to, and the working directory unless it lies in
/// one of them. What runsc mounts inside the sandbox (`/proc`, `/dev`, `/sys`, `/tmp`) needs none.
template <class = IfUsed>
[[nodiscard]] std::vector<MountPoint> mount_points(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
) {
    std::vector<MountPoint> points;
    for (oci::Mount& mount : cell_mounts(run, config, parameters))
        if (mount.type == "bind") points.push_back({std::move(mount.destination), mount.source});
    std::string cwd = working_directory(run);
    if (cwd != "/" && !working_directory_on_host(run, config, parameters))
        points.push_back({std::move(cwd), std::nullopt});
    return points;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
