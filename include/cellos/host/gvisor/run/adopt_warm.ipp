#pragma once

#include <cellos/host/gvisor/bundle/system_rootfs.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/host/gvisor/cell/placement.hpp>
#include <cellos/host/gvisor/run/adopt_warm.hpp>

#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Result<std::vector<std::string>> adopt_warm(
    Cell& cell, CellPlan plan, const HostFacts& host, const GVisorConfig& config
) {
    if (auto possible = check_safe_places(plan, config); !possible) return failure_of(possible);
    if (auto there = check_places(plan, places_here(cell, config)); !there)
        return failure_of(there);
    auto caveats = reserve_limits(cell, plan, config.enforcement);
    if (!caveats) return caveats;
    if (host.system_rootfs) {
        if (auto named = name_host(cell.directory(), "root", plan.hostname); !named)
            return failure_of(named);
    }
    if (auto became = cell.become(std::move(plan)); !became) return failure_of(became);
    return caveats;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
