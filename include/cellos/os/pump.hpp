#pragma once

#include <cellos/core/config.hpp>
#include <cellos/os/wait.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::os {

class StdioBridge;

/// Why `pump_until` returned.
enum class Wake : std::uint8_t {
    Ended, ///< the process has ended; it has not been reaped yet
    DeadlinePassed,
    Stopped,     ///< the stop event was raised
    OutputLimit, ///< there was more output than the bridge allows
    Alarm,       ///< one of the alarms is ready
};

inline constexpr std::size_t max_alarms = 3;

/// Serves the standard streams of a process until one of the reasons of `Wake` holds: it has ended,
/// a stop was requested, the deadline has passed, and so on. Blocks the calling thread; call it
/// again to go on waiting. If several reasons hold at once, the result is the first of Alarm,
/// OutputLimit, Ended, Stopped and DeadlinePassed.
///
/// `pidfd` is readable once the process has ended; `stop_fd` (-1: none) once a stop is requested,
/// from any thread; `alarms` are further descriptors and the events to watch for (-1: none), at
/// most `max_alarms`. All of them stay the caller's. Output may be left in the pipes whatever the
/// reason: see StdioBridge::drain.
[[nodiscard]] CELLOS_DECL Wake pump_until(
    int pidfd,
    StdioBridge& stdio,
    int stop_fd,
    Clock::time_point deadline,
    std::initializer_list<pollfd> alarms = {}
);

/// Moves the output of a process that has ended, until all of it is where it was to go. False: the
/// stop event was raised, the deadline has passed, or there was more than the bridge allows.
[[nodiscard]] CELLOS_DECL bool pump_output(
    StdioBridge& stdio, int stop_fd, Clock::time_point deadline
);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/pump.ipp>
#endif
