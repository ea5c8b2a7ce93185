#pragma once

#include <cellos/core/decorate.hpp>
#include <cellos/core/event.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/redaction/known_secrets.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cellos::inline CELLOS_ABI {

namespace detail {

/// The event without the values of `secrets` in its subject and in any text of its data. Its id,
/// source, type, time and extensions are not the cell's.
[[nodiscard]] CELLOS_DECL CloudEvent redacted(CloudEvent event, const KnownSecrets::Watch& secrets);

/// The name of the life whose last event this is; empty where more of it follow.
[[nodiscard]] CELLOS_DECL std::string run_ended_by(const CloudEvent& event);

} // namespace detail

/// Passes events on with `[redacted]` in place of every secret's value, wherever it stands in the
/// texts of the data or in the subject: also as part of a longer text such as an error message, and
/// also when it is JSON-escaped, in hexadecimal or in base64. Other forms are not recognised: a
/// value that was cut in pieces, compressed, encrypted or percent-encoded.
///
/// The values come from a `Redacting` broker that shares `secrets`:
///
///     KnownSecrets secrets;
///     Supervisor supervisor{
///         GVisorCellBackend{},
///         Redacting{EnvSecretBroker{}, secrets},
///         Redacted{JsonLinesEventSink{"events.jsonl"}, secrets}};
///
/// The events may come later than they were made, and from other threads, as from behind a sink
/// that queues them: by its attribute `cellrun` the last event of a life ends the search for that
/// life's values, when it comes.
///
/// Owns `sink`, or refers to it where that is a std::ref. Its errors are those of `Sink`, and it is
/// as thread-safe as that.
template <EventSink Sink>
class Redacted {
public:
    static constexpr std::string_view name = detail::port_name_of<Sink>;

    Redacted(Sink sink, const KnownSecrets& secrets)
        : sink_{std::forward<Sink>(sink)}, secrets_{secrets.watch()} {}

    [[nodiscard]] Result<void> emit(const CloudEvent& event) {
        return emit_altered(altered(event));
    }

    /// The event as it leaves.
    [[nodiscard]] CloudEvent altered(const CloudEvent& event) {
        return detail::as_altered_by(sink_, detail::redacted(event, secrets_));
    }

    /// Passes on what `altered` returned; the last event of a life also ends the search for its
    /// secrets.
    [[nodiscard]] Result<void> emit_altered(const CloudEvent& event) {
        struct LetGo {
            KnownSecrets::Watch& secrets;
            std::string run_id;
            ~LetGo() { secrets.let_go(run_id); }
        } const let_go{secrets_, detail::run_ended_by(event)};
        return detail::emit_altered_by(sink_, event);
    }

private:
    Sink sink_;
    KnownSecrets::Watch secrets_;
};

template <class Sink>
Redacted(Sink&&, KnownSecrets) -> Redacted<std::unwrap_ref_decay_t<Sink>>;

} // namespace cellos::inline CELLOS_ABI

#ifdef CELLOS_HEADER_ONLY
#include <cellos/redaction/redacted.ipp>
#endif
