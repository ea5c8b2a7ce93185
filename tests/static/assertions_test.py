#!/usr/bin/env python3
"""Tests of assertions.py: whatever leaves must turn it red."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent / "assertions.py"
FILES = {
    "include/cellos/stub.hpp": 'static_assert(Backend<Stub>);\nstatic_assert(f(1, ")"), "a \\"text\\" // here");\n',
    "include/cellos/core/explain.hpp": 'static_assert(never<B>, "B is "\n    "no backend");\n',
    "include/cellos/testing.hpp": 'SECTION("a law") {}\nSECTION("another law") {}\n',
    "tests/static/backend.cpp": "static_assert(!Backend<int>);\nstatic_assert(!Backend<int>);\n",
    "tests/fail/case.cpp": "// EXPECT: B is no backend\n",
}


class Assertions(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for path, text in FILES.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
        self.assertEqual(self.run_script("--renew"), (0, "7 assertions and laws, 0 problems\n"))

    def run_script(self, *options):
        done = subprocess.run([sys.executable, "-B", SCRIPT, "--root", self.root, *options],
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout

    def assert_red(self, path, old, new, why):
        text = (self.root / path).read_text()
        self.assertIn(old, text)
        (self.root / path).write_text(text.replace(old, new, 1))
        code, output = self.run_script()
        self.assertEqual(code, 1)
        self.assertIn(why, output)

    def test_nothing_changed(self):
        self.assertEqual(self.run_script()[0], 0)

    def test_each_assertion_that_leaves_is_named(self):
        for path, text in FILES.items():
            for line in text.splitlines():
                if line.startswith(("static_assert", "SECTION")) and line.endswith((";", "}")):
                    with self.subTest(line):
                        self.assert_red(path, line, "", "is gone: ")
                        (self.root / path).write_text(text)

    def test_one_of_two_equal_ones_leaves(self):
        self.assert_red("tests/static/backend.cpp", "static_assert(!Backend<int>);\n", "",
                        "is gone: tests/static/backend.cpp: !Backend<int>")

    def test_one_becomes_a_comment(self):
        self.assert_red("tests/static/backend.cpp", "static_assert", "// static_assert", "is gone: ")

    def test_one_is_weakened(self):
        self.assert_red("include/cellos/stub.hpp", "Backend<Stub>", "true", "is gone: ")

    def test_a_new_one_is_not_listed(self):
        self.assert_red("include/cellos/stub.hpp", "static_assert(Back", "static_assert(true);\nstatic_assert(Back",
                        "is not in assertions.txt (--renew): ")

    def test_a_sentence_without_a_case(self):
        (self.root / "tests/fail/case.cpp").unlink()
        code, output = self.run_script()
        self.assertEqual(code, 1)
        self.assertIn("no case in tests/fail expects: B is no backend", output)


if __name__ == "__main__":
    unittest.main()
