#!/usr/bin/env python3
"""What it costs to compile against cellos: processor seconds and memory of small programs, in the ways
that there are to compile the library's bodies (include/cellos/core/config.hpp).

All programs are compiled in turn, at -O0, so that a drift of the machine hits all alike. A figure is the
median over the rounds; a ratio is the median of the ratios within a round.

--compiler PROGRAM   may be repeated; default: g++ and clang++-16
--rounds N           default: 7
--against FOLDER     measure another checkout's header-only mode beside it, as "before"
--json FILE          leave what was measured there

Ends with 1 if a budget is exceeded.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from spread import median, pairwise

ROOT = pathlib.Path(__file__).resolve().parent.parent
BEFORE = "before"
WAYS = {"header-only": [], "compiled": ["-DCELLOS_COMPILED"]}

# The standard and expected headers that the public surface names.
SURFACE = ["chrono", "cstddef", "cstdint", "filesystem", "map", "memory", "optional", "span",
           "stop_token", "string", "string_view", "variant", "vector", "tl/expected.hpp"]
S, JSON = "S: standard headers of the surface", "`nlohmann/json.hpp`"
# Without cellos, hence the same in each way.
BASES = {S: (SURFACE, ""), JSON: (["nlohmann/json.hpp"], "")}

LIFE = "auto use(const cellos::ExecutionCellDocument& document) {{ return {}.run(document); }}\n"
INCLUDE_ALL, PARSE, STUB = "include `cellos/cellos.hpp`", "`parse_document`", "stub supervisor"
GVISOR, PREWARMED, README = "gVisor supervisor", "`Prewarmed`", "the README's program"
PROGRAMS = {
    INCLUDE_ALL: (["cellos/cellos.hpp"], ""),
    PARSE: (["cellos/json.hpp"], "auto use(std::string_view text) { return cellos::parse_document(text); }\n"),
    STUB: (["cellos/host/stub.hpp", "cellos/supervisor.hpp"],
           LIFE.format("cellos::Supervisor{cellos::StubCellBackend{}}")),
    "stub + `JsonLinesEventSink`": (
        ["cellos/host/stub.hpp", "cellos/sink/json_lines.hpp", "cellos/supervisor.hpp"],
        LIFE.format('cellos::Supervisor{cellos::StubCellBackend{}, cellos::JsonLinesEventSink{"events"}}')),
    GVISOR: (["cellos/host/gvisor.hpp", "cellos/supervisor.hpp"],
             LIFE.format("cellos::Supervisor{cellos::GVisorCellBackend{}}")),
    PREWARMED: (["cellos/host/gvisor.hpp", "cellos/host/prewarmed.hpp", "cellos/supervisor.hpp"],
                LIFE.format("cellos::Supervisor{cellos::Prewarmed{cellos::GVisorCellBackend{}}}")),
}
# (program, way, compared with, in which way, most): issue 12.
BUDGETS = [
    (INCLUDE_ALL, "compiled", JSON, None, 1.2),
    (README, "compiled", JSON, None, 2.5),
    (STUB, "compiled", S, None, 3.0),
    (GVISOR, "compiled", S, None, 3.0),
    (PREWARMED, "compiled", S, None, 4.0),
    (README, "header-only", README, BEFORE, 1.15),
]
MEMORY_BUDGETS = [(README, "compiled", 400)]  # MB


def readme_program():
    return re.search(r"^```cpp\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)[1]


def sources(folder):
    """{program: file}"""
    texts = {name: "".join(f"#include <{header}>\n" for header in headers) + text
             for name, (headers, text) in (BASES | PROGRAMS).items()}
    texts[README] = readme_program()
    files = {}
    for number, (name, text) in enumerate(texts.items()):
        files[name] = folder / f"{number}.cpp"
        files[name].write_text(text)
    return files


def compile_once(compiler, include, options, source):
    """(processor seconds, peak MB)"""
    process = subprocess.Popen([compiler, "-std=c++20", "-O0", f"-I{include}", *options, "-c", source,
                                "-o", source.with_suffix(".o")])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{compiler} {' '.join(options)} could not compile:\n{source.read_text()}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(compiler, rounds, against):
    """[{program, way (None: without cellos), seconds: [], mb: []}]"""
    with tempfile.TemporaryDirectory() as folder:
        files = sources(pathlib.Path(folder))
        ways = {way: (ROOT / "include", options) for way, options in WAYS.items()}
        if against:
            ways = {BEFORE: (against / "include", [])} | ways
        rows = [{"program": name, "way": None, "seconds": [], "mb": []} for name in BASES]
        rows += [{"program": name, "way": way, "seconds": [], "mb": []}
                 for name in files if name not in BASES for way in ways]
        for _ in range(rounds):
            for row in rows:
                include, options = ways.get(row["way"], (ROOT / "include", []))
                seconds, mb = compile_once(compiler, include, options, files[row["program"]])
                row["seconds"].append(round(seconds, 3))
                row["mb"].append(round(mb))
    return rows


def find(rows, program, way):
    return next((row for row in rows if (row["program"], row["way"]) == (program, way)), None)


def verdicts(measured):
    """(what, required, measured, met) for each budget that can be told."""
    for compiler, rows in measured.items():
        for program, way, base, base_way, most in BUDGETS:
            row, other = find(rows, program, way), find(rows, base, base_way)
            if row is None or other is None:
                continue
            ratio = median(pairwise(row["seconds"], other["seconds"]))
            against = base if base_way is None else base_way
            yield (f"{program}, {way}, {compiler}", f"≤ {most} × {against}", f"{ratio:.2f} ×", ratio <= most)
        for program, way, most in MEMORY_BUDGETS:
            if row := find(rows, program, way):
                mb = median(row["mb"])
                yield f"{program}, {way}, {compiler}: memory", f"≤ {most} MB", f"{mb:.0f} MB", mb <= most


def columns(rows):
    """The ways in which the programs were compiled, in their order."""
    return list(dict.fromkeys(row["way"] for row in rows if row["way"]))


def cells(rows):
    """[program, then for each way: seconds and MB]"""
    lines = []
    for program in dict.fromkeys(row["program"] for row in rows):
        line = [program]
        for way in columns(rows):
            row = find(rows, program, way) or find(rows, program, None)
            line.append(f"{median(row['seconds']):.2f} s, {median(row['mb']):.0f} MB")
        lines.append(line)
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", action="append")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--against", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()

    measured = {compiler: measure(compiler, options.rounds, options.against)
                for compiler in options.compiler or ["g++", "clang++-16"]}
    if options.json:
        options.json.write_text(json.dumps(measured))
    for compiler, rows in measured.items():
        print(f"{compiler:<38}" + "".join(f"{way:>20}" for way in columns(rows)))
        for line in cells(rows):
            print(f"    {line[0]:<34}" + "".join(f"{cell:>20}" for cell in line[1:]))
    met = True
    for what, required, figure, holds in verdicts(measured):
        print(f"{what}: {figure}, {required}{'' if holds else '   EXCEEDED'}")
        met = met and holds
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
