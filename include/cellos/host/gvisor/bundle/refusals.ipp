#pragma once

#include <cellos/core/text_syntax.hpp>
#include <cellos/core/visible.hpp>
#include <cellos/host/gvisor/bundle/refusals.hpp>
#include <cellos/host/sandbox/places.hpp>

#include <string_view>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL std::vector<std::string> unsupported(
    const ExecutionCellSpec& spec, bool groups_limit_cpu
) {
    std::vector<std::string> lines;
    if (!spec.authority.egress_rules.empty()) {
        lines.emplace_back("network egress is not supported by this backend yet: remove "
                           "spec.authority.egressRules");
    }
    if (!spec.run) return lines;
    if (spec.run->secret_delivery == SecretDelivery::RuntimeBroker)
        lines.emplace_back("spec.run.secretDelivery runtimeBroker is not supported: use env");
    if (spec.run->secret_delivery == SecretDelivery::RuntimeLeasedBroker)
        lines.emplace_back("spec.run.secretDelivery runtimeLeasedBroker is not supported: use env");
    if (!spec.run->limits) return lines;
    const Limits& limits = *spec.run->limits;
    if (limits.cpu_max && !groups_limit_cpu) {
        lines.emplace_back("spec.run.limits.cpuMax cannot be enforced here: it takes a cgroup with "
                           "a cpu controller");
    }
    if (limits.cpu_time_ms && !groups_limit_cpu) {
        lines.emplace_back("spec.run.limits.cpuTimeMs cannot be enforced here: it takes a cgroup");
    }
    return lines;
}

CELLOS_DECL std::vector<std::string> mount_violations(
    std::span<const CellMount> mounts, bool owns_root
) {
    std::vector<std::string> violations;
    std::vector<std::string> taken;
    for (const CellMount& mount : mounts) {
        const auto violates = [&](std::string_view rule) {
            violations.push_back(
                "the mount at \"" + visible(mount.cell) + "\" " + std::string{rule}
            );
        };
        // Not is_absolute(): on Windows that asks for a drive as well.
        if (mount.source.base == HostPlace::Base::Host &&
            !is_absolute_path(mount.source.path.generic_string()))
            violates("must have an absolute host path without \"..\"");
        if (!is_absolute_path(mount.cell)) {
            violates("must have an absolute cell path without \"..\"");
            continue;
        }
        const std::string cell = sandbox::normal_path(mount.cell);
        // Something writable at /tmp is a /tmp as good as the cell's own.
        const bool takes_tmp = cell == "/tmp" && !mount.writable;
        if (cell == "/" || takes_tmp || sandbox::in_any(sandbox::own_places, cell)) {
            violates("would hide a file system of the cell's own");
        } else if (owns_root && (sandbox::at_or_below(cell, "/usr") || sandbox::in_any(sandbox::system_directories, cell))) {
            violates("lies where SystemRootfs has the host's own files, read-only");
        }
        for (const std::string& other : taken) {
            if (sandbox::at_or_below(cell, other) || sandbox::at_or_below(other, cell))
                violates("collides with the one at \"" + visible(other) + '"');
        }
        taken.push_back(cell);
    }
    return violations;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
