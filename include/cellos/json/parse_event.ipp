#pragma once

#include <cellos/core/text_syntax.hpp>
#include <cellos/core/violations.hpp>
#include <cellos/json/describe_event.hpp>
#include <cellos/json/parse_event.hpp>
#include <cellos/json/parse_tree.hpp>
#include <cellos/json/read.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace cellos::inline CELLOS_ABI {

namespace json::detail {

// What `rfc3339_utc` writes, and no other form of it: an event that was written differently was not
// written here.
[[nodiscard]] inline std::optional<std::chrono::system_clock::time_point> parse_rfc3339_utc(
    std::string_view text
) {
    constexpr std::string_view form = "0000-00-00T00:00:00.000Z";
    if (text.size() != form.size()) return std::nullopt;
    for (std::size_t i = 0; i < form.size(); ++i) {
        const bool fits = form[i] == '0' ? cellos::detail::is_digit(text[i]) : text[i] == form[i];
        if (!fits) return std::nullopt;
    }
    const auto number = [text](std::size_t at, std::size_t size) {
        unsigned value = 0;
        std::from_chars(text.data() + at, text.data() + at + size, value);
        return value;
    };
    const std::chrono::year_month_day date{
        std::chrono::year{static_cast<int>(number(0, 4))},
        std::chrono::month{number(5, 2)},
        std::chrono::day{number(8, 2)}};
    const auto hours = number(11, 2);
    const auto minutes = number(14, 2);
    const auto seconds = number(17, 2);
    if (!date.ok() || hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
    return std::chrono::sys_days{date} + std::chrono::hours{hours} + std::chrono::minutes{minutes} +
           std::chrono::seconds{seconds} + std::chrono::milliseconds{number(20, 3)};
}

// The alternative of EventData whose type it is.
inline bool choose_alternative(std::string_view type, EventData& data) {
    return [&]<class... Data>(std::type_identity<std::variant<Data...>>) {
        return ((type == Data::type && (data.emplace<Data>(), true)) || ...);
    }(std::type_identity<EventData>{});
}

// Takes the attributes of one event out of its tree, one by one; what is left are extensions.
class EventReader {
public:
    using Object = ParsedTree::object_t;

    EventReader(Object& members, Violations& violations) noexcept
        : members_{members}, violations_{violations} {}

    template <class T>
    void take(std::string_view name, T& to) {
        const Place place = Place{}.member(name);
        const auto found = members_.find(name);
        if (found == members_.end()) return violations_.add(place.path(), "is missing");
        read(std::move(found->second), to, place, violations_);
        members_.erase(found);
    }

    void take_constant(std::string_view name, std::string_view value) {
        std::string text;
        take(name, text);
        if (text != value) violations_.add(std::string{name}, "must be " + std::string{value});
    }

    void take_data(CloudEvent& event) {
        const Place whole;
        const Place place = whole.member("data");
        const auto found = members_.find("data");
        if (found == members_.end()) return violations_.add(place.path(), "is missing");
        if (auto* data = found->second.get_ptr<Object*>()) {
            if (const auto provenance = data->find("provenance"); provenance != data->end()) {
                read(
                    std::move(provenance->second),
                    event.provenance.emplace(),
                    place.member("provenance"),
                    violations_
                );
                data->erase(provenance);
            }
        }
        if (choose_alternative(event.type, event.data)) {
            std::visit(
                [&](auto& data) { read(std::move(found->second), data, place, violations_); },
                event.data
            );
        } else {
            violations_.add("type", "is none of this library's");
        }
        members_.erase(found);
    }

    void take_extensions(CloudEvent& event) {
        const Place whole;
        for (auto& [name, value] : members_) {
            const Place place = whole.member(name);
            const auto in_name = [](char c) {
                return cellos::detail::is_digit(c) || (c >= 'a' && c <= 'z');
            };
            if (name.empty() || !std::all_of(name.begin(), name.end(), in_name)) {
                violations_.add(place.path(), "unknown field");
            } else {
                read(std::move(value), event.extensions[name], place, violations_);
            }
        }
    }

private:
    Object& members_;
    Violations& violations_;
};

} // namespace json::detail

CELLOS_DECL Result<CloudEvent> parse_event(std::string_view text) {
    Violations violations;
    CloudEvent event;
    std::optional<json::ParsedTree> tree =
        json::parse_tree(text, violations, most_event_bytes, "the event");
    auto* members = tree ? tree->get_ptr<json::ParsedTree::object_t*>() : nullptr;
    if (members != nullptr) {
        json::detail::EventReader reader{*members, violations};
        reader.take_constant("specversion", "1.0");
        reader.take("id", event.id);
        reader.take("source", event.source);
        reader.take("type", event.type);
        reader.take("subject", event.subject);
        std::string time;
        reader.take("time", time);
        if (const auto point = json::detail::parse_rfc3339_utc(time)) {
            event.time = *point;
        } else {
            violations.add("time", "must be of the form 2026-01-31T09:05:07.042Z");
        }
        reader.take_constant("datacontenttype", "application/json");
        reader.take_data(event);
        reader.take_extensions(event);
    } else if (tree) {
        violations.add_sentence("the event", "must be an object");
    }
    if (!violations.empty()) return failure(violations.error());
    return event;
}

} // namespace cellos::inline CELLOS_ABI
