"""The ledger on disk: one line of JSON for each message."""

from pathlib import Path
from typing import IO, Final

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

FLUSH_SECONDS: Final = 1.0
LEDGER_BYTES: Final = 1 << 30
"""No more is written: a sandbox that is forgotten must not fill the disk."""

_log = Logger(namespace="sandbox")


class LedgerFile:
    """A file that lines are appended to. What goes wrong with it is logged once, and ends the writing, not the sandbox.

    Args:
        path: the file; an earlier one is carried on.
        clock: for flushing.

    Raises:
        OSError: it can't be opened.
    """

    def __init__(self, path: Path, clock: IReactorTime) -> None:
        self.path = path
        self._stream: IO[str] | None = path.open("a", encoding="utf-8", errors="backslashreplace")
        self._left = LEDGER_BYTES - path.stat().st_size
        self._flushing = LoopingCall(self._flush)
        self._flushing.clock = clock
        self._flushing.start(FLUSH_SECONDS, now=False)

    def write(self, line: str) -> None:
        """Append a line.

        Args:
            line: without its end.
        """
        if self._stream is None:
            return
        self._left -= len(line) + 1
        if self._left < 0:
            self._end(f"it has {LEDGER_BYTES} bytes; move it away, and start the sandbox again")
            return
        try:
            self._stream.write(line + "\n")
        except OSError as error:
            self._end(error.strerror or str(error))

    def close(self) -> None:
        """Write what is left, and close the file."""
        self._end("")

    def _flush(self) -> None:
        try:
            if self._stream is not None:
                self._stream.flush()
        except OSError as error:
            self._end(error.strerror or str(error))

    def _end(self, why: str) -> None:
        if self._flushing.running:
            self._flushing.stop()
        stream, self._stream = self._stream, None
        try:
            if stream is not None:
                stream.close()
        except OSError as error:
            why = why or error.strerror or str(error)
        if why:
            _log.error("The ledger is written no further to {path}: {why}", path=str(self.path), why=why)
