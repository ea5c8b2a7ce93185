#pragma once

#include <cellos/host/gvisor/bundle/confinement.hpp>

#include <optional>

namespace cellos::inline CELLOS_ABI::gvisor::detail {

CELLOS_DECL std::vector<oci::Rlimit> rlimits(const Limits& limits) {
    std::vector<oci::Rlimit> all;
    const auto add = [&](const char* type, std::optional<std::int64_t> limit) {
        if (!limit) return;
        const auto value = static_cast<std::uint64_t>(*limit);
        all.push_back({.type = type, .hard = value, .soft = value});
    };
    // gVisor counts the processes that a user has started; the workload was not started by him.
    add("RLIMIT_NPROC", limits.max_processes.value_or(default_max_processes) - 1);
    add("RLIMIT_NOFILE", limits.max_open_files);
    add("RLIMIT_FSIZE", limits.max_file_bytes);
    add("RLIMIT_STACK", limits.stack_bytes);
    return all;
}

CELLOS_DECL oci::Linux isolation() {
    return {
        .namespaces = {{"pid", {}}, {"ipc", {}}, {"uts", {}}, {"mount", {}}, {"network", {}}},
        .masked_paths =
            {"/proc/acpi",
             "/proc/asound",
             "/proc/kcore",
             "/proc/keys",
             "/proc/latency_stats",
             "/proc/sched_debug",
             "/proc/scsi",
             "/proc/timer_list",
             "/proc/timer_stats",
             "/sys/firmware"},
        .readonly_paths =
            {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"},
    };
}

} // namespace cellos::inline CELLOS_ABI::gvisor::detail
