#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <string>

namespace cellos::inline CELLOS_ABI::os {

/// Opens `path` below `directory` and nowhere else, whatever anybody has put there or puts there
/// meanwhile: no symbolic link is followed at any component, no `..` leads out, no mount is
/// entered. It may be a FIFO or a device all the same: open with O_NONBLOCK and look. `flags` are
/// those of open(2); O_CLOEXEC is added. The error (Host) names the path. Thread-safe. Linux 5.6.
[[nodiscard]] CELLOS_DECL Result<Descriptor> open_contained(
    int directory, const std::string& path, int flags
);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/contained_open.ipp>
#endif
