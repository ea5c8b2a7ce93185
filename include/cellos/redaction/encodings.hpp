#pragma once

#include <cellos/core/secret.hpp>

#include <string_view>
#include <vector>

namespace cellos::inline CELLOS_ABI::detail {

/// The encodings of a secret's value in which programs may write it into a text: `value` itself,
/// and its forms in JSON, hexadecimal and base64 (both alphabets, at any offset). For values of
/// less than four bytes only the value itself, since the other forms would match in any text; none
/// for an empty value. Thread-safe.
[[nodiscard]] CELLOS_DECL std::vector<Secret> encodings(std::string_view value);

} // namespace cellos::inline CELLOS_ABI::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/redaction/encodings.ipp>
#endif
