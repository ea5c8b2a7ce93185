#include "support/catch.hpp"

#include <cellos/core/rules.hpp>
#include <cellos/core/text_syntax.hpp>

#include <regex>
#include <string>
#include <string_view>
#include <vector>

using namespace std::string_view_literals;

namespace {

struct Case {
    bool (*accepts)(std::string_view) noexcept;
    std::string_view text;
    bool expected;
};

const std::string longest_id(128, 'a');
const std::string too_long_id(129, 'a');
const std::string longest_name(255, 'a');
const std::string too_long_name(256, 'a');
const std::string full_component = '/' + std::string(255, 'd');
const std::string full_path = [] {
    std::string path;
    for (int i = 0; i < 15; ++i) path += full_component;
    return path + full_component.substr(0, 255); // 15 × 256 + 255
}();
const std::string full_depth = [] {
    std::string path;
    for (int i = 0; i < 64; ++i) path += "/d";
    return path;
}();

} // namespace

TEST_CASE("Text is told from what is not") {
    using namespace cellos;
    const auto [accepts, text, expected] = GENERATE(values<Case>({
        {is_utf8, "", true},
        {is_utf8, "plain\0nul"sv, true},
        {is_utf8, "\xC3\xA9", true},          // U+00E9
        {is_utf8, "\xE2\x82\xAC", true},      // U+20AC
        {is_utf8, "\xF4\x8F\xBF\xBF", true},  // U+10FFFF
        {is_utf8, "\xED\x9F\xBF", true},      // U+D7FF
        {is_utf8, "\xC0\xAF", false},         // overlong
        {is_utf8, "\xE0\x9F\xBF", false},     // overlong
        {is_utf8, "\xF0\x8F\xBF\xBF", false}, // overlong
        {is_utf8, "\xED\xA0\x80", false},     // a surrogate
        {is_utf8, "\xF4\x90\x80\x80", false}, // above U+10FFFF
        {is_utf8, "\xF5\x80\x80\x80", false}, // no lead byte
        {is_utf8, "\x80", false},             // a continuation alone
        {is_utf8, "\xC3", false},             // cut off
        {is_utf8, "\xE2\x82", false},         // cut off
        {is_utf8, "\xF0\x9F\x98\x41", false}, // a continuation missing
        {is_text, "", true},
        {is_text, "\xC3\xA9\n\t", true},
        {is_text, "a\0b"sv, false},
        {is_text, "\xFF", false},
        {is_nonempty_text, "a", true},
        {is_nonempty_text, "", false},
        {is_cell_id, "a", true},
        {is_cell_id, "7-a.B_c", true},
        {is_cell_id, longest_id, true},
        {is_cell_id, too_long_id, false},
        {is_cell_id, "", false},
        {is_cell_id, ".a", false},
        {is_cell_id, "-a", false},
        {is_cell_id, "_a", false},
        {is_cell_id, "a..b", false},
        {is_cell_id, "a/b", false},
        {is_cell_id, "a\n", false},
        {is_cell_id, "\xC3\xA9", false},
        {is_portable_name, "a.tar.gz", true},
        {is_portable_name, "-", true},
        {is_portable_name, "...", true},
        {is_portable_name, longest_name, true},
        {is_portable_name, too_long_name, false},
        {is_portable_name, "", false},
        {is_portable_name, ".", false},
        {is_portable_name, "..", false},
        {is_portable_name, "a/b", false},
        {is_portable_name, "a b", false},
        {is_shell_name, "API_TOKEN", true},
        {is_shell_name, "_", true},
        {is_shell_name, "a1", true},
        {is_shell_name, longest_id, true},
        {is_shell_name, too_long_id, false},
        {is_shell_name, "", false},
        {is_shell_name, "1a", false},
        {is_shell_name, "a-b", false},
        {is_shell_name, "a=b", false},
        {is_variable_name, "a.b-c", true},
        {is_variable_name, "\xC3\xA9", true},
        {is_variable_name, "", false},
        {is_variable_name, "a=", false},
        {is_variable_name, "a\0b"sv, false},
        {is_variable_name, "\xFF", false},
        {is_absolute_path, "/", true},
        {is_absolute_path, "/a//b/", true},
        {is_absolute_path, "/a..b/..c/d..", true},
        {is_absolute_path, "/.", true},
        {is_absolute_path, "", false},
        {is_absolute_path, "a", false},
        {is_absolute_path, "/..", false},
        {is_absolute_path, "/a/../b", false},
        {is_absolute_path, "/a/..", false},
        {is_absolute_path, "/a\0b"sv, false},
        {is_absolute_path, "/\xFF", false},
    }));
    CAPTURE(text);
    CHECK(accepts(text) == expected);
}

TEST_CASE("A path is bounded in its bytes, its components and the bytes of each") {
    const auto accepts = [](const std::string& path) { return cellos::is_bounded_path(path); };
    CHECK(accepts("/"));
    CHECK_FALSE(accepts("a"));
    CHECK_FALSE(accepts("/a/../b"));
    CHECK(accepts(full_path));
    CHECK_FALSE(accepts(full_path + '/'));
    CHECK(accepts(full_component));
    CHECK_FALSE(accepts(full_component + 'd'));
    CHECK_FALSE(accepts("/d" + full_component + "d/d"));
    CHECK(accepts(full_depth));
    CHECK(accepts('/' + full_depth + "//"));
    CHECK_FALSE(accepts(full_depth + "/d"));
    CHECK_FALSE(accepts("/." + full_depth));
}

TEST_CASE("A rule's pattern says what its predicate says") {
    // No sample is invalid UTF-8: JSON text never is, so that no pattern can speak of it.
    const std::vector<std::string> samples = {
        "",
        "a",
        "7",
        "_",
        ".",
        "..",
        "...",
        "-",
        "a.b",
        "a..b",
        "a-b_c",
        "a=b",
        "=",
        "a b",
        "a\n",
        "/",
        "/a",
        "/a/",
        "//",
        "/..",
        "/a/..",
        "/a/../b",
        "/..a",
        "/a../b",
        "/.",
        "a/b",
        "\xC3\xA9",
        longest_id,
        too_long_id,
        longest_name,
        too_long_name,
        std::string{"a\0b", 3},
        std::string{"/\0", 2},
        std::string(1, '\0'),
        full_component,
        full_component + 'a',
        "/d" + full_component + "d/d",
        full_depth,
        full_depth + "//",
        full_depth + "/d",
        "/." + full_depth,
        "/a\n/../b",
        "cellos.io/v1",
        "cellos-io/v1",
        "cellos.io/v10",
        "ExecutionCell",
        "executionCell",
        "ExecutionCells",
    };
    auto rules =
        std::vector<cellos::rules::Text>(cellos::rules::texts.begin(), cellos::rules::texts.end());
    rules.push_back(cellos::rules::any_text);
    for (const cellos::rules::Text& rule : rules) {
        if (rule.pattern.empty()) continue;
        const std::regex pattern{rule.pattern.begin(), rule.pattern.end()};
        for (const std::string& sample : samples) {
            CAPTURE(rule.path, sample);
            CHECK(rule.accepts(sample) == std::regex_search(sample, pattern));
        }
    }
}
