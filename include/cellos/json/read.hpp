/// @file
/// Moves a tree into any described struct (<cellos/json/describe.hpp>). Goes on after a violation,
/// with a default value in place of the wrong one, so that lists keep their indices.
#pragma once

#include <cellos/core/violations.hpp>
#include <cellos/json/describe.hpp>
#include <cellos/json/parse_tree.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI::json {

/// A place in the tree, as a chain of places on the stack: it costs nothing until a message needs
/// its path.
class Place {
public:
    /// The whole document.
    constexpr Place() noexcept = default;

    [[nodiscard]] constexpr Place member(std::string_view name) const noexcept {
        return {this, name, 0};
    }
    [[nodiscard]] constexpr Place element(std::size_t index) const noexcept {
        return {this, {}, index};
    }

    /// The path as in messages: `spec.run.argv[2]`.
    [[nodiscard]] CELLOS_DECL std::string path() const;

private:
    constexpr Place(const Place* parent, std::string_view name, std::size_t index) noexcept
        : parent_{parent}, name_{name}, index_{index} {}

    const Place* parent_ = nullptr;
    std::string_view name_; // null for an element
    std::size_t index_ = 0;
};

namespace detail {

CELLOS_DECL void add_wrong_type(
    std::string_view expected, const ParsedTree& value, const Place& place, Violations& violations
);

} // namespace detail

/// Moves `from`, which is at `place`, into `to`. If it doesn't fit, adds a violation and leaves
/// `to` unchanged.
CELLOS_DECL void read(
    ParsedTree&& from, std::string& to, const Place& place, Violations& violations
);
CELLOS_DECL void read(
    ParsedTree&& from, std::int64_t& to, const Place& place, Violations& violations
);
CELLOS_DECL void read(
    ParsedTree&& from, std::uint64_t& to, const Place& place, Violations& violations
);
/// Their count; negative ones are a violation.
CELLOS_DECL void read(
    ParsedTree&& from, std::chrono::nanoseconds& to, const Place& place, Violations& violations
);
CELLOS_DECL void read(ParsedTree&& from, bool& to, const Place& place, Violations& violations);

template <NamedEnum E>
void read(ParsedTree&& from, E& to, const Place& place, Violations& violations) {
    const auto* text = from.get_ptr<const std::string*>();
    if (text == nullptr) return detail::add_wrong_type("a string", from, place, violations);
    std::string known;
    for (const auto& entry : enum_names<E>) {
        if (*text == entry.name) {
            to = entry.value;
            return;
        }
        known.append(known.empty() ? "" : ", ").append(entry.name);
    }
    violations.add(place.path(), "must be one of " + known);
}

template <Described T>
void read(ParsedTree&& from, T& to, const Place& place, Violations& violations);

template <class T>
void read(ParsedTree&& from, std::optional<T>& to, const Place& place, Violations& violations) {
    read(std::move(from), to.emplace(), place, violations);
}

template <class T>
void read(ParsedTree&& from, std::vector<T>& to, const Place& place, Violations& violations) {
    auto* elements = from.get_ptr<ParsedTree::array_t*>();
    if (elements == nullptr) return detail::add_wrong_type("an array", from, place, violations);
    to.resize(elements->size());
    for (std::size_t i = 0; i < to.size(); ++i)
        read(std::move((*elements)[i]), to[i], place.element(i), violations);
}

template <class T>
void read(
    ParsedTree&& from, std::map<std::string, T>& to, const Place& place, Violations& violations
) {
    auto* members = from.get_ptr<ParsedTree::object_t*>();
    if (members == nullptr) return detail::add_wrong_type("an object", from, place, violations);
    while (!members->empty()) {
        auto member = members->extract(members->begin());
        auto& [name, value] = *to.emplace_hint(to.end(), std::move(member.key()), T{});
        read(std::move(member.mapped()), value, place.member(name), violations);
    }
}

template <Described T>
void read(ParsedTree&& from, T& to, const Place& place, Violations& violations) {
    auto* members = from.get_ptr<ParsedTree::object_t*>();
    if (members == nullptr) return detail::add_wrong_type("an object", from, place, violations);
    for_each_member<T>([&](std::string_view name, auto member) {
        auto& value = member(to);
        const auto found = members->find(name);
        if (found != members->end()) {
            read(std::move(found->second), value, place.member(name), violations);
            members->erase(found);
        } else if (!may_be_absent<std::remove_cvref_t<decltype(value)>>) {
            violations.add(place.member(name).path(), "is missing");
        }
    });
    for (const auto& [name, value] : *members)
        violations.add(place.member(name).path(), "unknown field");
}

} // namespace cellos::inline CELLOS_ABI::json

#ifdef CELLOS_HEADER_ONLY
#include <cellos/json/read.ipp>
#endif
