#pragma once

#include <cellos/core/document.hpp>

#include <map>
#include <string>

namespace cellos::inline CELLOS_ABI {

/// The `PATH` of a cell unless the document sets another: Debian's default for root.
inline constexpr const char* default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The environment of the cell without its secrets: the document's variables, and defaults for
/// `PATH` and `HOME`.
[[nodiscard]] CELLOS_DECL std::map<std::string, std::string> cell_environment(
    const ExecutionCellSpec& spec
);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/environment.ipp>
#endif
