#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>

#include <concepts>

/// @file
/// Sinks that decorate other sinks. `Signed<Redacted<JsonLinesEventSink>>` is one port: JSON lines
/// that are redacted and signed. A signature must match the event that arrives, so a decorator that
/// changes events shows the changed event to the decorator around it first.

namespace cellos::inline CELLOS_ABI::detail {

/// A sink that changes events before it passes them on. `altered(event)` returns the event that
/// would arrive, and `emit_altered` passes on such an event without changing it again.
///
///     struct Shortening {
///         Result<void> emit(const CloudEvent& event) { return emit_altered(altered(event)); }
///         CloudEvent altered(const CloudEvent& event);         // makes texts shorter
///         Result<void> emit_altered(const CloudEvent& event);  // passes it on as it is
///     };
template <class S>
concept AltersEvents = requires(S& sink, const CloudEvent& event) {
    { sink.altered(event) } -> std::same_as<CloudEvent>;
    { sink.emit_altered(event) } -> std::same_as<Result<void>>;
};

/// The event as `sink` would pass it on.
template <EventSink S>
[[nodiscard]] CloudEvent as_altered_by(S& sink, const CloudEvent& event) {
    if constexpr (AltersEvents<S>) {
        return sink.altered(event);
    } else {
        return event;
    }
}

/// Emits to `sink` an event that as_altered_by() returned.
template <EventSink S>
[[nodiscard]] Result<void> emit_altered_by(S& sink, const CloudEvent& event) {
    if constexpr (AltersEvents<S>) {
        return sink.emit_altered(event);
    } else {
        return sink.emit(event);
    }
}

} // namespace cellos::inline CELLOS_ABI::detail
