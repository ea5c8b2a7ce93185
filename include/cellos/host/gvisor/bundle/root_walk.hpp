#pragma once

#include <cellos/core/result.hpp>
#include <cellos/host/gvisor/bundle/mounts.hpp>
#include <cellos/os/descriptor.hpp>

#include <string>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/types.h>

/// @file
/// Inspects a path in a cell's root, from the host, without following links. Only the `.ipp` files
/// here include it.

namespace cellos::inline CELLOS_ABI::gvisor::detail {

/// The type of `path` (S_IFMT of stat(2)); 0 if it does not exist.
[[nodiscard]] CELLOS_DECL mode_t
file_type(int directory, const char* path, int flags = AT_SYMLINK_NOFOLLOW) noexcept;

/// The type that a mount point must have: that of its source.
[[nodiscard]] CELLOS_DECL mode_t needed_type(const MountPoint& point) noexcept;

/// Calls `step(directory, component, is_last)` for each component of a path in the cell, and
/// descends from one to the next. Only directories are entered: a link could lead into another
/// mount of the cell.
template <class Step>
[[nodiscard]] Result<void> descend(int root, std::string_view path, Step step) {
    os::Descriptor held;
    int directory = root;
    while (path.starts_with('/')) {
        path.remove_prefix(1);
        const std::string component{path.substr(0, path.find('/'))};
        path.remove_prefix(component.size());
        if (component.empty()) continue;
        if (Result<void> done = step(directory, component, path.empty()); !done) return done;
        if (path.empty()) break;
        constexpr int flags = O_PATH | O_DIRECTORY | O_NOFOLLOW;
        auto next = os::open_at(directory, component.c_str(), flags);
        if (!next) return failure_of(next);
        held = std::move(*next);
        directory = held.get();
    }
    return {};
}

} // namespace cellos::inline CELLOS_ABI::gvisor::detail

#ifdef CELLOS_HEADER_ONLY
#include <cellos/host/gvisor/bundle/root_walk.ipp>
#endif
