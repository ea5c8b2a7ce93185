#include "support/catch.hpp"

#include <cellos/core/join_lines.hpp>

TEST_CASE("Lines are joined by one line feed each, and none follows the last") {
    CHECK(cellos::join_lines({}) == "");
    CHECK(cellos::join_lines({"one"}) == "one");
    CHECK(cellos::join_lines({"one", "two", "three"}) == "one\ntwo\nthree");
    CHECK(cellos::join_lines({"", "two"}) == "\ntwo");
}
