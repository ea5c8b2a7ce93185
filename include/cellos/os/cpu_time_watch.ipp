#pragma once

#include <cellos/os/cpu_time_watch.hpp>
#include <cellos/os/wait.hpp>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL Result<CpuTimeWatch> CpuTimeWatch::of(pid_t pid, std::chrono::nanoseconds limit) {
    CpuTimeWatch watch;
    watch.limit_ = limit;
    const int error = ::clock_getcpuclockid(pid, &watch.clock_);
    if (error == ESRCH) return watch; // it has ended, and was reaped by others
    if (error != 0) return failure("cannot watch the processor time of a process", error);
    auto timer = make_timer();
    if (!timer) return failure_of(timer);
    watch.timer_ = *std::move(timer);
    set_timer(
        watch.timer_.get(), std::chrono::nanoseconds{1}
    ); // the first look decides on the next
    return watch;
}

CELLOS_DECL bool CpuTimeWatch::reached() noexcept {
    if (!timer_) return false;
    lower(timer_.get());
    timespec used{};
    if (::clock_gettime(clock_, &used) == -1) return false;
    const auto left =
        limit_ - std::chrono::seconds{used.tv_sec} - std::chrono::nanoseconds{used.tv_nsec};
    if (left.count() <= 0) return true;
    // More often than every 10 ms would cost the workload more than it brings.
    constexpr std::chrono::nanoseconds step = std::chrono::milliseconds{10};
    const long processors = (std::max)(1L, ::sysconf(_SC_NPROCESSORS_ONLN));
    set_timer(timer_.get(), (std::max)(step, left / processors));
    return false;
}

} // namespace cellos::inline CELLOS_ABI::os
