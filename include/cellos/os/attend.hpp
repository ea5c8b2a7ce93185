#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/os/stdio.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <poll.h>

namespace cellos::inline CELLOS_ABI::os {

/// Why `attend` came back. Alarm: one of what was to be watched has something to tell.
enum class Wake : std::uint8_t { Ended, DeadlinePassed, Stopped, OutputLimit, Alarm };

/// Keeps the output flowing until the process behind `pidfd` has ended, the deadline has passed,
/// the stop event is readable (`stop_fd`, -1 for none), more output came than the bridge allows, or
/// one of `alarms` is ready. It can be called again to go on waiting.
template <class = IfUsed>
[[nodiscard]] Wake attend(
    int pidfd,
    StdioBridge& stdio,
    int stop_fd,
    Clock::time_point deadline,
    const std::array<pollfd, 2>& alarms = {{{-1, 0, 0}, {-1, 0, 0}}}
) {
    for (;;) {
        const auto streams = stdio.waited();
        std::array<pollfd, 4 + StdioBridge::ways> waited{
            {{pidfd, POLLIN, 0}, {stop_fd, POLLIN, 0}, alarms[0], alarms[1]}};
        std::ranges::copy(streams, waited.begin() + 4);
        const int ready = ::poll(waited.data(), waited.size(), poll_timeout(deadline));
        if (ready > 0) {
            for (std::size_t i = 0; i < streams.size(); ++i) {
                if (waited[i + 4].revents != 0) stdio.pump(i);
            }
            if (waited[2].revents != 0 || waited[3].revents != 0) return Wake::Alarm;
            if (stdio.limit_exceeded()) return Wake::OutputLimit;
            if (waited[0].revents != 0) return Wake::Ended;
            if (waited[1].revents != 0) return Wake::Stopped;
        }
        // Output that never pauses must not hide the deadline.
        if (Clock::now() >= deadline) return Wake::DeadlinePassed;
    }
}

} // namespace cellos::inline CELLOS_ABI::os
