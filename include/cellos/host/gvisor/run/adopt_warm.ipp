#pragma once

#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/bundle/system_rootfs.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/host/gvisor/cell/placement.hpp>
#include <cellos/host/gvisor/run/adopt_warm.hpp>

#include <cstdint>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Result<std::vector<std::string>> adopt_warm(
    Cell& cell,
    const ExecutionCellDocument& document,
    const HostFacts& host,
    const GVisorConfig& config
) {
    const ExecutionCellSpec& spec = document.spec;
    const RunSpec run = spec.run.value_or(RunSpec{});
    const Limits limits = run.limits.value_or(Limits{});
    if (auto possible = check_safe_places(spec, host, config); !possible)
        return failure_of(possible);
    const auto* artifacts = cell.artifacts();
    const auto parameters =
        placement(spec, host, config, cell.path(), artifacts ? artifacts->path() : "/");
    if (auto there = check_places(run, config, parameters); !there) return failure_of(there);
    if (limits.memory_max_bytes && cell.group() != nullptr) {
        constexpr std::uint64_t least = std::uint64_t{16} << 20; // for the workload itself
        const auto used = cell.group()->memory_usage();
        if (used && static_cast<std::uint64_t>(*limits.memory_max_bytes) < *used + least) {
            return failure(
                CellosError::Kind::Unsupported,
                "its memory limit leaves too little beside what a sandbox that waits has in use"
            );
        }
    }
    auto caveats = limit_cell(cell, limits, config);
    if (!caveats) return caveats;
    if (host.system_rootfs) {
        if (auto named = name_host(cell.directory(), "root", hostname(spec.id)); !named)
            return failure_of(named);
    }
    if (auto renamed = cell.rename(spec.id); !renamed) return failure_of(renamed);
    return caveats;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
