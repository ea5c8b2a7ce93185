/// @file
/// Where the bytes of secrets live. The one place of the core that knows an operating system: a
/// Secret is part of the vocabulary, and what is protected only on request isn't protected.
#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>

namespace cellos::inline CELLOS_ABI {

/// Overwrites memory in a way that the optimiser must keep, although nobody reads it again.
CELLOS_DECL void wipe(void* memory, std::size_t size) noexcept;

/// A fixed number of bytes, zero at first and wiped at the end; move-only. Something that writes to
/// memory (read(2), a decoder) fills it in place, and then it becomes a Secret, so that there never
/// is another copy.
///
/// On Linux it has pages of its own that core dumps leave out, and that are locked against swapping
/// as far as RLIMIT_MEMLOCK allows. A child of fork(2) has a copy, as of everything.
class SecretMemory {
public:
    SecretMemory() noexcept = default;
    /// Throws std::bad_alloc.
    CELLOS_DECL explicit SecretMemory(std::size_t size);

    CELLOS_DECL SecretMemory(SecretMemory&& other) noexcept;
    CELLOS_DECL SecretMemory& operator=(SecretMemory&& other) noexcept;
    CELLOS_DECL ~SecretMemory();

    [[nodiscard]] char* data() noexcept { return bytes_; }
    [[nodiscard]] const char* data() const noexcept { return bytes_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    char* bytes_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/core/secret_memory.ipp>
#endif
