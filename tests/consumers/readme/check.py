#!/usr/bin/env python3
"""Compiles every C++ block of a Markdown document: check.py --root REPO --compiler CXX README.md

A block is what stands between ```cpp and ```. How it is compiled depends on what it begins with and
on the HTML comment in the line above it:

  * a block with a line `#include …` is a source file of its own, as it stands;
  * any other block is a fragment, and is put in the place of the line `// <block>` of a context, a
    source file in the folder `contexts` beside this script. `<!-- context: NAME -->` names it; the
    default is `statements`, the body of a function in which the names of namespace cellos are known;
  * `<!-- excerpt: PATH -->`: the block stands in that file of the repository, apart from indentation;
    a line `// …` stands for lines that were left out. The file is compiled, not the block;
  * a block whose first line is `// doesn't compile` must be refused by the compiler, and where that
    line goes on with `: TEXT`, the TEXT must stand in an error. The block without the lines that end
    in `// error` must compile, so that it fails for no other reason.

Warnings are errors, but a fragment need not use what it declares. Needs -fsyntax-only and no more
than the headers: nothing is linked or run.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

CONTEXTS = pathlib.Path(__file__).resolve().parent / "contexts"
PLACE = "// <block>"
LINES_SHOWN = 15  # of a compiler's errors: the first one is what counts
REFUSED = re.compile(r"// doesn't compile(?:: (?P<text>.*))?$")
COMMENT = re.compile(r"<!--\s*(context|excerpt):\s*(\S+)\s*-->$")


class Block:
    """The lines between the fences, and where and under which comment they stand."""

    def __init__(self, line, comment, lines):
        self.line = line
        self.kind, self.argument = comment or ("context", None)
        self.lines = lines


def blocks_of(text):
    """All ```cpp blocks; other fences are skipped, so that a block quoted in one is no block."""
    blocks, lines = [], text.splitlines()
    at = 0
    while at < len(lines):
        fence = re.match(r"(`{3,})(.*)$", lines[at])
        at += 1
        if not fence:
            continue
        begin = at
        while at < len(lines) and lines[at].rstrip() != fence[1]:
            at += 1
        if at == len(lines):
            raise SystemExit(f"line {begin}: this block has no end")
        if fence[2].strip() == "cpp":
            above = COMMENT.match(lines[begin - 2].strip()) if begin >= 2 else None
            blocks.append(Block(begin, above and above.groups(), lines[begin:at]))
        at += 1
    return blocks


def source_of(block, lines):
    if any(line.startswith("#include") for line in lines):
        return "\n".join(lines) + "\n"
    context = (CONTEXTS / f"{block.argument or 'statements'}.cpp").read_text()
    before, after = context.split(PLACE)
    return before + "\n".join(lines) + after


def excerpt_problem(block, root):
    """Each run of lines between two `// …` must stand in the file, in the order of the block."""
    stripped = [line.strip() for line in (root / block.argument).read_text().splitlines()]
    at, run = 0, []
    for line in [*(line.strip() for line in block.lines), "// …"]:
        if line not in ("// …", "// ..."):
            run.append(line)
            continue
        while run and stripped[at : at + len(run)] != run:
            at += 1
            if at > len(stripped):
                return f"not in {block.argument}: {' / '.join(run[:3])}"
        at, run = at + len(run), []
    return None


class Checker:
    def __init__(self, root, compiler):
        self.root = root
        self.command = [
            # Declarations are enough.
            *compiler.split(), "-std=c++20", "-fsyntax-only", "-DCELLOS_SEPARATE_COMPILATION", "-Wall", "-Wextra", "-Werror",
            "-Wno-unused-variable", "-Wno-unused-but-set-variable", "-Wno-unused-function",
            "-I", str(root / "include"), "-I", str(root / "examples"),
        ]

    def errors(self, source):
        """What the compiler has to say against a source; empty if it takes it."""
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "block.cpp"
            path.write_text(source)
            done = subprocess.run(
                [*self.command, str(path)], capture_output=True, text=True, timeout=300
            )
        return "" if done.returncode == 0 else done.stderr or "the compiler failed silently"

    def problem(self, block):
        """Why the block is wrong, or None."""
        if block.kind == "excerpt":
            return excerpt_problem(block, self.root)
        refused = block.lines and REFUSED.match(block.lines[0])
        errors = self.errors(source_of(block, block.lines))
        if not refused:
            return errors or None
        if not errors:
            return "compiles, but says that it doesn't"
        rest = [line for line in block.lines if not line.rstrip().endswith("// error")]
        if other := self.errors(source_of(block, rest)):
            return "without its `// error` lines it doesn't compile either:\n" + other
        text = refused["text"]
        if text and not any("error:" in line and text in line for line in errors.splitlines()):
            return f"no error says '{text}':\n{errors}"
        return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=pathlib.Path, required=True)
    parser.add_argument("--compiler", required=True)
    parser.add_argument("document", type=pathlib.Path)
    arguments = parser.parse_args()

    blocks = blocks_of(arguments.document.read_text())
    checker = Checker(arguments.root, arguments.compiler)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        problems = list(pool.map(checker.problem, blocks))
    for block, problem in zip(blocks, problems):
        if problem:
            beginning = "\n".join(problem.splitlines()[:LINES_SHOWN])
            print(f"{arguments.document.name}:{block.line}: {beginning}")
    wrong = sum(problem is not None for problem in problems)
    print(f"{len(blocks)} C++ blocks, {wrong} of them wrong")
    sys.exit(1 if wrong or not blocks else 0)


if __name__ == "__main__":
    main()
