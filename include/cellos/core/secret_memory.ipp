#pragma once

#include <cellos/core/secret_memory.hpp>

#include <new>
#include <utility>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL void wipe(void* memory, std::size_t size) noexcept {
    auto* bytes = static_cast<volatile unsigned char*>(memory);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = 0;
}

namespace detail {

#ifdef __linux__
[[nodiscard]] inline char* allocate_secret(std::size_t size) {
    if (size == 0) return nullptr;
    void* pages = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) throw std::bad_alloc{};
    if (::madvise(pages, size, MADV_DONTDUMP) == -1) {
        ::munmap(pages, size);
        throw std::bad_alloc{};
    }
    static_cast<void>(::mlock(pages, size)); // a kindness of the limit, not a right
    return static_cast<char*>(pages);
}

inline void release_secret(char* bytes, std::size_t size) noexcept {
    wipe(bytes, size);
    ::munmap(bytes, size);
}
#else
[[nodiscard]] inline char* allocate_secret(std::size_t size) {
    return new char[size]{};
}

inline void release_secret(char* bytes, std::size_t size) noexcept {
    wipe(bytes, size);
    delete[] bytes;
}
#endif

} // namespace detail

CELLOS_DECL SecretMemory::SecretMemory(std::size_t size)
    : bytes_{detail::allocate_secret(size)}, size_{size} {}

CELLOS_DECL SecretMemory::SecretMemory(SecretMemory&& other) noexcept
    : bytes_{std::exchange(other.bytes_, nullptr)}, size_{std::exchange(other.size_, 0)} {}

CELLOS_DECL SecretMemory& SecretMemory::operator=(SecretMemory&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(size_, other.size_);
    return *this;
}

CELLOS_DECL SecretMemory::~SecretMemory() {
    if (bytes_ != nullptr) detail::release_secret(bytes_, size_);
}

} // namespace cellos::inline CELLOS_ABI
