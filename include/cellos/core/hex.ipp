#pragma once

#include <cellos/core/hex.hpp>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL std::string hex(std::span<const std::byte> bytes) {
    std::string text;
    text.reserve(2 * bytes.size());
    for (const std::byte byte : bytes) {
        const auto value = std::to_integer<unsigned>(byte);
        text += hex_digits[value >> 4];
        text += hex_digits[value & 15];
    }
    return text;
}

} // namespace cellos::inline CELLOS_ABI
