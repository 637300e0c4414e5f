"""`edgectl` as tests run it: as a program with its standard input, or before a person in a terminal."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from twisted.internet.utils import getProcessOutputAndValue
from twisted.trial.unittest import TestCase

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
    out, error, code = await getProcessOutputAndValue(
        PROGRAM,
        [*(["--state", str(state)] if state else []), *arguments],
        {**os.environ, **ENVIRONMENT, **(environment or {})},
        stdinBytes=stdin,
    ).addTimeout(BOUND, reactor)
    return Ran(code, out.decode("utf-8", "backslashreplace"), error.decode("utf-8", "backslashreplace"), out)


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
