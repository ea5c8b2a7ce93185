#pragma once

#include <cellos/core/hex.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

/// @file
/// Escapes text for JSON without a JSON library, which would leave copies of it in memory.

namespace cellos::inline CELLOS_ABI {

namespace detail {

/// The letter after the backslash in JSON's short escape of `c`; 0 if it has none.
[[nodiscard]] constexpr char short_json_escape(char c) noexcept {
    switch (c) {
    case '"':
    case '\\': return c;
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return '\0';
    }
}

} // namespace detail

/// The length in bytes of `text` as a JSON string, including quotes, with only the necessary
/// escapes.
[[nodiscard]] constexpr std::size_t json_string_length(std::string_view text) noexcept {
    std::size_t length = 2;
    for (const char c : text)
        length += detail::short_json_escape(c) ? 2 : static_cast<std::uint8_t>(c) < 0x20 ? 6 : 1;
    return length;
}

/// Writes `text` as the content of a JSON string, without the quotes, to a buffer of the caller's,
/// and returns the end of the written bytes: `json_string_length(text) - 2` bytes further. Makes no
/// other copy, so that `text` may be a secret.
[[nodiscard]] constexpr char* json_escape(std::string_view text, char* to) noexcept {
    for (const char c : text) {
        const auto code = static_cast<std::uint8_t>(c);
        if (const char letter = detail::short_json_escape(c)) {
            *to++ = '\\';
            *to++ = letter;
        } else if (code < 0x20) {
            for (const char digit :
                 {'\\', 'u', '0', '0', hex_digits[code >> 4], hex_digits[code & 15]})
                *to++ = digit;
        } else {
            *to++ = c;
        }
    }
    return to;
}

} // namespace cellos::inline CELLOS_ABI
