#pragma once

#include <cellos/core/secret_memory.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// A value that must not outlive its use: move-only, in memory that is wiped when it goes and that
/// core dumps leave out, never printed (no operator<<, no conversion to std::string). `reveal` is
/// the one way to the bytes, so that a search for it finds every place that touches them.
class Secret {
public:
    Secret() noexcept = default;
    CELLOS_DECL explicit Secret(std::string_view value);
    explicit Secret(const char* value) : Secret{std::string_view{value}} {}
    /// Takes the value over and wipes `value`'s own copy of it.
    CELLOS_DECL explicit Secret(std::string&& value);
    /// The first `size` bytes of what was filled in place; there must be at least one more, a zero.
    CELLOS_DECL Secret(SecretMemory memory, std::size_t size) noexcept;

    /// The parts one after the other: `NAME=value` without a copy of the value elsewhere.
    [[nodiscard]] CELLOS_DECL static Secret joined(std::initializer_list<std::string_view> parts);

    CELLOS_DECL Secret(Secret&& other) noexcept;
    CELLOS_DECL Secret& operator=(Secret&& other) noexcept;
    ~Secret() = default;

    /// Valid as long as this object is neither moved from nor destroyed. A zero follows the value,
    /// unless the object is empty by default construction or a move.
    [[nodiscard]] std::string_view reveal() const noexcept { return {memory_.data(), size_}; }

private:
    SecretMemory memory_;
    std::size_t size_ = 0;
};

/// Puts `[redacted]` in the place of each occurrence of the value in `text`.
CELLOS_DECL void redact(std::string& text, const Secret& secret);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/secret.ipp>
#endif
