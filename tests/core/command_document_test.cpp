#include "support/catch.hpp"

#include <cellos/core/command_document.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/json/document.hpp>

using namespace cellos;
using Catch::Matchers::ContainsSubstring;

TEST_CASE("The document of a command is valid as it is") {
    CHECK(validate(command_document("build-42", {"make", "-j8"})));
}

TEST_CASE("The document of a command is what its JSON says") {
    const auto parsed = parse_document(
        R"({"apiVersion": "cellos.io/v1", "kind": "ExecutionCell", "spec": {"id": "build-42",)"
        R"("run": {"argv": ["make", "-j8"]}, "authority": {}, "lifetime": {"ttlSeconds": 3600}}})"
    );
    REQUIRE(parsed);
    CHECK(command_document("build-42", {"make", "-j8"}) == *parsed);
}

TEST_CASE("The document of no command is refused") {
    const auto result = validate(command_document("build-42", {}));
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == CellosError::Kind::InvalidSpec);
    CHECK_THAT(result.error().message, ContainsSubstring("spec.run.argv"));
}

TEST_CASE("The document of a session has no command, and is valid") {
    const auto document = session_document("build-42");
    CHECK(validate(document));
    CHECK(document.spec.id == "build-42");
    CHECK_FALSE(document.spec.run);
}
