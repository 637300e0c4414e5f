"""Programs of ours that start at once: as forks of a process that has imported already what they need (`forking.py`).

An Edge's start is importing for the most part, and the tests start hundreds. A fork runs what its command line names, a
script, or `-m` and a module, as Python does: with the arguments, variables, folder and standard streams that it is
given, and with nothing else of the process that it comes from, be it a signal's handler, an open file or a thread. Only
what Python itself reads at its start (`PYTHON...`, the locale) it has from there. Tests of starting start without it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from twisted.internet.error import ProcessDone, ProcessTerminated
from twisted.internet.process import ProcessReader, ProcessWriter
from twisted.internet.protocol import ProcessProtocol
from twisted.python.failure import Failure

from tests.real.forking import END, LONGEST, STATUS

PROJECT: Final = Path(__file__).resolve().parents[2]
FORKING: Final = Path(__file__).with_name("forking.py")


class Fork:
    """A program that runs; of `IProcessTransport`, what tests use.

    Args:
        protocol: hears of it.
        pid: of the process.
        ends: our ends of its streams, by number.
    """

    def __init__(self, protocol: ProcessProtocol, pid: int, ends: Sequence[int]) -> None:
        from twisted.internet import reactor

        self.pid = pid
        self._protocol = protocol
        self._told = b""
        self._pipes: dict[int, Any] = {0: ProcessWriter(reactor, self, 0, ends[0])}
        self._pipes |= {number: ProcessReader(reactor, self, number, ends[number]) for number in (1, 2, END)}

    def write(self, data: bytes) -> None:
        """Write to its standard input."""
        self.writeToChild(0, data)

    def writeToChild(self, childFD: int, data: bytes) -> None:
        """Write to a stream of its."""
        if childFD in self._pipes:
            self._pipes[childFD].write(data)

    def closeStdin(self) -> None:
        """Close its standard input, once all is written."""
        if 0 in self._pipes:
            self._pipes[0].loseConnection()

    def childDataReceived(self, name: int, data: bytes) -> None:
        """It said something (called by a pipe)."""
        if name == END:
            self._told += data
        else:
            self._protocol.childDataReceived(name, data)

    def childConnectionLost(self, name: int, reason: Failure) -> None:
        """A stream is closed (called by a pipe)."""
        os.close(self._pipes.pop(name).fileno())
        if name == END:
            self.closeStdin()
        if not self._pipes:
            status = STATUS.unpack(self._told)[0] if self._told else int(signal.SIGKILL)
            code = os.waitstatus_to_exitcode(status)
            ended = ProcessTerminated(max(code, 0) or None, max(-code, 0) or None, status)
            self._protocol.processEnded(Failure(ended if code else ProcessDone(status)))


class Warm:
    """The process that programs are forks of; it starts when it is first needed, and ends with this one.

    Args:
        imports: modules that it imports.
    """

    def __init__(self, *imports: str) -> None:
        self._imports = imports
        self._way: socket.socket | None = None

    def start(
        self, protocol: ProcessProtocol, arguments: Sequence[str], environment: Mapping[str, str], directory: Path
    ) -> Fork:
        """Start a program.

        Args:
            protocol: hears of it.
            arguments: its command line: a script of Python's, or Python, `-m` and a module; then its arguments.
            environment: all of its variables.
            directory: where it runs.
        """
        if self._way is None:
            self._way = self._begin()
        wanted = json.dumps([list(arguments), str(directory), dict(environment)]).encode()
        (theirs, ours), *pipes = [os.pipe() for _ in range(END + 1)]
        given = [theirs, *(writing for _, writing in pipes)]
        socket.send_fds(self._way, [wanted], given)
        for end in given:
            os.close(end)
        return Fork(protocol, int(self._way.recv(LONGEST)), [ours, *(reading for reading, _ in pipes)])

    def _begin(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", str(FORKING), str(theirs.fileno()), *self._imports],
                env={**os.environ, "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"},
                pass_fds=[theirs.fileno()],
            )
        return ours


EDGE: Final = Warm(
    *("twisted.scripts.twistd", "edge_twisted.tap", "edge_twisted.service", "edge_twisted.store.migrate"),
    "sqlalchemy.dialects.sqlite",
)
"""For `twistd edgeproxy`."""
EDGECTL: Final = Warm("edge_twisted.ctl.main")
"""For `edgectl`: small, since a fork costs as much as there is in it."""
PEERS: Final = Warm(
    *("ocpp.v16", "ocpp.routing", "websockets.asyncio.client", "websockets.asyncio.server", "tests.real.peers.talk"),
)
"""For the peers that are written in Python."""
