#pragma once

#include <cellos/sink/memory.hpp>

#include <utility>

namespace cellos::inline CELLOS_ABI {

CELLOS_DECL MemoryEventSink::MemoryEventSink(MemoryEventSink&& other) noexcept
    : events_{std::move(other.events_)} {}

CELLOS_DECL Result<void> MemoryEventSink::emit(const CloudEvent& event) {
    const std::lock_guard lock{mutex_};
    events_.push_back(event);
    return {};
}

CELLOS_DECL std::vector<CloudEvent> MemoryEventSink::events() const {
    const std::lock_guard lock{mutex_};
    return events_;
}

CELLOS_DECL std::vector<CloudEvent> MemoryEventSink::drain() {
    const std::lock_guard lock{mutex_};
    return std::exchange(events_, {});
}

} // namespace cellos::inline CELLOS_ABI
