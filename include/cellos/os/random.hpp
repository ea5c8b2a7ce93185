#pragma once

#include <cellos/core/result.hpp>

#include <cstddef>
#include <span>

namespace cellos::inline CELLOS_ABI::os {

/// Fills all of `to` with cryptographically secure random bytes, whatever its size and even if
/// signals arrive. Uses getrandom(2) on Linux, which blocks early after boot until the kernel has
/// gathered enough entropy, and std::random_device elsewhere. Fails (Host) if the system refuses,
/// for example because of a seccomp filter; the content of `to` must not be used then. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<void> random_bytes(std::span<std::byte> to);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/random.ipp>
#endif
