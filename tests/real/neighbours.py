"""Odd neighbours of a real Edge: strangers with any octets, listeners that never answer, a way over another address."""

from typing import Any

from OpenSSL import SSL
from OpenSSL.crypto import FILETYPE_PEM, load_certificate, load_privatekey
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.interfaces import IAddress, IOpenSSLServerConnectionCreator
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.portforward import ProxyFactory
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from tests.real.child import BOUND


def upgrade(target: bytes, *headers: bytes) -> bytes:
    """A WebSocket request, octet for octet.

    Args:
        target: the request target.
        headers: whole lines without their ends, beside the ones that belong to every such request.
    """
    usual = [
        b"Host: edge.lan",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        b"Sec-WebSocket-Key: AQIDBAUGBwgJCgsMDQ4PEA==",
        b"Sec-WebSocket-Version: 13",
    ]
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", *usual, *headers, b"", b""])


class Stranger(Protocol):
    """Sends octets and keeps what comes back."""

    def __init__(self, request: bytes) -> None:
        self._request = request
        self._answer = b""
        self.answered: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        """Ask."""
        assert self.transport is not None
        self.transport.write(self._request)

    def dataReceived(self, data: bytes) -> None:
        """Keep the answer; its head is enough."""
        self._answer += data
        if b"\r\n\r\n" in self._answer:
            self._tell()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """No more comes."""
        self._tell()

    def leave(self) -> None:
        """End the connection."""
        assert self.transport is not None
        self.transport.loseConnection()

    def _tell(self) -> None:
        if not self.answered.called:
            self.answered.callback(self._answer)


async def knock(case: TestCase, port: int, request: bytes, source: str = "127.0.0.2") -> bytes:
    """Come to a port of this machine from another address of it, with any octets.

    Args:
        case: the test; the connection ends with it.
        port: where to.
        request: what to send.
        source: where from, in 127.0.0.0/8.

    Returns:
        What came back, at least up to the end of the head, or to the connection's end.
    """
    from twisted.internet import reactor

    way = TCP4ClientEndpoint(reactor, "127.0.0.1", port, bindAddress=(source, 0))
    stranger = await connectProtocol(way, Stranger(request))
    case.addCleanup(stranger.leave)
    answer: bytes = await stranger.answered.addTimeout(BOUND, reactor)
    return answer


class Ear(Protocol):
    """Listens and never answers."""

    factory: "Listener"

    def connectionMade(self) -> None:
        """Count it."""
        self.factory.count += 1
        self.factory.present.add(self)

    def dataReceived(self, data: bytes) -> None:
        """Keep it."""
        self.factory.heard += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Forget it."""
        self.factory.present.discard(self)


@implementer(IOpenSSLServerConnectionCreator)
class Listener(Factory):
    """Takes connections on 127.0.0.1, keeps what it hears, and never answers.

    Args:
        case: the test; the listener ends with it.
        context: its TLS, or None.
        port: 0: any.

    Attributes:
        count: how many connections there were.
        heard: all octets so far; with TLS, what came encrypted and was decrypted.
        present: the connections that stand.
    """

    noisy = False

    def __init__(self, case: TestCase, context: SSL.Context | None = None, port: int = 0) -> None:
        from twisted.internet import reactor

        anyone: Any = reactor
        self.count = 0
        self.heard = b""
        self.present: set[Ear] = set()
        self._context = context
        factory = TLSMemoryBIOFactory(self, False, self) if context else self
        self._port = anyone.listenTCP(port, factory, interface="127.0.0.1")
        case.addCleanup(self.stop)

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Take a connection (called by Twisted)."""
        ear = Ear()
        ear.factory = self
        return ear

    def serverConnectionForTLS(self, protocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make a TLS connection (called by Twisted)."""
        assert self._context is not None
        return SSL.Connection(self._context, None)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._port.getHost().port)

    def stop(self) -> Any:
        """Take no more connections and end those that stand."""
        for ear in self.present:
            assert ear.transport is not None
            ear.transport.loseConnection()
        return self._port.stopListening()


def server_context(leaf: tuple[bytes, bytes]) -> SSL.Context:
    """The TLS of a `Listener`.

    Args:
        leaf: PEM of certificate and key.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate(load_certificate(FILETYPE_PEM, leaf[0]))
    context.use_privatekey(load_privatekey(FILETYPE_PEM, leaf[1]))
    return context


class Forwarder(ProxyFactory):
    """Carries connections from a port of its own to a port of 127.0.0.1.

    Args:
        case: the test; it ends with it.
        port: where to.
        interface: where it listens, `::1` too.

    Attributes:
        came: who came.
    """

    noisy = False

    def __init__(self, case: TestCase, port: int, interface: str = "127.0.0.1") -> None:
        from twisted.internet import reactor

        anyone: Any = reactor
        super().__init__("127.0.0.1", port)
        self.came: list[IAddress | None] = []
        self._port = anyone.listenTCP(0, self, interface=interface)
        case.addCleanup(self._port.stopListening)

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Note who comes (called by Twisted)."""
        self.came.append(addr)
        return super().buildProtocol(addr)

    @property
    def entry(self) -> int:
        """The port where it listens."""
        return int(self._port.getHost().port)
