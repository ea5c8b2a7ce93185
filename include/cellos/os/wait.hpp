#pragma once

#include <cellos/core/result.hpp>
#include <cellos/os/descriptor.hpp>

#include <chrono>

#include <poll.h>

/// @file
/// Waiting: always for events, always with a deadline, and always stoppable. Events and timers are
/// descriptors that never block; any thread may raise, set and lower them.

namespace cellos::inline CELLOS_ABI::os {

/// Of all deadlines; `Clock::time_point::max()` is "never".
using Clock = std::chrono::steady_clock;

/// The rest of the time until `deadline` as poll(2) takes it: in milliseconds, rounded up, 0 when
/// it has passed, -1 for never.
[[nodiscard]] CELLOS_DECL int poll_timeout(Clock::time_point deadline) noexcept;

/// Something that one thread waits for (poll, readable) and any other may raise.
[[nodiscard]] CELLOS_DECL Result<Descriptor> make_event();

/// Raises an event. As the callback of a std::stop_callback it makes a stop token pollable. The
/// event stays its owner's, who must keep it open for as long.
struct Raise {
    int event;
    CELLOS_DECL void operator()() const noexcept;
};

/// An event that raises itself, once, when the time it was set to has passed.
[[nodiscard]] CELLOS_DECL Result<Descriptor> make_timer();

/// Sets a timer anew; 0 stops it.
CELLOS_DECL void set_timer(int timer, std::chrono::nanoseconds after) noexcept;

/// Whether a timer's time is still to come.
[[nodiscard]] CELLOS_DECL bool is_set(int timer) noexcept;

/// Makes an event that was raised, or a timer's, wait for the next time.
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
