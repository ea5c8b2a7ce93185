#pragma once

#include <cellos/core/event.hpp>

#include <string>

/// @file
/// The checksum that an event in a file carries unless it is signed: it shows that the line was
/// changed, by a fault or by a hand that did not know of it. Anybody can make it anew, so it is no
/// proof against intent; that is what signatures are for.

namespace cellos::inline CELLOS_ABI {

/// The extension attribute in which it stands.
inline constexpr const char* checksum_attribute = "checksum";

/// 64-bit FNV-1a of the bytes that `to_json` writes of the event without its checksum, as 16
/// lower-case hexadecimal digits. No change of a single byte keeps it. Thread-safe.
[[nodiscard]] CELLOS_DECL std::string checksum_of(CloudEvent event);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/evidence/checksum.ipp>
#endif
