#pragma once

#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/files.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/host/gvisor/cell/placement.hpp>
#include <cellos/host/gvisor/run/boot_warm.hpp>
#include <cellos/host/gvisor/run/start_runsc.hpp>
#include <cellos/os/descriptor.hpp>

#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Result<WarmSandbox> boot_warm(
    CellPlan plan,
    const HostFacts& host,
    const GVisorConfig& config,
    const Runsc& runsc,
    WarmParameters warm
) {
    auto prepared = prepare_cell(std::move(plan), host, config);
    if (!prepared) return failure_of(prepared);
    Cell& cell = **prepared;
    const GroupLimits& limits = cell.plan().group;
    if (auto* group = cell.group()) {
        Result<void> reserved;
        if (limits.memory_max_bytes) reserved = group->reserve("memory");
        if (reserved && limits.cpu_max) reserved = group->reserve("cpu");
        if (!reserved) return failure_of(with_advice(std::move(reserved)));
    }
    const auto* rootfs = std::get_if<DirectoryRootfs>(&config.rootfs);
    warm.takes_inputs = rootfs == nullptr || std::filesystem::is_directory(rootfs->path / "inputs");
    const std::string text =
        generate_warm_config(cell.plan(), places_for_runsc(cell, config), warm);
    if (auto written = os::write_new_file(cell.directory(), "bundle/config.json", text, 0600);
        !written)
        return failure_of(written);

    auto input = os::make_pipe();
    auto output = os::make_pipe();
    auto errors = os::make_pipe();
    for (const auto* pipe : {&input, &output, &errors})
        if (!*pipe) return failure_of(*pipe);
    const std::array<int, 3> ends{
        input->read_end.get(), output->write_end.get(), errors->write_end.get()};
    // A sandbox that waits lives on its own: whose cell it becomes is not known yet.
    const CellRef sandbox{.cell_id = cell.plan().cell_id, .run_id = cell.id()};
    auto process = start_runsc(cell, runsc, ends, sandbox);
    if (!process) return failure_of(process);
    if (auto* group = cell.group()) group->seal();
    cell.wait_with({
        .runsc = *std::move(process),
        .pipes =
            {std::move(input->write_end), std::move(output->read_end), std::move(errors->read_end)},
        .takes_inputs = warm.takes_inputs,
    });
    return WarmSandbox{*std::move(prepared), !warm.prepare.empty()};
}

} // namespace cellos::inline CELLOS_ABI::gvisor
