/// @file
/// How to describe a struct to this layer: once, for JSON, the schema and the paths in messages.
/// The description goes next to the struct or into a separate header, always at global scope:
///
///     BOOST_HANA_ADAPT_STRUCT(mine::Mount, destination, source_, read_only);
///
/// The JSON names are the member names in camelCase (`read_only` becomes `readOnly`); a trailing
/// underscore, which avoids a keyword or a macro, is dropped (`export_` becomes `export`). An
/// enumeration needs a table of its names instead:
///
///     template <>
///     inline constexpr auto cellos::json::enum_names<mine::Colour> =
///         std::to_array<cellos::json::EnumName<mine::Colour>>({{mine::Colour::Red, "red"}});
///
/// BOOST_HANA_ADAPT_STRUCT costs some 30 ms of compile time per struct wherever it is included.
/// CELLOS_DESCRIBE_STRUCT takes the same arguments and costs nothing until the struct is read or
/// written.
#pragma once

#include <cellos/core/enum_names.hpp>

#include <boost/hana/accessors.hpp>
#include <boost/hana/adapt_struct.hpp>
#include <boost/hana/concept/struct.hpp>
#include <boost/hana/pair.hpp>
#include <boost/hana/string.hpp>
#include <boost/hana/tuple.hpp>

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace cellos::inline CELLOS_ABI::json {

/// A struct that was described by CELLOS_DESCRIBE_STRUCT, BOOST_HANA_ADAPT_STRUCT or
/// BOOST_HANA_ADAPT_ADT.
///
///     struct Mount { std::string destination; std::optional<bool> read_only; };
///     CELLOS_DESCRIBE_STRUCT(Mount, destination, read_only);
///     static_assert(cellos::json::Described<Mount>);
///     cellos::json::write(Mount{"/usr", true}); // {"destination":"/usr","readOnly":true}
template <class T>
concept Described = boost::hana::Struct<T>::value;

using cellos::EnumName;

/// The names of an enumeration; specialise it for yours. The names of this library's enumerations
/// are beside them (<cellos/core/enum_names.hpp>).
template <class E>
inline constexpr auto enum_names = cellos::enum_names<E>;

/// Makes the table from an existing function that returns names.
template <class E, std::size_t Size>
[[nodiscard]] constexpr auto named_by(std::string_view (*name)(E), const E (&values)[Size]) {
    std::array<EnumName<E>, Size> names{};
    for (std::size_t i = 0; i < Size; ++i) names[i] = {values[i], name(values[i])};
    return names;
}

/// An enumeration whose enumerators have names.
///
///     enum class Colour { Red, Green };
///     template <>
///     inline constexpr auto cellos::json::enum_names<Colour> =
///         std::to_array<cellos::json::EnumName<Colour>>({{Colour::Red, "red"}, …});
///     static_assert(cellos::json::NamedEnum<Colour>);
template <class E>
concept NamedEnum = std::is_enum_v<E> && !enum_names<E>.empty();

/// The name of `value`; empty for a value that is not an enumerator.
template <NamedEnum E>
[[nodiscard]] constexpr std::string_view enum_name(E value) noexcept {
    for (const auto& entry : enum_names<E>)
        if (entry.value == value) return entry.name;
    return {};
}

/// Whether the type has a value for "absent". Such a member may be missing in JSON, and is left out
/// when it is written; every other member must be present.
template <class T>
inline constexpr bool may_be_absent = false;

template <class T>
inline constexpr bool may_be_absent<std::optional<T>> = true;

template <class T>
inline constexpr bool may_be_absent<std::vector<T>> = true;

template <class T>
inline constexpr bool may_be_absent<std::map<std::string, T>> = true;

namespace detail {

// Hana's accessor of a member.
template <auto Pointer>
struct Member {
    template <class T>
    constexpr decltype(auto) operator()(T&& object) const {
        return std::forward<T>(object).*Pointer;
    }
};

template <std::size_t Capacity>
struct CamelCase {
    char text[Capacity + 1] = {};
    std::size_t size = 0;

    constexpr explicit CamelCase(std::string_view snake_case) noexcept {
        bool capital = false;
        for (const char c : snake_case) {
            if (c != '_')
                text[size++] =
                    capital && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
            capital = c == '_';
        }
    }
};

// Key is a hana::string; its JSON name must live as long as the program.
template <class Key>
inline constexpr CamelCase<std::string_view{Key::c_str()}.size()> camel_case{Key::c_str()};

template <class Key>
inline constexpr std::string_view json_name{camel_case<Key>.text, camel_case<Key>.size};

} // namespace detail

/// Calls `visit(name, member)` for each member of T in order: `name` is its JSON name as a
/// std::string_view, and `member(object)` is the member itself, const if `object` is.
template <Described T, class Visitor>
constexpr void for_each_member(Visitor&& visit) {
    // By their types alone: a tuple of accessors is compiled more slowly, and holds nothing.
    using Accessors = decltype(boost::hana::accessors<T>());
    [&visit]<class... Keys, class... Members>(std::type_identity<boost::hana::tuple<
                                                  boost::hana::pair<Keys, Members>...>>) {
        (visit(detail::json_name<Keys>, Members{}), ...);
    }(std::type_identity<Accessors>{});
}

} // namespace cellos::inline CELLOS_ABI::json

/// Like BOOST_HANA_ADAPT_STRUCT, but lazy: a template makes the accessors only when they are used.
#define CELLOS_DESCRIBE_STRUCT(TYPE, ...)                                                          \
    template <>                                                                                    \
    struct boost::hana::accessors_impl<TYPE> {                                                     \
        template <class T = TYPE>                                                                  \
        static constexpr auto apply() {                                                            \
            return ::boost::hana::make_tuple(                                                      \
                CELLOS_DETAIL_REPEAT(CELLOS_DETAIL_MEMBERS(__VA_ARGS__))                           \
            );                                                                                     \
        }                                                                                          \
    }

// One accessor for each name: each scan of the macro expands it for the next name. REPEAT scans
// often enough for 28 names; with more it does not compile.
#define CELLOS_DETAIL_MEMBERS(name, ...)                                                           \
    ::boost::hana::make_pair(BOOST_HANA_STRING(#name), ::cellos::json::detail::Member<&T::name>{}) \
        __VA_OPT__(, CELLOS_DETAIL_MORE CELLOS_DETAIL_PARENTHESES(__VA_ARGS__))
#define CELLOS_DETAIL_MORE() CELLOS_DETAIL_MEMBERS
#define CELLOS_DETAIL_PARENTHESES ()
#define CELLOS_DETAIL_REPEAT(...) CELLOS_DETAIL_REPEAT_2(CELLOS_DETAIL_REPEAT_2(__VA_ARGS__))
#define CELLOS_DETAIL_REPEAT_2(...)                                                                \
    CELLOS_DETAIL_REPEAT_1(CELLOS_DETAIL_REPEAT_1(CELLOS_DETAIL_REPEAT_1(__VA_ARGS__)))
#define CELLOS_DETAIL_REPEAT_1(...)                                                                \
    CELLOS_DETAIL_SCAN(CELLOS_DETAIL_SCAN(CELLOS_DETAIL_SCAN(__VA_ARGS__)))
#define CELLOS_DETAIL_SCAN(...) __VA_ARGS__
