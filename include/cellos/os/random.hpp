#pragma once

#include <cellos/core/result.hpp>

#include <cstddef>
#include <span>

namespace cellos::inline CELLOS_ABI::os {

/// Fills all of `to` with what nobody can guess, however much that is and whatever signals arrive
/// meanwhile: on Linux by getrandom(2), which early after boot waits until the kernel has gathered
/// enough; elsewhere by std::random_device. Fails (Host) where the system refuses, as a seccomp
/// filter can make it; what is in `to` then is not to be used. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<void> random_bytes(std::span<std::byte> to);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/random.ipp>
#endif
