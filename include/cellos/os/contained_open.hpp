#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI::os {

/// Opens `path` below `directory` and nowhere else, even if another process changes the tree
/// meanwhile: no symbolic link is followed at any component, `..` does not lead out, and no mount
/// is entered. The file may still be a FIFO or a device: open it with O_NONBLOCK and check. `flags`
/// are those of open(2); O_CLOEXEC is added. `directory` stays the caller's. The error (Host) names
/// the path. Thread-safe. Needs Linux 5.6.
[[nodiscard]] CELLOS_DECL Result<Descriptor> open_contained(
    int directory, const std::string& path, int flags
);

/// The same for who has words of its own: none, and `errno` says why not: ELOOP for a symbolic
/// link, EXDEV for a mount.
[[nodiscard]] CELLOS_DECL Descriptor
try_open_contained(int directory, const char* path, int flags) noexcept;

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/contained_open.ipp>
#endif
