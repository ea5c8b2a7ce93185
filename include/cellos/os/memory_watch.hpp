#pragma once

#include <cellos/core/if_used.hpp>
#include <cellos/os/descriptor.hpp>
#include <cellos/os/wait.hpp>

#include <string>
#include <string_view>
#include <utility>

#include <poll.h>

/// @file
/// Being told that a control group ran out of memory. The kernel then kills some process of it,
/// and which one decides what the rest of the sandbox makes of it: an exit code says nothing.

namespace cellos::inline CELLOS_ABI::os {

/// Watches one group's out-of-memory counter. Not thread-safe.
template <class = IfUsed>
class BasicMemoryWatch {
public:
    /// `group` is the group's directory, of cgroup2 (`unified`) or of the v1 memory controller.
    [[nodiscard]] static Result<BasicMemoryWatch> open(int group, bool unified) {
        BasicMemoryWatch watch;
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

    /// What to poll for. It may also report something harmless: then `triggered` is false and the
    /// wait can go on.
    [[nodiscard]] pollfd waited() const noexcept {
        return unified_ ? pollfd{counter_.get(), POLLPRI, 0} : pollfd{event_.get(), POLLIN, 0};
    }

    /// Whether the group has run out of memory at any time.
    [[nodiscard]] bool triggered() noexcept {
        if (triggered_) return true;
        // Version 1 tells before it kills, so that the counter may still be behind.
        std::uint64_t told = 0;
        const bool event = event_ && ::read(event_.get(), &told, sizeof told) == sizeof told;
        triggered_ = event || counted();
        return triggered_;
    }

private:
    BasicMemoryWatch() = default;

    /// Reading it arms the next report of version 2.
    [[nodiscard]] bool counted() const noexcept {
        char text[512];
        const ssize_t got = ::pread(counter_.get(), text, sizeof text, 0);
        if (got <= 0) return false;
        const std::string_view lines{text, static_cast<std::size_t>(got)};
        constexpr std::string_view name = "oom_kill ";
        const auto found = lines.find(name);
        return found != std::string_view::npos && found + name.size() < lines.size() &&
               lines[found + name.size()] != '0';
    }

    Descriptor counter_;
    Descriptor event_; ///< version 1 only
    bool unified_ = false;
    bool triggered_ = false;
};

using MemoryWatch = BasicMemoryWatch<>;

} // namespace cellos::inline CELLOS_ABI::os
