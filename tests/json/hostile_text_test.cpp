// Text that was never meant to be a document, or was meant to do harm.
#include "core/sample_document.hpp"
#include "support/catch.hpp"

#include <cellos/json/document.hpp>

#include <algorithm>
#include <string>
#include <string_view>

using cellos::parse_document;
using cellos::to_json;
using cellos::test::sample_document;

namespace {

std::string repeat(std::string_view text, std::size_t times) {
    std::string result;
    result.reserve(text.size() * times);
    while (times-- > 0) result += text;
    return result;
}

std::string message_of(std::string_view text) {
    const auto document = parse_document(text);
    return document ? "parsed" : document.error().message;
}

const std::string byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t one_mebibyte = std::size_t{1} << 20;

} // namespace

TEST_CASE("Malformed text is told by line and column, and not repeated") {
    const auto [text, message] = GENERATE(table<std::string, std::string>({
        {"", "the document is empty"},
        {" \r\n\t", "the document is empty"},
        {"{", "line 1, column 2: malformed JSON"},
        {"hunter2", "line 1, column 1: malformed JSON"},
        {"{\n  \"hunter2\": hunter2}", "line 2, column 14: malformed JSON"},
        {"{\"a\": 1,}", "line 1, column 9: malformed JSON"},
        {"{} {}", "line 1, column 4: malformed JSON"},
        {"{}\n\n x", "line 3, column 2: malformed JSON"},
        {"{\"a\": 01}", "line 1, column 8: malformed JSON"},
        {"{\"a\": NaN}", "line 1, column 7: malformed JSON"},
        {"{'a': 1}", "line 1, column 2: malformed JSON"},
        {"// no\n{}", "line 1, column 1: malformed JSON"},
        {"[1e999]", "line 1, column 6: malformed JSON"},
        {"\"\xC3\xA9\xC3\xA9\x01\"", "line 1, column 4: malformed JSON"},
        {"\"\xFF\"", "line 1, column 2: malformed JSON"},
        {"\"\xED\xA0\x80\"", "line 1, column 3: malformed JSON"},
        {"\"\\ud800\"", "line 1, column 8: malformed JSON"},
        {std::string{"{}\0{}", 5}, "line 1, column 3: malformed JSON"},
        {std::string{"{\0}", 3}, "line 1, column 2: malformed JSON"},
        {std::string{"\"a\0\"", 4}, "line 1, column 3: malformed JSON"},
        {byte_order_mark + "{,}", "line 1, column 2: malformed JSON"},
        {"\xFE\xFF", "line 1, column 1: malformed JSON"},
        {repeat("[", 100'000),
         repeat("[0]", 32) + ": nested deeper than 32 levels\n" +
             "line 1, column 100001: malformed JSON"},
    }));
    CAPTURE(text.substr(0, 40));
    CHECK(message_of(text) == message);
}

TEST_CASE("JSON that is no object is no document") {
    const std::string text = GENERATE("null", "true", "1", "\"hunter2\"", "[]", "[{}]");
    CAPTURE(text);
    CHECK(message_of(text) == "the document must be an object");
}

TEST_CASE("A byte order mark is no reason to refuse a document") {
    CHECK(parse_document(byte_order_mark + to_json(sample_document())));
}

TEST_CASE("A document may have one mebibyte and no byte more") {
    std::string text = to_json(sample_document());
    text.append(one_mebibyte - text.size(), ' ');
    CHECK(parse_document(text));
    CHECK(message_of(text + ' ') == "the document must not be larger than 1048576 bytes");
}

TEST_CASE("A document may be nested 32 deep and no deeper") {
    const auto nested = [](std::size_t levels) {
        return "{\"a\":" + repeat("[", levels - 1) + repeat("]", levels - 1) + "}";
    };
    constexpr std::string_view also = "apiVersion: is missing\nkind: is missing\nspec: is missing\n"
                                      "a: unknown field";
    CHECK(message_of(nested(32)) == also);
    const std::string place = "a" + repeat("[0]", 31);
    CHECK(message_of(nested(33)) == place + ": nested deeper than 32 levels\n" + std::string{also});
    CHECK(
        message_of("{\"a\":" + repeat("{\"a\":", 150'000) + "1" + repeat("}", 150'001)) ==
        "a" + repeat(".a", 31) + ": nested deeper than 32 levels\n" + std::string{also}
    );
}

TEST_CASE("A key may stand only once in its object") {
    const auto [from, to, message] = GENERATE(table<std::string, std::string, std::string>({
        {R"("kind":)", R"("kind":"ExecutionCell","kind":)", "kind: duplicate key"},
        {R"("LANG":)", R"("LANG":"x","LANG":)", "spec.environment.variables.LANG: duplicate key"},
        {R"("port":53)",
         R"("port":53,"\u0070ort":53)",
         "spec.authority.egressRules[1].port: duplicate key"},
        {R"("spec":)",
         R"("spec":{"a":{"a":1,"a":{"a":{}}}},"spec":)",
         "spec.a.a: duplicate key\nspec: duplicate key"},
    }));
    std::string text = to_json(sample_document());
    text.replace(text.find(from), from.size(), to);
    CAPTURE(text);
    CHECK(message_of(text) == message);
}

TEST_CASE("No number is too large to be refused by its path") {
    const std::string number = GENERATE(
        as<std::string>{},
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999999999",
        "-9223372036854775809",
        "-99999999999999999999999999"
    );
    std::string text = to_json(sample_document());
    const std::string_view old = R"("memoryMaxBytes":67108864)";
    text.replace(text.find(old), old.size(), "\"memoryMaxBytes\":" + number);
    CAPTURE(number);
    CHECK(message_of(text) == "spec.run.limits.memoryMaxBytes: is out of range");
}

TEST_CASE("A flood of violations becomes a short report") {
    const auto [opening, unit, closing] =
        GENERATE(table<std::string_view, std::string_view, std::string_view>({
            {"{\"a\":1", ",\"a\":1", "}"},
            {"{\"spec\":{\"run\":{\"argv\":[1", ",1", "]}}}"},
            {"{\"spec\":{\"authority\":{\"egressRules\":[{}", ",{}", "]}}}"},
        }));
    const std::size_t times = (one_mebibyte - opening.size() - closing.size()) / unit.size();
    const std::string message =
        message_of(std::string{opening} + repeat(unit, times) + std::string{closing});
    CHECK(std::count(message.begin(), message.end(), '\n') <= 64);
    CHECK(message.size() < 64 * 100);
}

TEST_CASE("A long key is cut, and a strange one escaped") {
    CHECK_THAT(
        message_of("{\"" + std::string(500'000, 'k') + "\":1}"),
        Catch::Matchers::EndsWith("[\"" + std::string(64, 'k') + "…\"]: unknown field")
    );
    CHECK_THAT(
        message_of("{\"\\u001b[2J\\nspec.id: fine\":1}"),
        Catch::Matchers::EndsWith("[\"\\x1b[2J\\x0aspec.id: fine\"]: unknown field")
    );
}

TEST_CASE("A value of the environment never gets into a message") {
    const std::string text = GENERATE(
        as<std::string>{},
        R"({"spec":{"environment":{"variables":{"A":"hunter2","A":"hunter2"}}}})",
        R"({"spec":{"environment":{"variables":{"A":"hunter2\u0000"}}}})",
        R"({"spec":{"environment":{"variables":{"A":["hunter2"]}}}})",
        R"({"spec":{"environment":{"variables":{"":"hunter2","A=":"hunter2"}}}})",
        R"({"spec":{"environment":{"variables":["A=hunter2"]}}})",
        R"({"spec":{"environment":{"variables":"A=hunter2"}}})",
        R"({"spec":{"environment":"A=hunter2"}})",
        R"({"spec":{"environment":{"A":"hunter2"}}})",
        R"({"spec":{"environment":{"variables":{"A":"hunter2)",
        R"({"spec":{"environment":{"variables":{"A":hunter2}}}})",
        R"({"spec":{"environment":{"variables":{"A":"hunter2" "B"}}}})",
        "{\"spec\":{\"environment\":{\"variables\":{\"A\":\"hunter2\x01\"}}}}"
    );
    const auto document = parse_document(text);
    REQUIRE_FALSE(document);
    CHECK_THAT(document.error().what(), !Catch::Matchers::ContainsSubstring("hunter2"));
}

TEST_CASE("The largest document is read as it was written") {
    cellos::ExecutionCellDocument document = sample_document();
    auto& variables = document.spec.environment->variables;
    for (int i = 0; i < 40'000; ++i) variables["VARIABLE_" + std::to_string(i)] = "x";
    const auto again = parse_document(to_json(document));
    REQUIRE(again);
    CHECK(*again == document);
}
