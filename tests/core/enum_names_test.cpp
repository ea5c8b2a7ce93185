// The check that keeps the tables of names complete, with enumerations made for it.
#include "support/catch.hpp"

#include <cellos/core/enum_names.hpp>

#include <array>

namespace {

enum class Complete { First, Second };
enum class Forgotten { First, Second, Third };
enum class Unordered { First, Second };
enum class Twice { First, Second };
enum class Nameless { First };

} // namespace

namespace cellos {

template <>
inline constexpr auto enum_names<Complete> = std::to_array<EnumName<Complete>>({
    {Complete::First, "first"},
    {Complete::Second, "second"},
});
template <>
inline constexpr auto enum_names<Forgotten> = std::to_array<EnumName<Forgotten>>({
    {Forgotten::First, "first"},
    {Forgotten::Second, "second"},
});
template <>
inline constexpr auto enum_names<Unordered> = std::to_array<EnumName<Unordered>>({
    {Unordered::Second, "second"},
    {Unordered::First, "first"},
});
template <>
inline constexpr auto enum_names<Twice> = std::to_array<EnumName<Twice>>({
    {Twice::First, "same"},
    {Twice::Second, "same"},
});

} // namespace cellos

using namespace cellos;

TEST_CASE("A table of names has each enumerator once, in order, under a name of its own") {
    CHECK(detail::has_names_for_all<Complete>());
    CHECK_FALSE(detail::has_names_for_all<Forgotten>());
    CHECK_FALSE(detail::has_names_for_all<Unordered>());
    CHECK_FALSE(detail::has_names_for_all<Twice>());
    CHECK_FALSE(detail::has_names_for_all<Nameless>());
}

TEST_CASE("A value beyond the enumerators has the name that stands for all of them") {
    CHECK(detail::name_of(Complete::Second, "unknown") == "second");
    CHECK(detail::name_of(static_cast<Complete>(2), "unknown") == "unknown");
    CHECK(detail::name_of(static_cast<Complete>(-1), "unknown") == "unknown");
}
