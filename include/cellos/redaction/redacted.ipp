#pragma once

#include <cellos/json/describe_event.hpp>
#include <cellos/redaction/redacted.hpp>

#include <chrono>
#include <string>
#include <type_traits>
#include <variant>

namespace cellos::inline CELLOS_ABI::detail {

// Calls `change` with every text inside a described struct, at any depth.
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
    } else if constexpr (requires { value.emplace_back(); }) {
        for (auto& element : value) for_each_text(element, change);
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
        constexpr bool holds_none = std::is_arithmetic_v<T> || std::is_enum_v<T> ||
                                    std::is_same_v<T, std::chrono::nanoseconds>;
        static_assert(holds_none, "may it hold text?");
    }
}

CELLOS_DECL CloudEvent redacted(CloudEvent event, const KnownSecrets::Watch& secrets) {
    const auto redact = [&](std::string& text) { text = secrets.redact(std::move(text)); };
    redact(event.subject);
    std::visit([&](auto& data) { for_each_text(data, redact); }, event.data);
    return event;
}

CELLOS_DECL std::string run_ended_by(const CloudEvent& event) {
    if (!std::holds_alternative<CellDestroyed>(event.data)) return {};
    return extension(event, cell_run_attribute);
}

} // namespace cellos::inline CELLOS_ABI::detail
