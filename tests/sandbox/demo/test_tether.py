"""Tests of what ties Edge to the demo."""

import os
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import edge_twisted
from edge_twisted.sandbox.demo import tether


class TetherTests(SynchronousTestCase):
    """A program that ends with its parent; the demo's own test kills one."""

    def run_tethered(self, parent: int, *command: str) -> "subprocess.CompletedProcess[bytes]":
        """Run a program tied to a process."""
        return subprocess.run(
            [sys.executable, "-m", tether.__name__, str(parent), *command],
            cwd=Path(edge_twisted.__file__).parents[1],
            capture_output=True,
            check=False,
            timeout=30,
        )

    def test_becomes_the_program(self) -> None:
        """The program runs in its place, with its arguments, and its exit status is seen."""
        done = self.run_tethered(os.getpid(), "/bin/sh", "-c", 'echo "$0 $$ $PPID"; exit 3', "a b")
        self.assertEqual(done.returncode, 3)
        self.assertTrue(done.stdout.startswith(b"a b "), done)
        self.assertTrue(done.stdout.endswith(f" {os.getpid()}\n".encode()), done)

    def test_parent_gone(self) -> None:
        """Where the parent is gone already, the program is not started."""
        done = self.run_tethered(os.getpid() + 1, "/bin/echo", "started")
        self.assertEqual((done.returncode, done.stdout), (1, b""))
