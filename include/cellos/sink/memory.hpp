#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>

#include <mutex>
#include <string_view>
#include <vector>

namespace cellos::inline CELLOS_ABI {

/// Keeps events in memory, for tests and for programs that use them directly. Thread-safe. Pass it
/// to a supervisor by `std::ref` to read it later.
class MemoryEventSink {
public:
    static constexpr std::string_view name = "memory";

    MemoryEventSink() = default;
    /// Takes the events. Move only during set-up: no other thread may use `other` meanwhile.
    CELLOS_DECL MemoryEventSink(MemoryEventSink&& other) noexcept;

    /// Never fails.
    [[nodiscard]] CELLOS_DECL Result<void> emit(const CloudEvent& event);

    /// All events so far, in the order of their arrival.
    [[nodiscard]] CELLOS_DECL std::vector<CloudEvent> events() const;

    /// Like events(), and removes them.
    [[nodiscard]] CELLOS_DECL std::vector<CloudEvent> drain();

private:
    mutable std::mutex mutex_;
    std::vector<CloudEvent> events_;
};

static_assert(EventSink<MemoryEventSink>);

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/sink/memory.ipp>
#endif
