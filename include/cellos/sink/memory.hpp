#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>

#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// Keeps events in memory, for tests and for programs that look at them themselves. Any number of
/// threads may use one at once; give it to a supervisor by `std::ref` in order to read it later.
template <class Event = CloudEvent>
class BasicMemoryEventSink {
public:
    static constexpr std::string_view name = "memory";

    BasicMemoryEventSink() = default;
    /// Takes the events along. Moving is for set-up: nobody else may use `other` meanwhile.
    BasicMemoryEventSink(BasicMemoryEventSink&& other) noexcept
        : events_{std::move(other.events_)} {}

    [[nodiscard]] Result<void> emit(const Event& event) {
        const std::lock_guard lock{mutex_};
        events_.push_back(event);
        return {};
    }

    /// All events so far, in the order in which they came.
    [[nodiscard]] std::vector<Event> events() const {
        const std::lock_guard lock{mutex_};
        return events_;
    }

    /// The same, and forgets them.
    [[nodiscard]] std::vector<Event> drain() {
        const std::lock_guard lock{mutex_};
        return std::exchange(events_, {});
    }

private:
    mutable std::mutex mutex_;
    std::vector<Event> events_;
};

using MemoryEventSink = BasicMemoryEventSink<>;

static_assert(EventSink<MemoryEventSink>);

} // namespace cellos::inline CELLOS_ABI
