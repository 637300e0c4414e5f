"""The demo's voice: short lines with a time and a name, wrapped to the terminal, in colour where it has any."""

import contextlib
import os
import shutil
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TextIO

NAME_WIDTH: Final = 14
"""As long as `central system`."""
INDENT: Final = 6 + NAME_WIDTH + 2
NARROWEST, WIDEST, UNKNOWN_WIDTH = 60, 120, 100
GAP: Final = "  "

COLOURS: Final = {
    "bold": "\x1b[1m",
    "dim": "\x1b[2m",
    "red": "\x1b[31m",
    "green": "\x1b[32m",
    "yellow": "\x1b[33m",
    "blue": "\x1b[34m",
    "magenta": "\x1b[35m",
    "cyan": "\x1b[36m",
}
END: Final = "\x1b[0m"
ASCII: Final = str.maketrans({"…": "...", "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "•": "*"})


class Terminal:
    """Writes to a terminal, or to whatever stands in its place.

    Args:
        stream: where to.
        clock: seconds that never jump; the first line's time is 0.
        environment: variables; `NO_COLOR` is heeded (no-color.org).
        lost: called once when nobody reads any more.
    """

    def __init__(
        self,
        stream: TextIO,
        clock: Callable[[], float],
        environment: Mapping[str, str] = os.environ,
        lost: Callable[[], None] = lambda: None,
    ) -> None:
        self._stream = stream
        self._clock = clock
        self._begun = clock()
        self._lost: Callable[[], None] | None = lost
        plain = environment.get("NO_COLOR") or environment.get("TERM") == "dumb"
        self._coloured = stream.isatty() and not plain
        self._ascii = not _takes(stream, "…")

    def say(self, who: str, text: str, who_colour: str = "", colour: str = "") -> None:
        """Tell one thing.

        Args:
            who: whose words these are, at most `NAME_WIDTH` characters.
            text: one sentence or two.
            who_colour, colour: names of `COLOURS`.
        """
        minutes, seconds = divmod(int(self._clock() - self._begun), 60)
        first, *rest = self._wrap(text, self._width() - INDENT, cut=True)
        stamp = self._paint(f"{minutes:02d}:{seconds:02d}", "dim")
        self._put(f"{stamp} {self._paint(who.ljust(NAME_WIDTH), who_colour)}  {self._paint(first, colour)}")
        for line in rest:
            self._put(" " * INDENT + self._paint(line, colour))

    def line(self, text: str = "", colour: str = "", indent: int = 0) -> None:
        """Write a paragraph without time and name.

        Args:
            text: wrapped to the width.
            colour: of `COLOURS`.
            indent: of all its lines but the first.
        """
        for number, line in enumerate(self._wrap(text, self._width() - indent)):
            self._put(" " * (indent if number else 0) + self._paint(line, colour))

    def literal(self, text: str) -> None:
        """Write something that may be copied, such as a path or a command: indented, and on one line however long."""
        self._put(f"  {self._clean(text)}")

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]], colours: Sequence[str] = ()) -> None:
        """Write a table; its cells are wrapped where the terminal is too narrow.

        Args:
            head: the names of the columns.
            rows: as many cells each.
            colours: of the last cell of each row.
        """
        cells = [[self._clean(cell) for cell in row] for row in (head, *rows)]
        widths = fit([max(map(len, column)) for column in zip(*cells, strict=True)], self._width(), len(GAP))
        paints = ["bold", *colours]
        for number, row in enumerate(cells):
            columns = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
            for place in range(max(map(len, columns))):
                texts = [column[place] if place < len(column) else "" for column in columns]
                padded = [text.ljust(width) for text, width in zip(texts, widths, strict=True)]
                paint = paints[number] if number < len(paints) else ""
                start = padded if number == 0 else padded[-1:]
                kept = [] if number == 0 else padded[:-1]
                self._put(GAP.join([*kept, *(self._paint(text, paint) for text in start)]).rstrip())
            if number == 0:
                self._put(GAP.join("-" * width for width in widths))

    def _wrap(self, text: str, width: int, cut: bool = False) -> list[str]:
        return textwrap.wrap(self._clean(text), width, break_long_words=cut, break_on_hyphens=False) or [""]

    def _clean(self, text: str) -> str:
        """What a terminal could act upon is left out; what it can't show is written otherwise."""
        kept = "".join(filter(str.isprintable, text))
        return kept.translate(ASCII).encode("ascii", "replace").decode() if self._ascii else kept

    def _paint(self, text: str, colour: str) -> str:
        return f"{COLOURS[colour]}{text}{END}" if colour and text and self._coloured else text

    def _width(self) -> int:
        if not self._stream.isatty():
            return UNKNOWN_WIDTH
        return max(NARROWEST, min(WIDEST, shutil.get_terminal_size((UNKNOWN_WIDTH, 24)).columns))

    def _put(self, line: str) -> None:
        if self._lost is None:
            return
        try:
            self._stream.write(line + "\n")
            self._stream.flush()
        except OSError:
            lost, self._lost = self._lost, None
            with contextlib.suppress(OSError, ValueError):  # what is still buffered must not fail again at the end
                os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            lost()


def fit(widths: Sequence[int], room: int, gap: int) -> list[int]:
    """Make columns narrower until they fit.

    Args:
        widths: as wide as they would be.
        room: characters of a line.
        gap: characters between two columns.

    Returns:
        The widths; the widest columns give first, none gets narrower than 8.
    """
    found = list(widths)
    while sum(found) + gap * (len(found) - 1) > room and max(found) > 8:
        found[found.index(max(found))] -= 1
    return found


def _takes(stream: TextIO, text: str) -> bool:
    try:
        text.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
