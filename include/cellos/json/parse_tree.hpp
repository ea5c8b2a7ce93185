/// @file
/// Text to tree, for text that nobody trusts: one linear pass that neither recurses nor throws, and
/// says where something is wrong without repeating any of it.
#pragma once

#include <cellos/core/violations.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace cellos::inline CELLOS_ABI::json {

/// What was parsed. Members are sorted, so that a key seen before is found in logarithmic time.
using ParsedTree = nlohmann::json;

/// Longer text, and text nested deeper, is refused.
inline constexpr std::size_t most_bytes = std::size_t{1} << 20;
inline constexpr std::size_t most_levels = 32;

/// The tree of `text`, or nothing if no tree can be made of it; adds what is wrong to `violations`:
/// duplicate keys and values nested too deeply (which become null) by their path, malformed text by
/// line and column.
[[nodiscard]] CELLOS_DECL std::optional<ParsedTree> parse_tree(
    std::string_view text, Violations& violations
);

} // namespace cellos::inline CELLOS_ABI::json

#ifdef CELLOS_HEADER_ONLY
#include <cellos/json/parse_tree.ipp>
#endif
