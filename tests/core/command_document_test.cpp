#include "support/catch.hpp"

#include <cellos/core/command_document.hpp>
#include <cellos/core/validate.hpp>
#include <cellos/json/document.hpp>

using namespace cellos;

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

TEST_CASE("The document of no command has none, and is valid") {
    const auto document = command_document("build-42", {});
    CHECK(validate(document));
    CHECK_FALSE(document.spec.run);
}
