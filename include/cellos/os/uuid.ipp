#pragma once

#include <cellos/core/hex.hpp>
#include <cellos/os/random.hpp>
#include <cellos/os/uuid.hpp>

#include <span>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL Result<std::string> UuidSource::next() {
    if (used_ == random_.size()) {
        if (auto filled = random_bytes(random_); !filled) return failure_of(filled);
        used_ = 0;
    }
    const std::span<std::byte> bytes = std::span{random_}.subspan(used_, uuid_size);
    used_ += uuid_size;
    bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40}; // version 4
    bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80}; // the variant of the RFC

    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < uuid_size; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += hex_digits[std::to_integer<std::size_t>(bytes[i] >> 4)];
        text += hex_digits[std::to_integer<std::size_t>(bytes[i] & std::byte{15})];
    }
    return text;
}

} // namespace cellos::inline CELLOS_ABI::os
