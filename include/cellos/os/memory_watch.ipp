#pragma once

#include <cellos/os/memory_watch.hpp>
#include <cellos/os/wait.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <unistd.h>

namespace cellos::inline CELLOS_ABI::os {

CELLOS_DECL Result<MemoryWatch> MemoryWatch::open(int group, bool unified) {
    MemoryWatch watch;
    watch.unified_ = unified;
    auto counter = open_at(group, unified ? "memory.events" : "memory.oom_control", O_RDONLY);
    if (!counter) return failure_of(counter);
    watch.counter_ = std::move(*counter);
    if (unified) {
        watch.killed_before_ = watch.killed();
        return watch;
    }

    auto event = make_event();
    if (!event) return failure_of(event);
    watch.event_ = std::move(*event);
    auto control = open_at(group, "cgroup.event_control", O_WRONLY);
    if (!control) return failure_of(control);
    const std::string pair =
        std::to_string(watch.event_.get()) + ' ' + std::to_string(watch.counter_.get());
    if (auto written = write_all(control->get(), pair); !written) return failure_of(written);
    watch.killed_before_ = watch.killed();
    return watch;
}

CELLOS_DECL bool MemoryWatch::triggered() noexcept {
    if (triggered_) return true;
    // Version 1 tells before it kills, so that the counter may still be behind.
    std::uint64_t told = 0;
    const bool event = event_ && ::read(event_.get(), &told, sizeof told) == sizeof told;
    triggered_ = event || killed() > killed_before_;
    return triggered_;
}

inline std::uint64_t MemoryWatch::killed() const noexcept {
    char text[512];
    const ssize_t got = ::pread(counter_.get(), text, sizeof text, 0);
    if (got <= 0) return 0;
    const std::string_view lines{text, static_cast<std::size_t>(got)};
    constexpr std::string_view name = "oom_kill ";
    const auto found = lines.find(name);
    std::uint64_t count = 0;
    if (found != std::string_view::npos)
        std::from_chars(lines.data() + found + name.size(), lines.data() + lines.size(), count);
    return count;
}

} // namespace cellos::inline CELLOS_ABI::os
