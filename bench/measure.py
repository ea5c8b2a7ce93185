#!/usr/bin/env python3
"""Runs the benchmarks of bench/run and keeps what they measured.

measure.py --programs FOLDER --results FOLDER [--quick] [--platform NAME=RUNSC]... SECTION...

Each section leaves RESULTS/<section>.json; all that are there become RESULTS/results.json, a table
(results.md) and two pictures, by report.py. Sections that are not named keep what they have; to publish
some sections only, what --published has of the others stands in for what was never measured here.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import subprocess
import sys

import report

BENCH = pathlib.Path(__file__).resolve().parent


def output_of(command, check=True):
    print("   ", " ".join(map(str, command)), file=sys.stderr)
    return subprocess.run(command, check=check, stdout=subprocess.PIPE, encoding="utf-8").stdout


def google_benchmark(options, program, name_filter=".", repetitions=9):
    """{benchmark: [microseconds of each repetition]}; the repetitions of all are shuffled."""
    text = output_of([
        options.programs / program, "--benchmark_format=json", f"--benchmark_filter={name_filter}",
        "--benchmark_enable_random_interleaving=true",
        f"--benchmark_repetitions={2 if options.quick else repetitions}",
        f"--benchmark_min_time={0.001 if options.quick else 0.02}"])
    scale = {"ns": 1e-3, "us": 1, "ms": 1e3, "s": 1e6}
    times = {}
    for run in json.loads(text)["benchmarks"]:
        if run["run_type"] != "iteration":
            continue
        if run.get("error_occurred"):
            times[run["run_name"]] = {"why": run["error_message"]}
            continue
        clock = "real_time" if "/real_time" in run["run_name"] else "cpu_time"
        time = round(run[clock] * scale[run["time_unit"]], 4)
        times.setdefault(run["run_name"], []).append(time)
    return times


def cells(options, experiment):
    command = [options.programs / "cells_driver", experiment, *options.platform,
               *([f"rounds={options.rounds}"] if options.rounds else [])]
    return json.loads(output_of(command + ["--quick"] * options.quick))


def shells(options):
    """{counter: value} of eight threads against eight shells."""
    if options.quick:
        return {}
    text = output_of([options.programs / "throughput_bench", "--benchmark_format=json"])
    run = json.loads(text)["benchmarks"][0]
    if run.get("error_occurred"):
        return {"why": run["error_message"]}
    return {name: round(value, 3) for name, value in run.items() if "cells_per_s" in name or "ratio" in name}


def instructions(options):
    """[ports, by hand, template, ratio, virtual, ratio] of one life, by callgrind."""
    if options.quick:
        return []
    text = output_of([BENCH / "pipeline_instructions.py"])
    rows = re.findall(r"^ +([013])" + r" +([\d.]+)" * 5 + "$", text, re.MULTILINE)
    return [[float(cell) for cell in row] for row in rows]


def includes(options):
    """What compile_cost.py measured."""
    figures = options.results / "compile_cost.json"
    command = [BENCH / "compile_cost.py", "--json", figures, "--compiler", "g++", "--compiler", options.clang]
    if options.against:
        command += ["--against", options.against]
    # It ends with 1 when a budget is exceeded: a result like any other.
    output_of(command + ["--rounds", "1"] * options.quick, check=False)
    return json.loads(figures.read_text())


SECTIONS = {
    "cold": lambda options: cells(options, "cold"),
    "filter": lambda options: cells(options, "filter"),
    "latency": lambda options: cells(options, "latency"),
    "python": lambda options: cells(options, "python"),
    "throughput": lambda options: cells(options, "throughput"),
    "shells": shells,
    "burst": lambda options: cells(options, "burst"),
    "memory": lambda options: cells(options, "memory"),
    "output": lambda options: cells(options, "output"),
    "usage": lambda options: cells(options, "usage"),
    "documents": lambda options: google_benchmark(options, "document_bench", repetitions=5),
    "pipeline": lambda options: google_benchmark(options, "pipeline_bench"),
    "instructions": instructions,
    "evidence": lambda options: google_benchmark(options, "evidence_bench", repetitions=5),
    "includes": includes,
}


def version_of(*command):
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              encoding="utf-8", check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"\d+\.\d+[\w.+~-]*", done.stdout)
    return found[0] if found else None


def machine(options):
    """What the figures depend on, and nothing that tells whose machine it is."""
    cpu = re.search(r"^model name\s*: (.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal: *(\d+)", pathlib.Path("/proc/meminfo").read_text(), re.MULTILINE)
    release = platform.freedesktop_os_release()
    virtual = "hypervisor" in pathlib.Path("/proc/cpuinfo").read_text()
    return {
        "processor": cpu[1] if cpu else platform.machine(),
        "processors": os.cpu_count(),
        "virtual machine": virtual,
        "memory_gib": round(int(memory[1]) / 2**20),
        "kernel": re.match(r"[\d.]+", platform.release())[0].rstrip("."),
        "distribution": f"{release['NAME']} {release.get('VERSION_ID', '')}".strip(),
        "compiler": "g++ " + str(version_of("g++", "-dumpfullversion")),
        "runsc": {name: version_of(runsc, "--version")
                  for name, runsc in (entry.split("=", 1) for entry in options.platform)},
        **{name: version_of(name, "--version") for name in ("runc", "crun", "bwrap", "podman")},
        "python3": version_of("/usr/bin/python3", "--version"),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parser.add_argument("--results", type=pathlib.Path, required=True)
    parser.add_argument("--platform", action="append", default=[], metavar="NAME=RUNSC")
    parser.add_argument("--clang", default="clang++-16", help="for the cost of the includes")
    parser.add_argument("--against", type=pathlib.Path, help="another checkout, for the cost of the includes")
    parser.add_argument("--quick", action="store_true", help="only to see that everything works")
    parser.add_argument("--rounds", type=int, help="of whole processes, at most; for a slow machine")
    parser.add_argument("--published", type=pathlib.Path, help="results.json of the same machine")
    parser.add_argument("section", nargs="*", help=", ".join(SECTIONS))
    options = parser.parse_args()
    unknown = set(options.section) - set(SECTIONS)
    if unknown:
        parser.error(f"no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")

    options.results.mkdir(parents=True, exist_ok=True)
    here = machine(options)
    chosen = options.section or list(SECTIONS)
    sections = {}
    if options.published and any(
            name not in chosen and not (options.results / f"{name}.json").exists() for name in SECTIONS):
        published = json.loads(options.published.read_text())
        if published["machine"] != here:
            parser.error(f"{options.published} is of another machine: to publish, measure all sections")
        sections = published["sections"]
    for name in chosen:
        print(f"==> {name}", file=sys.stderr)
        began = datetime.datetime.now(datetime.timezone.utc)
        load = os.getloadavg()[0]
        data = SECTIONS[name](options)
        took = datetime.datetime.now(datetime.timezone.utc) - began
        (options.results / f"{name}.json").write_text(json.dumps({
            "date": f"{began:%Y-%m-%d}", "load_before": round(load, 1),
            "took_seconds": round(took.total_seconds(), 1), "quick": options.quick, "data": data}))

    sections |= {name: json.loads(path.read_text()) for name in SECTIONS
                 if (path := options.results / f"{name}.json").exists()}
    results = {"machine": here, "sections": {name: sections[name] for name in SECTIONS if name in sections}}
    (options.results / "results.json").write_text(json.dumps(results) + "\n")
    report.write(results, options.results)


if __name__ == "__main__":
    main()
