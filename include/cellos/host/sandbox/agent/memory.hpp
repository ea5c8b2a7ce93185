/// @file
/// Memory for what is rarely needed; for the agent alone.
#pragma once

#include <cellos/host/sandbox/agent/calls.hpp>

#include <linux/mman.h>

namespace cellos::inline CELLOS_ABI::sandbox::agent {

/// Null: there is none left.
inline char* map_memory(std::size_t bytes) {
    const long mapped =
        call(__NR_mmap, nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
    return mapped < 0 && mapped > -4096 ? nullptr : reinterpret_cast<char*>(mapped);
}

/// Memory of one scope.
class Memory {
public:
    explicit Memory(std::size_t bytes)
        : bytes_{bytes}, at_{bytes > 0 ? map_memory(bytes) : nullptr} {}

    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;

    ~Memory() {
        if (at_ != nullptr) call(__NR_munmap, at_, bytes_);
    }

    /// Null: there is none.
    [[nodiscard]] char* at() const { return at_; }

private:
    std::size_t bytes_;
    char* at_;
};

} // namespace cellos::inline CELLOS_ABI::sandbox::agent
