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

/// Sets the limits of the plan on the cell's control group, before a process is in it. If this host
/// cannot enforce some, the error is Unsupported with one line for each, or with
/// Enforcement::BestEffort the result has one sentence for each (CellHandle::caveats).
[[nodiscard]] CELLOS_DECL Result<std::vector<std::string>> limit_cell(
    Cell& cell, const CellPlan& plan, Enforcement enforcement
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/limits.ipp>
#endif
