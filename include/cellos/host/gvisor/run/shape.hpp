#pragma once

#include <cellos/core/document.hpp>
#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/config.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI::gvisor {

struct HostFacts;

/// What of a cell cannot be changed after its sandbox has booted, as a text: cells of one shape can
/// take each other's sandboxes. All else of a document is handed over, or set from outside.
/// Unsupported: no cell of this document can take one, and the error says why.
[[nodiscard]] CELLOS_DECL Result<std::string> shape_of(
    const ExecutionCellSpec& spec, const HostFacts& host, const GVisorConfig& config
);

} // namespace cellos::inline CELLOS_ABI::gvisor

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/run/shape.ipp>
#endif
