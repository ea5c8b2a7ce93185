#pragma once

#include <cellos/os/pump.hpp>
#include <cellos/os/stdio.hpp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL Wake pump_until(
    int pidfd,
    StdioBridge& stdio,
    int stop_fd,
    Clock::time_point deadline,
    std::initializer_list<pollfd> alarms
) {
    constexpr std::size_t alarm = 2;
    constexpr std::size_t stream = alarm + max_alarms;
    for (;;) {
        const auto streams = stdio.waited();
        std::array<pollfd, stream + StdioBridge::ways> waited{};
        waited.fill({-1, 0, 0});
        waited[0] = {pidfd, POLLIN, 0};
        waited[1] = {stop_fd, POLLIN, 0};
        std::copy_n(alarms.begin(), (std::min)(alarms.size(), max_alarms), waited.begin() + alarm);
        std::ranges::copy(streams, waited.begin() + stream);
        const int ready = ::poll(waited.data(), waited.size(), poll_timeout(deadline));
        if (ready > 0) {
            for (std::size_t i = 0; i < streams.size(); ++i) {
                if (waited[stream + i].revents != 0) stdio.pump(i);
            }
            const bool alarmed = std::any_of(
                waited.begin() + alarm,
                waited.begin() + stream,
                [](const pollfd& each) { return each.revents != 0; }
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
