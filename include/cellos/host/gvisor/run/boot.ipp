#pragma once

#include <cellos/host/gvisor/bundle/bundle.hpp>
#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/files.hpp>
#include <cellos/host/gvisor/cell/host.hpp>
#include <cellos/host/gvisor/run/boot.hpp>
#include <cellos/host/gvisor/runsc/runsc.hpp>
#include <cellos/host/sandbox/agent/channel.hpp>
#include <cellos/os/detached_tmpfs.hpp>
#include <cellos/os/spawn.hpp>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <utility>
#include <variant>

#include <unistd.h>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

// runsc makes the place of the agent where there is none, on the host: so its gofer sees, in a
// directory that is not this cell's alone, a /dev that is.
[[nodiscard]] inline Result<os::Descriptor> make_agent_place() {
    constexpr std::uint64_t bytes = 4096;
    constexpr std::uint64_t files = 4;
    auto directory = os::make_detached_tmpfs(bytes, files);
    if (!directory) return directory;
    const char* const name = std::strrchr(agent_place, '/') + 1;
    if (auto made = os::write_new_file(directory->get(), name, {}, 0644); !made)
        return failure_of(made);
    return directory;
}

[[nodiscard]] inline Result<RunscProcess> start_runsc(
    Cell& cell,
    const HostFacts& host,
    const Runsc& runsc,
    const GVisorConfig& config,
    int agent_end,
    const CellRef& traced_as
) {
    auto logs = RunscLogs::make();
    if (!logs) return failure_of(logs);
    os::SpawnRequest request{
        .program = runsc.path,
        .argv = runsc_run_arguments(cell.path(), cell.id(), runsc.platform, cell.mounted_files()),
        .environment = runsc_environment(),
        .stdio = {agent_end, logs->output.write_end.get(), logs->output.write_end.get()},
        .extra = {logs->log.get(), logs->panic.get()},
        // A file that the workload has looked at is a descriptor of the gofer's or the sentry's.
        .room_for_descriptors = 1024,
        .until_exec = {cell.record_fd()},
        .makes_files_of_its_own = true,
    };
    request.skips_membarrier_registration = config.skip_membarrier_wait && runsc.platform != "kvm";
    if (host.private_network) {
        request.network_namespace = host.private_network->network.get();
        request.user_namespace = host.private_network->user.get();
    }
    if (const auto* group = cell.group()) {
        request.cgroup = group->directory_fd();
        request.cgroups = group->joined_procs_fds();
    }
    if (const auto* artifacts = cell.artifacts())
        request.mounts.push_back({artifacts->root(), cell.path() / "artifacts"});
    os::Descriptor agent_directory;
    const auto* rootfs = std::get_if<DirectoryRootfs>(&config.rootfs);
    if (rootfs != nullptr && ::geteuid() == 0) {
        auto made = make_agent_place();
        if (!made) return failure_of(made);
        agent_directory = *std::move(made);
        request.mounts.push_back(
            {agent_directory.get(), std::filesystem::absolute(rootfs->path) / "dev"}
        );
    }
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

} // namespace detail

CELLOS_DECL Result<void> check_place_for_inputs(const GVisorConfig& config) {
    const auto* rootfs = std::get_if<DirectoryRootfs>(&config.rootfs);
    if (rootfs == nullptr || std::filesystem::is_directory(rootfs->path / "inputs")) return {};
    return failure(
        CellosError::Kind::Host,
        "the rootfs " + rootfs->path.native() +
            " has no directory /inputs, which input files need: make one (not a link)"
    );
}

CELLOS_DECL Result<Sandbox> boot_sandbox(
    Cell& cell,
    const HostFacts& host,
    const GVisorConfig& config,
    const Runsc& runsc,
    const BootOptions& options,
    const CellRef& traced_as
) {
    auto written = write_bundle(cell, host, config, options.prepare, options.takes_inputs);
    if (!written) return failure_of(written);
    auto ends = sandbox::agent::Channel::make();
    if (!ends) return failure_of(ends);
    auto process = detail::start_runsc(cell, host, runsc, config, ends->agent.get(), traced_as);
    if (!process) return failure_of(process);
    return Sandbox{.runsc = *std::move(process), .channel = std::move(ends->host)};
}

} // namespace cellos::inline CELLOS_ABI::gvisor
