#pragma once

#include <cellos/core/event.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>

#include <concepts>

/// @file
/// Sinks around sinks. `Signed<Redacted<JsonLinesEventSink>>` is one port: JSON lines that are
/// redacted and signed. What a decorator signs must be what arrives, so one that changes events
/// lets the one around it see the change first.

namespace cellos::inline CELLOS_ABI::detail {

/// A sink that passes on something else than it got. `altered(event)` is what would arrive, and
/// `emit_altered` passes on what `altered` returned.
template <class S>
concept AltersEvents = requires(S& sink, const CloudEvent& event) {
    { sink.altered(event) } -> std::same_as<CloudEvent>;
    { sink.emit_altered(event) } -> std::same_as<Result<void>>;
};

/// What `sink` would make of the event.
template <EventSink S>
[[nodiscard]] CloudEvent as_altered_by(S& sink, const CloudEvent& event) {
    if constexpr (AltersEvents<S>) {
        return sink.altered(event);
    } else {
        return event;
    }
}

/// Gives `sink` an event that it has altered before.
template <EventSink S>
[[nodiscard]] Result<void> emit_altered_by(S& sink, const CloudEvent& event) {
    if constexpr (AltersEvents<S>) {
        return sink.emit_altered(event);
    } else {
        return sink.emit(event);
    }
}

} // namespace cellos::inline CELLOS_ABI::detail
