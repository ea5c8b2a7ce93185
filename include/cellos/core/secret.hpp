#pragma once

#include <cellos/core/secret_memory.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace cellos::inline CELLOS_ABI {

/// A value that must not outlive its use: move-only, in memory that is wiped when it goes and that
/// core dumps leave out, never printed (no operator<<, no conversion to std::string). `reveal` is
/// the one way to the bytes, so that a search for it finds every place that touches them.
class Secret {
public:
    Secret() noexcept = default;
    explicit Secret(std::string_view value) : Secret{joined({value})} {}
    explicit Secret(const char* value) : Secret{std::string_view{value}} {}
    /// Takes the value over and wipes `value`'s own copy of it.
    explicit Secret(std::string&& value) : Secret{std::string_view{value}} {
        wipe(value.data(), value.size());
        value.clear();
    }
    /// The first `size` bytes of what was filled in place; there must be at least one more, a zero.
    Secret(SecretMemory memory, std::size_t size) noexcept
        : memory_{std::move(memory)}, size_{size} {}

    /// The parts one after the other: `NAME=value` without a copy of the value elsewhere.
    [[nodiscard]] static Secret joined(std::initializer_list<std::string_view> parts) {
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

    Secret(Secret&& other) noexcept
        : memory_{std::move(other.memory_)}, size_{std::exchange(other.size_, 0)} {}
    Secret& operator=(Secret&& other) noexcept {
        std::swap(memory_, other.memory_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~Secret() = default;

    /// Valid as long as this object is neither moved from nor destroyed. A zero follows the value,
    /// unless the object is empty by default construction or a move.
    [[nodiscard]] std::string_view reveal() const noexcept { return {memory_.data(), size_}; }

private:
    SecretMemory memory_;
    std::size_t size_ = 0;
};

/// Puts `[redacted]` in the place of each occurrence of the value in `text`.
inline void redact(std::string& text, const Secret& secret) {
    constexpr std::string_view mark = "[redacted]";
    const std::string_view value = secret.reveal();
    if (value.empty()) return;
    for (auto at = text.find(value); at != text.npos; at = text.find(value, at + mark.size()))
        text.replace(at, value.size(), mark);
}

} // namespace cellos::inline CELLOS_ABI
