#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/sandbox/config.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// @file
/// The limits that only the host can hold a cell to as a whole. All others are the sandbox's own
/// (rlimits, sizes of file systems) and stand in its `config.json`, or are kept by the run that
/// watches it (output, time).

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;

/// The tasks of the host that a cell may have. A backstop only, and far above what the guest's own
/// limit lets it need, since a sentry that hits it panics: 60 guest processes took 583.
[[nodiscard]] constexpr std::uint64_t task_backstop(std::int64_t max_processes) noexcept {
    constexpr std::uint64_t per_process = 64;
    constexpr std::uint64_t sandbox = 4096;
    // Above what a kernel can have at all, there is nothing to limit.
    constexpr std::uint64_t most = std::uint64_t{1} << 22;
    const auto processes = static_cast<std::uint64_t>(max_processes);
    return processes > most / per_process ? most : sandbox + per_process * processes;
}

/// Adds to the error of a control group which option helps, if there is one.
[[nodiscard]] CELLOS_DECL Result<void> with_advice(Result<void> limited);

/// Sets the limits of the plan for the cell's control group, before anything runs in it. What this
/// host cannot enforce is Unsupported, one line each, or with Enforcement::BestEffort one sentence
/// of the result (CellHandle::caveats).
[[nodiscard]] CELLOS_DECL Result<std::vector<std::string>> limit_cell(
    Cell& cell, const CellPlan& plan, Enforcement enforcement
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/limits.ipp>
#endif
