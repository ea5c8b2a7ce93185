#pragma once

#include <cellos/core/document.hpp>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// The `PATH` of a cell unless the document sets another: Debian's default for root.
inline constexpr const char* default_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Its `LANG`: text is UTF-8, and everything else is as in no country.
inline constexpr const char* default_lang = "C.UTF-8";

/// The variables that every cell has, with a default value unless the document sets another. No
/// secret that is delivered as a variable can have one of these names.
inline constexpr std::array<std::string_view, 3> default_variables{"PATH", "LANG", "HOME"};

/// The environment of the cell without its secrets: the document's variables, and defaults for
/// `PATH`, `LANG` and `HOME`. That is `home`, for a backend whose cells have a home directory, or
/// else the working directory.
[[nodiscard]] CELLOS_DECL std::map<std::string, std::string> cell_environment(
    const ExecutionCellSpec& spec, std::optional<std::string_view> home = std::nullopt
);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/environment.ipp>
#endif
