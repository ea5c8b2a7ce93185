#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/child_process.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/spawn_request.hpp>

#include <utility>

#include <sys/types.h>

/// @file
/// Starts a process that inherits nothing by accident, in two steps: the child is created and
/// waits, then it is released.

namespace cellos::inline CELLOS_ABI::os {

/// A forked child that has joined its control groups and waits. It leads a new session and process
/// group. Anything that must be recorded before the program runs can be written now: if the parent
/// dies meanwhile, the child ends without having run the program. The destructor ends it, too. For
/// one thread at a time.
class HeldChild {
public:
    /// The child that `spawn` has made, and this end of the socket on which it waits for a byte.
    HeldChild(ChildProcess child, Descriptor gate) noexcept
        : child_{std::move(child)}, gate_{std::move(gate)} {}

    [[nodiscard]] pid_t pid() const noexcept { return child_.pid(); }

    /// Lets the child go on and returns once the program has been loaded. A program that cannot be
    /// loaded is CommandNotFound or CommandNotExecutable, by the rule that makes a shell return 127
    /// or 126; all other errors are Host. After an error the child has been reaped, or the
    /// destructor reaps it.
    [[nodiscard]] CELLOS_DECL Result<ChildProcess> release() &&;

private:
    ChildProcess child_;
    Descriptor gate_;
};

/// Forks the child. Fails before that if this process ignores SIGCHLD and Linux is older than 6.15:
/// the kernel would discard exit codes. All errors are Host. Thread-safe. `request` need not
/// outlive the call.
[[nodiscard]] CELLOS_DECL Result<HeldChild> spawn(const SpawnRequest& request);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/spawn.ipp>
#endif
