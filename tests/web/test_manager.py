"""Tests of `edge_twisted.web.manager`: who may knock, and how long that may take; TLS as browsers speak it."""

import ssl
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IProtocolNegotiationFactory
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from edge_twisted.core.networks import parse_networks
from edge_twisted.trust.contexts import ServerCreator, server_context
from edge_twisted.trust.manager import open_manager_leaf
from edge_twisted.web.manager import CONNECTIONS, IDLE_SECONDS, PER_ADDRESS, REQUEST_SECONDS, make_manager
from edge_twisted.web.plain import SecureFactory
from tests.web.asked import Wire, authority

HELLO = b"GET /v1/hello HTTP/1.1\r\nHost: edge.lan\r\n\r\n"


class Stub(Resource):
    """Answers hello, or later."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[Any] = []

    def render_GET(self, request: Any) -> bytes | int:
        """Answer."""
        if request.path.endswith(b"/later"):
            self.waiting.append(request)
            return NOT_DONE_YET
        return b"hello"

    def render_POST(self, request: Any) -> bytes:
        """Answer with the size of the body."""
        return b"%d" % len(request.content.read())


class TcpWire(Wire):
    """A connection in memory that may be told how TCP should send."""

    def setTcpNoDelay(self, on: bool) -> None:
        """It is told."""


class DoorCase(SynchronousTestCase):
    """The door over connections in memory."""

    def setUp(self) -> None:
        self.clock, self.stub = Clock(), Stub()
        self.door = make_manager(
            self.stub, self.clock, lambda: {"edge.lan"}, parse_networks(["private"]).admit, {b"/healthz": Stub()}
        )

    def connect(self, address: str = "192.168.1.5", send: bytes = b"") -> tuple[Any, Wire]:
        """Somebody connects, and sends something."""
        protocol, wire = self.door.buildProtocol(None), Wire(peerAddress=IPv4Address("TCP", address, 50_000))
        assert protocol is not None
        protocol.makeConnection(wire)
        if send:
            protocol.dataReceived(send)
        return protocol, wire

    def leave(self, protocol: Any) -> None:
        """He leaves."""
        protocol.connectionLost(Failure(ConnectionDone()))


class RoomTests(DoorCase):
    """Who may come in."""

    def test_hello(self) -> None:
        """Whoever comes from a private address is answered."""
        _, wire = self.connect(send=HELLO)
        self.assertTrue(wire.value().startswith(b"HTTP/1.1 200 OK"))
        self.assertNotIn(b"TwistedWeb", wire.value())

    def test_elsewhere(self) -> None:
        """Whoever comes from elsewhere is dropped before anything is read."""
        _, wire = self.connect("203.0.113.9")
        self.assertTrue(wire.aborted)

    def test_per_address(self) -> None:
        """One address has only so many connections; others are let in, and so is that one when one of its is gone."""
        first, _ = self.connect()
        for _ in range(PER_ADDRESS - 1):
            self.assertFalse(self.connect()[1].aborted)
        self.assertTrue(self.connect()[1].aborted)
        self.assertFalse(self.connect("192.168.1.6")[1].aborted)
        self.leave(first)
        self.assertFalse(self.connect()[1].aborted)

    def test_all(self) -> None:
        """There are only so many in all, and nothing is left of those who went."""
        protocols = []
        for number in range(CONNECTIONS):
            protocol, wire = self.connect(f"10.0.{number // PER_ADDRESS}.1")
            self.assertFalse(wire.aborted)
            protocols.append(protocol)
        refused, wire = self.connect("10.9.9.9")
        self.assertTrue(wire.aborted)
        for protocol in [*protocols, refused]:
            self.leave(protocol)
        self.assertEqual((len(self.door.protocols), dict(self.door.present)), (0, {}))
        waiting = [call for call in self.clock.getDelayedCalls() if "_too_late" in str(call)]
        self.assertEqual(waiting, [])

    def test_places(self) -> None:
        """A whole path may be somebody else's, behind the same look at the host."""
        _, wire = self.connect(send=b"GET /healthz?x HTTP/1.1\r\nHost: edge.lan\r\n\r\n")
        self.assertIn(b"hello", wire.value())
        _, wire = self.connect(send=b"GET /healthz HTTP/1.1\r\nHost: evil.example\r\n\r\n")
        self.assertIn(b"421", wire.value())

    def test_content(self) -> None:
        """A body without end is cut off."""
        channel, wire = self.connect(send=b"POST /v1/x HTTP/1.1\r\nHost: edge.lan\r\nContent-Length: 99999999\r\n\r\n")
        for _ in range(17):
            channel.dataReceived(b" " * 65_536)
        self.assertTrue(wire.aborted)


