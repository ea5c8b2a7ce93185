#pragma once

#include <cellos/core/secret_memory.hpp>

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace cellos::inline CELLOS_ABI {

/// A value that must not outlive its use: move-only, in memory that is wiped on destruction and
/// left out of core dumps, and never printed (no operator<<, no conversion to std::string).
/// `reveal` is the only access to the bytes, so a search for it finds every place that uses them.
class Secret {
public:
    Secret() noexcept = default;
    CELLOS_DECL explicit Secret(std::string_view value);
    explicit Secret(const char* value) : Secret{std::string_view{value}} {}
    /// Takes the value and wipes the copy in `value`.
    CELLOS_DECL explicit Secret(std::string&& value);
    /// Takes memory that was filled in place: the secret is its first `size` bytes, and at least
    /// one more byte, a zero, must follow.
    CELLOS_DECL Secret(SecretMemory memory, std::size_t size) noexcept;

    /// Concatenates the parts: makes `NAME=value` without another copy of the value.
    [[nodiscard]] CELLOS_DECL static Secret joined(std::initializer_list<std::string_view> parts);

    CELLOS_DECL Secret(Secret&& other) noexcept;
    CELLOS_DECL Secret& operator=(Secret&& other) noexcept;
    ~Secret() = default;

    /// The value; valid until this object is moved from or destroyed. A zero byte follows it,
    /// unless the object was default-constructed or moved from.
    [[nodiscard]] std::string_view reveal() const noexcept { return {memory_.data(), size_}; }

private:
    SecretMemory memory_;
    std::size_t size_ = 0;
};

/// Replaces each occurrence of the value in `text` with `[redacted]`.
CELLOS_DECL void redact(std::string& text, const Secret& secret);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/secret.ipp>
#endif
