#pragma once

#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/host_places.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/files.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/placement.hpp>
#include <cellos/host/sandbox/artifacts.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// Makes the file system that takes the artifacts of the cell.
[[nodiscard]] inline Result<void> make_artifact_volumes(Cell& cell) {
    const CellPlan& plan = cell.plan();
    if (plan.volumes.empty()) return {};
    if (auto made = os::make_directory(cell.directory(), "artifacts", 0700); !made) return made;
    std::vector<std::string> directories{plan.working_directory.path};
    directories.insert(
        directories.end(), plan.artifact_directories.begin(), plan.artifact_directories.end()
    );
    auto volumes = sandbox::ArtifactVolumes::make(
        plan.volumes, directories, static_cast<std::uint64_t>(plan.scratch_bytes), plan.user
    );
    if (!volumes) return failure_of(volumes);
    cell.keep(*std::move(volumes));
    return {};
}

} // namespace detail

CELLOS_DECL Result<std::unique_ptr<Cell>> prepare_cell(
    CellPlan plan, const HostFacts& host, const GVisorConfig& config
) {
    if (auto possible = check_safe_places(plan, config); !possible) return failure_of(possible);
    auto cell = Cell::make(host.state.get(), host.state_path, host.cgroups, std::move(plan));
    if (!cell) return cell;
    const CellPlan& planned = (*cell)->plan();
    // What its memory is counted by, and limited; without it less is known of a run.
    if (auto* group = (*cell)->group()) static_cast<void>(group->reserve("memory"));
    // The operator's files are the operator's to change, and artifacts have to reach the host.
    if (config.mounts.empty() && planned.volumes.empty())
        (*cell)->set_mounted_files(MountedFiles::Stay);
    if (auto made = detail::make_artifact_volumes(**cell); !made) return failure_of(made);
    const CellPlaces places = places_here(**cell, config);
    if (auto there = check_places(planned, places); !there) return failure_of(there);
    if (!host.system_rootfs) return cell;
    auto made = host.system_rootfs->materialise(
        (*cell)->directory(), "root", planned.hostname, mount_points(planned, places)
    );
    if (!made) return failure_of(made);
    return cell;
}

CELLOS_DECL Result<void> write_bundle(
    Cell& cell,
    const HostFacts& host,
    const GVisorConfig& config,
    const std::vector<std::string>& prepare,
    bool takes_inputs
) {
    // Everybody may run it in the sandbox; here it lies in a directory of this user alone.
    if (auto written = os::write_new_file(cell.directory(), "agent", host.agent, 0755); !written)
        return written;
    const std::string text = bundle_config(
        cell.plan(),
        places_for_runsc(cell, config),
        {.agent = cell.path() / "agent", .prepare = prepare, .takes_inputs = takes_inputs}
    );
    return os::write_new_file(cell.directory(), "bundle/config.json", text, 0600);
}

} // namespace cellos::inline CELLOS_ABI::gvisor
