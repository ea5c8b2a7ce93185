/// @file
/// Writes any described struct (<cellos/json/describe.hpp>) as JSON.
#pragma once

#include <cellos/json/describe.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace cellos::inline CELLOS_ABI::json {

/// A JSON value whose members keep the order of the struct.
using Tree = nlohmann::ordered_json;

namespace detail {

template <class T>
bool is_absent(const T& value) noexcept {
    if constexpr (requires { value.has_value(); }) {
        return !value.has_value();
    } else if constexpr (may_be_absent<T>) {
        return value.empty();
    } else {
        return false;
    }
}

// Appends without the look-up of Tree::operator[]: the names are known to be distinct, and a
// look-up for each member would make a large map quadratic.
template <class Object>
void append(Object& object, std::string_view name, Tree&& value) {
    object.emplace_back(std::string{name}, std::move(value));
}

} // namespace detail

/// The value as a tree. Strings, booleans and numbers become themselves, named enumerations their
/// names, an optional its value, a variant its alternative.
template <class T>
    requires std::is_arithmetic_v<T> || std::convertible_to<const T&, std::string_view>
[[nodiscard]] Tree tree_of(const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
        return value;
    } else {
        return std::string{std::string_view{value}};
    }
}

/// A duration is its count of nanoseconds; the name of the member has to say so.
[[nodiscard]] inline Tree tree_of(const std::chrono::nanoseconds& value) {
    return value.count();
}

template <NamedEnum E>
[[nodiscard]] Tree tree_of(const E& value) {
    return std::string{enum_name(value)};
}

template <Described T>
[[nodiscard]] Tree tree_of(const T& object);

template <class T>
[[nodiscard]] Tree tree_of(const std::optional<T>& value);

template <class... Alternatives>
[[nodiscard]] Tree tree_of(const std::variant<Alternatives...>& value);

template <class T>
[[nodiscard]] Tree tree_of(const std::map<std::string, T>& map);

template <class T>
[[nodiscard]] Tree tree_of(const std::vector<T>& list) {
    Tree::array_t elements;
    elements.reserve(list.size());
    for (const T& element : list) elements.push_back(tree_of(element));
    return elements;
}

template <class T>
Tree tree_of(const std::map<std::string, T>& map) {
    Tree::object_t members;
    members.reserve(map.size());
    for (const auto& [name, value] : map) detail::append(members, name, tree_of(value));
    return members;
}

template <class T>
Tree tree_of(const std::optional<T>& value) {
    return value ? tree_of(*value) : Tree{};
}

template <class... Alternatives>
Tree tree_of(const std::variant<Alternatives...>& value) {
    return std::visit([](const auto& alternative) { return tree_of(alternative); }, value);
}

template <Described T>
Tree tree_of(const T& object) {
    Tree::object_t members;
    for_each_member<T>([&](std::string_view name, auto member) {
        const auto& value = member(object);
        if (!detail::is_absent(value)) detail::append(members, name, tree_of(value));
    });
    return members;
}

/// The tree as text. Bytes that are not UTF-8 become U+FFFD, so that writing never fails. `indent`
/// is the number of spaces per level; -1 writes one line.
[[nodiscard]] CELLOS_DECL std::string write(const Tree& tree, int indent = -1);

/// A described struct as JSON on one line. Absent optionals, empty lists and empty maps are left
/// out; nested structs are always written.
template <Described T>
[[nodiscard]] std::string write(const T& object) {
    return write(tree_of(object));
}

} // namespace cellos::inline CELLOS_ABI::json

#ifdef CELLOS_HEADER_ONLY
#include <cellos/json/write.ipp>
#endif
