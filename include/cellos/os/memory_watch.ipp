#pragma once

#include <cellos/os/memory_watch.hpp>
#include <cellos/os/wait.hpp>

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
    if (unified) return watch;

    auto event = make_event();
    if (!event) return failure_of(event);
    watch.event_ = std::move(*event);
    auto control = open_at(group, "cgroup.event_control", O_WRONLY);
    if (!control) return failure_of(control);
    const std::string pair =
        std::to_string(watch.event_.get()) + ' ' + std::to_string(watch.counter_.get());
    if (auto written = write_all(control->get(), pair); !written) return failure_of(written);
    return watch;
}

CELLOS_DECL bool MemoryWatch::triggered() noexcept {
    if (triggered_) return true;
    // Version 1 tells before it kills, so that the counter may still be behind.
    std::uint64_t told = 0;
    const bool event = event_ && ::read(event_.get(), &told, sizeof told) == sizeof told;
    triggered_ = event || counted();
    return triggered_;
}

inline bool MemoryWatch::counted() const noexcept {
    char text[512];
    const ssize_t got = ::pread(counter_.get(), text, sizeof text, 0);
    if (got <= 0) return false;
    const std::string_view lines{text, static_cast<std::size_t>(got)};
    constexpr std::string_view name = "oom_kill ";
    const auto found = lines.find(name);
    return found != std::string_view::npos && found + name.size() < lines.size() &&
           lines[found + name.size()] != '0';
}

} // namespace cellos::inline CELLOS_ABI::os
