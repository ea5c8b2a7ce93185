#!/usr/bin/env python3
"""Tests of what tests/run asks of ctest. Nothing is built, tested or installed: all programs that would
do so are played."""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

TESTS = pathlib.Path(__file__).resolve().parent.parent
QUICK = "^(gvisor|concurrency|testing|examples|consumers|cost|bench|fuzz)$"
CTEST = """\
#!/bin/sh
mkdir -p build/gcc/Testing/Temporary
: >build/gcc/Testing/Temporary/LastTest.log
printf '%s ' "$@" >>asked
"""


class Run(unittest.TestCase):
    def asked(self, *arguments):
        """The arguments of ctest when tests/run has these."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "tests/support").mkdir(parents=True)
            shutil.copy(TESTS / "run", root / "tests/run")
            shutil.copy(TESTS / "support/setup.sh", root / "tests/support/setup.sh")
            (root / "tests/support/other_runsc.sh").write_text("other_runsc() { return 1; }\n")
            (root / "played").mkdir()
            for name in "cmake", "clang++-16", "git", "sudo", "apt-get", "apt-cache", "ctest":
                program = root / "played" / name
                program.write_text(CTEST if name == "ctest" else "#!/bin/sh\n")
                program.chmod(0o755)
            environment = {**os.environ, "PATH": f"{root}/played:{os.environ['PATH']}",
                           "CELLOS_TEST_PRESETS": "gcc"}
            done = subprocess.run([root / "tests/run", *arguments], env=environment, cwd=root,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            return (root / "asked").read_text().strip()

    def test_ctests_options_are_passed_on(self):
        self.assertEqual(self.asked("-R", "gvisor"), "--preset gcc -R gvisor")

    def test_quick_leaves_out_what_takes_long(self):
        self.assertEqual(self.asked("--quick"), f"--preset gcc --label-exclude {QUICK}")

    def test_quick_behind_other_options(self):
        self.assertEqual(self.asked("-R", "a", "--quick"), f"--preset gcc -R a --label-exclude {QUICK}")

    def test_whatever_is_excluded_is_left_out(self):
        self.assertEqual(self.asked("-LE", "json", "--quick", "--label-exclude", "core"),
                         f"--preset gcc --label-exclude json|core|{QUICK}")


if __name__ == "__main__":
    unittest.main()
