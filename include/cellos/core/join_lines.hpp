#pragma once

#include <cellos/core/config.hpp>

#include <string>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// The lines as one text, with `\n` between them and none at the end. Used for errors that list
/// everything that is wrong.
[[nodiscard]] CELLOS_DECL std::string join_lines(const std::vector<std::string>& lines);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/join_lines.ipp>
#endif
