"""Tests of the demo's command line."""

import io
import sys

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.demo.__main__ import main


class CommandLineTests(SynchronousTestCase):
    """What can be said on it; nothing is started here."""

    def leave(self, *arguments: str) -> tuple[object, str]:
        """Run it with arguments that end it at once: exit status and what was said."""
        said = io.StringIO()
        self.patch(sys, "stdout", said)
        self.patch(sys, "stderr", said)
        ended = self.assertRaises(SystemExit, main, arguments)
        return ended.code, said.getvalue()

    def test_help(self) -> None:
        """--help names both options."""
        status, said = self.leave("--help")
        self.assertEqual(status, 0)
        for option in ("--config FILE", "--seconds N"):
            self.assertIn(option, said)

    def test_wrong(self) -> None:
        """What is not understood is refused before anything is started."""
        for arguments in (["--seconds", "0"], ["--seconds", "-1"], ["--seconds", "nan"], ["--seconds", "x"], ["more"]):
            status, said = self.leave(*arguments)
            self.assertEqual(status, 2, arguments)
            self.assertIn("usage:", said)
