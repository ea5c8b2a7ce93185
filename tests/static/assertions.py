#!/usr/bin/env python3
"""Guards the guards: what is asserted at compile time, and the laws of backends, can only leave with a
line of a list.

Three things are compared:

  * each static_assert of the library and of tests/static with the list assertions.txt beside this script;
  * each law (a SECTION in cellos/testing.hpp) with the same list;
  * each sentence that cellos/core/explain.hpp asserts with the cases in tests/fail: at least one must expect
    it, and is red without it, since nobody else says the sentence.

--renew writes the list. It stands in the repository so that whoever takes an assertion away says so.
"""

import argparse
import collections
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\])*")', re.S)


def code_of(path):
    """Without comments and with one space where there were several."""
    code = COMMENT_OR_TEXT.sub(lambda match: match[1] or " ", path.read_text())
    return re.sub(r"\s+", " ", code)


def calls(code, name):
    """What stands between the parentheses of each `name(…)`."""
    for call in re.finditer(rf"\b{name} ?\(", code):
        depth, at, in_text = 1, call.end(), False
        while depth:
            if code[at] == '"' and code[at - 1] != "\\":
                in_text = not in_text
            elif not in_text:
                depth += {"(": 1, ")": -1}.get(code[at], 0)
            at += 1
        yield code[call.end():at - 1].strip()


def assertions(root):
    """One line for each assertion, and as many equal ones as there are in a file."""
    for folder in ("include", "tests/static"):
        for path in sorted((root / folder).rglob("*.[chi]pp")):
            for condition in calls(code_of(path), "static_assert"):
                yield f"{path.relative_to(root)}: {condition}"
    for law in calls(code_of(root / "include/cellos/testing.hpp"), "SECTION"):
        yield f"law: {law}"


def unexplained(root):
    """The sentences of the ladder that no case expects."""
    expected = set()
    for case in (root / "tests/fail").rglob("*.cpp"):
        expected.update(re.findall(r"^// EXPECT ?(?:g\+\+|clang\+\+)?: (.+)$", case.read_text(), re.M))
    for condition in calls(code_of(root / "include/cellos/core/explain.hpp"), "static_assert"):
        sentence = "".join(re.findall(r'"((?:\\.|[^"\\])*)"', condition))
        if sentence not in expected:
            yield sentence


def check(root, listed):
    """Everything that is wrong, one line each."""
    found = collections.Counter(assertions(root))
    known = collections.Counter(listed.read_text().splitlines())
    for line in sorted((known - found).elements()):
        yield f"is gone: {line}"
    for line in sorted((found - known).elements()):
        yield f"is not in {listed.name} (--renew): {line}"
    for sentence in unexplained(root):
        yield f"no case in tests/fail expects: {sentence}"


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=HERE.parent.parent)
    parser.add_argument("--renew", action="store_true")
    options = parser.parse_args()

    listed = options.root / "tests/static/assertions.txt"
    if options.renew:
        listed.write_text("".join(f"{line}\n" for line in sorted(assertions(options.root))))
    wrong = list(check(options.root, listed))
    for line in wrong:
        print(line)
    print(f"{sum(1 for _ in assertions(options.root))} assertions and laws, {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
