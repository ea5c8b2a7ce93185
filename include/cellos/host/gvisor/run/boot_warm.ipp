#pragma once

#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/files.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/host/gvisor/run/boot.hpp>
#include <cellos/host/gvisor/run/boot_warm.hpp>

#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Result<WarmSandbox> boot_warm(
    CellPlan plan,
    const HostFacts& host,
    const GVisorConfig& config,
    const Runsc& runsc,
    const PoolOptions& options,
    BootPace pace
) {
    auto prepared = prepare_cell(std::move(plan), host, config);
    if (!prepared) return failure_of(prepared);
    Cell& cell = **prepared;
    if (auto* group = cell.group(); group && cell.plan().group.cpu_max) {
        if (auto reserved = with_advice(group->reserve("cpu")); !reserved)
            return failure_of(reserved);
    }
    BootOptions boot{
        .prepare = options.prepare, .takes_inputs = check_place_for_inputs(config).has_value()};
    // Even the shortest program leaves the dynamic linker and the C library in the sandbox's
    // memory, which is half of what the next one would wait for.
    if (boot.prepare.empty() && pace == BootPace::Thorough) boot.prepare = {"true"};
    // Whose cell it becomes is not known yet.
    const CellRef itself{.cell_id = cell.plan().cell_id, .run_id = cell.id()};
    auto sandbox = boot_sandbox(cell, host, config, runsc, boot, itself);
    if (!sandbox) return failure_of(sandbox);
    if (auto* group = cell.group()) group->seal();
    cell.keep(*std::move(sandbox));
    return WarmSandbox{*std::move(prepared), !options.prepare.empty()};
}

} // namespace cellos::inline CELLOS_ABI::gvisor
