#!/usr/bin/env python3
"""Holds the tree to its architecture, by what the files of include/ include:

  * a header includes only its own room and those above it in ROOMS, and nothing that the room must not
    touch (FORBIDDEN);
  * X.hpp and X.ipp, taken as one, depend on no other pair that depends on them;
  * each X.ipp has its X.hpp, which includes it at its end, and stands in the source of its library.

--write FILE    draw who includes whom, room by room, between the two marks in FILE
--drawn FILE    fail if the picture in FILE is not that of the tree
"""

import argparse
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# From the top down; rooms on one line know nothing of each other.
ROOMS = [
    ["core"],
    ["json"],
    ["lifecycle", "os"],
    ["host/sandbox"],
    ["host/sandbox/agent"],
    ["host/prewarm"],
    ["host/gvisor"],
    ["host"],
    ["evidence", "policy", "redaction"],
    ["broker", "sink", "export", "trace"],
    ["supervisor"],
    ["openssl"],
    ["testing"],
]
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}

BACKENDS = {"host", "host/sandbox", "host/sandbox/agent", "host/prewarm", "host/gvisor"}

# Rooms above that a room has no business with.
FORBIDDEN = {
    "os": {"json"},
    "lifecycle": {"json"},
    "host/sandbox": {"lifecycle"},
    "host/sandbox/agent": {"lifecycle", "json"},
    "host/prewarm": {"lifecycle", "json", "host/sandbox", "host/sandbox/agent"},
    "host/gvisor": {"lifecycle"},
    "host": {"lifecycle", "json"},
    "redaction": {"lifecycle", *BACKENDS},
    "evidence": BACKENDS,
    "policy": {"lifecycle", "os", *BACKENDS},
    "broker": BACKENDS,
    "sink": BACKENDS,
    "export": BACKENDS,
    "trace": BACKENDS,
    # Backends are known by their concepts only.
    "supervisor": {*BACKENDS, "evidence", "policy", "redaction", "broker", "sink", "export", "trace",
                   "json"},
}

# Libraries and systems: which rooms may name them, in a declaration and in a body.
SYSTEM = re.compile(r"(sys|linux|netinet|net|arpa)/|(fcntl|poll|pwd|sched|signal|spawn|syscall|unistd|grp|dirent)\.h$")
EVERYWHERE_BELOW_OS = {"os", "host/sandbox", "host/sandbox/agent", "host/prewarm", "host/gvisor", "evidence",
                       "broker", "sink", "export", "trace", "supervisor", "openssl", "testing"}
LIBRARIES = [
    ("an operating system's header", SYSTEM, EVERYWHERE_BELOW_OS),
    ("nlohmann/json", re.compile(r"nlohmann/"), {"json", "host/sandbox", "host/gvisor", "redaction", "trace"}),
    ("Boost.Hana", re.compile(r"boost/hana"), {"json", "host/sandbox", "host/gvisor", "redaction"}),
    ("OpenSSL", re.compile(r"openssl/"), {"openssl"}),
    ("Catch2", re.compile(r"catch2/"), {"testing"}),
]
# What stands apart from its room, and why.
EXCEPTIONS = {
    # Memory that is wiped, locked and left out of core dumps takes system calls.
    ("core/secret_memory.ipp", "an operating system's header"),
}


def room_of(path):
    parts = path.split("/")
    for length in (3, 2, 1):
        room = "/".join(parts[:length])
        if len(parts) > length and room in LEVEL:
            return room
    return None  # a door


def files(root):
    include = root / "include/cellos"
    for path in sorted(include.rglob("*.[hi]pp")):
        yield path.relative_to(include).as_posix(), path.read_text()


def includes(text):
    return re.findall(r"^\s*#\s*include\s*[<\"]([^>\"]+)[>\"]", text, re.M)


def own(text):
    return [name[len("cellos/"):] for name in includes(text) if name.startswith("cellos/")]


