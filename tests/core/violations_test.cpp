#include "support/catch.hpp"

#include <cellos/core/violations.hpp>

#include <algorithm>
#include <string>
#include <string_view>

using cellos::CellosError;
using cellos::Violations;

TEST_CASE("One place is spoken of once, and what is inside it not at all") {
    Violations violations;
    violations.add("spec.run", "first");
    violations.add("spec.run", "again");
    violations.add("spec.run.argv", "inside");
    violations.add("spec.run[0]", "inside");
    violations.add("spec.runner", "a sibling");
    violations.add("spec", "around");
    CHECK(violations.error().message == "spec.run: first\nspec.runner: a sibling\nspec: around");
}

TEST_CASE("A single violation keeps its kind, several are an invalid document") {
    Violations violations;
    violations.add("spec.run.argv", "too large", CellosError::Kind::ArgvTooLarge);
    CHECK(violations.error().kind == CellosError::Kind::ArgvTooLarge);
    violations.add("spec.run.argv", "the same place again");
    CHECK(violations.error().kind == CellosError::Kind::ArgvTooLarge);
    violations.add("kind", "wrong");
    CHECK(violations.error().kind == CellosError::Kind::InvalidSpec);
}

TEST_CASE("Violations beyond the limit are counted, not listed") {
    Violations violations;
    const std::size_t total = Violations::most_kept + 3;
    for (std::size_t i = 0; i < total; ++i)
        violations.add("field" + std::to_string(i), "unknown field");
    const std::string message = violations.error().message;
    const auto newlines = std::count(message.begin(), message.end(), '\n');
    CHECK(static_cast<std::size_t>(newlines) == Violations::most_kept);
    CHECK_THAT(message, Catch::Matchers::EndsWith("\n… and 3 more"));
}

TEST_CASE("A path holds nothing but short printable ASCII") {
    const auto [name, expected] = GENERATE(table<std::string, std::string>({
        {"argv", "spec.argv"},
        {"_x9", "spec._x9"},
        {"", "spec[\"\"]"},
        {"9x", "spec[\"9x\"]"},
        {"a.b", "spec[\"a.b\"]"},
        {"a\"]\\", "spec[\"a\\\"]\\\\\"]"},
        {"a\nb\x1B", "spec[\"a\\x0ab\\x1b\"]"},
        {"\xC3\xA9", "spec[\"\\xc3\\xa9\"]"},
        {std::string(64, 'k'), "spec." + std::string(64, 'k')},
        {std::string(65, 'k'), "spec[\"" + std::string(64, 'k') + "…\"]"},
    }));
    std::string path = "spec";
    cellos::append_member(path, name);
    CHECK(path == expected);
}
