#pragma once

#include <cellos/core/decorate.hpp>
#include <cellos/core/event.hpp>
#include <cellos/core/port_concepts.hpp>
#include <cellos/core/result.hpp>
#include <cellos/json/describe_event.hpp>
#include <cellos/redaction/known_secrets.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace cellos::inline CELLOS_ABI {

namespace detail {

// Calls `change` with every text inside a described struct, whatever its depth.
template <class T, class Change>
void for_each_text(T& value, const Change& change) {
    if constexpr (std::is_same_v<T, std::string>) {
        change(value);
    } else if constexpr (json::Described<T>) {
        json::for_each_member<T>([&](std::string_view, auto member) {
            for_each_text(member(value), change);
        });
    } else if constexpr (requires { value.has_value(); }) {
        if (value) for_each_text(*value, change);
    } else if constexpr (requires { typename T::mapped_type; }) {
        T changed;
        for (auto& [name, text] : value) {
            std::string new_name = name;
            change(new_name);
            change(text);
            changed.insert_or_assign(std::move(new_name), std::move(text));
        }
        value = std::move(changed);
    } else {
        static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>, "may it hold text?");
    }
}

} // namespace detail

/// Passes events on with `[redacted]` in place of every secret's value, wherever it stands in the
/// texts of the data or in the subject: also as part of a longer text such as an error message, and
/// also when it is JSON-escaped, in hexadecimal or in base64. Other forms are not recognised: a
/// value that was cut in pieces, compressed, encrypted or percent-encoded.
///
/// The values come from a `Redacting` broker that shares `secrets`. As thread-safe as `Sink` is.
template <EventSink Sink>
class Redacted {
public:
    static constexpr std::string_view name = detail::port_name_of<Sink>;

    Redacted(Sink sink, const KnownSecrets& secrets)
        : sink_{std::forward<Sink>(sink)}, secrets_{secrets.watch()} {}

    [[nodiscard]] Result<void> emit(const CloudEvent& event) {
        return emit_altered(altered(event));
    }

    /// The event as it leaves. Its id, source, type, time and extensions are not the cell's.
    [[nodiscard]] CloudEvent altered(const CloudEvent& event) {
        CloudEvent redacted = event;
        const auto redact = [this](std::string& text) { text = secrets_.redact(std::move(text)); };
        redact(redacted.subject);
        std::visit([&](auto& data) { detail::for_each_text(data, redact); }, redacted.data);
        return detail::as_altered_by(sink_, redacted);
    }

    /// Passes on what `altered` returned; the last event of a life also ends the search for its
    /// secrets.
    [[nodiscard]] Result<void> emit_altered(const CloudEvent& event) {
        struct LetGo {
            KnownSecrets::Watch& secrets;
            const CellDestroyed* end;
            ~LetGo() {
                if (end != nullptr) secrets.let_go(end->cell_id);
            }
        } const let_go{secrets_, std::get_if<CellDestroyed>(&event.data)};
        return detail::emit_altered_by(sink_, event);
    }

private:
    Sink sink_;
    KnownSecrets::Watch secrets_;
};

template <class Sink>
Redacted(Sink&&, KnownSecrets) -> Redacted<std::unwrap_ref_decay_t<Sink>>;

} // namespace cellos::inline CELLOS_ABI
