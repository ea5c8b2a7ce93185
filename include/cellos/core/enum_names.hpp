#pragma once

#include <cellos/core/config.hpp>

#include <array>
#include <cstddef>
#include <string_view>

/// @file
/// The names of enumerators: one table beside each enumeration, used by both `to_string` and the
/// json layer. A table without some enumerator does not compile.

namespace cellos::inline CELLOS_ABI {

/// One enumerator and its name.
template <class E>
struct EnumName {
    E value{};
    std::string_view name{};
};

/// The names of an enumeration of this library, in the order of its enumerators; empty if it has
/// none. (For your enumerations see <cellos/json/describe.hpp>.)
template <class E>
inline constexpr std::array<EnumName<E>, 0> enum_names{};

namespace detail {

#if defined(__GNUC__) || defined(__clang__)
// The compiler prints an enumerator by its name, and any other value as a cast, "(Colour)7".
template <auto value>
[[nodiscard]] consteval bool is_enumerator() {
    constexpr std::string_view here = __PRETTY_FUNCTION__;
    constexpr std::string_view text = here.substr(0, here.find_last_not_of("0123456789]") + 1);
    return !text.ends_with(')');
}
#else
template <auto value>
inline constexpr auto is_enumerator = [] { return false; }; // not known
#endif

// Whether `enum_names<E>` has exactly one entry for each enumerator, in their order and from 0 on,
// and no name twice.
template <class E>
[[nodiscard]] consteval bool has_names_for_all() {
    constexpr auto& table = enum_names<E>;
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i].value != static_cast<E>(i) || table[i].name.empty()) return false;
        for (std::size_t j = 0; j < i; ++j)
            if (table[j].name == table[i].name) return false;
    }
    return !is_enumerator<static_cast<E>(table.size())>();
}

// The name of `value`; `otherwise` for a value that is not an enumerator. Only for complete tables.
template <class E>
[[nodiscard]] constexpr std::string_view name_of(E value, std::string_view otherwise) noexcept {
    const auto index = static_cast<std::size_t>(value);
    return index < enum_names<E>.size() ? enum_names<E>[index].name : otherwise;
}

} // namespace detail

} // namespace cellos::inline CELLOS_ABI
