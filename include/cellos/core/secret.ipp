#pragma once

#include <cellos/core/secret.hpp>

#include <utility>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL Secret::Secret(std::string_view value) : Secret{joined({value})} {}

CELLOS_DECL Secret::Secret(std::string&& value) : Secret{std::string_view{value}} {
    wipe(value.data(), value.size());
    value.clear();
}

CELLOS_DECL Secret::Secret(SecretMemory memory, std::size_t size) noexcept
    : memory_{std::move(memory)}, size_{size} {}

CELLOS_DECL Secret Secret::joined(std::initializer_list<std::string_view> parts) {
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    SecretMemory memory{size + 1};
    // Byte by byte: memcpy leaves a short value in a vector register, which the dynamic linker
    // saves on the stack when it looks up the next function.
    volatile char* end = memory.data();
    for (const std::string_view part : parts)
        for (const char byte : part) *end++ = byte;
    return {std::move(memory), size};
}

CELLOS_DECL Secret::Secret(Secret&& other) noexcept
    : memory_{std::move(other.memory_)}, size_{std::exchange(other.size_, 0)} {}

CELLOS_DECL Secret& Secret::operator=(Secret&& other) noexcept {
    std::swap(memory_, other.memory_);
    std::swap(size_, other.size_);
    return *this;
}

CELLOS_DECL void redact(std::string& text, const Secret& secret) {
    constexpr std::string_view mark = "[redacted]";
    const std::string_view value = secret.reveal();
    if (value.empty()) return;
    for (auto at = text.find(value); at != text.npos; at = text.find(value, at + mark.size()))
        text.replace(at, value.size(), mark);
}

} // namespace cellos::inline CELLOS_ABI
