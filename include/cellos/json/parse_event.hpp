/// @file
/// Reads events back from JSON, to check recorded events. Thread-safe.
#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/result.hpp>

#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// Reads one event that `to_json` wrote. The error (InvalidSpec) names all violations that could be
/// found, one per line with its JSON path, and repeats no value.
[[nodiscard]] CELLOS_DECL Result<CloudEvent> parse_event(std::string_view text);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/json/parse_event.ipp>
#endif
