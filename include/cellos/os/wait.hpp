#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <chrono>

#include <poll.h>

/// @file
/// Waiting for events, always with a deadline and always stoppable. Events and timers are
/// non-blocking descriptors; any thread may raise, set and lower them. Errors are Host.

namespace cellos::inline CELLOS_ABI::os {

/// The clock of all deadlines; `Clock::time_point::max()` means "never".
using Clock = std::chrono::steady_clock;

/// The time left until `deadline` as poll(2) takes it: in milliseconds, rounded up; 0 when it has
/// passed, -1 for never.
[[nodiscard]] CELLOS_DECL int poll_timeout(Clock::time_point deadline) noexcept;

/// Makes an event: readable (poll) once any thread has raised it.
[[nodiscard]] CELLOS_DECL Result<Descriptor> make_event();

/// Raises an event. As the callback of a std::stop_callback it makes a stop token pollable. It does
/// not own the event, which must stay open for as long.
struct Raise {
    int event;
    CELLOS_DECL void operator()() const noexcept;
};

/// Makes a timer: an event that is raised once, when the time it was set to has passed.
[[nodiscard]] CELLOS_DECL Result<Descriptor> make_timer();

/// Sets a timer again, to a time from now; 0 stops it.
CELLOS_DECL void set_timer(int timer, std::chrono::nanoseconds after) noexcept;

/// Whether a timer is running.
[[nodiscard]] CELLOS_DECL bool is_set(int timer) noexcept;

/// Resets a raised event or timer, so that it can be waited for again.
CELLOS_DECL void lower(int event) noexcept;

/// Whether `fd` is ready for `events` now.
[[nodiscard]] CELLOS_DECL bool is_ready(int fd, short events) noexcept;

/// Waits until `fd` is readable, or ready for `events`. False: the deadline passed first.
[[nodiscard]] CELLOS_DECL bool wait_readable(
    int fd, Clock::time_point deadline, short events = POLLIN
) noexcept;

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/wait.ipp>
#endif
