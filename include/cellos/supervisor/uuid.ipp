#pragma once

#include <cellos/supervisor/uuid.hpp>

#include <cerrno>
#include <exception>
#include <span>
#include <string_view>
#include <system_error>

#ifdef __linux__
#include <sys/random.h>
#else
#include <random>
#endif

namespace cellos::inline CELLOS_ABI::detail {

/// Fills `bytes`, at most 256 of them, with what nobody can guess.
inline Result<void> fill_random(std::span<std::byte> bytes) {
    constexpr std::string_view what = "the system gives no random numbers: ";
#ifdef __linux__
    // So few come whole and cannot be interrupted (getrandom(2)).
    if (::getrandom(bytes.data(), bytes.size(), 0) == -1)
        return failure(
            CellosError::Kind::Host, std::string{what} + std::generic_category().message(errno)
        );
#else
    try {
        std::random_device device;
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(device());
    } catch (const std::exception& exception) {
        return failure(CellosError::Kind::Host, std::string{what} + exception.what());
    }
#endif
    return {};
}

CELLOS_DECL Result<std::string> UuidSource::next() {
    if (used_ == random_.size()) {
        if (auto filled = fill_random(random_); !filled) return failure_of(filled);
        used_ = 0;
    }
    const std::span<std::byte> bytes = std::span{random_}.subspan(used_, uuid_size);
    used_ += uuid_size;
    bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40}; // version 4
    bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80}; // the variant of the RFC

    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < uuid_size; ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += digits[std::to_integer<std::size_t>(bytes[i] >> 4)];
        text += digits[std::to_integer<std::size_t>(bytes[i] & std::byte{15})];
    }
    return text;
}

} // namespace cellos::inline CELLOS_ABI::detail
