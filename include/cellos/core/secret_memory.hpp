/// @file
/// The memory of secrets. The only place in the core that uses an operating system: Secret belongs
/// to the vocabulary, and its protection must not be optional.
#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>

namespace cellos::inline CELLOS_ABI {

/// Overwrites memory with zeros in a way that the optimiser cannot remove.
CELLOS_DECL void wipe(void* memory, std::size_t size) noexcept;

/// A fixed number of bytes, initially zero and wiped on destruction; move-only. It is filled in
/// place (by read(2) or a decoder) and then becomes a Secret, so that there is never another copy.
///
/// On Linux it has its own pages, which are left out of core dumps and locked against swapping as
/// far as RLIMIT_MEMLOCK allows. A child of fork(2) has a copy, as of all memory.
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
