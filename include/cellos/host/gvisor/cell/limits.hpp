#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// @file
/// The limits of a whole cell that only the host can enforce. The others are enforced by the
/// sandbox, through its `config.json` (rlimits, sizes of file systems), or by the run that watches
/// it (output, time).

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;

/// How many tasks of the host a cell may have. This is only a backstop, far above what the guest
/// can need within its own limit, since gVisor's kernel (the sentry) panics when it hits the limit:
/// 60 guest processes took 583 tasks.
[[nodiscard]] constexpr std::uint64_t task_backstop(std::int64_t max_processes) noexcept {
    constexpr std::uint64_t per_process = 64;
    constexpr std::uint64_t sandbox = 4096;
    // A kernel cannot have more than this.
    constexpr std::uint64_t most = std::uint64_t{1} << 22;
    const auto processes = static_cast<std::uint64_t>(max_processes);
    return processes > most / per_process ? most : sandbox + per_process * processes;
}

/// Appends to the error of a control group which option helps, if there is one.
[[nodiscard]] CELLOS_DECL Result<void> with_advice(Result<void> limited);

/// Makes sure that the cell's control group can hold it to the limits of `plan`, before its sandbox
/// boots or, if that waits already, before it becomes the cell of this plan; Cell::enforced() has
/// them from then on. If this host cannot enforce some, the error is Unsupported with one line for
/// each, or with Enforcement::BestEffort the result has one sentence for each
/// (CellHandle::caveats).
[[nodiscard]] CELLOS_DECL Result<std::vector<std::string>> reserve_limits(
    Cell& cell, const CellPlan& plan, Enforcement enforcement
);

/// Sets Cell::enforced(), just before the workload begins: a boot must not be slowed by them, and
/// what the sandbox holds by then is not the workload's. Host: the kernel refuses one.
[[nodiscard]] CELLOS_DECL Result<void> apply_limits(Cell& cell);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/limits.ipp>
#endif
