#pragma once

#include <cellos/json/read.hpp>

#include <utility>

namespace cellos::inline CELLOS_ABI::json {

CELLOS_DECL std::string Place::path() const {
    if (parent_ == nullptr) return {};
    std::string text = parent_->path();
    if (name_.data() != nullptr) {
        append_member(text, name_);
    } else {
        append_element(text, index_);
    }
    return text;
}

namespace detail {

inline std::string_view with_article(const ParsedTree& value) noexcept {
    switch (value.type()) {
    case ParsedTree::value_t::object: return "an object";
    case ParsedTree::value_t::array: return "an array";
    case ParsedTree::value_t::string: return "a string";
    case ParsedTree::value_t::boolean: return "a boolean";
    case ParsedTree::value_t::null: return "null";
    default: return "a number";
    }
}

CELLOS_DECL void add_wrong_type(
    std::string_view expected, const ParsedTree& value, const Place& place, Violations& violations
) {
    std::string text = "must be ";
    text.append(expected).append(", not ").append(with_article(value));
    violations.add(place.path(), text);
}

template <class Integer>
void read_integer(const ParsedTree& from, Integer& to, const Place& place, Violations& violations) {
    const auto take = [&](auto value) {
        if (!std::in_range<Integer>(value)) return violations.add(place.path(), "is out of range");
        to = static_cast<Integer>(value);
    };
    if (from.is_number_float()) {
        violations.add(place.path(), "must be an integer, without fraction or exponent");
    } else if (!from.is_number()) {
        add_wrong_type("an integer", from, place, violations);
    } else if (from.is_number_unsigned()) {
        take(from.get<std::uint64_t>());
    } else {
        take(from.get<std::int64_t>());
    }
}

} // namespace detail

CELLOS_DECL void read(
    ParsedTree&& from, std::string& to, const Place& place, Violations& violations
) {
    if (auto* text = from.get_ptr<std::string*>()) {
        to = std::move(*text);
    } else {
        detail::add_wrong_type("a string", from, place, violations);
    }
}

CELLOS_DECL void read(
    ParsedTree&& from, std::int64_t& to, const Place& place, Violations& violations
) {
    detail::read_integer(from, to, place, violations);
}

CELLOS_DECL void read(
    ParsedTree&& from, std::uint64_t& to, const Place& place, Violations& violations
) {
    detail::read_integer(from, to, place, violations);
}

CELLOS_DECL void read(
    ParsedTree&& from, std::chrono::nanoseconds& to, const Place& place, Violations& violations
) {
    std::int64_t count = to.count();
    detail::read_integer(from, count, place, violations);
    if (count < 0) return violations.add(place.path(), "is out of range");
    to = std::chrono::nanoseconds{count};
}

CELLOS_DECL void read(ParsedTree&& from, bool& to, const Place& place, Violations& violations) {
    if (!from.is_boolean()) return detail::add_wrong_type("a boolean", from, place, violations);
    to = from.get<bool>();
}

} // namespace cellos::inline CELLOS_ABI::json
