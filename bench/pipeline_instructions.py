#!/usr/bin/env python3
"""Counts the instructions of one life of a cell without a workload on the stub, by callgrind.

Prints a table: led by hand, by the Supervisor template and by virtual dispatch, with 0, 1 and 3 ports.
With --most RATIO it fails if the template takes more than RATIO times the instructions of the version
written by hand, with any number of ports.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

BENCH = pathlib.Path(__file__).resolve().parent
LIVES = 1000


def instructions(program, way, ports, folder):
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder / 'callgrind.out'}",
         "--toggle-collect=*measured*", program, way, str(ports)],
        check=True, stderr=subprocess.PIPE, encoding="utf-8")
    return int(re.search(r"Collected : (\d+)", done.stderr)[1]) / LIVES


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="g++")
    parser.add_argument("--most", type=float)
    options = parser.parse_args()

    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        program = folder / "pipeline"
        subprocess.run([options.compiler, "-std=c++20", "-O2", "-DNDEBUG", "-pthread",
                        f"-I{BENCH.parent / 'include'}", BENCH / "pipeline_instructions.cpp",
                        "-o", program], check=True)
        print(f"instructions per life ({options.compiler} -O2)")
        print(f"{'ports':>5}{'by hand':>10}{'template':>10}{'ratio':>7}{'virtual':>10}{'ratio':>7}")
        for ports in (0, 1, 3):
            by_hand, by_template, by_virtual = (
                instructions(program, way, ports, folder) for way in ("hand", "template", "virtual"))
            print(f"{ports:>5}{by_hand:>10.0f}{by_template:>10.0f}{by_template / by_hand:>7.3f}"
                  f"{by_virtual:>10.0f}{by_virtual / by_hand:>7.3f}")
            worst = max(worst, by_template / by_hand)
    if options.most and worst > options.most:
        print(f"the template takes {worst:.3f} times the instructions; at most {options.most} are allowed")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
