#include "support/catch.hpp"

#include <cellos/core/json_escape.hpp>

#include <string>
#include <string_view>

TEST_CASE("The length of a JSON string is known without writing it") {
    const auto [text, length] = GENERATE(table<std::string_view, std::size_t>({
        {"", 2},
        {"abc", 5},
        {"\"\\\b\f\n\r\t", 16},
        {"\x01\x1F", 14},
        {"\x7F/", 4},
        {"\xC3\xA9", 4},
    }));
    CAPTURE(text);
    CHECK(cellos::json_string_length(text) == length);
}

TEST_CASE("JSON escapes go to where the caller wants them, in no more bytes than were told") {
    const auto [text, escaped] = GENERATE(table<std::string_view, std::string_view>({
        {"", ""},
        {"abc/\x7F", "abc/\x7F"},
        {"\"\\\b\f\n\r\t", R"(\"\\\b\f\n\r\t)"},
        {{"\0\x01\x1F", 3}, R"(\u0000\u0001\u001f)"},
        {"\xC3\xA9", "\xC3\xA9"},
    }));
    CAPTURE(text);
    std::string buffer(escaped.size() + 1, '#');
    CHECK(cellos::json_escape(text, buffer.data()) == buffer.data() + escaped.size());
    CHECK(buffer == std::string{escaped} + '#');
    CHECK(cellos::json_string_length(text) == escaped.size() + 2);
}
