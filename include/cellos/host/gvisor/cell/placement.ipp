#pragma once

#include <cellos/host/gvisor/bundle/host_places.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/cell/placement.hpp>
#include <cellos/host/sandbox/artifacts.hpp>
#include <cellos/host/sandbox/secrets.hpp>
#include <cellos/os/state_directory.hpp>

#include <string>
#include <utility>
#include <variant>

#include <unistd.h>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL std::vector<HostMount> run_mounts(
    const ExecutionCellSpec& spec,
    const std::filesystem::path& cell,
    const std::filesystem::path& volumes
) {
    std::vector<HostMount> mounts = sandbox::volume_mounts(spec, volumes);
    if (sandbox::has_secret_files(spec))
        mounts.push_back({cell / "secrets", sandbox::secrets_place});
    return mounts;
}

CELLOS_DECL BundleParameters placement(
    const ExecutionCellSpec& spec,
    const HostFacts& host,
    const GVisorConfig& config,
    const std::filesystem::path& cell,
    const std::filesystem::path& volumes
) {
    BundleParameters parameters{.mounts = run_mounts(spec, cell, volumes)};
    if (host.system_rootfs) {
        parameters.root_path = (cell / "root").native();
        parameters.bound_system_directories = host.system_rootfs->bound_system_directories();
    } else {
        const auto& rootfs = std::get<DirectoryRootfs>(config.rootfs).path;
        parameters.root_path = std::filesystem::absolute(rootfs).native();
        parameters.working_directory_has_content =
            has_content(rootfs, sandbox::working_directory(spec.run.value_or(RunSpec{})));
    }
    return parameters;
}

CELLOS_DECL Result<void> check_places(
    const RunSpec& run, const GVisorConfig& config, const BundleParameters& parameters
) {
    const auto points = mount_points(run, config, parameters);
    if (auto there = check_mount_sources(points); !there) return there;
    if (const auto place = working_directory_on_host(run, config, parameters)) {
        if (auto there = check_working_directory(*place); !there) return there;
    }
    if (sandbox::is_system(config.rootfs)) return {};
    return check_directory_rootfs(parameters.root_path, points);
}

CELLOS_DECL Result<void> check_safe_places(
    const ExecutionCellSpec& spec, const HostFacts& host, const GVisorConfig& config
) {
    std::vector<std::string> lines;
    if (const auto* rootfs = std::get_if<DirectoryRootfs>(&config.rootfs)) {
        for (const std::string& place : sandbox::volume_places(spec)) {
            if (place != "/tmp" && has_content(rootfs->path, place))
                lines.push_back(
                    "spec.export.artifacts: exports from " + place +
                    " would hide the files that the rootfs has there: export from another directory"
                );
        }
    }
    if (!spec.authority.secret_refs.empty() && !os::memory_backed(host.state_path.c_str()))
        lines.push_back(
            "spec.authority.secretRefs: the state directory " + host.state_path.string() +
            " is on a disk, where secrets must not be: configure one on a tmpfs (/run, /dev/shm)"
        );
    const bool root = ::geteuid() == 0;
    if (!root && sandbox::has_secret_files(spec))
        lines.emplace_back(
            "spec.run.secretDelivery: file needs root, to give files to the cell's user: use env"
        );
    if (!root && !sandbox::volume_places(spec).empty())
        lines.emplace_back("spec.export.artifacts: exports need root, to mount a file system");
    if (lines.empty()) return {};
    std::string message;
    for (const std::string& line : lines) message.append(message.empty() ? "" : "\n").append(line);
    return failure(CellosError::Kind::Unsupported, std::move(message));
}

} // namespace cellos::inline CELLOS_ABI::gvisor