class TimeTests(DoorCase):
    """How long it may take."""

    def test_silent(self) -> None:
        """Who connects and sends nothing is dropped."""
        _, wire = self.connect()
        self.clock.advance(REQUEST_SECONDS - 1)
        self.assertFalse(wire.aborted)
        self.clock.advance(1)
        self.assertTrue(wire.aborted)

    def test_slow(self) -> None:
        """Who sends a request letter by letter is dropped, head or body, however often something comes."""
        for whole in (HELLO, b"POST /v1/x HTTP/1.1\r\nHost: edge.lan\r\nContent-Length: 500\r\n\r\n" + b"x" * 500):
            protocol, wire = self.connect()
            for place in range(int(REQUEST_SECONDS) + 1):
                if not wire.aborted:
                    protocol.dataReceived(whole[place : place + 1])
                    self.clock.advance(1)
            self.assertTrue(wire.aborted)

    def test_next(self) -> None:
        """After an answer the next request has as much time, and no more."""
        protocol, wire = self.connect(send=HELLO)
        for _ in range(5):
            self.clock.advance(REQUEST_SECONDS - 1)
            protocol.dataReceived(HELLO)
        self.assertEqual(wire.value().count(b"200 OK"), 6)
        self.clock.advance(REQUEST_SECONDS)
        self.assertTrue(wire.aborted or wire.disconnecting)

    def test_long_answer(self) -> None:
        """An answer may take as long as it takes: so events can be followed."""
        _, wire = self.connect(send=HELLO.replace(b"hello", b"later"))
        self.clock.advance(10 * IDLE_SECONDS)
        self.assertFalse(wire.aborted)
        self.stub.waiting[0].write(b"at last")
        self.stub.waiting[0].finish()
        self.assertIn(b"at last", wire.value())


