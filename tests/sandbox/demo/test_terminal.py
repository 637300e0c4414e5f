"""Tests of the demo's lines in a terminal."""

import io
import os

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.demo.terminal import INDENT, UNKNOWN_WIDTH, Terminal, fit


class Screen(io.TextIOWrapper):
    """A stream that may be a terminal.

    Args:
        encoding: of the stream.
        tty: whether it is a terminal.
    """

    def __init__(self, encoding: str = "utf-8", tty: bool = False) -> None:
        self.octets = io.BytesIO()
        self._tty = tty
        super().__init__(self.octets, encoding=encoding)

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._tty

    def lines(self) -> list[str]:
        """What was written."""
        self.flush()
        return self.octets.getvalue().decode(self.encoding).splitlines()


class TerminalTests(SynchronousTestCase):
    """Times, names, wrapping, colours, and what a terminal can't show."""

    def setUp(self) -> None:
        self.clock = Clock()

    def terminal(self, screen: Screen, **environment: str) -> Terminal:
        """A terminal on a screen."""
        return Terminal(screen, self.clock.seconds, environment)

    def test_say(self) -> None:
        """A line has the time since the start, a name, and a text."""
        screen = Screen()
        terminal = self.terminal(screen)
        self.clock.advance(61)
        terminal.say("Edge", "Ready.", "cyan")
        self.assertEqual(screen.lines(), ["01:01 Edge            Ready."])

    def test_wrap(self) -> None:
        """A long text goes on under its beginning, within the width."""
        screen = Screen()
        self.terminal(screen).say("Edge", "word " * 40)
        lines = screen.lines()
        self.assertGreater(len(lines), 2)
        self.assertLessEqual(max(map(len, lines)), UNKNOWN_WIDTH)
        self.assertEqual({line[:INDENT].strip() for line in lines[1:]}, {""})

    def test_long_word(self) -> None:
        """A word that is too long is cut in a line with a time, and kept whole in one without, to be copied."""
        screen = Screen()
        terminal = self.terminal(screen)
        terminal.say("Edge", "x" * 150)
        terminal.line("y" * 150)
        terminal.literal("two words " * 20)
        *cut, whole, literal = screen.lines()
        self.assertLessEqual(max(map(len, cut)), UNKNOWN_WIDTH)
        self.assertEqual(whole, "y" * 150)
        self.assertEqual(literal, "  " + "two words " * 20)

    def test_no_colours(self) -> None:
        """No colours where it is no terminal, with NO_COLOR, and on a dumb one; else there are some."""
        for screen, environment, coloured in (
            (Screen(), {}, False),
            (Screen(tty=True), {"NO_COLOR": "1"}, False),
            (Screen(tty=True), {"TERM": "dumb"}, False),
            (Screen(tty=True), {"NO_COLOR": "", "TERM": "xterm"}, True),
        ):
            terminal = self.terminal(screen, **environment)
            terminal.say("Edge", "Ready.", "cyan", "green")
            terminal.line("text", "bold")
            terminal.table(["a"], [["b"]], ["red"])
            self.assertEqual("\x1b" in "".join(screen.lines()), coloured)

    def test_ascii(self) -> None:
        """Where only ASCII can be shown, other characters are written otherwise."""
        screen = Screen("ascii")
        terminal = self.terminal(screen)
        terminal.say("Edge", "Charger CP1-… – “grün”")
        terminal.line("…")
        terminal.table(["…"], [["ü"]])
        self.assertEqual(screen.lines()[0][INDENT:], 'Charger CP1-... - "gr?n"')

    def test_hostile(self) -> None:
        """What a terminal could act upon is left out."""
        screen = Screen()
        terminal = self.terminal(screen)
        hostile = "a\x1b[2J\x07\u202eb\r\nc"
        terminal.say("Edge", hostile)
        terminal.line(hostile)
        terminal.table(["x"], [[hostile]])
        self.assertTrue(all(line.isprintable() for line in screen.lines()), screen.lines())

    def test_table(self) -> None:
        """A table has its columns under their names, and no blanks at the ends."""
        screen = Screen()
        self.terminal(screen).table(["name", "what"], [["1", "first"], ["2", ""]])
        self.assertEqual(screen.lines(), ["name  what", "----  -----", "1     first", "2"])

    def test_narrow_table(self) -> None:
        """A table that is too wide has its cells wrapped."""
        screen = Screen()
        self.terminal(screen).table(["a", "b", "c"], [["word " * 12, "word " * 12, "short"]])
        lines = screen.lines()
        self.assertLessEqual(max(map(len, lines)), UNKNOWN_WIDTH)
        self.assertEqual(" ".join(lines).count("word"), 24)

    def test_nobody_reads(self) -> None:
        """Where nobody reads any more, that is told once, and nothing raises."""
        reading, writing = os.pipe()
        os.close(reading)
        stream = os.fdopen(writing, "w", encoding="utf-8")
        self.addCleanup(stream.close)
        lost: list[bool] = []
        terminal = Terminal(stream, self.clock.seconds, {}, lambda: lost.append(True))
        terminal.line("one")
        terminal.line("two")
        self.assertEqual(lost, [True])


class FitTests(SynchronousTestCase):
    """The widths of a table."""

    @given(st.lists(st.integers(1, 200), min_size=1, max_size=5), st.integers(60, 120))
    def test_fit(self, widths: list[int], room: int) -> None:
        """Columns get narrower until they fit, none below 8 unless it was, and none gets wider."""
        found = fit(widths, room, 2)
        self.assertLessEqual(sum(found) + 2 * (len(found) - 1), max(room, 10 * len(found)))
        for before, after in zip(widths, found, strict=True):
            self.assertTrue(min(before, 8) <= after <= before)
