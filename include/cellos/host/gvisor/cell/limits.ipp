#pragma once

#include <cellos/host/gvisor/cell/cell.hpp>
#include <cellos/host/gvisor/cell/limits.hpp>
#include <cellos/os/control_group.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI::gvisor {

namespace detail {

constexpr std::int64_t default_cpu_period_micros = 100'000;

// What the sandbox's kernel takes for itself while the workload grows: page tables, on both sides,
// and what it knows of each file and process.
[[nodiscard]] constexpr std::uint64_t sandbox_growth(std::uint64_t workload_bytes) noexcept {
    return (std::uint64_t{2} << 20) + workload_bytes / 64;
}

[[nodiscard]] inline Result<void> limit_cpu(os::ControlGroup& group, const CpuMax& cpu) {
    return group.limit_cpu(cpu.quota_micros, cpu.period_micros.value_or(default_cpu_period_micros));
}

// Limits that no group can hold the cell to: as the operator wants it, an error or a caveat.
class Missing {
public:
    explicit Missing(Enforcement enforcement) : enforcement_{enforcement} {}

    // Under strict enforcement too: it is no authority that the document asks for.
    void mention(std::string caveat) { caveats_.push_back(std::move(caveat)); }

    // `limit`: the document's; or the operator's, of which no document has to speak.
    void add(std::string_view limit, std::string_view instead, const CellosError& cause) {
        const std::string name{limit};
        if (enforcement_ == Enforcement::BestEffort) {
            caveats_.push_back(name + std::string{instead} + ": " + cause.message);
        } else {
            refused_.append(refused_.empty() ? "" : "\n")
                .append(name + " cannot be enforced here: " + cause.message);
        }
    }

    [[nodiscard]] Result<std::vector<std::string>> caveats() && {
        if (refused_.empty()) return std::move(caveats_);
        return failure(CellosError::Kind::Unsupported, std::move(refused_));
    }

private:
    Enforcement enforcement_;
    std::vector<std::string> caveats_;
    std::string refused_;
};

} // namespace detail

CELLOS_DECL Result<void> with_advice(Result<void> limited) {
    if (!limited && os::needs_delegated_group(limited.error()))
        limited.error().message += " (GVisorConfig::cgroup_parent)";
    return limited;
}

CELLOS_DECL Result<std::vector<std::string>> reserve_limits(
    Cell& cell, const CellPlan& plan, Enforcement enforcement
) {
    detail::Missing missing{enforcement};
    GroupLimits enforced = plan.group;
    const auto in_group = [&](auto&& reserve) -> Result<void> {
        if (auto* group = cell.group()) return with_advice(reserve(*group));
        return failure(
            CellosError::Kind::Unsupported, "it takes a control group, and none can be made here"
        );
    };
    const auto require =
        [&](auto& limit, std::string_view name, std::string_view instead, auto&& reserve) {
            if (!limit) return;
            const auto done = in_group(reserve);
            if (done) return;
            limit.reset();
            missing.add(name, instead, done.error());
        };
    require(
        enforced.memory_max_bytes,
        enforced.memory_is_ceiling ? "the ceiling memory_max_bytes"
                                   : "spec.run.limits.memoryMaxBytes",
        " holds each process alone, and running out of memory cannot be told from other ends",
        [](os::ControlGroup& group) { return group.reserve("memory"); }
    );
    require(
        enforced.cpu_max,
        "spec.run.limits.cpuMax",
        " is not enforced",
        // Set and lifted: only the kernel knows which quotas it takes.
        [&](os::ControlGroup& group) {
            auto set = detail::limit_cpu(group, *enforced.cpu_max);
            return set ? group.lift_cpu_limit() : set;
        }
    );
    require(
        enforced.cpu_time,
        "spec.run.limits.cpuTimeMs",
        " is not enforced",
        [](const os::ControlGroup& group) -> Result<void> {
            if (group.cpu_time()) return {};
            return failure(
                CellosError::Kind::Unsupported, "no control group here counts processor time"
            );
        }
    );
    if (plan.group.max_processes) {
        static_cast<void>(in_group([](os::ControlGroup& group) { return group.reserve("pids"); }));
        if (plan.user.uid == 0) {
            missing.add(
                plan.group.processes_are_ceiling ? "the ceiling max_processes"
                                                 : "spec.run.limits.maxProcesses",
                " is not enforced",
                {CellosError::Kind::Unsupported, "it does not hold user 0, whom the cell runs as"}
            );
        }
    }
    // mm.MapStack in gVisor's sources: a first stack is mapped as a whole.
    constexpr std::uint64_t largest_first_stack = std::uint64_t{128} << 20;
    for (const oci::Rlimit& limit : plan.rlimits) {
        if (limit.type == "RLIMIT_STACK" && limit.soft > largest_first_stack)
            missing.mention(
                "spec.run.limits.stackBytes: gVisor gives the first thread of a program "
                "128 MiB at most; its other threads get all of it"
            );
    }
    cell.enforce(enforced);
    return std::move(missing).caveats();
}

CELLOS_DECL Result<void> apply_limits(Cell& cell) {
    const GroupLimits& limits = cell.enforced();
    os::ControlGroup* const group = cell.group();
    // The guest's own limit holds the processes; this only keeps the sandbox bounded where it can.
    if (limits.max_processes && group != nullptr)
        static_cast<void>(group->limit_tasks(task_backstop(*limits.max_processes)));
    if (limits.memory_max_bytes) {
        const auto held = group->memory_usage();
        if (!held)
            return failure(CellosError::Kind::Host, "the memory of the sandbox cannot be read");
        const auto bytes = static_cast<std::uint64_t>(*limits.memory_max_bytes);
        auto set = group->limit_memory(*held + bytes + detail::sandbox_growth(bytes));
        if (!set) return set;
    }
    if (limits.cpu_max) return detail::limit_cpu(*group, *limits.cpu_max);
    return {};
}

} // namespace cellos::inline CELLOS_ABI::gvisor
