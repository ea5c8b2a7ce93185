#pragma once

#include <cellos/core/secret.hpp>

#include <string_view>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// The encodings of a secret's value: the ways in which programs write it into a text. They are
/// `value` itself, and its forms in JSON, hexadecimal and base64 (both alphabets, at any offset).
/// Of values of less than four bytes only the value itself: the other forms of those turn up in any
/// text. Of an empty value none. Thread-safe.
[[nodiscard]] CELLOS_DECL std::vector<Secret> encodings(std::string_view value);

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/redaction/encodings.ipp>
#endif
