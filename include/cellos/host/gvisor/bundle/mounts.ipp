#pragma once

#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/sandbox/places.hpp>

#include <algorithm>
#include <cstdint>
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

CELLOS_DECL std::optional<PlaceOnHost> working_directory_on_host(
    const CellPlan& plan, const CellPlaces& places
) {
    const WorkingDirectory& directory = plan.working_directory;
    if (directory.kind != WorkingDirectory::Kind::OnHost) return std::nullopt;
    return PlaceOnHost{path_of(directory.bound, places), directory.below};
}

CELLOS_DECL oci::Mount bind_mount(
    const std::filesystem::path& source, std::string destination, bool writable
) {
    oci::Mount mount{
        std::move(destination), "bind", source.generic_string(), {"rbind", "nosuid", "nodev"}};
    if (!writable) mount.options.emplace_back("ro");
    return mount;
}

CELLOS_DECL std::vector<oci::Mount> cell_mounts(const CellPlan& plan, const CellPlaces& places) {
    using detail::scratch_mount;
    std::vector<oci::Mount> mounts{
        {"/proc", "proc", "proc", {"nosuid", "noexec", "nodev"}},
        {"/dev", "tmpfs", "tmpfs", {"nosuid", "noexec", "mode=755"}},
        // POSIX shared memory and semaphores. Left alone, runsc makes a directory that only root
        // may write to, and that knows no bound.
        scratch_mount("/dev/shm", plan.scratch_bytes, {"noexec", "mode=1777"}),
        {"/sys", "sysfs", "sysfs", {"nosuid", "noexec", "nodev", "ro"}},
    };
    // Of two mounts at one place it is not said which is seen: runsc sorts them, and not stably.
    if (std::ranges::find(plan.mounts, "/tmp", &CellMount::cell) == plan.mounts.end())
        mounts.push_back(scratch_mount("/tmp", plan.scratch_bytes, {"mode=1777"}));
    if (plan.owns_root) mounts.push_back(bind_mount("/usr", "/usr", false));
    for (const std::string& directory : plan.bound_system_directories)
        mounts.push_back(bind_mount(directory, directory, false));
    const auto add_own = [&](const std::string& place, const char* mode) {
        const auto [uid, gid] = plan.user;
        mounts.push_back(scratch_mount(
            place,
            plan.scratch_bytes,
            {"uid=" + std::to_string(uid), "gid=" + std::to_string(gid), mode}
        ));
    };
    const WorkingDirectory& directory = plan.working_directory;
    const bool in_scratch = directory.kind == WorkingDirectory::Kind::Scratch;
    const bool home_is_inside =
        in_scratch && sandbox::at_or_below(sandbox::home_place, directory.path);
    if (has_home(plan) && !home_is_inside) add_own(sandbox::home_place, "mode=700");
    if (in_scratch) add_own(directory.path, "mode=755");
    if (has_home(plan) && home_is_inside) add_own(sandbox::home_place, "mode=700");
    for (const CellMount& mount : plan.mounts)
        mounts.push_back(bind_mount(path_of(mount.source, places), mount.cell, mount.writable));
    if (plan.secrets == SecretsAs::Files) {
        mounts.push_back(
            {sandbox::secrets_place,
             "tmpfs",
             "tmpfs",
             {"nosuid",
              "nodev",
              "noexec",
              "uid=" + std::to_string(plan.user.uid),
              "gid=" + std::to_string(plan.user.gid),
              "mode=700"}}
        );
    }
    return mounts;
}

CELLOS_DECL std::vector<MountPoint> mount_points(const CellPlan& plan, const CellPlaces& places) {
    std::vector<MountPoint> points;
    for (oci::Mount& mount : cell_mounts(plan, places))
        if (mount.type == "bind") points.push_back({std::move(mount.destination), mount.source});
    if (plan.secrets == SecretsAs::Files) points.push_back({sandbox::secrets_place, std::nullopt});
    if (has_home(plan)) points.push_back({sandbox::home_place, std::nullopt});
    // Any other is there, or cannot be entered.
    const WorkingDirectory& directory = plan.working_directory;
    if (directory.kind == WorkingDirectory::Kind::Scratch)
        points.push_back({directory.path, std::nullopt});
    return points;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
