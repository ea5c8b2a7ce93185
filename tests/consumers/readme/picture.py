#!/usr/bin/env python3
"""The picture of the lifecycle in a Markdown document is what the program prints:
picture.py LIFECYCLE-DIAGRAM README.md"""
import difflib
import pathlib
import re
import subprocess
import sys


def main():
    program, document = sys.argv[1:]
    printed = subprocess.run(
        [program, "--mermaid"], check=True, capture_output=True, text=True, timeout=60
    ).stdout
    pictures = re.findall(r"^```mermaid\n(stateDiagram-v2\n.*?)^```$",
                          pathlib.Path(document).read_text(), re.M | re.S)
    if len(pictures) != 1:
        sys.exit(f"{document}: {len(pictures)} state diagrams instead of one")
    sys.stdout.writelines(difflib.unified_diff(
        pictures[0].splitlines(True), printed.splitlines(True), document, "lifecycle-diagram --mermaid"
    ))
    sys.exit(pictures[0] != printed)


if __name__ == "__main__":
    main()
