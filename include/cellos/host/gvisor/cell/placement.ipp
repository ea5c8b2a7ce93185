#pragma once

#include <cellos/core/join_lines.hpp>
#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/host_places.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/placement.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <unistd.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

[[nodiscard]] inline CellPlaces places_with_volumes_at(
    std::filesystem::path volumes, const Cell& cell, const GVisorConfig& config
) {
    CellPlaces places{.volumes = std::move(volumes)};
    const auto* rootfs = std::get_if<DirectoryRootfs>(&config.rootfs);
    places.root =
        (rootfs ? std::filesystem::absolute(rootfs->path) : cell.path() / "root").native();
    return places;
}

[[nodiscard]] inline CellFacts facts_for(
    const CellPlan& plan, const HostFacts& host, const GVisorConfig& config
) {
    if (host.system_rootfs) return {host.system_rootfs->bound_system_directories(), false};
    const auto& rootfs = std::get<DirectoryRootfs>(config.rootfs).path;
    return {{}, has_content(rootfs, plan.working_directory.path)};
}

} // namespace detail

CELLOS_DECL Result<Planned> plan_on(Host& host, const ExecutionCellDocument& document) {
    auto plan = plan_cell(document, host.config());
    if (!plan) return failure_of(plan);
    const auto facts = host.facts();
    if (!facts) return failure_of(facts);
    fit_to_host(*plan, detail::facts_for(*plan, **facts, host.config()));
    return Planned{*std::move(plan), **facts};
}

CELLOS_DECL CellPlaces places_here(const Cell& cell, const GVisorConfig& config) {
    const auto* artifacts = cell.artifacts();
    return detail::places_with_volumes_at(artifacts ? artifacts->path() : "/", cell, config);
}

CELLOS_DECL CellPlaces places_for_runsc(const Cell& cell, const GVisorConfig& config) {
    return detail::places_with_volumes_at(cell.path() / "artifacts", cell, config);
}

CELLOS_DECL Result<void> check_places(const CellPlan& plan, const CellPlaces& places) {
    auto points = mount_points(plan, places);
    if (auto there = check_mount_sources(points); !there) return there;
    if (const auto place = working_directory_on_host(plan, places)) {
        if (auto there = check_working_directory(*place); !there) return there;
    }
    if (plan.owns_root) return {};
    // Where this process may not mount, the place of the agent must be there as well.
    if (::geteuid() != 0) points.push_back({agent_place, "/proc/self/exe"});
    // In which the place of the agent is made.
    points.push_back({"/dev", std::nullopt});
    return check_directory_rootfs(places.root, points);
}

CELLOS_DECL Result<void> check_safe_places(const CellPlan& plan, const GVisorConfig& config) {
    std::vector<std::string> lines;
    if (const auto* rootfs = std::get_if<DirectoryRootfs>(&config.rootfs)) {
        for (const std::string& place : plan.volumes) {
            if (place != "/tmp" && has_content(rootfs->path, place))
                lines.push_back(
                    "spec.export.artifacts: exports from " + place +
                    " would hide the files that the rootfs has there: export from another directory"
                );
        }
    }
    if (::geteuid() != 0 && !plan.volumes.empty())
        lines.emplace_back("spec.export.artifacts: exports need root, to mount a file system");
    if (lines.empty()) return {};
    return failure(CellosError::Kind::Unsupported, join_lines(lines));
}

} // namespace cellos::inline CELLOS_ABI::gvisor
