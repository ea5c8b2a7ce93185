#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/plan.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;
struct HostFacts;

/// Makes a waiting sandbox the cell of `plan`, whose shape it must have. Returns
/// CellHandle::caveats. An error leaves it unchanged. Not thread-safe for the same cell.
[[nodiscard]] CELLOS_DECL Result<std::vector<std::string>> adopt_warm(
    Cell& cell, CellPlan plan, const HostFacts& host, const GVisorConfig& config
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/adopt_warm.ipp>
#endif
