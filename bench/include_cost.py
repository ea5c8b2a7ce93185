#!/usr/bin/env python3
"""What an include costs: seconds and template instantiations, as ratios to what it must include anyway.

Seconds are the best of several runs of `-fsyntax-only`, all in turn, so that a drift of the machine
hits all alike. Instantiations are what clang's -ftime-trace tells of classes and functions: the same on
every machine with the same compiler and standard library.

--expected FILE    count what FILE names, and fail if a count differs by more than 5 % from the one there;
                   measures no time. Counts hold for one compiler and standard library, which FILE names
                   too; with others there is nothing to compare
--renew FILE       count that once more and write FILE
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SLACK = 0.05

# The standard and expected headers that the public surface names.
SURFACE = ["chrono", "cstddef", "cstdint", "filesystem", "map", "memory", "optional", "span",
           "stop_token", "string", "string_view", "variant", "vector", "tl/expected.hpp"]
VOCABULARY = [f"cellos/core/{name}.hpp" for name in (
    "backend_concepts", "document", "exit_status", "handle", "report", "result", "run_context")]
SOURCES = {
    "<string>": ["string"],
    "<filesystem>": ["filesystem"],
    "S": SURFACE,
    "nlohmann/json.hpp": ["nlohmann/json.hpp"],
    "concepts": ["cellos/core/backend_concepts.hpp", "cellos/core/port_concepts.hpp"],
    "backend": VOCABULARY,
    "stub supervisor": ["cellos/host/stub.hpp", "cellos/supervisor.hpp"],
    "gVisor supervisor": ["cellos/host/gvisor.hpp", "cellos/supervisor.hpp"],
    "umbrella": ["cellos/cellos.hpp"],
}
# What is measured, what it is compared to, and the most that it may cost, where that is laid down.
BUDGETS = [
    ("concepts", "<string>", 2.0),
    ("backend", "S", 1.35),
    ("stub supervisor", "S", 1.6),
    ("gVisor supervisor", "S", None),
    ("umbrella", "nlohmann/json.hpp", 3.0),
    ("concepts", "<filesystem>", None),
    ("umbrella", "<filesystem>", None),
]
USES = {
    "stub supervisor": "auto use(const cellos::ExecutionCellDocument& document) {\n"
                       "    return cellos::Supervisor{cellos::StubCellBackend{}}.run(document);\n}\n",
    "gVisor supervisor": "auto use(const cellos::ExecutionCellDocument& document) {\n"
                         "    return cellos::Supervisor{cellos::GVisorCellBackend{}}.run(document);\n}\n",
}


def write_sources(folder):
    for name, headers in SOURCES.items():
        includes = "".join(f"#include <{header}>\n" for header in headers)
        source(folder, name).write_text(includes + USES.get(name, ""))


def source(folder, name):
    plain = "".join(c if c.isalnum() else "_" for c in name)
    return folder / f"{plain}.cpp"


def versions(compiler):
    """Of the compiler and its standard library, as FILE has them."""
    macros = subprocess.run([compiler, "-std=c++20", "-dM", "-E", "-xc++", "-include", "string", "/dev/null"],
                            check=True, capture_output=True, text=True).stdout
    values = dict(re.findall(r"^#define (\w+) (\d+)$", macros, re.M))
    return (f"clang {values.get('__clang_major__')}, libstdc++ {values.get('_GLIBCXX_RELEASE')}, "
            f"{values.get('__SIZEOF_POINTER__')}-byte pointers")


def instantiations(compiler, folder, name):
    output = source(folder, name).with_suffix(".o")
    subprocess.run([compiler, "-std=c++20", f"-I{ROOT / 'include'}", "-c", "-ftime-trace",
                    "-ftime-trace-granularity=0", source(folder, name), "-o", output], check=True)
    events = json.loads(output.with_suffix(".json").read_text())["traceEvents"]
    return sum(event["name"] in ("InstantiateClass", "InstantiateFunction") for event in events)


def seconds(compiler, folder, rounds):
    best = dict.fromkeys(SOURCES, float("inf"))
    for _ in range(rounds):
        for name in SOURCES:
            start = time.monotonic()
            subprocess.run([compiler, "-std=c++20", f"-I{ROOT / 'include'}", "-fsyntax-only",
                            source(folder, name)], check=True)
            best[name] = min(best[name], time.monotonic() - start)
    return best


def report(title, unit, costs):
    """Prints the ratios of what was measured; returns those beyond their budget."""
    print(f"{title}: " + ", ".join(f"{name} {cost:{unit}}" for name, cost in costs.items()))
    beyond = []
    for name, base, most in BUDGETS:
        if name not in costs or base not in costs:
            continue
        ratio = costs[name] / costs[base]
        verdict = "" if most is None else f"   of at most {most}"
        print(f"    {name:<18} {ratio:5.2f} × {base:<18}{verdict}")
        if most is not None and ratio > most:
            beyond.append(f"{name} costs {ratio:.2f} × {base}, at most {most} is allowed ({title})")
    return beyond


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", action="append", help="for the seconds; default: g++ and clang++-16")
    parser.add_argument("--clang", default="clang++-16", help="counts the instantiations")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--expected", type=pathlib.Path)
    parser.add_argument("--renew", type=pathlib.Path)
    options = parser.parse_args()

    guarding = options.renew or options.expected
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write_sources(folder)
        known = json.loads((options.renew or options.expected).read_text()) if guarding else {}
        used = versions(options.clang)
        if options.expected and used != known["compiler"]:
            print(f"SKIPPED: cost/includes: the counts are those of {known['compiler']}; this is {used}")
            return 0
        counts = {name: instantiations(options.clang, folder, name)
                  for name in known.get("instantiations", SOURCES)}
        beyond = report(f"instantiations ({options.clang})", "d", counts)
        if options.renew:
            options.renew.write_text(
                json.dumps({"compiler": used, "instantiations": counts}, indent=4) + "\n")
        elif options.expected:
            for name, expected in known["instantiations"].items():
                if abs(counts[name] - expected) > SLACK * expected:
                    wrong.append(f"{name}: {counts[name]} instantiations, {expected} expected within "
                                 f"{SLACK:.0%}; if that is meant: {sys.argv[0]} --renew {options.expected}")
        else:
            wrong += beyond
            for compiler in options.compiler or ["g++", "clang++-16"]:
                wrong += report(f"seconds ({compiler})", ".2f", seconds(compiler, folder, options.rounds))
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
