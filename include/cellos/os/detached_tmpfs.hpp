#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstdint>

namespace cellos::inline CELLOS_ABI::os {

/// A tmpfs that is mounted nowhere and holds `bytes` and `files` at most: its root directory as a
/// descriptor. SpawnRequest::mounts shows it to one child. It goes, with all that is in it, when
/// the last descriptor is closed, so also when this process dies in any way. Thread-safe. Linux
/// 5.2, and the right to mount; else a Host error.
[[nodiscard]] CELLOS_DECL Result<Descriptor> make_detached_tmpfs(
    std::uint64_t bytes, std::uint64_t files
);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/detached_tmpfs.ipp>
#endif
