#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <cstdint>

#include <poll.h>

/// @file
/// Notices that a control group ran out of memory. The kernel then kills one of its processes. How
/// the workload ends depends on which one, so an exit code doesn't reveal it.

namespace cellos::inline CELLOS_ABI::os {

/// Watches one group's out-of-memory counter, from when it is opened: what came before is not
/// counted. Owns its descriptors, and keeps no group alive. Not
/// thread-safe.
class MemoryWatch {
public:
    /// `group` is the group's directory, in cgroup2 (`unified`) or in the version 1 memory
    /// hierarchy; it stays the caller's. Fails (Host) if there is no such counter.
    [[nodiscard]] CELLOS_DECL static Result<MemoryWatch> open(int group, bool unified);

    /// What to poll for. Other events wake it, too: then `triggered` is false and the wait can go
    /// on.
    [[nodiscard]] pollfd waited() const noexcept {
        return unified_ ? pollfd{counter_.get(), POLLPRI, 0} : pollfd{event_.get(), POLLIN, 0};
    }

    /// Whether the group has run out of memory since.
    [[nodiscard]] CELLOS_DECL bool triggered() noexcept;

private:
    MemoryWatch() = default;

    /// How many processes were killed for it. Reading it arms the next report of version 2.
    [[nodiscard]] std::uint64_t killed() const noexcept;

    Descriptor counter_;
    Descriptor event_; ///< version 1 only
    std::uint64_t killed_before_ = 0;
    bool unified_ = false;
    bool triggered_ = false;
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/memory_watch.ipp>
#endif
