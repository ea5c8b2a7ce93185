/// @file
/// The content of a cell's directory: the root file system is written by `create`, the bundle
/// before the sandbox boots. Nothing of the workload is ever in it: no argument, variable, secret
/// or input.
#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <memory>
#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;
struct HostFacts;

/// Checks the host places that the plan needs, and makes the cell with its root file system. The
/// caller owns the cell. An error (Host, or Unsupported from check_safe_places()) leaves nothing of
/// it on the host. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<std::unique_ptr<Cell>> prepare_cell(
    CellPlan plan, const HostFacts& host, const GVisorConfig& config
);

/// Writes the agent and `config.json`, the last things that runsc needs. Call it once for each
/// boot.
[[nodiscard]] CELLOS_DECL Result<void> write_bundle(
    Cell& cell,
    const HostFacts& host,
    const GVisorConfig& config,
    const std::vector<std::string>& prepare,
    bool takes_inputs
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/cell/files.ipp>
#endif
