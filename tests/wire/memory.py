"""A site in memory: chargers, Edge's real wire and desk, a scripted central system, and a clock that tests move."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.protocol import Protocol
from twisted.internet.task import Clock
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from edge_twisted.bus import Bus
from edge_twisted.core.brakes import Brakes
from edge_twisted.core.endpoint import Endpoint
from edge_twisted.core.events import Event
from edge_twisted.core.lane import Lane
from edge_twisted.core.networks import parse_networks
from edge_twisted.core.policy import Rules
from edge_twisted.core.request import Plain, response
from edge_twisted.desk.book import Book
from edge_twisted.desk.desk import Desk
from edge_twisted.registry import Registry
from edge_twisted.store.memory import MemoryChargers
from edge_twisted.wire.charger import ChargerFactory
from edge_twisted.wire.line import Line, WireLimits
from edge_twisted.wire.names import Names
from edge_twisted.wire.uplink import Dialler
from tests.wire import frames

HIGH_WATER = 65536
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
LIMITS = WireLimits(
    message_bytes=1048576,
    head_seconds=30.0,
    dial_seconds=10.0,
    dials_seconds=20.0,
    connections=100,
    connections_per_address=50,
    pre_open_bytes=65536,
    ping_seconds=20.0,
)


class MemoryTransport:
    """One end of a connection; the other end is `peer`."""

    def __init__(self, net: "Net", host: str) -> None:
        self.net = net
        self.host = host
        self.peer: MemoryTransport
        self.protocol: Any = None
        self.listener: Any = None
        self.outbox: list[bytes] = []
        self.size = 0
        self.producer: Any = None
        self.pushing = True
        self.paused = False
        self.lost = False
        self.aborted = False
        self._fin = False
        self._closing = False

    # --- what protocols call

    def write(self, data: bytes) -> None:
        if self.lost or self._closing or not data:
            return
        self.outbox.append(bytes(data))
        self.size += len(data)
        if self.producer and self.pushing and self.size > HIGH_WATER:
            self.pushing = False
            self.producer.pauseProducing()

    def writeSequence(self, data: Sequence[bytes]) -> None:
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        self._closing = self._fin = True

    def loseWriteConnection(self) -> None:
        self._fin = True

    def abortConnection(self) -> None:
        if not self.lost:
            self.aborted = True
            self.outbox.clear()
            self.net.lose(self, ConnectionAborted())
            self.net.lose(self.peer, ConnectionLost())

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        assert streaming and self.producer is None
        self.producer, self.pushing = producer, True

    def unregisterProducer(self) -> None:
        self.producer = None

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False

    def listen(self, listener: Any) -> None:
        self.listener = listener

    def getPeer(self) -> IPv4Address:
        return IPv4Address("TCP", self.peer.host, 50000)

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", self.host, 50000)

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Nothing to do."""

    # --- what the net does

    def move(self, most: int) -> bool:
        """Hand up to `most` bytes to the peer's protocol; whether anything happened."""
        if self.peer.paused or self.peer.lost:
            return False
        if self.outbox:
            data = b"".join(self.outbox)
            self.outbox = [data[most:]] if len(data) > most else []
            self.size = len(data) - len(data[:most])
            (self.peer.listener or self.peer.protocol).dataReceived(data[:most])
            if self.producer and not self.pushing and not self.size:
                self.pushing = True
                self.producer.resumeProducing()
            return True
        if self._fin and not self.lost:
            self._fin = False
            if self._closing or self.peer._closing or self.peer._fin_seen():
                self.net.lose(self, ConnectionDone())
            self.net.lose(self.peer, ConnectionDone())
            return True
        return False

    def _fin_seen(self) -> bool:
        return False


class Net:
    """Every connection there is."""

    def __init__(self, clock: Clock, chunk: int = 1 << 30) -> None:
        self.clock = clock
        self.chunk = chunk
        self.ends: list[MemoryTransport] = []

    def join(self, server: Any, server_host: str, client: Any, client_host: str) -> None:
        """Connect two protocols, the server's side first."""
        one, two = MemoryTransport(self, server_host), MemoryTransport(self, client_host)
        one.peer, two.peer = two, one
        one.protocol, two.protocol = server, client
        self.ends += [one, two]
        server.makeConnection(one)
        if not one.lost:
            client.makeConnection(two)

    def lose(self, end: MemoryTransport, reason: Exception) -> None:
        """One end is gone."""
        if not end.lost:
            end.lost = True
            end.protocol.connectionLost(Failure(reason))

    def flush(self) -> None:
        """Move bytes until nothing moves any more."""
        for _ in range(100_000):
            self.clock.advance(0)
            moved = [end.move(self.chunk) for end in tuple(self.ends) if not end.lost]
            if not any(moved):
                return
        raise AssertionError("the net never comes to rest")


