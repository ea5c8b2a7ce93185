#pragma once

#include <cellos/core/usage.hpp>
#include <cellos/host/sandbox/agent/wire.hpp>
#include <cellos/os/control_group.hpp>
#include <cellos/os/cpu_budget.hpp>
#include <cellos/os/wait.hpp>

#include <chrono>
#include <cstdint>
#include <optional>

namespace cellos::inline CELLOS_ABI::gvisor {

/// Takes the readings by which a run's ResourceUsage is known. For one run, by one thread.
///
/// Control groups count the sandbox's kernel as well, and what a boot costs: so the processor time
/// of before the exec and the memory that the sandbox holds by then are subtracted. What is left is
/// exact where the command is alone and the kernel can start a peak anew (always with version 1;
/// with cgroup2 since Linux 6.12); elsewhere the guest's own maximum of the largest process is
/// told.
class UsageMeter {
public:
    /// `group` may be null, and stays the caller's. `is_alone`: no other command may run in the
    /// sandbox meanwhile, so that the group's memory is the command's.
    UsageMeter(os::ControlGroup* group, bool is_alone) noexcept
        : group_{group}, is_alone_{is_alone} {}

    /// To be called before the workload is asked for, when all else is in the sandbox.
    CELLOS_DECL void begin();
    /// To be called once it has been executed.
    CELLOS_DECL void started();
    /// To be called when it has ended, before its sandbox does: `ended` is what the agent told of
    /// it, null if it told nothing. Whether started() was called or not.
    [[nodiscard]] CELLOS_DECL ResourceUsage read(const sandbox::agent::Tell* ended) const;

    /// Since started(); empty where nothing counts it.
    [[nodiscard]] CELLOS_DECL std::optional<std::chrono::nanoseconds> cpu_time() const;

    [[nodiscard]] os::Clock::time_point started_at() const noexcept { return started_at_; }

private:
    os::ControlGroup* group_;
    bool is_alone_;
    std::optional<std::uint64_t> memory_before_{};
    std::optional<std::chrono::nanoseconds> cpu_before_{};
    os::Clock::time_point started_at_{};
};

/// How much processor time a command may use, counted by its meter.
class CpuTimeLimit {
public:
    /// `meter` must outlive this object.
    CELLOS_DECL CpuTimeLimit(const UsageMeter& meter, std::chrono::nanoseconds limit);

    /// When to look again; Clock::time_point::min(): it is used up.
    [[nodiscard]] CELLOS_DECL os::Clock::time_point next_look() const;

private:
    const UsageMeter* meter_;
    os::CpuBudget budget_;
};

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/usage_meter.ipp>
#endif
