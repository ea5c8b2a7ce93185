#!/usr/bin/env python3
"""Checks that what must not compile does not, and says why.

A case is one source file. As it stands it must compile (the control); with VIOLATION defined it must
not, and the compiler must say the expected text on an error line, as the only error, in at most 25
lines of output. The case names that text in its first lines:

    // EXPECT: B must have destroy(const CellHandle&) -> Result<TeardownReport>

`// EXPECT g++: …` and `// EXPECT clang++: …` are for one compiler only; a compiler for which a case
expects nothing skips it.

A case that runs a supervisor, `cellos::Supervisor{Backend{}, Sink{}}.run(document)`, is checked once
more with that expression written in the other ways in which a program may name a supervisor, each with
types of its own: every one of them must say the same, and nothing else.

Cases include nothing but the shared header: that one is compiled once, and several cases, or several
forms of one, are compiled as one source, each in a namespace of its own.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import pathlib
import re
import subprocess
import sys
import tempfile

MOST_LINES = 25
FLAGS = ["-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow",
         "-Werror"]
SUPERVISED = re.compile(r"cellos::Supervisor\{(.*)\}\.run\(document\)")


class Compiler:
    """One compiler, with the header that the cases share compiled once."""

    def __init__(self, command, include, header, folder):
        self.command = command
        self.folder = folder / command.replace("/", "_")
        self.folder.mkdir()
        self.family = "clang++" if "clang" in command else "g++"
        self.flags = FLAGS + [f"-I{path}" for path in include]
        if self.family == "clang++":
            self.flags.append("-Wconsumed")
        if header:
            self.flags += self.precompile(header, self.folder)

    def precompile(self, header, folder):
        copy = folder / header.name
        copy.write_text(header.read_text())
        output = copy.with_name(copy.name + (".pch" if self.family == "clang++" else ".gch"))
        flags = [flag for flag in self.flags if flag != "-fsyntax-only"] + ["-w", "-xc++-header"]
        if self.family == "clang++":
            flags.append("-fpch-instantiate-templates")
        subprocess.run([self.command, *flags, copy, "-o", output], check=True)
        return ["-include-pch", output] if self.family == "clang++" else ["-include", copy]

    def compile(self, source, *flags):
        """The exit status and what the compiler had to say."""
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = subprocess.run([self.command, *self.flags, *flags, source], env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
        return done.returncode, done.stdout

    def compile_together(self, name, texts, *flags):
        """The same for several texts, each in a namespace of its own. They find the copy of the shared
        header where cases find the original, one folder up."""
        source = self.folder / "together" / name.replace("/", "_")
        source.parent.mkdir(exist_ok=True)
        source.write_text("".join(
            f"namespace part_{i} {{\n{text}\n}}\n" for i, text in enumerate(texts)))
        return self.compile(source, *flags)


@dataclasses.dataclass
class Case:
    path: pathlib.Path
    name: str

    def __post_init__(self):
        self.text = self.path.read_text()
        self.expected = dict(re.findall(r"^// EXPECT ?(g\+\+|clang\+\+|): (.+)$", self.text, re.M))

    def expects(self, compiler):
        return self.expected.get(compiler.family, self.expected.get(""))

    def other_ways(self):
        """The same case with its supervisor named in each of the other ways; empty if it has none."""
        supervised = SUPERVISED.search(self.text)
        if not supervised:
            return []
        values = supervised[1].split(", ")
        types = ", ".join(value.removesuffix("{}") for value in values)
        shared = ", ".join(f"std::ref(object<{value.removesuffix('{}')}>())" for value in values)
        return [self.text.replace(supervised[0], way) for way in (
            f"cellos::Supervisor<{types}>{{{supervised[1]}}}.run(document)",
            f"cellos::Supervisor{{{shared}}}.run(document)",
            f"object<cellos::Supervisor<{types}>>().run(document)",
            f"static_cast<void>(document), sizeof(cellos::Supervisor<{types}>)",
        )]


def complaint(expected, status, output, errors=1):
    """What is wrong with a violation's output; None if nothing is."""
    lines = output.splitlines()
    found = [line for line in lines if re.search(r"\berror: ", line)]
    if status == 0:
        return "the violation compiles"
    if not all(expected in line for line in found) or not found:
        return f"no error line, or not each, says: {expected}"
    if len(found) != errors:
        return f"{len(found)} errors instead of {errors}"
    if len(lines) > MOST_LINES * errors:
        return f"{len(lines)} lines of output; at most {MOST_LINES * errors} are allowed"
    return None


def check_controls(cases, compiler):
    """A list of (case, what is wrong, the compiler's output)."""
    status, _ = compiler.compile_together("controls.cpp", [case.text for case in cases])
    if status == 0:
        return []
    outcomes = [(case, *compiler.compile(case.path)) for case in cases]
    return [(case, "the control does not compile", output)
            for case, status, output in outcomes if status != 0]


def check_violation(case, compiler):
    """The same for one case."""
    if not case.expected:
        return [(case, "it has no line // EXPECT: …", "")]
    expected = case.expects(compiler)
    if expected is None:
        return []

    status, output = compiler.compile(case.path, "-DVIOLATION")
    if wrong := complaint(expected, status, output):
        return [(case, wrong, output)]

    if ways := case.other_ways():
        status, output = compiler.compile_together(case.name, ways, "-DVIOLATION")
        if wrong := complaint(expected, status, output, len(ways)):
            return [(case, f"named in other ways: {wrong}", output)]
    return []


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", action="append", required=True, help="may be given twice")
    parser.add_argument("--include", action="append", default=[], help="a folder of headers")
    parser.add_argument("--header", type=pathlib.Path, help="included before each case, compiled once")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("folder", type=pathlib.Path, help="where the cases are, in whatever folders")
    options = parser.parse_args(arguments)

    cases = [Case(path, str(path.relative_to(options.folder)))
             for path in sorted(options.folder.rglob("*.cpp"))]
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        compilers = list(pool.map(
            lambda command: Compiler(command, options.include, options.header, pathlib.Path(folder)),
            options.compiler))
        jobs = {}
        for compiler in compilers:
            jobs[pool.submit(check_controls, cases, compiler)] = compiler
        for case in cases:
            for compiler in compilers:
                jobs[pool.submit(check_violation, case, compiler)] = compiler
        failures = [(compiler, *failure) for job, compiler in jobs.items() for failure in job.result()]

    for compiler, case, wrong, output in failures:
        print(f"FAILED: {case.name} with {compiler.command}: {wrong}\n{output}")
    checked = sum(case.expects(compiler) is not None for case in cases for compiler in compilers)
    print(f"{len(cases)} cases, {checked} violations, {len(failures)} failed")
    return 1 if failures or not checked else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
