#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <poll.h>

/// @file
/// Being told that a control group ran out of memory. The kernel then kills some process of it,
/// and which one decides what the others make of it: an exit code says nothing.

namespace cellos::inline CELLOS_ABI::os {

/// Watches one group's out-of-memory counter. Owns its descriptors, and keeps no group alive. Not
/// thread-safe.
class MemoryWatch {
public:
    /// `group` is the group's directory, of cgroup2 (`unified`) or of the v1 memory controller; it
    /// stays the caller's. Fails (Host) where there is no such counter.
    [[nodiscard]] CELLOS_DECL static Result<MemoryWatch> open(int group, bool unified);

    /// What to poll for. It may also report something harmless: then `triggered` is false and the
    /// wait can go on.
    [[nodiscard]] pollfd waited() const noexcept {
        return unified_ ? pollfd{counter_.get(), POLLPRI, 0} : pollfd{event_.get(), POLLIN, 0};
    }

    /// Whether the group has run out of memory at any time.
    [[nodiscard]] CELLOS_DECL bool triggered() noexcept;

private:
    MemoryWatch() = default;

    /// Reading it arms the next report of version 2.
    [[nodiscard]] bool counted() const noexcept;

    Descriptor counter_;
    Descriptor event_; ///< version 1 only
    bool unified_ = false;
    bool triggered_ = false;
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/memory_watch.ipp>
#endif
