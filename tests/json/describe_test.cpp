// The generic part, with structs that are not the library's own.
#include "support/catch.hpp"

#include <cellos/json/read.hpp>
#include <cellos/json/write.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mine {

enum class Colour { Red, DarkBlue, Nameless };

enum class Size { Small, Large };

constexpr std::string_view to_string(Size size) {
    return size == Size::Small ? "small" : "large";
}

struct Inner {
    std::uint64_t size_in_bytes = 0;
};

struct Outer {
    std::string oci_version;
    bool read_only = false;
    int linux_ = 0;
    std::int64_t a1_b2_3c = 0;
    double ratio = 0.5;
    Colour colour = Colour::DarkBlue;
    Inner nested;
    std::optional<Inner> maybe;
    std::vector<Inner> list;
    std::vector<std::optional<std::string>> gaps;
    std::map<std::string, std::vector<std::string>> map;
    std::variant<Inner, std::string> either;
};

struct Readable {
    std::string name;
    std::optional<std::int64_t> count;
    std::map<std::string, std::vector<std::int64_t>> numbers;
    std::optional<Colour> colour;
};

// As many members as CELLOS_DESCRIBE_STRUCT takes.
struct Wide {
    int m1{}, m2{}, m3{}, m4{}, m5{}, m6{}, m7{}, m8{}, m9{}, m10{}, m11{}, m12{}, m13{}, m14{},
        m15{}, m16{}, m17{}, m18{}, m19{}, m20{}, m21{}, m22{}, m23{}, m24{}, m25{}, m26{}, m27{},
        m28{};
};

} // namespace mine

template <>
inline constexpr auto cellos::json::enum_names<mine::Colour> =
    std::to_array<cellos::json::EnumName<mine::Colour>>(
        {{mine::Colour::Red, "red"}, {mine::Colour::DarkBlue, "darkBlue"}}
    );

template <>
inline constexpr auto cellos::json::enum_names<mine::Size> =
    cellos::json::named_by(mine::to_string, {mine::Size::Small, mine::Size::Large});

BOOST_HANA_ADAPT_STRUCT(mine::Inner, size_in_bytes);
BOOST_HANA_ADAPT_STRUCT(
    mine::Outer,
    oci_version,
    read_only,
    linux_,
    a1_b2_3c,
    ratio,
    colour,
    nested,
    maybe,
    list,
    gaps,
    map,
    either
);
CELLOS_DESCRIBE_STRUCT(
    mine::Wide,
    m1,
    m2,
    m3,
    m4,
    m5,
    m6,
    m7,
    m8,
    m9,
    m10,
    m11,
    m12,
    m13,
    m14,
    m15,
    m16,
    m17,
    m18,
    m19,
    m20,
    m21,
    m22,
    m23,
    m24,
    m25,
    m26,
    m27,
    m28
);
BOOST_HANA_ADAPT_STRUCT(mine::Readable, name, count, numbers, colour);

namespace json = cellos::json;

TEST_CASE("A description that is made when it is used has every member") {
    std::string expected = "{";
    for (int i = 1; i <= 28; ++i) expected += (i > 1 ? ",\"m" : "\"m") + std::to_string(i) + "\":0";
    CHECK(json::write(mine::Wide{}) == expected + "}");
}

TEST_CASE("Names are camelCase, and what is absent is left out") {
    CHECK(
        json::write(mine::Outer{}) ==
        R"({"ociVersion":"","readOnly":false,"linux":0,"a1B23c":0,"ratio":0.5,"colour":"darkBlue",)"
        R"("nested":{"sizeInBytes":0},"either":{"sizeInBytes":0}})"
    );
}

TEST_CASE("Everything that nests is written") {
    mine::Outer outer;
    outer.maybe = mine::Inner{18446744073709551615U};
    outer.list = {{1}, {2}};
    outer.gaps = {"a", std::nullopt};
    outer.map = {{"x", {"1", "2"}}, {"y", {}}};
    outer.either = "text";
    const json::Tree tree = json::tree_of(outer);
    CHECK(tree.at("maybe").dump() == R"({"sizeInBytes":18446744073709551615})");
    CHECK(tree.at("list").dump() == R"([{"sizeInBytes":1},{"sizeInBytes":2}])");
    CHECK(tree.at("gaps").dump() == R"(["a",null])");
    CHECK(tree.at("map").dump() == R"({"x":["1","2"],"y":[]})");
    CHECK(tree.at("either").dump() == R"("text")");
}

TEST_CASE("A value that is no enumerator has no name") {
    CHECK(json::enum_name(mine::Colour::Nameless).empty());
    static_assert(json::NamedEnum<mine::Colour>);
    enum class Unnamed { One };
    static_assert(!json::NamedEnum<Unnamed>);
}

TEST_CASE("The names may come from a function") {
    CHECK(json::enum_name(mine::Size::Small) == "small");
    CHECK(json::enum_name(mine::Size::Large) == "large");
}

TEST_CASE("A struct is read by the same description") {
    cellos::Violations violations;
    mine::Readable readable;
    auto tree = json::parse_tree(
        R"({"name":"n","count":-5,"numbers":{"a":[1,2],"b":[]},"colour":"red"})", violations
    );
    REQUIRE(tree);
    json::read(std::move(*tree), readable, json::Place{}, violations);
    CHECK(violations.empty());
    CHECK(readable.name == "n");
    CHECK(readable.count == -5);
    CHECK(readable.numbers == decltype(readable.numbers){{"a", {1, 2}}, {"b", {}}});
    CHECK(readable.colour == mine::Colour::Red);
}

TEST_CASE("Reading goes on after a violation") {
    cellos::Violations violations;
    mine::Readable readable;
    auto tree = json::parse_tree(
        R"({"name":1,"numbers":{"a":[1,"x",3]},"colour":"blue","size":0})", violations
    );
    REQUIRE(tree);
    json::read(std::move(*tree), readable, json::Place{}, violations);
    CHECK(
        violations.error().message == "name: must be a string, not a number\n"
                                      "numbers.a[1]: must be an integer, not a string\n"
                                      "colour: must be one of red, darkBlue\n"
                                      "size: unknown field"
    );
    CHECK(readable.numbers.at("a") == std::vector<std::int64_t>{1, 0, 3});
}
