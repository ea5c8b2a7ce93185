#pragma once

#include <cellos/core/event.hpp>

#include <string>

/// @file
/// The checksum of an event in a file, unless the event is signed. It reveals accidental changes of
/// a line. It is no protection against deliberate changes, since anyone can compute it again;
/// signatures are.

namespace cellos::inline CELLOS_ABI {

/// The extension attribute that holds the checksum.
inline constexpr const char* checksum_attribute = "checksum";

/// 64-bit FNV-1a of the bytes that `to_json` writes for the event without its checksum, as 16
/// lower-case hexadecimal digits. Every change of a single byte changes it. Thread-safe.
[[nodiscard]] CELLOS_DECL std::string checksum_of(CloudEvent event);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/evidence/checksum.ipp>
#endif
