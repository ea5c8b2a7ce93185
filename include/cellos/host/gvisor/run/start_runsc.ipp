#pragma once

#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/run/start_runsc.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/os/spawn.hpp>

#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Result<RunscProcess> start_runsc(
    Cell& cell, const Runsc& runsc, std::array<int, 3> stdio, const CellRef& traced_as
) {
    auto logs = RunscLogs::make();
    if (!logs) return failure_of(logs);
    os::SpawnRequest request{
        .program = runsc.path,
        .argv = runsc_run_arguments(cell.path(), cell.id(), runsc.platform, cell.mounted_files()),
        .environment = runsc_environment(),
        .stdio = stdio,
        .extra = {logs->log.get(), logs->panic.get(), logs->debug.get()},
        // A file that the workload has looked at is a descriptor of the gofer's or the sentry's.
        .room_for_descriptors = 1024,
        .until_exec = {cell.record_fd()},
    };
    if (const auto* group = cell.group()) {
        request.cgroup = group->directory_fd();
        request.cgroups = group->joined_procs_fds();
    }
    if (const auto* artifacts = cell.artifacts())
        request.mounts.push_back({artifacts->root(), cell.path() / "artifacts"});
    RunscProcess process{
        .span = begin_span(runsc.spans, "runsc run", traced_as),
        .logs = *std::move(logs),
        .child = {}};
    auto held = os::spawn(request);
    if (!held) return failure_of(held);
    cell.set_runner(held->pid());
    auto child = std::move(*held).release();
    if (!child)
        return failure(CellosError::Kind::Host, "cannot start runsc: " + child.error().message);
    process.child = *std::move(child);
    return process;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
