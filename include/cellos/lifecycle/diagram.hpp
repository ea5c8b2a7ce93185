#pragma once

#include <cellos/core/config.hpp>

#include <string>

/// @file
/// The lifecycle table (<cellos/lifecycle/table.hpp>) as a picture. Both forms show every move
/// once, with its phase and, where it has one, its event.

namespace cellos::inline CELLOS_ABI {

/// For `dot -Tsvg`. Failures are dashed, ends have a double border.
[[nodiscard]] CELLOS_DECL std::string lifecycle_graphviz();

/// For a fenced `mermaid` block of Markdown.
[[nodiscard]] CELLOS_DECL std::string lifecycle_mermaid();

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/lifecycle/diagram.ipp>
#endif
