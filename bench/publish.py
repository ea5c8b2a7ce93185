#!/usr/bin/env python3
"""Puts a table of results between the two marks in a file: publish.py RESULTS.md README.md"""

import pathlib
import sys

BEGIN, END = "<!-- results: bench/run --publish writes from here -->", "<!-- to here -->"


def main():
    results, readme = map(pathlib.Path, sys.argv[1:])
    before, rest = readme.read_text().split(BEGIN)
    _, after = rest.split(END)
    readme.write_text(f"{before}{BEGIN}\n{results.read_text()}{END}{after}")


if __name__ == "__main__":
    main()
