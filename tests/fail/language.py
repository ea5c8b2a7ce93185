#!/usr/bin/env python3
"""Whoever compiles the library with too little of the language reads one sentence: it is the first
error, and what follows is a few lines. Checked with the header that each program includes, and with
each door alone.

language.py --include FOLDER --compiler COMPILER... [--old-clang COMPILER]

Without an old clang++ its version is pretended.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

MOST_LINES = 25  # with the chain of includes that leads to the sentence
PROGRAM = """#include <{door}>
int main() {{ return cellos::Supervisor{{cellos::StubCellBackend{{}}}}.run({{}}).has_value(); }}
"""
DOORS = ["cellos/cellos.hpp", "cellos/core.hpp", "cellos/json.hpp", "cellos/supervisor.hpp",
         "cellos/host/gvisor.hpp", "cellos/host/prewarmed.hpp", "cellos/host/stub.hpp"]


def cases(options):
    """What is compiled with, and what must be said of it."""
    for compiler in options.compiler:
        yield [compiler, "-std=c++17"], "cellos needs C++20: compile with -std=c++20 or later"
        yield [compiler, "-std=c++20", "-fno-exceptions"], "cellos needs exceptions: compile without"
        if "clang" in compiler:
            yield ([compiler, "-std=c++20", "-Wno-builtin-macro-redefined", "-D__clang_major__=15"],
                   "cellos needs clang++ 16 or later")
    if options.old_clang:
        yield [options.old_clang, "-std=c++20"], "cellos needs clang++ 16 or later"


def complaint(command, include, door, sentence, folder):
    """What is wrong with what the compiler says; None if nothing is."""
    source = pathlib.Path(folder) / "program.cpp"
    source.write_text(PROGRAM.format(door=door))
    done = subprocess.run([*command, "-fsyntax-only", f"-I{include}", source],
                          capture_output=True, encoding="utf-8")
    lines = done.stderr.splitlines()
    errors = [line for line in lines if re.search(r"\berror: ", line)]
    if done.returncode == 0:
        return "compiles"
    if not errors or sentence not in errors[0]:
        return f"the first error does not say '{sentence}':\n" + "\n".join(lines[:MOST_LINES])
    if len(lines) > MOST_LINES:
        return f"{len(lines)} lines; at most {MOST_LINES} are allowed"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--include", required=True)
    parser.add_argument("--compiler", action="append", required=True)
    parser.add_argument("--old-clang")
    options = parser.parse_args()

    checked, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for command, sentence in cases(options):
            for door in DOORS:
                checked += 1
                if wrong := complaint(command, options.include, door, sentence, folder):
                    failed += 1
                    print(f"FAILED: {' '.join(command)} with <{door}>: {wrong}")
    print(f"{checked} checked, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
