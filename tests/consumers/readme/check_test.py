"""Tests of check.py: each way in which a block can be wrong turns it red."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CHECK = pathlib.Path(__file__).resolve().parent / "check.py"
COMPILER = sys.argv.pop(1)


class Check(unittest.TestCase):
    def check(self, markdown):
        """The exit code and the output for a document, in a repository of its own."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "include").mkdir()
            (root / "examples").mkdir()
            (root / "source.hpp").write_text("int f() {\n    int a = 1;\n    a += 2;\n    return a;\n}\n")
            (root / "README.md").write_text(markdown)
            done = subprocess.run(
                [sys.executable, "-B", CHECK, "--root", root, "--compiler", COMPILER, root / "README.md"],
                capture_output=True, text=True, timeout=300,
            )
        return done.returncode, done.stdout

    def assert_right(self, markdown):
        code, output = self.check(markdown)
        self.assertEqual(code, 0, output)

    def assert_wrong(self, markdown, text):
        code, output = self.check(markdown)
        self.assertEqual(code, 1)
        self.assertIn(text, output)

    def test_a_source_that_compiles(self):
        self.assert_right("```cpp\n#include <cstddef>\nstd::size_t size = 1;\n```\n")

    def test_a_source_that_does_not(self):
        self.assert_wrong("x\n\n```cpp\n#include <cstddef>\nint i = \"text\";\n```\n", "README.md:3: ")

    def test_a_warning(self):
        self.assert_wrong(
            "```cpp\n#include <cstddef>\nbool f(unsigned u) { return u < 0; }\n```\n", "type-limits"
        )

    def test_a_document_without_blocks(self):
        self.assert_wrong("```sh\nls\n```\n", "0 C++ blocks")

    def test_a_block_quoted_in_another_one(self):
        self.assert_wrong("````text\n```cpp\nnonsense\n```\n````\n", "0 C++ blocks")

    def test_an_unknown_context(self):
        code, _ = self.check("<!-- context: nowhere -->\n```cpp\nint i;\n```\n")
        self.assertNotEqual(code, 0)

    def test_refused_as_it_says(self):
        self.assert_right(
            "```cpp\n// doesn't compile: conversion\n#include <cstddef>\nint* p = 1; // error\n```\n"
        )

    def test_refused_for_another_reason(self):
        self.assert_wrong(
            "```cpp\n// doesn't compile: sandbox\n#include <cstddef>\nint* p = 1; // error\n```\n",
            "no error says 'sandbox'",
        )

    def test_refused_also_without_the_error(self):
        self.assert_wrong(
            "```cpp\n// doesn't compile\n#include <cstddef>\nint* p = 1;\n```\n", "either"
        )

    def test_taken_although_it_says_refused(self):
        self.assert_wrong("```cpp\n// doesn't compile\n#include <cstddef>\nint i;\n```\n", "says")

    def test_an_excerpt(self):
        self.assert_right(
            "<!-- excerpt: source.hpp -->\n```cpp\nint f() {\n  // …\n  return a;\n}\n```\n"
        )

    def test_an_excerpt_that_has_changed(self):
        self.assert_wrong(
            "<!-- excerpt: source.hpp -->\n```cpp\nint f() {\n  // …\n  return b;\n```\n", "not in"
        )

    def test_an_excerpt_in_another_order(self):
        self.assert_wrong(
            "<!-- excerpt: source.hpp -->\n```cpp\nreturn a;\n// …\na += 2;\n```\n", "not in"
        )


if __name__ == "__main__":
    unittest.main()
