/// @file
/// The content of a cell's directory: the root file system is written by `create`, the input files
/// and the bundle by `execute`.
#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <memory>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;
struct HostFacts;

/// Checks the host places that the plan needs, and makes the cell with its root file system. The
/// caller owns the cell. An error (Host, or Unsupported from check_safe_places()) leaves nothing of
/// it on the host. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<std::unique_ptr<Cell>> prepare_cell(
    CellPlan plan, const HostFacts& host, const GVisorConfig& config
);

/// Writes copies of the input files, and `config.json`, the last thing that runsc needs. Call it
/// once for each cell. Secrets stay in the files until remove_secrets().
[[nodiscard]] CELLOS_DECL Result<void> write_bundle(
    Cell& cell, const RunContext& context, const GVisorConfig& config
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/files.ipp>
#endif
