#pragma once

#include <cellos/core/config.hpp>
#include <cellos/os/wait.hpp>

#include <array>
#include <cstdint>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::os {

class StdioBridge;

/// Why `pump_until` came back.
enum class Wake : std::uint8_t {
    Ended, ///< the process, which has not been reaped yet
    DeadlinePassed,
    Stopped,     ///< the stop event was raised
    OutputLimit, ///< more output came than the bridge allows
    Alarm,       ///< one of the alarms is ready
};

/// Moves the streams of a process on until the process has ended, it is to be stopped, the deadline
/// has passed, or one of the other reasons of `Wake` holds. Blocks the calling thread; it can be
/// called again to go on waiting. Where several reasons hold at once, it is the first of Alarm,
/// OutputLimit, Ended, Stopped and DeadlinePassed.
///
/// `pidfd` is readable once the process has ended, `stop_fd` (-1: none) once it is to be stopped,
/// which any thread may cause; `alarms` are further descriptors and what to look for (-1: none).
/// All remain the caller's. Whatever the reason, some output may still be in the pipes: see
/// StdioBridge::drain.
[[nodiscard]] CELLOS_DECL Wake pump_until(
    int pidfd,
    StdioBridge& stdio,
    int stop_fd,
    Clock::time_point deadline,
    const std::array<pollfd, 2>& alarms = {{{-1, 0, 0}, {-1, 0, 0}}}
);

} // namespace cellos::inline CELLOS_ABI::os

#ifdef CELLOS_HEADER_ONLY
#include <cellos/os/pump.ipp>
#endif
