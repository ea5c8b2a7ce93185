#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/child_process.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/spawn_request.hpp>

#include <utility>

#include <sys/types.h>

/// @file
/// Starting a process without inheriting anything by accident, in two steps: it is there, and then
/// it may begin.

namespace cellos::inline CELLOS_ABI::os {

/// A child that has forked and joined its groups, and waits. It leads a session and process group
/// of its own. Whatever must be on record before the program exists can be written now; a parent
/// that dies instead lets it end without having run anything, and the destructor ends it.
class HeldChild {
public:
    /// What `spawn` made: the child, and this end of the socket on which it waits for a byte.
    HeldChild(ChildProcess child, Descriptor gate) noexcept
        : child_{std::move(child)}, gate_{std::move(gate)} {}

    [[nodiscard]] pid_t pid() const noexcept { return child_.pid(); }

    /// Lets it go on and returns once the program has been loaded. A program that cannot be is
    /// CommandNotFound or CommandNotExecutable, as a shell would tell 127 from 126; all else is
    /// Host. After an error the child has been reaped, or is by this object's destructor.
    [[nodiscard]] CELLOS_DECL Result<ChildProcess> release() &&;

private:
    ChildProcess child_;
    Descriptor gate_;
};

/// Forks. Fails before that when this process ignores SIGCHLD: the kernel would throw exit codes
/// away. All errors are Host. Any number of threads may be here at once. `request` need not outlive
/// the call.
[[nodiscard]] CELLOS_DECL Result<HeldChild> spawn(const SpawnRequest& request);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/spawn.ipp>
#endif
