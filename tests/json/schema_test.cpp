#include "json/changed_documents.hpp"
#include "json/schema_check.hpp"
#include "support/catch.hpp"

#include <cellos/json/schema.hpp>

#include <nlohmann/json.hpp>

#include <string>

using cellos::test::ChangedDocument;
using nlohmann::json;

namespace {

// Every schema of an object with fixed members, wherever in `schema` it stands.
template <class Visitor>
void for_each_struct(const json& schema, const Visitor& visit) {
    if (schema.contains("properties")) visit(schema);
    for (const json& inner : schema)
        if (inner.is_structured()) for_each_struct(inner, visit);
}

} // namespace

TEST_CASE("No object of the schema takes a member that it does not name") {
    int structs = 0;
    for_each_struct(json::parse(cellos::document_json_schema()), [&](const json& schema) {
        ++structs;
        CHECK(schema.at("type") == "object");
        CHECK(schema.at("additionalProperties") == false);
    });
    CHECK(structs == 15); // as many as document.hpp has
}

TEST_CASE("The schema says what must be there, and within which bounds") {
    const json schema = json::parse(cellos::document_json_schema());
    const auto at = [&schema](const char* pointer) {
        return schema.at(json::json_pointer(pointer)).dump();
    };
    CHECK(at("/$schema") == R"("http://json-schema.org/draft-07/schema#")");
    CHECK(at("/required") == R"(["apiVersion","kind","spec"])");
    CHECK(at("/properties/spec/required") == R"(["id","authority","lifetime"])");
    CHECK(at("/properties/spec/properties/run/required") == R"(["argv"])");
    CHECK(at("/properties/spec/properties/run/properties/argv/minItems") == "1");
    CHECK(
        at("/properties/spec/properties/run/properties/secretDelivery/enum") ==
        R"(["env","file","runtimeBroker","runtimeLeasedBroker"])"
    );
    const std::string authority = "/properties/spec/properties/authority/properties";
    CHECK(at((authority + "/secretRefs/uniqueItems").c_str()) == "true");
    const std::string port = authority + "/egressRules/items/properties/port";
    CHECK(at((port + "/minimum").c_str()) == "1");
    CHECK(at((port + "/maximum").c_str()) == "65535");
}

TEST_CASE("The schema and parse_document agree") {
    if (!cellos::test::can_check_schemas) CELLOS_SKIP("needs valijson");
    const cellos::test::SchemaCheck check{json::parse(cellos::document_json_schema())};
    REQUIRE(check(json::parse(to_json(cellos::test::sample_document()))).empty());
    for (const ChangedDocument& change : cellos::test::changed_documents()) {
        CAPTURE(change.pointer, change.value, change.message);
        const std::string complaint = check(json::parse(change.text()));
        CAPTURE(complaint);
        const bool expected =
            change.message.empty() || change.schema == ChangedDocument::Schema::Accepts;
        CHECK(complaint.empty() == expected);
    }
}
