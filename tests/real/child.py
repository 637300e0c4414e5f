"""Child processes of tests: what they say is kept, every wait has a bound, and none outlives its test."""

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IProcessTransport
from twisted.internet.protocol import ProcessProtocol
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from tests.real.warm import PROJECT, Fork, Warm

__all__ = ["BOUND", "PROJECT", "Child", "ChildEnded"]

BOUND = 30.0
"""Seconds after which a wait fails."""

T = TypeVar("T")


class ChildEnded(Exception):
    """The child ended while something was expected of it."""


class _Pipes(ProcessProtocol):
    """Hands what a child says to its `Child`."""

    def __init__(self, child: "Child") -> None:
        self._child = child

    def outReceived(self, data: bytes) -> None:
        """Standard output."""
        self._child.said(data)

    def errReceived(self, data: bytes) -> None:
        """Standard error."""
        self._child.complained(data)

    def processEnded(self, reason: Failure) -> None:
        """The child is gone and its pipes are closed."""
        self._child.gone(getattr(reason.value, "exitCode", None), getattr(reason.value, "signal", None))


class Child:
    """One child process of a test; it is killed at the test's end if it still runs.

    Args:
        case: the test.
        arguments: the program's path and its arguments.
        directory: where it runs.
        environment: variables beside the test's own.
        terminal: let it believe that a person sits there: all three of its streams are a terminal.
        warm: of what it is a fork; None: it is started as any program is.

    Attributes:
        output: all it said, on standard output and standard error.
        exit_code: how it ended; None while it runs, or where a signal ended it.
        exit_signal: the signal that ended it.
    """

    def __init__(
        self,
        case: TestCase,
        arguments: Sequence[str],
        directory: Path,
        environment: Mapping[str, str] | None = None,
        *,
        terminal: bool = False,
        warm: Warm | None = None,
    ) -> None:
        from twisted.internet import reactor

        self.output = bytearray()
        self.exit_code: int | None = None
        self.exit_signal: int | None = None
        self.running = True
        self._looks: list[Callable[[], None]] = []
        self._ends: list[Deferred[None]] = []
        self._name = Path(arguments[0]).name
        pipes, known = _Pipes(self), {**os.environ, **(environment or {})}
        self.transport: IProcessTransport | Fork
        if warm is not None:
            self.transport = warm.start(pipes, arguments, known, directory)
        else:
            self.transport = reactor.spawnProcess(
                pipes, arguments[0], list(arguments), known, str(directory), usePTY=terminal
            )
        self.pid: int = self.transport.pid
        case.addCleanup(self.kill)

    def said(self, data: bytes) -> None:
        """Take a piece of standard output."""
        self.output += data
        self.look()

    def complained(self, data: bytes) -> None:
        """Take a piece of standard error."""
        self.output += data
        self.look()

    def gone(self, exit_code: int | None, exit_signal: int | None) -> None:
        """Take the end."""
        self.running, self.exit_code, self.exit_signal = False, exit_code, exit_signal
        self.look()
        ends, self._ends = self._ends, []
        for end in ends:
            end.callback(None)

    def look(self) -> None:
        """See whether anything waited for has come."""
        for look in list(self._looks):
            if look in self._looks:
                look()

    def until(self, find: Callable[[], T | None], what: str, bound: float = BOUND, every: float = 0) -> Deferred[T]:
        """Wait until `find` finds something.

        Args:
            find: called at once and whenever the child says something.
            what: what is waited for, for the failure's text.
            bound: seconds.
            every: seconds after which to look although the child said nothing; 0: never.

        Returns:
            What was found. Fails with `AssertionError` after the bound, with `ChildEnded` where the child ended first.
        """
        from twisted.internet import reactor

        found = find()
        if found is not None:
            return succeed(found)
        if not self.running:
            return fail(self._ended(what))
        waiting: Deferred[T] = Deferred()

        def look() -> None:
            try:
                found = find()
            except Exception:
                self._looks.remove(look)
                waiting.errback()
                return
            if found is not None:
                self._looks.remove(look)
                waiting.callback(found)
            elif not self.running:
                self._looks.remove(look)
                waiting.errback(self._ended(what))

        def too_late(_: object, seconds: float) -> T:
            if look in self._looks:
                self._looks.remove(look)
            raise AssertionError(f"{self._name}: no {what} within {seconds} s; it said: {self._tail()}")

        self._looks.append(look)
        if every:
            again = LoopingCall(self.look)
            again.start(every, now=False)
            waiting.addBoth(_after, again.stop)
        waiting.addTimeout(bound, reactor, onTimeoutCancel=too_late)
        return waiting

    def says(self, text: bytes, bound: float = BOUND) -> Deferred[bool]:
        """Wait until the output holds a text."""
        return self.until(lambda: text in self.output or None, repr(text), bound)

    def ended(self, bound: float = BOUND) -> Deferred[None]:
        """Wait for the child's end; its pipes are closed then."""
        from twisted.internet import reactor

        if not self.running:
            return succeed(None)
        end: Deferred[None] = Deferred()
        self._ends.append(end)

        def too_late(_: object, seconds: float) -> None:
            self._ends.remove(end)
            raise AssertionError(f"{self._name}: not ended within {seconds} s; it said: {self._tail()}")

        end.addTimeout(bound, reactor, onTimeoutCancel=too_late)
        return end

    def signal(self, number: int) -> None:
        """Send the child a signal, if it still runs."""
        if self.running:
            with suppress(ProcessLookupError):  # a fork that has just ended is buried already
                os.kill(self.pid, number)

    def stop(self, bound: float = BOUND) -> Deferred[None]:
        """Ask the child to end (SIGTERM) and wait for it."""
        self.signal(signal.SIGTERM)
        return self.ended(bound)

    def kill(self) -> Deferred[None]:
        """End the child at once (SIGKILL) and wait for it."""
        self.signal(signal.SIGKILL)
        return self.ended()

    def _ended(self, what: str) -> ChildEnded:
        return ChildEnded(f"{self._name}: ended ({self.exit_code}) before {what}; it said: {self._tail()}")

    def _tail(self) -> str:
        return bytes(self.output[-3000:]).decode("utf-8", "backslashreplace")


def _after(result: T, finish: Callable[[], None]) -> T:
    finish()
    return result
