#pragma once

#include <cellos/core/document.hpp>

#include <map>
#include <string>

namespace cellos::inline CELLOS_ABI {

/// Where a cell looks for `argv[0]` unless the document says otherwise: Debian's default for root.
inline constexpr const char* default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The cell's variables without its secrets: the document's, and `PATH` and `HOME` where it names
/// none.
[[nodiscard]] CELLOS_DECL std::map<std::string, std::string> cell_environment(
    const ExecutionCellSpec& spec
);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/environment.ipp>
#endif
