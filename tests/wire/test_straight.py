"""A connection on its socket itself: who hears what is read, and how late Edge is with it.

All else of it, `tests/real/test_paths.py` shows.
"""

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


class StraightTestCase(SynchronousTestCase):
    """Has both ends of a connection."""

    def connect(self, client: bool) -> tuple[Any, Hub, socket.socket]:
        here, there = socket.socketpair()
        here.setblocking(False)
        self.addCleanup(here.close)
        self.addCleanup(there.close)
        hub = Hub(Reactor())
        made = StraightFactory(hub, Factory.forProtocol(Above), client).buildProtocol(None)
        made.makeConnection(Below(here))
        self.addCleanup(hub.forget, here.fileno())
        return made, hub, there


class ListenTests(StraightTestCase):
    """Somebody else may hear what is read, in place of the protocol above."""

    def test_listen(self) -> None:
        """He hears it until the protocol above shall hear it again."""
        made, hub, there = self.connect(client=False)
        other = Above()
        for number, listener in enumerate((None, other, None)):
            made.listen(listener)
            there.send(b"%d" % number)
            hub.doRead()
        self.assertEqual((b"02", b"1"), (made.wrappedProtocol.taken, other.taken))

    def test_over(self) -> None:
        """Once the connection is gone nobody is held on to."""
        made, _, _ = self.connect(client=False)
        made.listen(Above())
        made.connectionLost()
        made.listen(None)
        self.assertIsNone(made._listener)


class KeptWaitingTests(StraightTestCase):
    """A charger that did its part is not to blame."""

    def test_kept_waiting(self) -> None:
        """Octets came and were not looked at: Edge is late. Nothing came, or all of it was looked at: it is not."""
        made, hub, there = self.connect(client=False)
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
        made, _, there = self.connect(client=False)
        there.send(b"GET")
        made._leave()
        self.assertFalse(made.is_kept_waiting())

    def test_client(self) -> None:
        """Uplinks never stand behind others."""
        made, _, there = self.connect(client=True)
        there.send(b"HTTP")
        self.assertFalse(made.is_kept_waiting())
