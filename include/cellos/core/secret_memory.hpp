/// @file
/// Where the bytes of secrets live. The one header of the core that knows an operating system: a
/// Secret is part of the vocabulary, and what is protected only on request isn't protected.
#pragma once

#include <cellos/core/config.hpp>

#include <cstddef>
#include <new>
#include <utility>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace cellos::inline CELLOS_ABI {

/// Overwrites memory in a way that the optimiser must keep, although nobody reads it again.
inline void wipe(void* memory, std::size_t size) noexcept {
    auto* bytes = static_cast<volatile unsigned char*>(memory);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = 0;
}

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
    explicit SecretMemory(std::size_t size) : bytes_{allocate(size)}, size_{size} {}

    SecretMemory(SecretMemory&& other) noexcept
        : bytes_{std::exchange(other.bytes_, nullptr)}, size_{std::exchange(other.size_, 0)} {}
    SecretMemory& operator=(SecretMemory&& other) noexcept {
        std::swap(bytes_, other.bytes_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~SecretMemory() {
        if (bytes_ != nullptr) release(bytes_, size_);
    }

    [[nodiscard]] char* data() noexcept { return bytes_; }
    [[nodiscard]] const char* data() const noexcept { return bytes_; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
#ifdef __linux__
    [[nodiscard]] static char* allocate(std::size_t size) {
        if (size == 0) return nullptr;
        void* pages =
            ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) throw std::bad_alloc{};
        if (::madvise(pages, size, MADV_DONTDUMP) == -1) {
            ::munmap(pages, size);
            throw std::bad_alloc{};
        }
        static_cast<void>(::mlock(pages, size)); // a kindness of the limit, not a right
        return static_cast<char*>(pages);
    }
    static void release(char* bytes, std::size_t size) noexcept {
        wipe(bytes, size);
        ::munmap(bytes, size);
    }
#else
    [[nodiscard]] static char* allocate(std::size_t size) { return new char[size]{}; }
    static void release(char* bytes, std::size_t size) noexcept {
        wipe(bytes, size);
        delete[] bytes;
    }
#endif

    char* bytes_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace cellos::inline CELLOS_ABI
