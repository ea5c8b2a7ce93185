#pragma once

#include <cellos/os/pump.hpp>
#include <cellos/os/stdio.hpp>

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <type_traits>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL Wake pump_until(
    int pidfd,
    StdioBridge& stdio,
    int stop_fd,
    Clock::time_point deadline,
    const std::array<pollfd, 3>& alarms
) {
    constexpr std::size_t before_streams =
        2 + std::tuple_size_v<std::remove_cvref_t<decltype(alarms)>>;
    for (;;) {
        const auto streams = stdio.waited();
        std::array<pollfd, before_streams + StdioBridge::ways> waited{
            {{pidfd, POLLIN, 0}, {stop_fd, POLLIN, 0}}};
        std::ranges::copy(streams, std::ranges::copy(alarms, waited.begin() + 2).out);
        const int ready = ::poll(waited.data(), waited.size(), poll_timeout(deadline));
        if (ready > 0) {
            for (std::size_t i = 0; i < streams.size(); ++i) {
                if (waited[before_streams + i].revents != 0) stdio.pump(i);
            }
            const bool alarmed = std::any_of(
                waited.begin() + 2,
                waited.begin() + before_streams,
                [](const pollfd& alarm) { return alarm.revents != 0; }
            );
            if (alarmed) return Wake::Alarm;
            if (stdio.limit_exceeded()) return Wake::OutputLimit;
            if (waited[0].revents != 0) return Wake::Ended;
            if (waited[1].revents != 0) return Wake::Stopped;
        }
        // Output that never pauses must not hide the deadline.
        if (Clock::now() >= deadline) return Wake::DeadlinePassed;
    }
}

CELLOS_DECL bool pump_output(StdioBridge& stdio, int stop_fd, Clock::time_point deadline) {
    while (stdio.has_output()) {
        const auto streams = stdio.waited();
        std::array<pollfd, 1 + StdioBridge::outputs> waited{{{stop_fd, POLLIN, 0}}};
        std::copy_n(streams.begin(), StdioBridge::outputs, waited.begin() + 1);
        const int ready = ::poll(waited.data(), waited.size(), poll_timeout(deadline));
        for (std::size_t i = 0; ready > 0 && i < StdioBridge::outputs; ++i)
            if (waited[i + 1].revents != 0) stdio.pump(i);
        const bool stopped = ready > 0 && waited[0].revents != 0;
        if (stopped || stdio.limit_exceeded() || Clock::now() >= deadline) return false;
    }
    return true;
}

} // namespace cellos::inline CELLOS_ABI::os
