#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI::gvisor {

class Cell;
struct HostFacts;

/// Makes a sandbox that waits the cell of `document`, whose shape it has. An error leaves it as it
/// was. What is returned are CellHandle::caveats.
[[nodiscard]] CELLOS_DECL Result<std::vector<std::string>> adopt_warm(
    Cell& cell,
    const ExecutionCellDocument& document,
    const HostFacts& host,
    const GVisorConfig& config
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/adopt_warm.ipp>
#endif
