#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <time.h>

#include <chrono>

#include <poll.h>
#include <sys/types.h>

/// @file
/// Being told that a process has used so much processor time. The kernel offers no descriptor for
/// that. But it cannot be before all processors together could have used the rest of it, so a timer
/// is set for that moment, and then anew: a limit of a minute costs a dozen looks, and not one for
/// each tick.

namespace cellos::inline CELLOS_ABI::os {

/// Watches the processor time of one process with all its threads, and without its children. Owns
/// its timer. Not thread-safe.
class CpuTimeWatch {
public:
    /// Watches nothing: never readable, never reached.
    CpuTimeWatch() noexcept = default;

    /// Of a child that has not been reaped, for as long as that is so. The error is a Host.
    [[nodiscard]] CELLOS_DECL static Result<CpuTimeWatch> of(
        pid_t pid, std::chrono::nanoseconds limit
    );

    /// What to poll for. Once it is ready, ask `reached`.
    [[nodiscard]] pollfd waited() const noexcept { return {timer_.get(), POLLIN, 0}; }

    /// Whether the time is used up; if not, the timer is set for the next moment at which it can
    /// be. Told at most 10 ms times the number of processors late.
    [[nodiscard]] CELLOS_DECL bool reached() noexcept;

private:
    Descriptor timer_;
    clockid_t clock_ = 0;
    std::chrono::nanoseconds limit_{};
};

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/cpu_time_watch.ipp>
#endif
