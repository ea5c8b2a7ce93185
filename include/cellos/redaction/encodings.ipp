#pragma once

#include <cellos/core/hex.hpp>
#include <cellos/core/json_escape.hpp>
#include <cellos/core/secret_memory.hpp>
#include <cellos/redaction/encodings.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace cellos::inline CELLOS_ABI::detail {

// `value` as it stands inside a JSON string, without the quotation marks.
[[nodiscard]] inline Secret json_escaped(std::string_view value) {
    const std::size_t size = json_string_length(value) - 2;
    SecretMemory memory{size + 1};
    static_cast<void>(json_escape(value, memory.data()));
    return {std::move(memory), size};
}

[[nodiscard]] inline std::string upper_case(std::string text) {
    for (char& c : text)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return text;
}

// The characters of a base64 text that are the same wherever the value stands in what was encoded,
// given that `offset` (0, 1 or 2) bytes of a group of three come before it. At the ends those are
// left out that depend on the neighbours.
[[nodiscard]] inline std::string base64_core(
    std::string_view value, std::size_t offset, std::string_view alphabet
) {
    const auto bit = [value, offset](std::size_t at) {
        const auto byte = static_cast<unsigned char>(value[at / 8 - offset]);
        return static_cast<std::size_t>(byte >> (7 - at % 8)) & 1;
    };
    const std::size_t begin = offset * 8;
    const std::size_t end = begin + value.size() * 8;
    std::string text;
    text.reserve((end - begin) / 6); // so that it is wiped where it is, and lies nowhere else
    for (std::size_t at = (begin + 5) / 6 * 6; at + 6 <= end; at += 6) {
        std::size_t index = 0;
        for (std::size_t i = 0; i < 6; ++i) index = index * 2 + bit(at + i);
        text += alphabet[index];
    }
    return text;
}

CELLOS_DECL std::vector<Secret> encodings(std::string_view value) {
    std::vector<Secret> all;
    const auto add = [&all](std::string text) { all.emplace_back(std::move(text)); };
    constexpr std::size_t shortest = 4;
    if (value.size() >= shortest) {
        if (auto escaped = json_escaped(value); escaped.reveal() != value)
            all.push_back(std::move(escaped));
        std::string digits = hex(std::as_bytes(std::span{value}));
        add(upper_case(digits));
        add(std::move(digits));
        std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        const auto add_base64 = [&] {
            for (const std::size_t offset : {0U, 1U, 2U}) add(base64_core(value, offset, alphabet));
        };
        add_base64();
        alphabet.replace(62, 2, "-_");
        add_base64();
    }
    if (!value.empty()) add(std::string{value});
    return all;
}

} // namespace cellos::inline CELLOS_ABI::detail
