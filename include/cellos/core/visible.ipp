#pragma once

#include <cellos/core/hex.hpp>
#include <cellos/core/text_syntax.hpp>
#include <cellos/core/visible.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace cellos::inline CELLOS_ABI {

namespace detail {

[[nodiscard]] inline std::uint32_t code_point(std::string_view sequence) noexcept {
    const auto byte = [sequence](std::size_t i) { return static_cast<std::uint8_t>(sequence[i]); };
    if (sequence.size() == 1) return byte(0);
    std::uint32_t code = byte(0) & (0x7FU >> sequence.size());
    for (std::size_t i = 1; i < sequence.size(); ++i) code = code << 6 | (byte(i) & 0x3FU);
    return code;
}

[[nodiscard]] constexpr bool is_shown_as_it_is(std::uint32_t code) noexcept {
    const auto within = [code](std::uint32_t first, std::uint32_t last) {
        return first <= code && code <= last;
    };
    const bool controls = code < 0x20 || within(0x7F, 0x9F);
    // Marks and embeddings of direction, line and paragraph separators, invisible operators.
    const bool hides = code == 0xAD || code == 0x61C || within(0x200B, 0x200F) ||
                       within(0x2028, 0x202E) || within(0x2060, 0x206F) || code == 0xFEFF ||
                       within(0xFFF9, 0xFFFB) || within(0xE0000, 0xE007F);
    return !controls && !hides;
}

inline void append_visible(std::string& shown, std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = utf8_sequence_length(text);
        const std::string_view part = text.substr(0, std::max<std::size_t>(length, 1));
        text.remove_prefix(part.size());
        if (length > 0 && is_shown_as_it_is(code_point(part))) {
            shown += part;
            continue;
        }
        for (const char c : part) {
            const auto byte = static_cast<std::uint8_t>(c);
            shown += "\\x";
            shown += hex_digits[byte >> 4];
            shown += hex_digits[byte & 15];
        }
    }
}

} // namespace detail

CELLOS_DECL std::string visible(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    detail::append_visible(shown, text);
    return shown;
}

CELLOS_DECL std::string visible_lines(std::string_view message) {
    std::string shown;
    shown.reserve(message.size());
    for (;;) {
        const auto line = message.substr(0, message.find('\n'));
        detail::append_visible(shown, line);
        if (line.size() == message.size()) return shown;
        shown += '\n';
        message.remove_prefix(line.size() + 1);
    }
}

} // namespace cellos::inline CELLOS_ABI
