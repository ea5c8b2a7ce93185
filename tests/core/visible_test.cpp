// What others have written does nothing to a terminal, and does not pass for a line of ours.
#include "support/catch.hpp"

#include <cellos/core/error.hpp>
#include <cellos/core/visible.hpp>

#include <string>
#include <string_view>

using namespace cellos;
using namespace std::string_view_literals;

TEST_CASE("What a terminal would obey or hide is shown, and all other text stays as it is") {
    struct Row {
        std::string_view text, shown;
    };
    for (const Row& row : {
             Row{"", ""},
             Row{"plain text, \\x1b typed", "plain text, \\x1b typed"},
             Row{"\x1b]0;owned\a", "\\x1b]0;owned\\x07"},
             Row{"two\nlines\tand\rmore\x7F", "two\\x0alines\\x09and\\x0dmore\\x7f"},
             Row{"\0"sv, "\\x00"},
             Row{"\xC2\x9B"
                 "31m",
                 "\\xc2\\x9b31m"}, // C1: another CSI
             Row{"\x9B"
                 "31m",
                 "\\x9b31m"},
             Row{"\xE2\x80\xAE"
                 "gpj.exe",
                 "\\xe2\\x80\\xaegpj.exe"}, // right to left
             Row{"\xEF\xBB\xBF", "\\xef\\xbb\\xbf"},
             Row{"Grüße, 日本語, 🎉", "Grüße, 日本語, 🎉"},
             Row{"\xFF\xC3", "\\xff\\xc3"},
         }) {
        CAPTURE(row.shown);
        CHECK(visible(row.text) == row.shown);
    }
}

TEST_CASE("A message keeps its lines, and what an error says is fit for a terminal") {
    CHECK(visible_lines("a\x1b\n\nb\r\n") == "a\\x1b\n\nb\\x0d\n");
    CHECK(visible_lines("") == "");
    const CellosError error{CellosError::Kind::CommandNotFound, "\x1b[2J"};
    CHECK(error.what() == "command not found: \\x1b[2J");
}