class TLSTests(DoorCase):
    """TLS, with the standard library at the other end."""

    def shake(self, address: str = "192.168.1.5", **options: Any) -> ssl.SSLObject:
        """Shake hands in memory as a browser would; the client's end."""
        leaf = open_manager_leaf(authority(), ["edge.lan"], [], datetime.now(UTC))
        creator = ServerCreator(server_context([leaf], lambda *_: None))
        protocol = SecureFactory(creator, False, self.door, self.clock).buildProtocol(None)
        assert protocol is not None
        self.wire = wire = TcpWire(peerAddress=IPv4Address("TCP", address, 50_000))
        root = Path(mkdtemp(dir=".")) / "root.pem"
        root.write_bytes(authority().root_pem)
        context = ssl.create_default_context(cafile=str(root))
        for name, value in options.items():
            if callable(getattr(context, name)):
                getattr(context, name)(value)
            else:
                setattr(context, name, value)
        into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = context.wrap_bio(into, out, server_hostname="edge.lan")
        protocol.makeConnection(wire)
        self.exchange = lambda: self._exchange(protocol, wire, into, out)
        for _ in range(10):
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.exchange()
        return client

    def _exchange(self, protocol: Any, wire: TcpWire, into: ssl.MemoryBIO, out: ssl.MemoryBIO) -> None:
        if out.pending:
            protocol.dataReceived(out.read())
        self.clock.advance(0)
        into.write(wire.value())
        wire.clear()

    def test_verified(self) -> None:
        """A client that knows the root finds the leaf in order, and is answered."""
        client = self.shake()
        self.assertEqual(client.version(), "TLSv1.3")
        client.write(HELLO)
        self.exchange()
        self.assertTrue(client.read(100).startswith(b"HTTP/1.1 200 OK"))

    def test_refused(self) -> None:
        """Whoever may not come is cut off before TLS begins, and leaves nothing behind."""
        with self.assertRaises(ssl.SSLWantReadError):
            self.shake("203.0.113.9").read(1)
        self.assertTrue(self.wire.aborted)
        self.assertEqual((len(self.door.protocols), dict(self.door.present)), (0, {}))

    def test_alpn(self) -> None:
        """What protocols a client offers makes no difference: none is chosen, and none refused (Twisted would)."""
        for offered in (["h2", "http/1.1"], ["h2"], ["something"]):
            client = self.shake(set_alpn_protocols=offered)
            self.assertIs(client.selected_alpn_protocol(), None)
        self.assertFalse(IProtocolNegotiationFactory.providedBy(self.door))

    def test_versions(self) -> None:
        """TLS 1.2 is spoken, and nothing older."""
        self.assertEqual(self.shake(maximum_version=ssl.TLSVersion.TLSv1_2).version(), "TLSv1.2")
        with self.assertRaises(ssl.SSLError):
            self.shake(
                minimum_version=ssl.TLSVersion.MINIMUM_SUPPORTED,
                maximum_version=ssl.TLSVersion.TLSv1_1,
                set_ciphers="ALL:@SECLEVEL=0",
            )


class PlainTests(DoorCase):
    """Whoever begins without TLS."""

    def told(self, data: bytes, address: str = "192.168.1.5") -> bytes:
        """What comes back for that, before the end."""
        leaf = open_manager_leaf(authority(), ["edge.lan"], [], datetime.now(UTC))
        creator = ServerCreator(server_context([leaf], lambda *_: None))
        protocol = SecureFactory(creator, False, self.door, self.clock).buildProtocol(None)
        assert protocol is not None
        wire = TcpWire(peerAddress=IPv4Address("TCP", address, 50_000))
        protocol.makeConnection(wire)
        if not wire.aborted:
            protocol.dataReceived(data)
            self.assertTrue(wire.disconnecting)
            protocol.dataReceived(data)
        protocol.connectionLost(Failure(ConnectionDone()))
        self.assertEqual((len(self.door.protocols), dict(self.door.present)), (0, {}))
        told: bytes = wire.value()
        return told

    def test_sent_on(self) -> None:
        """He is sent on to the same page over https, once; no page and no API is there without TLS."""
        for host in (b"edge.lan:8443", b"10.0.0.5:8443", b"[fd00::1]:8443"):
            told = self.told(HELLO.replace(b"edge.lan", host))
            self.assertTrue(told.startswith(b"HTTP/1.1 307 "))
            self.assertIn(b"\r\nLocation: https://" + host + b"/v1/hello\r\n", told)
            self.assertEqual(told.count(b"HTTP/1.1"), 1)

    def test_nonsense(self) -> None:
        """Where that can't be told, nothing of what came is repeated."""
        for head in (
            b"POST /v1/login HTTP/1.1\r\nHost: edge.lan\r\n\r\npassword",
            b"GET /v1/hello HTTP/1.1\r\n\r\n",
            b"GET //evil HTTP/1.1\r\nHost: a b\r\n\r\n",
            b"GET /a HTTP/1.1\r\nHost: a@evil\r\n\r\n",
            b"hello",
        ):
            told = self.told(head)
            self.assertTrue(told.startswith(b"HTTP/1.1 400 "), head)
            self.assertNotIn(b"Location", told)

    def test_stranger(self) -> None:
        """Whoever may not come hears nothing."""
        self.assertNotIn(b"HTTP", self.told(HELLO, "203.0.113.9"))
