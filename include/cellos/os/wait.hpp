#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/os/descriptor.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/// @file
/// Waiting: always for events, always with a deadline, and always stoppable.

namespace cellos::inline CELLOS_ABI::os {

using Clock = std::chrono::steady_clock;

/// The rest of the time until `deadline` as poll(2) takes it: rounded up, 0 when it has passed, -1
/// for never.
template <class = IfUsed>
[[nodiscard]] int poll_timeout(Clock::time_point deadline) noexcept {
    if (deadline == Clock::time_point::max()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
}

/// Something that one thread waits for (poll, readable) and any other may raise.
template <class = IfUsed>
[[nodiscard]] Result<Descriptor> make_event() {
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

/// An event that raises itself, once, when the time it was set to has passed.
[[nodiscard]] inline Result<Descriptor> make_timer() {
    const int fd = ::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    if (fd == -1) return failure("cannot make a timer");
    return Descriptor{fd};
}

inline void set_timer(int timer, std::chrono::nanoseconds after) noexcept {
    constexpr std::int64_t second = 1'000'000'000;
    itimerspec once{};
    once.it_value = {after.count() / second, after.count() % second};
    ::timerfd_settime(timer, 0, &once, nullptr);
}

/// Whether a timer's time is still to come.
[[nodiscard]] inline bool is_set(int timer) noexcept {
    itimerspec left{};
    return ::timerfd_gettime(timer, &left) == 0 &&
           (left.it_value.tv_sec != 0 || left.it_value.tv_nsec != 0);
}

/// Makes an event that was raised, or a timer's, wait for the next time.
inline void lower(int event) noexcept {
    std::uint64_t raised = 0;
    static_cast<void>(::read(event, &raised, sizeof raised));
}

/// Waits until `fd` is readable, or ready for `events`. False: the deadline passed first.
template <class = IfUsed>
[[nodiscard]] bool wait_readable(
    int fd, Clock::time_point deadline, short events = POLLIN
) noexcept {
    for (;;) {
        pollfd waited{fd, events, 0};
        const int ready = ::poll(&waited, 1, poll_timeout(deadline));
        if (ready > 0) return true;
        if (ready == 0 && Clock::now() >= deadline) return false;
    }
}

} // namespace cellos::inline CELLOS_ABI::os
