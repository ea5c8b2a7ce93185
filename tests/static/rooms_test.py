#!/usr/bin/env python3
"""Tests of rooms.py: whatever breaks the architecture must turn it red."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent / "rooms.py"


def header(path, *included, body=False):
    text = "#pragma once\n\n" + "".join(f"#include <{name}>\n" for name in included)
    if body:
        text += f"\n#ifdef CELLOS_HEADER_ONLY\n#include <cellos/{path[:-3]}ipp>\n#endif\n"
    return text


FILES = {
    "cellos.hpp": header("cellos.hpp", "cellos/supervisor/supervisor.hpp", "cellos/os/wait.hpp"),
    "src.hpp": header("src.hpp", "cellos/os/wait.ipp"),
    "core/error.hpp": header("core/error.hpp", "string"),
    "os/wait.hpp": header("os/wait.hpp", "cellos/core/error.hpp", "poll.h", body=True),
    "os/wait.ipp": header("os/wait.ipp", "cellos/os/wait.hpp", "sys/wait.h"),
    "host/gvisor/run.hpp": header("host/gvisor/run.hpp", "cellos/os/wait.hpp"),
    "supervisor/supervisor.hpp": header("supervisor/supervisor.hpp", "cellos/core/error.hpp"),
}
MARKS = "<!-- rooms: written by tests/static/rooms.py -->\n<!-- end of rooms -->\n"


class Rooms(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for path, text in FILES.items():
            self.write(path, text)
        self.assertEqual(self.run_script(), (0, "7 files, 0 problems\n"))

    def write(self, path, text):
        path = self.root / "include/cellos" / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_script(self, *options):
        done = subprocess.run([sys.executable, "-B", SCRIPT, "--root", self.root, *options],
                              capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def assert_red(self, why):
        code, output = self.run_script()
        self.assertEqual(code, 1, output)
        self.assertIn(why, output)

    def test_a_room_below(self):
        self.write("core/error.hpp", header("core/error.hpp", "cellos/os/wait.hpp"))
        self.assert_red("core/error.hpp includes os/wait.hpp: core must know nothing of os")

    def test_a_room_above_that_is_forbidden(self):
        self.write("supervisor/supervisor.hpp", header("", "cellos/host/gvisor/run.hpp"))
        self.assert_red("supervisor must know nothing of host/gvisor")

    def test_a_room_within_a_room(self):
        self.write("host/sandbox/agent/wire.hpp", header("", "cellos/host/sandbox/places.hpp"))
        self.write("host/sandbox/places.hpp", header(""))
        self.assertEqual(self.run_script(), (0, "9 files, 0 problems\n"))
        self.write("host/sandbox/places.hpp", header("", "cellos/host/sandbox/agent/wire.hpp"))
        self.write("host/sandbox/agent/wire.hpp", header(""))
        self.assert_red("host/sandbox must know nothing of host/sandbox/agent")

    def test_a_door(self):
        self.write("os/wait.ipp", header("", "cellos/os/wait.hpp", "cellos/cellos.hpp"))
        self.assert_red("os/wait.ipp includes cellos.hpp, a door for users")

    def test_a_system_header_in_core(self):
        self.write("core/error.hpp", header("", "sys/mman.h"))
        self.assert_red("core/error.hpp includes <sys/mman.h>")

    def test_a_circle(self):
        self.write("os/a.hpp", header("", "cellos/os/b.hpp"))
        self.write("os/b.hpp", header("", "cellos/os/a.hpp"))
        self.assert_red("a circle: os/a → os/b → os/a")

    def test_a_circle_through_a_body(self):
        self.write("os/pump.hpp", header("", "cellos/os/wait.hpp"))
        self.write("os/wait.ipp", header("", "cellos/os/wait.hpp", "cellos/os/pump.hpp"))
        self.assert_red("a circle: os/pump → os/wait → os/pump")

    def test_a_body_that_nobody_includes(self):
        self.write("os/wait.hpp", header("os/wait.hpp", "cellos/core/error.hpp"))
        self.assert_red("os/wait.hpp does not end with the include of os/wait.ipp")

    def test_a_body_without_a_header(self):
        self.write("os/lost.ipp", header(""))
        self.assert_red("os/lost.ipp has no os/lost.hpp")

    def test_a_body_that_is_in_no_library(self):
        self.write("src.hpp", header("src.hpp"))
        self.assert_red("os/wait.ipp is not in src.hpp")

    def test_the_picture(self):
        page = self.root / "PAGE.md"
        page.write_text(MARKS)
        self.assertEqual(self.run_script("--drawn", page)[0], 1)
        self.assertEqual(self.run_script("--write", page, "--drawn", page)[0], 0)
        self.assertIn("    host_gvisor --> os\n", page.read_text())
        self.write("os/wait.hpp", header("os/wait.hpp", "poll.h", body=True))
        self.assertEqual(self.run_script("--drawn", page)[0], 1)


if __name__ == "__main__":
    unittest.main()
