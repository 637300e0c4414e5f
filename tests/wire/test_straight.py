"""How late Edge is with a connection on its socket itself; all else of it, `tests/real/test_paths.py` shows."""

import socket
from typing import Any

from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.wire.hub import Hub
from edge_twisted.wire.straight import StraightFactory


class Reactor:
    """Watches what it is told to, and never turns."""

    def addReader(self, reader: object) -> None:
        """Watch."""

    def removeReader(self, reader: object) -> None:
        """Watch no more."""


class Below:
    """The TCP transport of a socket."""

    def __init__(self, handle: socket.socket) -> None:
        self._handle = handle

    def pauseProducing(self) -> None:
        """Read nothing."""

    def getHandle(self) -> socket.socket:
        """The socket."""
        return self._handle


class Above(Protocol):
    """Takes what comes."""

    taken = b""

    def dataReceived(self, data: bytes) -> None:
        """Take it."""
        self.taken += data


class KeptWaitingTests(SynchronousTestCase):
    """A charger that did its part is not to blame."""

    def _connect(self, client: bool) -> tuple[Any, Hub, socket.socket]:
        here, there = socket.socketpair()
        here.setblocking(False)
        self.addCleanup(here.close)
        self.addCleanup(there.close)
        hub = Hub(Reactor())
        made = StraightFactory(hub, Factory.forProtocol(Above), client).buildProtocol(None)
        made.makeConnection(Below(here))
        self.addCleanup(hub.forget, here.fileno())
        return made, hub, there

    def test_kept_waiting(self) -> None:
        """Octets came and were not looked at: Edge is late. Nothing came, or all of it was looked at: it is not."""
        made, hub, there = self._connect(client=False)
        self.assertFalse(made.is_kept_waiting())
        there.send(b"GET")
        self.assertTrue(made.is_kept_waiting())
        hub.doRead()
        self.assertEqual(b"GET", made.wrappedProtocol.taken)
        self.assertFalse(made.is_kept_waiting())
        there.send(b"more")
        self.assertFalse(made.is_kept_waiting(), "a trickle must not buy time")

    def test_over(self) -> None:
        """A connection that is over waits for nothing."""
        made, _, there = self._connect(client=False)
        there.send(b"GET")
        made._leave()
        self.assertFalse(made.is_kept_waiting())

    def test_client(self) -> None:
        """Uplinks never stand behind others."""
        made, _, there = self._connect(client=True)
        there.send(b"HTTP")
        self.assertFalse(made.is_kept_waiting())
