#pragma once

#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/os/control_group.hpp>

#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

CELLOS_DECL Result<void> with_advice(Result<void> limited) {
    if (!limited && os::needs_delegated_group(limited.error()))
        limited.error().message += " (GVisorConfig::cgroup_parent)";
    return limited;
}

CELLOS_DECL Result<std::vector<std::string>> limit_cell(
    Cell& cell, const CellPlan& plan, Enforcement enforcement
) {
    const GroupLimits& limits = plan.group;
    std::vector<std::string> caveats;
    std::string refused;
    const auto missing =
        [&](std::string_view limit, std::string_view instead, const CellosError& cause) {
            const std::string name = "spec.run.limits." + std::string{limit};
            if (enforcement == Enforcement::BestEffort) {
                caveats.push_back(name + std::string{instead} + ": " + cause.message);
            } else {
                refused.append(refused.empty() ? "" : "\n")
                    .append(name + " cannot be enforced here: " + cause.message);
            }
        };
    const auto in_group = [&](auto&& set) -> Result<void> {
        if (auto* group = cell.group()) return with_advice(set(*group));
        return failure(
            CellosError::Kind::Unsupported, "it takes a control group, and none can be made here"
        );
    };
    if (const auto bytes = limits.memory_max_bytes) {
        const auto set = in_group([&](os::ControlGroup& group) {
            return group.limit_memory(static_cast<std::uint64_t>(*bytes));
        });
        if (!set) {
            missing(
                "memoryMaxBytes",
                " holds each process alone, and running out of memory cannot be told from other "
                "ends",
                set.error()
            );
        }
    }
    if (const auto& cpu = limits.cpu_max) {
        const auto set = in_group([&](os::ControlGroup& group) {
            constexpr std::int64_t default_period_micros = 100'000;
            return group.limit_cpu(
                cpu->quota_micros, cpu->period_micros.value_or(default_period_micros)
            );
        });
        if (!set) missing("cpuMax", " is not enforced", set.error());
    }
    if (limits.max_processes) {
        // Without it the guest's own limit still holds.
        static_cast<void>(in_group([&](os::ControlGroup& group) {
            return group.limit_tasks(task_backstop(*limits.max_processes));
        }));
        if (plan.user.uid == 0) {
            missing(
                "maxProcesses",
                " is not enforced",
                {CellosError::Kind::Unsupported, "it does not hold user 0, whom the cell runs as"}
            );
        }
    }
    if (!refused.empty()) return failure(CellosError::Kind::Unsupported, std::move(refused));
    return caveats;
}

} // namespace cellos::inline CELLOS_ABI::gvisor
