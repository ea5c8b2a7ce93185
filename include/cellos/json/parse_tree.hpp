/// @file
/// Parses untrusted text into a tree: one linear pass that neither recurses nor throws, and says
/// where something is wrong without repeating any of the text.
#pragma once

#include <cellos/core/violations.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace cellos::inline CELLOS_ABI::json {

/// A parsed value. Members are sorted, so that duplicate keys are found in logarithmic time.
using ParsedTree = nlohmann::json;

/// The limits of a document in bytes and in levels of nesting; anything beyond is refused.
inline constexpr std::size_t most_bytes = std::size_t{1} << 20;
inline constexpr std::size_t most_levels = 32;

/// The tree of `text`; empty if it cannot be parsed, or has more than `limit` bytes. `noun` is what
/// the text is in sentences. Adds to `violations` what is wrong: duplicate
/// keys and values nested too deeply (which become null) by their path, malformed text by line and
/// column. Thread-safe.
[[nodiscard]] CELLOS_DECL std::optional<ParsedTree> parse_tree(
    std::string_view text,
    Violations& violations,
    std::size_t limit = most_bytes,
    std::string_view noun = "the document"
);

} // namespace cellos::inline CELLOS_ABI::json

#ifdef CELLOS_HEADER_ONLY
#include <cellos/json/parse_tree.ipp>
#endif
