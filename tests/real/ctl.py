"""`edgectl` as tests run it: as a program with its standard input, or before a person in a terminal."""

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from tests.real import warm
from tests.real.child import BOUND, PROJECT, Child
from tests.real.harness import EdgeProcess

PROGRAM: Final = str(Path(sys.executable).parent / "edgectl")
ENVIRONMENT: Final = {"PYTHONPATH": str(PROJECT), "COLUMNS": "90", "TZ": "UTC", "TERM": "dumb"}


@frozen
class Ran:
    """How a command ended.

    Args:
        code: its exit code.
        out: what it said.
        error: what it said on standard error.
        data: what it said, as octets.
    """

    code: int
    out: str
    error: str
    data: bytes

    @property
    def json(self) -> Any:
        """What it said, as JSON."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """What it said, as lines of JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


async def edgectl(
    edge: EdgeProcess | Path | None, *arguments: str, stdin: bytes = b"", environment: Mapping[str, str] | None = None
) -> Ran:
    """Run a command to its end.

    Args:
        edge: the running Edge, or a state directory, or None: no `--state`.
        arguments: the command line behind that.
        stdin: what it gets on standard input.
        environment: variables beside the usual ones.

    Returns:
        How it ended.
    """
    from twisted.internet import reactor

    state = edge.state if isinstance(edge, EdgeProcess) else edge
    command = [PROGRAM, *(["--state", str(state)] if state else []), *arguments]
    run = _Run(command, {**os.environ, **ENVIRONMENT, **(environment or {})}, stdin)
    return await run.ended.addTimeout(BOUND, reactor)


class _Run(ProcessProtocol):
    """A command that runs to its end; whoever waits for that no longer ends it."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], stdin: bytes) -> None:
        self._said: dict[int, bytes] = {1: b"", 2: b""}
        fork = warm.EDGECTL.start(self, command, environment, PROJECT)
        self.ended: Deferred[Ran] = Deferred(lambda _: os.kill(fork.pid, signal.SIGKILL))
        fork.write(stdin)
        fork.closeStdin()

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """It says something."""
        self._said[childFD] += data

    def processEnded(self, reason: Failure) -> None:
        """It is over."""
        if self.ended.called:
            return
        ended: Any = reason.value
        if ended.signal:
            self.ended.errback(reason)
            return
        out, error = (said.decode("utf-8", "backslashreplace") for said in self._said.values())
        self.ended.callback(Ran(ended.exitCode, out, error, self._said[1]))


class Terminal(Child):
    """A command that runs in a terminal, or goes on running.

    Args:
        case: the test; the command ends with it.
        edge: the running Edge.
        arguments: the command line behind `--state`.
        terminal: whether it is a terminal.
    """

    def __init__(self, case: TestCase, edge: EdgeProcess, *arguments: str, terminal: bool = True) -> None:
        command = [PROGRAM, "--state", str(edge.state), *arguments]
        super().__init__(case, command, PROJECT, {**ENVIRONMENT, "PYTHONUNBUFFERED": "1"}, terminal=terminal)

    @property
    def shown(self) -> str:
        """All that stands on the screen."""
        return bytes(self.output).decode("utf-8", "backslashreplace").replace("\r\n", "\n")

    def type(self, line: str) -> None:
        """Type a line."""
        self.transport.write(line.encode() + b"\n")
