"""Connections that Edge makes itself, on real sockets."""

import errno
import socket
from typing import Any
from unittest.mock import patch

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.error import ConnectError, ConnectionAborted, ConnectionDone, ConnectionRefusedError
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import TestCase

from edge_twisted.wire.hub import Hub
from edge_twisted.wire.outgoing import Outgoing
from edge_twisted.wire.straight import StraightFactory


class Above(Protocol):
    """Takes what comes."""

    def connectionMade(self) -> None:
        """It stands."""
        self.taken: Deferred[bytes] = Deferred()
        self.lost: Deferred[type[BaseException]] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        """Take it."""
        self.taken.callback(data)

    def connectionLost(self, reason: Any = None) -> None:
        """It is over."""
        self.lost.callback(reason.type)


class OutgoingTests(TestCase):
    """`Outgoing` connects as Twisted's endpoints do."""

    def setUp(self) -> None:
        self.hub = Hub(reactor)

    def listen(self, family: int = socket.AF_INET, host: str = "127.0.0.1") -> socket.socket:
        """A port that takes connections."""
        port = socket.create_server((host, 0), family=family)
        self.addCleanup(port.close)
        return port

    def connect(self, address: str, port: int, factory: Any = None) -> Deferred[Any]:
        """Connect."""
        wrapped = factory or StraightFactory(self.hub, Factory.forProtocol(Above), client=True)
        return Outgoing(self.hub, address, port).connect(wrapped)

    @inlineCallbacks
    def _talk(self, family: int, host: str) -> Any:
        port = self.listen(family, host)
        made = yield self.connect(host, port.getsockname()[1])
        peer, _ = port.accept()
        self.addCleanup(peer.close)
        made.setTcpNoDelay(True)
        made.write(b"there")
        self.assertEqual(peer.recv(9), b"there")
        peer.send(b"back")
        self.assertEqual((yield made.wrappedProtocol.taken), b"back")
        self.assertEqual((made.getPeer().host, made.getPeer().port), port.getsockname()[:2])
        self.assertEqual(made.getHost().port, peer.getpeername()[1])
        above = made.wrappedProtocol
        peer.close()
        self.assertIs((yield above.lost), ConnectionDone)
        self.assertEqual(len(self.hub), 0)
        self.assertIsNone(made.getPeer())

    def test_talk(self) -> Any:
        """Octets go both ways, until the peer leaves."""
        return self._talk(socket.AF_INET, "127.0.0.1")

    def test_ipv6(self) -> Any:
        """The same over IPv6."""
        return self._talk(socket.AF_INET6, "::1")

    @inlineCallbacks
    def test_abort(self) -> Any:
        """An abort resets the connection, and is told once."""
        port = self.listen()
        made = yield self.connect(*port.getsockname())
        peer, _ = port.accept()
        self.addCleanup(peer.close)
        above = made.wrappedProtocol
        made.abortConnection()
        made.transport.abortConnection()
        self.assertIs((yield above.lost), ConnectionAborted)
        self.assertRaises(ConnectionResetError, peer.recv, 1)

    @inlineCallbacks
    def test_refused(self) -> Any:
        """A port where nobody listens refuses; the socket is closed."""
        port = self.listen()
        taken = port.getsockname()
        port.close()
        yield self.assertFailure(self.connect(*taken), ConnectionRefusedError)
        self.assertEqual(len(self.hub), 0)

    def test_at_once(self) -> None:
        """What fails at once is told as any other failure: no more sockets, no such address."""
        with patch("socket.socket", side_effect=OSError(errno.EMFILE, "too many")):
            self.failureResultOf(self.connect("127.0.0.1", 80), ConnectError)
        self.failureResultOf(self.connect("::1%nowhere", 80), ConnectError)
        self.failureResultOf(self.connect("2001:db8::x", 80), ConnectError)

    def test_cancelled(self) -> None:
        """Cancelling closes the socket; nothing more comes."""
        port = self.listen()
        connecting = self.connect(*port.getsockname())
        self.assertEqual(len(self.hub), 1)
        connecting.cancel()
        self.failureResultOf(connecting)
        self.assertEqual(len(self.hub), 0)

    @inlineCallbacks
    def test_broken_factory(self) -> Any:
        """A factory that fails, or wants no connection, ends this one only."""

        class Failing(Factory):
            def buildProtocol(self, addr: object) -> None:
                raise ValueError

        class Unwilling(Factory):
            def buildProtocol(self, addr: object) -> None:
                """Want none."""

        host, port = self.listen().getsockname()
        yield self.assertFailure(self.connect(host, port, Failing()), ValueError)
        yield self.assertFailure(self.connect(host, port, Unwilling()), ConnectionAborted)
        self.assertEqual(len(self.hub), 0)
