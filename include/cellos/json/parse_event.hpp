/// @file
/// Reads events back from JSON, to check recorded events. Thread-safe.
#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/result.hpp>

#include <cstddef>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// The longest event in bytes, as `to_json` writes it, that is read, and so the longest that a sink
/// writes. An event of a document that was parsed is always shorter: the text of a document of 1
/// MiB may grow by its escapes, and by marks in the place of secrets.
inline constexpr std::size_t most_event_bytes = std::size_t{16} << 20;

/// Reads one event that `to_json` wrote, of up to `most_event_bytes`. The error (InvalidSpec) names
/// all violations that could be found, one per line with its JSON path, and repeats no value.
[[nodiscard]] CELLOS_DECL Result<CloudEvent> parse_event(std::string_view text);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/json/parse_event.ipp>
#endif