class Person(Protocol):
    """The far end of a connection: a charger, or a central system."""

    masked = True

    def __init__(self, site: "Site") -> None:
        self.site = site
        self.received = bytearray()
        self.head = b""
        self.lost: BaseException | None = None
        self.seen: list[frames.Frame] = []

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # it takes what its tests need
        self.lost = reason.value

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        if not self.head and b"\r\n\r\n" in self.received:
            at = self.received.index(b"\r\n\r\n") + 4
            self.head = bytes(self.received[:at])
            del self.received[:at]
            self.heard_head()
        if self.head.startswith((b"HTTP/1.1 101", b"GET ")):
            self.seen += frames.read(self.received)

    def heard_head(self) -> None:
        """The head is complete."""

    @property
    def status(self) -> int:
        """The status of the answer, 0 while there is none."""
        return int(self.head.split(b" ")[1]) if self.head.startswith(b"HTTP/") else 0

    def header(self, name: bytes) -> bytes | None:
        """A header of the head, None where it is not there."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.lower():
                return value.strip()
        return None

    @property
    def texts(self) -> list[bytes]:
        """Payloads of the text frames that came."""
        return [one.payload for one in self.seen if one.opcode == frames.TEXT]

    @property
    def closes(self) -> list[tuple[int | None, bytes]]:
        """(code, reason) of the close frames that came."""
        return [(frames.close_code(one), one.payload[2:]) for one in self.seen if one.opcode == frames.CLOSE]

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.transport.write(data)  # type: ignore[union-attr]  # it is connected, or a plan, here
        self.site.net.flush()

    def say(self, payload: bytes, opcode: int = frames.TEXT) -> None:
        """Send one message, or control frame."""
        self.raw(frames.frame(opcode, payload, masked=self.masked))

    def close(self, code: int | None, reason: bytes = b"") -> None:
        """Send a close frame."""
        self.raw(frames.close(code, reason, masked=self.masked))

    def vanish(self) -> None:
        """Reset the connection."""
        self.transport.abortConnection()  # type: ignore[union-attr]  # it is connected, or a plan, here
        self.site.net.flush()

    def leave(self) -> None:
        """End the connection without a close frame."""
        self.transport.loseConnection()  # type: ignore[union-attr]  # it is connected, or a plan, here
        self.site.net.flush()


class Central(Person):
    """One connection as the central system sees it; `where` is the host and port that was dialled."""

    masked = False
    where = ("", 0)

    def heard_head(self) -> None:
        self.site.asked(self)

    @property
    def path(self) -> bytes:
        """The request target."""
        return self.head.split(b" ")[1]

    @property
    def authorization(self) -> bytes | None:
        """The `Authorization` header."""
        return self.header(b"authorization")

    def accept(self, protocol: str | None = "ocpp1.6", more: bytes = b"") -> None:
        """Answer 101, with `more` right behind it."""
        key = self.header(b"sec-websocket-key") or b""
        proof = base64.b64encode(hashlib.sha1(key + GUID, usedforsecurity=False).digest())
        lines = [b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade"]
        lines.append(b"Sec-WebSocket-Accept: " + proof)
        if protocol:
            lines.append(b"Sec-WebSocket-Protocol: " + protocol.encode())
        self.raw(b"\r\n".join([*lines, b"", b""]) + more)

    def refuse(self, status: int, headers: Sequence[bytes] = ()) -> None:
        """Answer by HTTP."""
        lines = [b"HTTP/1.1 %d No" % status, *headers, b"Content-Length: 0", b"", b""]
        self.raw(b"\r\n".join(lines))


class Charger(Person):
    """One connection as the charger sees it."""


def request(
    target: bytes = b"/CP001",
    protocols: bytes | None = b"ocpp1.6",
    authorization: bytes | None = None,
    more: bytes = b"",
) -> bytes:
    """A charger's request head."""
    lines = [b"GET " + target + b" HTTP/1.1", b"Host: edge.lan", b"Upgrade: websocket", b"Connection: Upgrade"]
    lines += [b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", b"Sec-WebSocket-Version: 13"]
    if protocols is not None:
        lines.append(b"Sec-WebSocket-Protocol: " + protocols)
    if authorization is not None:
        lines.append(b"Authorization: " + authorization)
    return b"\r\n".join([*lines, b"", b""]) + more


def basic(user: bytes, password: bytes) -> bytes:
    """The value of an `Authorization` header."""
    return b"Basic " + base64.b64encode(user + b":" + password)


class MemoryEndpoint:
    """Connects a dial to the site's central system."""

    def __init__(self, site: "Site", host: str, port: int) -> None:
        self._site = site
        self._where = (host, port)

    def connect(self, factory: Any) -> Deferred[Any]:
        trouble = self._site.trouble
        if isinstance(trouble, Deferred):
            return trouble
        if trouble is not None:
            return fail(trouble)
        central = Central(self._site)
        central.where = self._where
        self._site.centrals.append(central)
        if isinstance(factory, TLSMemoryBIOFactory):
            factory = factory.wrappedFactory
        protocol = factory.buildProtocol(None)
        self._site.net.join(central, self._where[0], protocol, "10.0.0.2")
        return succeed(protocol)


@implementer(IOpenSSLClientConnectionCreator)
class Untold:
    """Stands for `trust.verify.UplinkCreator`."""

    refusal = alert = None

    def clientConnectionForTLS(self, tlsProtocol: Any) -> Any:
        """Never asked for in memory."""

    def remember(self) -> None:
        """Nothing."""


class MemoryDialler(Dialler):
    """Dials in memory; TLS is left out: `ring 3` has it."""

    site: "Site"

    def endpoint(self, host: str, port: int, seconds: float) -> Any:
        return MemoryEndpoint(self.site, host, port)


class Site:
    """Edge between chargers and a central system.

    `answer` decides what the central system does with a request; by default it accepts. `trouble` makes dials fail:
    an exception, or a Deferred that never fires.
    """

    def __init__(
        self, chunk: int = 1 << 30, limits: WireLimits = LIMITS, store: Any = None, hot: bool = True, **rules: Any
    ) -> None:
        self.clock = Clock()
        self.net = Net(self.clock, chunk)
        self.events: list[Event] = []
        self.centrals: list[Central] = []
        self.answer: Callable[[Central], None] = lambda central: central.accept()
        self.trouble: Exception | Deferred[Any] | None = None
        self.store = store if store is not None else MemoryChargers()
        self.limits = limits
        self.rules = Rules(
            rules.pop("ws", Endpoint(False, "ws.example.com", 80)),
            rules.pop("wss", Endpoint(True, "wss.example.com", 443)),
            **rules,
        )
        bus = Bus()
        bus.subscribe(self.events.append)
        name = lambda identity: hashlib.sha256(identity).hexdigest()[:16]  # noqa: E731 - a short name for the lines below
        book = Book(self.store, name, bus)
        book.load()
        self.desk = Desk(
            self.rules,
            book,
            bus,
            Registry(),
            Brakes(Lane(16, 5000)),
            lambda: 1_700_000_000.0 + self.clock.seconds(),
            self.clock.seconds,
            lambda: 0.5,
            b"k" * 32,
        )
        dialler = MemoryDialler(
            self.clock,
            Names(self.clock),
            lambda host, trust: Untold(),
            lambda: 0.0,
            limits.message_bytes,
            limits.pre_open_bytes,
            settled=hot,
        )
        dialler.site = self
        self.line = Line(
            self.clock,
            self.desk,
            dialler,
            limits,
            parse_networks(["private"]),
            "s",
            self._visit,
            lambda a: "",
            lambda seconds: seconds,
            hot,
        )
        self.desk.hall.line = self.line
        self.factories = {
            secure: ChargerFactory(
                self.line,
                self.clock,
                secure=secure,
                message_bytes=limits.message_bytes,
                head_seconds=limits.head_seconds,
                pre_open_bytes=limits.pre_open_bytes,
                settled=hot,
            )
            for secure in (False, True)
        }

    @staticmethod
    def _visit(asked: Plain) -> bytes:
        return response(426, [("Upgrade", "websocket")], b"no page here")

    def asked(self, central: Central) -> None:
        """The central system read a request."""
        self.answer(central)

    def connect(self, address: str = "192.168.1.20", secure: bool = False) -> Charger:
        """A charger connects; `secure` says what kind of listener it is, TLS itself is left out."""
        charger = Charger(self)
        leg = self.factories[secure].buildProtocol(IPv4Address("TCP", address, 50000))
        if leg is None:
            charger.lost = ConnectionDone()
            return charger
        self.net.join(leg, "192.168.1.1", charger, address)
        return charger

    def ask(self, *args: Any, address: str = "192.168.1.20", secure: bool = False, **kwargs: Any) -> Charger:
        """A charger connects and sends its request head."""
        charger = self.connect(address, secure)
        charger.raw(request(*args, **kwargs))
        return charger

    def open(self, *args: Any, **kwargs: Any) -> tuple[Charger, Central]:
        """A charger is connected through to the central system."""
        charger = self.ask(*args, **kwargs)
        assert charger.status == 101, charger.head
        return charger, self.centrals[-1]

    def serve(self, charger: Charger, central: Central) -> None:
        """Let the central system serve the charger."""
        charger.say(b'[2,"b1","BootNotification",{}]')
        central.say(b'[3,"b1",{"status":"Accepted"}]')

    def served(self, *args: Any, **kwargs: Any) -> tuple[Charger, Central]:
        """A charger is connected and served."""
        charger, central = self.open(*args, **kwargs)
        self.serve(charger, central)
        return charger, central

    def advance(self, seconds: float, step: float = 0.25) -> None:
        """Let time pass, in small steps."""
        left = seconds
        while left > 0:
            self.clock.advance(min(step, left))
            self.net.flush()
            left -= step

    def told(self, code: str) -> list[Any]:
        """The events of a code."""
        return [event for event in self.events if event.code == code]

    def end(self) -> None:
        """Stop Edge; for `addCleanup`."""
        self.line.stop()
        self.advance(5)
