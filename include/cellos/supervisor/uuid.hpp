#pragma once

#include <cellos/core/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#ifdef __linux__
#include <sys/random.h>
#else
#include <random>
#endif

namespace cellos::inline CELLOS_ABI::detail {

/// Fills `bytes` with what nobody can guess.
inline void fill_random(std::span<std::uint8_t> bytes) {
#ifdef __linux__
    // Up to 256 bytes come whole and cannot be interrupted (getrandom(2)).
    static_cast<void>(!::getrandom(bytes.data(), bytes.size(), 0));
#else
    std::random_device device;
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(device());
#endif
}

/// Makes the ids of one cell's events: random (version 4) UUIDs of RFC 9562. It asks the system for
/// sixteen at a time, more than most cells have events, and shares no state with any other.
class UuidSource {
public:
    [[nodiscard]] std::string next() {
        if (used_ == random_.size()) {
            fill_random(random_);
            used_ = 0;
        }
        const std::span<std::uint8_t> bytes = std::span{random_}.subspan(used_, uuid_size);
        used_ += uuid_size;
        bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40); // version 4
        bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80); // the variant of the RFC

        constexpr std::string_view digits = "0123456789abcdef";
        std::string text;
        text.reserve(36);
        for (std::size_t i = 0; i < uuid_size; ++i) {
            if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
            text += digits[bytes[i] >> 4];
            text += digits[bytes[i] & 15];
        }
        return text;
    }

private:
    static constexpr std::size_t uuid_size = 16;

    std::array<std::uint8_t, 16 * uuid_size> random_{};
    std::size_t used_ = random_.size();
};

} // namespace cellos::inline CELLOS_ABI::detail
