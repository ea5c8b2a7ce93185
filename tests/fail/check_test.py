#!/usr/bin/env python3
"""Tests of check.py: whatever is wrong with a case must turn it red. Takes the compiler as argument."""

import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

import check

COMPILER = "g++"
GOOD = """\
// EXPECT: a sentence about it
#ifdef VIOLATION
static_assert(sizeof(int) == 1, "a sentence about it");
#endif
"""
# Stands where the library would: what it is given decides what it says.
SUPERVISOR = """\
// EXPECT: a sentence about it
namespace std { template <class T> T ref(T&); }
namespace cellos {
template <class B>
struct Supervisor {
    static_assert(B::good, "a sentence about it");
    Supervisor(B) {}
    bool run(int) { return true; }
};
template <class B>
Supervisor(B) -> Supervisor<B>;
}
template <class T> T& object();
struct Backend {
#ifdef VIOLATION
    static constexpr bool good = false;
#else
    static constexpr bool good = true;
#endif
};
auto use(int document) {
    return cellos::Supervisor{Backend{}}.run(document);
}
"""


class Check(unittest.TestCase):
    def run_on(self, *texts):
        """The exit status and the output for cases with these texts."""
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()) as out:
            for i, text in enumerate(texts):
                (pathlib.Path(folder) / f"case_{i}.cpp").write_text(text)
            return check.main(["--compiler", COMPILER, folder]), out.getvalue()

    def assert_red(self, text, why):
        status, output = self.run_on(text)
        self.assertEqual(status, 1, output)
        self.assertIn(why, output)

    def test_a_good_case_is_green(self):
        status, output = self.run_on(GOOD)
        self.assertEqual(status, 0, output)
        self.assertIn("1 cases, 1 violations, 0 failed", output)

    def test_a_broken_control(self):
        self.assert_red(GOOD + "int x = y;\n", "the control does not compile")

    def test_one_broken_control_among_good_ones(self):
        status, output = self.run_on(GOOD, GOOD + "int x = y;\n", GOOD)
        self.assertEqual(status, 1)
        self.assertIn("case_1.cpp with g++: the control", output.replace(COMPILER, "g++"))
        self.assertNotIn("case_0.cpp", output)

    def test_a_control_that_only_warns(self):
        self.assert_red(GOOD + "int f(int unused) { return 0; }\n", "the control does not compile")

    def test_a_violation_that_compiles(self):
        self.assert_red(GOOD.replace("== 1", "> 1"), "the violation compiles")

    def test_a_wrong_reason(self):
        self.assert_red(GOOD.replace(', "a', ', "another'), "says: a sentence about it")

    def test_a_missing_include_instead_of_the_reason(self):
        self.assert_red(
            GOOD.replace("static_assert", '#include "missing.hpp"\nstatic_assert'),
            "says: a sentence about it")

    def test_the_text_only_beside_the_error(self):
        self.assert_red(
            GOOD.replace('"a sentence about it"', '"no" /* a sentence about it */'),
            "says: a sentence about it")

    def test_a_second_error_of_another_kind(self):
        self.assert_red(GOOD.replace("#endif", "int x = y;\n#endif"), "says: a sentence about it")

    def test_the_same_error_twice(self):
        line = GOOD.splitlines()[2]
        self.assert_red(GOOD.replace(line, f"{line}\n{line}"), "2 errors instead of 1")

    def test_too_many_lines(self):
        notes = '#pragma message("a note")\n' * 9
        self.assert_red(
            GOOD.replace("#endif", f"{notes}#endif"), "lines of output; at most 25 are allowed")

    def test_no_expectation(self):
        self.assert_red(GOOD.replace("EXPECT", "expect"), "it has no line // EXPECT: …")

    def test_no_cases(self):
        self.assertEqual(self.run_on()[0], 1)

    def test_nothing_expected_of_any_compiler(self):
        other = "g++" if "clang" in COMPILER else "clang++"
        self.assertEqual(self.run_on(GOOD.replace("EXPECT:", f"EXPECT {other}:"))[0], 1)

    def test_other_ways_to_name_a_supervisor(self):
        status, output = self.run_on(SUPERVISOR)
        self.assertEqual(status, 0, output)

    def test_an_error_of_its_own_in_only_one_of_the_other_ways(self):
        # Only std::ref gives it something that its constructor does not take.
        text = SUPERVISOR.replace("T ref(T&)", "T& ref(T&)")
        self.assert_red(text.replace("Supervisor(B) {}", "Supervisor(B&&) {}"), "named in other ways")

    def test_one_folder_of_several(self):
        shared, cases = SUPERVISOR.split("struct Backend")
        with tempfile.TemporaryDirectory() as root, contextlib.redirect_stdout(io.StringIO()) as out:
            folder = pathlib.Path(root) / "backend"
            folder.mkdir()
            header = pathlib.Path(root) / "case.hpp"
            header.write_text("#ifndef CASE\n#define CASE\n" + shared + "#endif\n")
            (folder / "case.cpp").write_text(
                '// EXPECT: a sentence about it\n#include "../case.hpp"\nstruct Backend' + cases)
            for given in root, str(folder):
                status = check.main(["--compiler", COMPILER, "--header", str(header), given])
                self.assertEqual(status, 0, out.getvalue())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        COMPILER = sys.argv.pop(1)
    unittest.main()
