#pragma once

#include <cellos/os/wait.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>

#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL int poll_timeout(Clock::time_point deadline) noexcept {
    if (deadline == (Clock::time_point::max)()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, (std::numeric_limits<int>::max)()));
}

CELLOS_DECL Result<Descriptor> make_event() {
    Descriptor event{::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    if (!event) return failure("cannot make an eventfd");
    return event;
}

CELLOS_DECL void Raise::operator()() const noexcept {
    const std::uint64_t one = 1;
    static_cast<void>(::write(event, &one, sizeof one));
}

CELLOS_DECL Result<Descriptor> make_timer() {
    Descriptor timer{::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)};
    if (!timer) return failure("cannot make a timer");
    return timer;
}

CELLOS_DECL void set_timer(int timer, std::chrono::nanoseconds after) noexcept {
    constexpr std::int64_t second = 1'000'000'000;
    itimerspec once{};
    once.it_value = {after.count() / second, after.count() % second};
    ::timerfd_settime(timer, 0, &once, nullptr);
}

CELLOS_DECL bool is_set(int timer) noexcept {
    itimerspec left{};
    return ::timerfd_gettime(timer, &left) == 0 &&
           (left.it_value.tv_sec != 0 || left.it_value.tv_nsec != 0);
}

CELLOS_DECL void lower(int event) noexcept {
    std::uint64_t raised = 0;
    static_cast<void>(::read(event, &raised, sizeof raised));
}

CELLOS_DECL bool is_ready(int fd, short events) noexcept {
    pollfd looked_at{fd, events, 0};
    return ::poll(&looked_at, 1, 0) > 0;
}

CELLOS_DECL bool wait_readable(int fd, Clock::time_point deadline, short events) noexcept {
    for (;;) {
        pollfd waited{fd, events, 0};
        const int ready = ::poll(&waited, 1, poll_timeout(deadline));
        if (ready > 0) return true;
        if (ready == 0 && Clock::now() >= deadline) return false;
    }
}

} // namespace cellos::inline CELLOS_ABI::os
