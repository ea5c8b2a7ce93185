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

/// The event without the values of `secrets` of its own cell in the texts of its data. What names,
/// counts or proves something is not searched: see `Redacted`.
[[nodiscard]] CELLOS_DECL CloudEvent redacted(CloudEvent event, const KnownSecrets::Watch& secrets);

/// The run id of the life that this event ends; empty if it doesn't end one.
[[nodiscard]] CELLOS_DECL std::string run_ended_by(const CloudEvent& event);

} // namespace detail

/// Passes events on with `[redacted]` in place of the value of every secret of the event's own cell
/// in the texts of the data: also inside a longer text such as an error message, and also in
/// JSON-escaped, hexadecimal or base64 form. Other forms are not recognised: a value that was
/// split, compressed, encrypted or percent-encoded.
///
/// Evidence stays what it is: attributes and extensions, subject, ids of cells and documents, names
/// of secrets, digests, words such as a reason to end, and provenance are never altered, and no
/// secret of a cell alters the events of another. So that nothing leaves all the same, `Redacting`
/// refuses a value of less than KnownSecrets::shortest bytes, and one that stands in the cell's id
/// or is the name of the secret.
///
/// The values come from a `Redacting` broker that shares `secrets`:
///
///     KnownSecrets secrets;
///     Supervisor supervisor{
///         GVisorCellBackend{},
///         Redacting{EnvSecretBroker{}, secrets},
///         Redacted{JsonLinesEventSink{"events.jsonl"}, secrets}};
///
/// Events may arrive with a delay and from other threads, for example from a queueing sink. When
/// the last event of a life arrives, recognised by its attribute `cellrun`, the search for that
/// life's values ends.
///
/// Owns `sink`, or refers to it if that is a std::ref. Errors and thread safety are those of
/// `Sink`.
template <EventSink Sink>
class Redacted {
public:
    static constexpr std::string_view name = detail::port_name_of<Sink>;

    Redacted(Sink sink, const KnownSecrets& secrets)
        : sink_{std::forward<Sink>(sink)}, secrets_{secrets.watch()} {}

    [[nodiscard]] Result<void> emit(const CloudEvent& event) {
        return emit_altered(altered(event));
    }

    /// The event as it is passed on.
    [[nodiscard]] CloudEvent altered(const CloudEvent& event) {
        return detail::as_altered_by(sink_, detail::redacted(event, secrets_));
    }

    /// Passes on an event from `altered`; the last event of a life also ends the search for its
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
