/// @file
/// What a cell's directory holds: the root file system from `create` on, the input files and the
/// bundle from `execute` on.
#pragma once

#include <cellos/core/result.hpp>
#include <cellos/core/run_context.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <memory>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;
struct HostFacts;

/// Checks the places that the plan needs and makes the cell with its root file system, which the
/// caller owns. An error leaves nothing of it on the host. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<std::unique_ptr<Cell>> prepare_cell(
    CellPlan plan, const HostFacts& host, const GVisorConfig& config
);

/// Writes the input files, as they are now, and `config.json`, the last thing that runsc waits for.
/// To be called once for each cell. Where secrets are part of it, they stay until
/// remove_secrets().
[[nodiscard]] CELLOS_DECL Result<void> write_bundle(
    Cell& cell, const RunContext& context, const GVisorConfig& config
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/files.ipp>
#endif
