#pragma once

#include <cellos/json/describe_event.hpp>
#include <cellos/json/event.hpp>
#include <cellos/json/write.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace cellos::inline CELLOS_ABI {

namespace json::detail {

inline void append_padded(std::string& text, std::int64_t value, std::size_t width) {
    const std::string digits = std::to_string(value);
    if (digits.size() < width) text.append(width - digits.size(), '0');
    text += digits;
}

// `2026-01-31T09:05:07.042Z`
inline std::string rfc3339_utc(std::chrono::system_clock::time_point time) {
    const auto day = std::chrono::floor<std::chrono::days>(time);
    const std::chrono::year_month_day date{day};
    const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::milliseconds>(time - day)};
    std::string text;
    append_padded(text, int{date.year()}, 4);
    text += '-';
    append_padded(text, unsigned{date.month()}, 2);
    text += '-';
    append_padded(text, unsigned{date.day()}, 2);
    text += 'T';
    append_padded(text, clock.hours().count(), 2);
    text += ':';
    append_padded(text, clock.minutes().count(), 2);
    text += ':';
    append_padded(text, clock.seconds().count(), 2);
    text += '.';
    append_padded(text, clock.subseconds().count(), 3);
    text += 'Z';
    return text;
}

} // namespace json::detail

CELLOS_DECL std::string to_json(const CloudEvent& event) {
    json::Tree data = json::tree_of(event.data);
    if (event.provenance) data["provenance"] = json::tree_of(*event.provenance);
    json::Tree tree = json::Tree::object();
    tree["specversion"] = "1.0";
    tree["id"] = event.id;
    tree["source"] = event.source;
    tree["type"] = event.type;
    tree["subject"] = event.subject;
    tree["time"] = json::detail::rfc3339_utc(event.time);
    tree["datacontenttype"] = "application/json";
    for (const auto& [name, value] : event.extensions) tree[name] = value;
    tree["data"] = std::move(data);
    return json::write(tree);
}

} // namespace cellos::inline CELLOS_ABI
