/// @file
/// Writes events as structured CloudEvents 1.0 JSON. Thread-safe.
#pragma once

#include <cellos/core/event.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI {

/// The event on one line, in the structured content mode of the CloudEvents JSON format.
[[nodiscard]] CELLOS_DECL std::string to_json(const CloudEvent& event);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/json/event.ipp>
#endif