def wrong_rooms(tree):
    for path, text in tree.items():
        room = room_of(path)
        if room is None:
            continue
        for included in own(text):
            other = room_of(included)
            if other is None:
                yield f"{path} includes {included}, a door for users"
            elif other != room and (LEVEL[other] >= LEVEL[room] or other in FORBIDDEN.get(room, ())):
                yield f"{path} includes {included}: {room} must know nothing of {other}"
        for what, pattern, rooms in LIBRARIES:
            named = [name for name in includes(text) if pattern.match(name)]
            if named and room not in rooms and (path, what) not in EXCEPTIONS:
                yield f"{path} includes <{named[0]}>: {room} must know nothing of {what}"


def cycles(tree):
    """Each circle of pairs once, as a text."""
    edges = {}
    for path, text in tree.items():
        node = path.rsplit(".", 1)[0]
        edges.setdefault(node, set()).update(
            included.rsplit(".", 1)[0] for included in own(text))
    done, at = set(), []

    def visit(node):
        if node in at:
            circle = at[at.index(node):]
            first = circle.index(min(circle))
            yield " → ".join([*circle[first:], *circle[:first + 1]])
            return
        if node in done or node not in edges:
            return
        at.append(node)
        for target in sorted(edges[node] - {node}):
            yield from visit(target)
        at.pop()
        done.add(node)

    for node in sorted(edges):
        for circle in visit(node):
            yield f"a circle: {circle}"


def wrong_pairs(tree):
    sources = {"": tree.get("src.hpp", ""), "openssl": tree.get("openssl/src.hpp", "")}
    for path in tree:
        if not path.endswith(".ipp"):
            continue
        header = path[:-len("ipp")] + "hpp"
        end = f"#ifdef CELLOS_HEADER_ONLY\n#include <cellos/{path}>\n#endif\n"
        if header not in tree:
            yield f"{path} has no {header}"
        elif not tree[header].endswith(end) and not tree[header].endswith(end + "\n#endif\n"):
            yield f"{header} does not end with the include of {path}"
        source = "openssl" if room_of(path) == "openssl" else ""
        if path not in own(sources[source]):
            yield f"{path} is not in {source + '/' if source else ''}src.hpp"


def picture(tree):
    """Rooms and who includes whom, without what goes without saying (paths through others)."""
    direct = {}
    for path, text in tree.items():
        room = room_of(path)
        if room is not None:
            direct.setdefault(room, set()).update(
                {room_of(included) for included in own(text)} - {room, None})

    def reaches(room, target, seen):
        return any(other == target or (other not in seen and not seen.add(other)
                                       and reaches(other, target, seen))
                   for other in direct.get(room, ()))

    names = {room: room.replace("/", "_") for room in LEVEL}
    lines = ["```mermaid", "flowchart TD"]
    lines += [f"    {names[room]}[\"{room}\"]" for room in LEVEL if room in direct]
    for room in LEVEL:
        for other in sorted(direct.get(room, ()), key=lambda name: (LEVEL[name], name)):
            rest = direct[room] - {other}
            if not any(reaches(third, other, set()) for third in rest):
                lines.append(f"    {names[room]} --> {names[other]}")
    return "\n".join([*lines, "```"]) + "\n"


BEGIN, END = "<!-- rooms: written by tests/static/rooms.py -->\n", "<!-- end of rooms -->\n"


def with_picture(page, tree):
    begin, end = page.index(BEGIN) + len(BEGIN), page.index(END)
    return page[:begin] + picture(tree) + page[end:]


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=ROOT)
    parser.add_argument("--write", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--drawn", type=pathlib.Path, metavar="FILE")
    options = parser.parse_args()

    tree = dict(files(options.root))
    if not tree:
        parser.error(f"no headers below {options.root}")
    if options.write:
        options.write.write_text(with_picture(options.write.read_text(), tree))
    wrong = [*wrong_rooms(tree), *cycles(tree), *wrong_pairs(tree)]
    if options.drawn and (page := options.drawn.read_text()) != with_picture(page, tree):
        wrong.append(f"{options.drawn} has an old picture of the rooms: {sys.argv[0]} --write it")
    for line in wrong:
        print(line)
    print(f"{len(tree)} files, {len(wrong)} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
