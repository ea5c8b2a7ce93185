#pragma once

#include <cellos/host/linux/descriptor.hpp>
#include <cellos/host/linux/stdio.hpp>

#include <array>
#include <chrono>
#include <cstdint>
#include <limits>

#include <poll.h>
#include <sys/eventfd.h>

/// @file
/// Waiting: always for events, always with a deadline, and always stoppable.

namespace cellos::inline v0::os {

using Clock = std::chrono::steady_clock;

/// The rest of the time until `deadline` as poll(2) takes it: rounded up, 0 when it has passed, -1
/// for never.
[[nodiscard]] inline int poll_timeout(Clock::time_point deadline) noexcept {
    if (deadline == Clock::time_point::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

/// Something that one thread waits for (poll, readable) and any other may raise.
[[nodiscard]] inline Result<Descriptor> make_event() {
    const int fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd == -1) return failure("cannot make an eventfd");
    return Descriptor{fd};
}

/// Raises an event. As the callback of a std::stop_callback it makes a stop token pollable.
struct Raise {
    int event;
    void operator()() const noexcept {
        const std::uint64_t one = 1;
        static_cast<void>(::write(event, &one, sizeof one));
    }
};

/// Waits until `fd` is readable. False: the deadline passed first.
[[nodiscard]] inline bool wait_readable(
    int fd, Clock::time_point deadline, short events = POLLIN
) noexcept {
    for (;;) {
        pollfd waited{fd, events, 0};
        const int ready = ::poll(&waited, 1, poll_timeout(deadline));
        if (ready > 0) return true;
        if (ready == 0 && Clock::now() >= deadline) return false;
    }
}

/// Why `attend` came back.
enum class Wake : std::uint8_t { Ended, DeadlinePassed, Stopped, OutputLimit };

/// Keeps the output flowing until the process behind `pidfd` has ended, the deadline has passed,
/// the stop event is readable (`stop_fd`, -1 for none) or more than `output_limit` bytes came. It
/// can be called again to go on waiting.
[[nodiscard]] inline Wake attend(
    int pidfd,
    StdioBridge& stdio,
    int stop_fd,
    Clock::time_point deadline,
    std::uint64_t output_limit = std::numeric_limits<std::uint64_t>::max()
) {
    for (;;) {
        auto& streams = stdio.streams();
        std::array<pollfd, 4> waited{
            {{pidfd, POLLIN, 0},
             {stop_fd, POLLIN, 0},
             {streams[0].pipe.get(), POLLIN, 0},
             {streams[1].pipe.get(), POLLIN, 0}}};
        const int ready = ::poll(waited.data(), waited.size(), poll_timeout(deadline));
        if (ready > 0) {
            for (std::size_t i = 0; i < 2; ++i) {
                if (waited[i + 2].revents != 0) stdio.pump(streams[i]);
            }
            if (waited[0].revents != 0) return Wake::Ended;
            if (stdio.bytes_seen() > output_limit) return Wake::OutputLimit;
            if (waited[1].revents != 0) return Wake::Stopped;
        }
        // Output that never pauses must not hide the deadline.
        if (Clock::now() >= deadline) return Wake::DeadlinePassed;
    }
}

} // namespace cellos::inline v0::os
