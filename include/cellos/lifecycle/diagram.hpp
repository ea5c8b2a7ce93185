#pragma once

#include <cellos/core/config.hpp>

#include <string>

/// @file
/// Draws the lifecycle table (<cellos/lifecycle/table.hpp>). Both forms show every transition once,
/// with its phase and, if it has one, its event. Thread-safe.

namespace cellos::inline CELLOS_ABI {

/// The diagram for `dot -Tsvg`. Failures are dashed, final states have a double border.
[[nodiscard]] CELLOS_DECL std::string lifecycle_graphviz();

/// The diagram for a fenced `mermaid` block of Markdown.
[[nodiscard]] CELLOS_DECL std::string lifecycle_mermaid();

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/lifecycle/diagram.ipp>
#endif
