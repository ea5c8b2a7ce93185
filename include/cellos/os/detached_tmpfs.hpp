#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstdint>

namespace cellos::inline CELLOS_ABI::os {

/// Makes a tmpfs that is mounted nowhere and holds at most `bytes` bytes and `files` files; returns
/// its root directory as a descriptor. SpawnRequest::mounts shows it to one child. It disappears
/// with its content when the last descriptor is closed, even if this process is killed. Needs Linux
/// 5.2 and the right to mount; otherwise the error is Host. Thread-safe.
[[nodiscard]] CELLOS_DECL Result<Descriptor> make_detached_tmpfs(
    std::uint64_t bytes, std::uint64_t files
);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/detached_tmpfs.ipp>
#endif
