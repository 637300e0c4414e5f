"""Chargers and central systems in the test's own process: sockets, TLS and frames, nothing else.

They do what no library lets its user do, and there can be hundreds of them. `Sockets` makes them and ends them.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from OpenSSL import SSL
from OpenSSL.crypto import FILETYPE_PEM, load_certificate, load_privatekey
from twisted.internet.defer import Deferred, ensureDeferred, maybeDeferred, succeed
from twisted.internet.endpoints import TCP4ClientEndpoint, wrapClientTLS
from twisted.internet.interfaces import IAddress, IOpenSSLServerConnectionCreator
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from tests.real.child import BOUND
from tests.real.neighbours import upgrade
from tests.wire import frames
from tests.wire.frames import BINARY, CLOSE, PING, PONG, TEXT, Frame

T = TypeVar("T")
BUFFER = 1 << 20
"""Octets that a leg keeps of what it does not understand."""


class Watch:
    """Lets a test wait until it finds something."""

    def __init__(self) -> None:
        self._looks: list[Callable[[], None]] = []

    def look(self) -> None:
        """See whether anything that is waited for has come."""
        for look in list(self._looks):
            if look in self._looks:
                look()

    def until(self, find: Callable[[], T | None], what: str, bound: float = BOUND) -> Deferred[T]:
        """Wait until `find` finds something; it is asked now and whenever something happened.

        Args:
            find: None where there is nothing yet.
            what: what is waited for, for the failure's text.
            bound: seconds.

        Returns:
            What was found. Fails with `AssertionError` after the bound.
        """
        from twisted.internet import reactor

        found = find()
        if found is not None:
            return succeed(found)
        waiting: Deferred[T] = Deferred()

        def look() -> None:
            found = find()
            if found is not None:
                self._looks.remove(look)
                waiting.callback(found)

        def too_late(_: object, seconds: float) -> T:
            self._looks.remove(look)
            raise AssertionError(f"no {what} within {seconds} s")

        self._looks.append(look)
        return waiting.addTimeout(bound, reactor, onTimeoutCancel=too_late)


class Leg(Protocol):
    """One end of a connection: first a head, then frames.

    Args:
        sockets: whose it is.
        masked: whether what it sends is masked.

    Attributes:
        head: the peer's head; empty before it came.
        body: what followed the head of a refusal.
        messages: payloads of the peer's messages, in order; unless `heard` is set, which takes each instead.
        closed: the peer's close frame: its code, None for an empty one; -1 before it came.
        gone: whether the connection is over.
        lost: whether it ended otherwise than by a proper end of the stream.
    """

    def __init__(self, sockets: "Sockets", masked: bool) -> None:
        self.head = b""
        self.body = b""
        self.messages: list[bytes] = []
        self.heard: Callable[[bytes], None] | None = None
        self.closed: int | None = -1
        self.gone = False
        self.lost = False
        self.talks = False
        self._sockets = sockets
        self._masked = masked
        self._data = bytearray()

    def connectionMade(self) -> None:
        """The connection stands."""
        self._sockets.legs.add(self)

    def dataReceived(self, data: bytes) -> None:
        """Read the head, then frames."""
        self._data += data
        if not self.head:
            head, end, rest = bytes(self._data).partition(b"\r\n\r\n")
            if not end:
                return
            self.head, self._data = head, bytearray(rest)
            self.got_head()
        if self.talks:
            for frame in frames.read(self._data):
                self._take(frame)
        else:
            self.body = bytes(self._data[:BUFFER])
        self._sockets.watch.look()

    def got_head(self) -> None:
        """The head is complete."""

    def got_message(self, payload: bytes) -> None:
        """A message came."""
        if self.heard is not None:
            self.heard(payload)
        else:
            self.messages.append(payload)

    def got_close(self, payload: bytes) -> None:
        """A close frame came."""
        self.send(payload, CLOSE)

    def _take(self, frame: Frame) -> None:
        if frame.opcode in (TEXT, BINARY):
            self.got_message(frame.payload)
        elif frame.opcode == PING:
            self.send(frame.payload, PONG)
        elif frame.opcode == CLOSE and self.closed == -1:
            self.closed = frames.close_code(frame)
            self.got_close(frame.payload)

    def send(self, payload: bytes, opcode: int = TEXT) -> None:
        """Send one frame."""
        self.write(frames.frame(opcode, payload, masked=self._masked))

    def write(self, data: bytes) -> None:
        """Send octets."""
        if not self.gone and self.transport is not None:
            self.transport.write(data)

    def read_no_more(self) -> None:
        """Take nothing from the peer from now on."""
        transport: Any = self.transport
        transport.pauseProducing()

    def read_again(self) -> None:
        """Undo `read_no_more`."""
        transport: Any = self.transport
        transport.resumeProducing()

    def abort(self) -> None:
        """Reset the connection."""
        transport: Any = self.transport
        if not self.gone:
            transport.abortConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is over."""
        self.gone = True
        self.lost = reason is not connectionDone and reason.check(type(connectionDone.value)) is None
        self._sockets.legs.discard(self)
        self._sockets.watch.look()

    def until(self, find: Callable[[], T | None], what: str, bound: float = BOUND) -> Deferred[T]:
        """Wait until `find` finds something; `Watch.until`."""
        return self._sockets.watch.until(find, what, bound)

    def over(self, bound: float = BOUND) -> Deferred[bool]:
        """Wait for the end of the connection."""
        return self.until(lambda: self.gone or None, "end of a connection", bound)

    def message(self, number: int = 0, bound: float = BOUND) -> Deferred[bytes]:
        """Wait for the message of that number, from 0 on."""
        return self.until(
            lambda: self.messages[number] if len(self.messages) > number else None, f"message {number}", bound
        )


class ChargerLeg(Leg):
    """A charger's end.

    Args:
        sockets: whose it is.
        request: its request's octets.
    """

    def __init__(self, sockets: "Sockets", request: bytes) -> None:
        super().__init__(sockets, masked=True)
        self._request = request

    def connectionMade(self) -> None:
        """Ask."""
        super().connectionMade()
        self.write(self._request)

    def got_head(self) -> None:
        """After a 101 frames follow."""
        self.talks = self.status == 101

    @property
    def status(self) -> int:
        """The HTTP status of the answer; 0 before it came."""
        return int(self.head.split(b" ")[1]) if self.head else 0

    @property
    def retry_after(self) -> int:
        """Seconds of Retry-After; 0 without one."""
        value = header(self.head, b"retry-after")
        return int(value) if value else 0

    def answered(self, bound: float = BOUND) -> Deferred[int]:
        """Wait for the answer, or for the end of the connection: its status, 0 for none."""
        return self.until(lambda: self.status if self.head or self.gone else None, "answer", bound)


class CentralLeg(Leg):
    """A central system's end of one connection.

    Attributes:
        identity: the last segment of the target, as received.
        target: the request's.
        password: what the charger showed, user name and colon before it; empty for nothing.
    """

    factory: "Central"

    def __init__(self, sockets: "Sockets", central: "Central") -> None:
        super().__init__(sockets, masked=False)
        self.central = central
        self.identity = ""
        self.target = b""
        self.shown = b""

    def got_head(self) -> None:
        """Judge the handshake."""
        self.target = self.head.split(b" ")[1]
        self.identity = self.target.rpartition(b"/")[2].decode()
        authorization = header(self.head, b"authorization")
        self.shown = base64.b64decode(authorization.partition(b" ")[2]) if authorization else b""
        self.central.asked.append(self)
        answer = self.central.judge(self)
        if answer is not None:
            self.answer(answer)

    def answer(self, answer: int | bytes) -> None:
        """Answer the handshake.

        Args:
            answer: 101, another status, or a whole answer's octets.
        """
        if isinstance(answer, bytes):
            self.write(answer)
        elif answer == 101:
            key = header(self.head, b"sec-websocket-key")
            lines = [
                b"HTTP/1.1 101 Switching Protocols",
                b"Upgrade: websocket",
                b"Connection: Upgrade",
                b"Sec-WebSocket-Accept: " + accept(key),
                b"Sec-WebSocket-Protocol: ocpp1.6",
            ]
            self.write(b"\r\n".join([*lines, b"", b""]))
            self.talks = True
            self.central.open.setdefault(self.identity, []).append(self)
            self.central.greet(self)
        else:
            self.write(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % answer)

    def got_message(self, payload: bytes) -> None:
        """Answer CALLs, so that the charger is served."""
        super().got_message(payload)
        if self.heard is None and self.central.serves:
            with suppress(ValueError):
                call = json.loads(payload)
                if call[0] == 2:
                    self.send(json.dumps([3, call[1], {}]).encode())

    def got_close(self, payload: bytes) -> None:
        """Answer it, and end the connection as a server does (RFC 6455, 7.1.1)."""
        super().got_close(payload)
        assert self.transport is not None
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is over."""
        legs = self.central.open.get(self.identity, [])
        if self in legs:
            legs.remove(self)
        super().connectionLost(reason)


class Central(Factory):
    """A central system.

    Args:
        sockets: whose it is.
        context: its TLS, or None.

    Attributes:
        asked: all handshakes so far.
        open: the WebSockets that stand, by identity.
        judge: answers a handshake: 101, another status, a whole answer's octets, or None, if `answer` comes later.
        greet: called with each WebSocket once it stands.
        serves: whether it answers CALLs.
    """

    noisy = False

    def __init__(self, sockets: "Sockets", context: SSL.Context | None) -> None:
        from twisted.internet import reactor

        anyone: Any = reactor
        self.asked: list[CentralLeg] = []
        self.open: dict[str, list[CentralLeg]] = {}
        self.judge: Callable[[CentralLeg], int | bytes | None] = lambda leg: 101
        self.greet: Callable[[CentralLeg], None] = lambda leg: None
        self.serves = True
        self._sockets = sockets
        self._secure = context is not None
        factory = TLSMemoryBIOFactory(Creator(context), False, self) if context else self
        self.port = anyone.listenTCP(0, factory, backlog=4096, interface="127.0.0.1")

    @property
    def endpoint(self) -> str:
        """What a configuration gets."""
        return f"{'wss' if self._secure else 'ws'}://127.0.0.1:{self.port.getHost().port}"

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Take a connection (called by Twisted)."""
        return CentralLeg(self._sockets, self)

    def leg(self, identity: str, bound: float = BOUND) -> Deferred[CentralLeg]:
        """Wait for the newest WebSocket of an identity."""
        return self._sockets.watch.until(
            lambda: self.open[identity][-1] if self.open.get(identity) else None, f"WebSocket of {identity}", bound
        )


@implementer(IOpenSSLServerConnectionCreator)
class Creator:
    """Makes the TLS connections of a central system."""

    def __init__(self, context: SSL.Context) -> None:
        self._context = context

    def serverConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make a connection (called by Twisted)."""
        return SSL.Connection(self._context, None)


class Sockets:
    """The chargers and central systems of one test; all are gone at its end.

    Args:
        case: the test.

    Attributes:
        watch: tells when anything happened at one of them.
        legs: all connections that stand.
    """

    def __init__(self, case: TestCase) -> None:
        self.watch = Watch()
        self.legs: set[Leg] = set()
        self._centrals: list[Central] = []
        case.addCleanup(lambda: ensureDeferred(self.end()))

    def central(self, leaf: tuple[bytes, bytes] | None = None) -> Central:
        """Start a central system.

        Args:
            leaf: PEM of its certificate and key: it speaks TLS.
        """
        context = None
        if leaf is not None:
            context = SSL.Context(SSL.TLS_SERVER_METHOD)
            context.use_certificate(load_certificate(FILETYPE_PEM, leaf[0]))
            context.use_privatekey(load_privatekey(FILETYPE_PEM, leaf[1]))
        central = Central(self, context)
        self._centrals.append(central)
        return central

    async def connect(
        self, port: int, request: bytes, root: str | None = None, source: str = "127.0.0.1"
    ) -> ChargerLeg:
        """Connect and send a request, without waiting for the answer.

        Args:
            port: Edge's.
            request: octets.
            root: PEM of Edge's root: TLS.
            source: the address it comes from, in 127.0.0.0/8.
        """
        from twisted.internet import reactor

        way: Any = TCP4ClientEndpoint(reactor, "127.0.0.1", port, bindAddress=(source, 0))
        if root is not None:
            trust = trustRootFromCertificates([Certificate.loadPEM(root.encode())])
            way = wrapClientTLS(optionsForClientTLS("edge.lan", trust), way)
        factory = OneProtocol(ChargerLeg(self, request))
        leg: ChargerLeg = await way.connect(factory)
        return leg

    async def charger(
        self,
        port: int,
        identity: str,
        password: bytes | None = None,
        *,
        root: str | None = None,
        source: str = "127.0.0.1",
        headers: Sequence[bytes] = (),
    ) -> ChargerLeg:
        """Connect as a charger, and wait for the answer.

        Args:
            port: Edge's.
            identity: as it stands in the URL.
            password: shown with the identity as user name; None: no credentials.
            root, source: as in `connect`.
            headers: whole lines without their ends.
        """
        request = charger_request(identity, password, headers)
        leg = await self.connect(port, request, root, source)
        await leg.answered()
        return leg

    async def end(self) -> None:
        """End all of them."""
        for central in self._centrals:
            await maybeDeferred(central.port.stopListening)
        for leg in tuple(self.legs):
            leg.abort()
        await self.watch.until(lambda: None if self.legs else True, "end of all connections")


class OneProtocol(Factory):
    """Gives the one protocol that it has."""

    noisy = False

    def __init__(self, leg: Leg) -> None:
        self._leg = leg

    def buildProtocol(self, addr: IAddress | None) -> Any:
        """Give it (called by Twisted)."""
        return self._leg


def charger_request(identity: str, password: bytes | None = None, headers: Sequence[bytes] = ()) -> bytes:
    """A charger's request, octet for octet; `Sockets.charger` has the arguments."""
    more = [b"Sec-WebSocket-Protocol: ocpp1.6", *headers]
    if password is not None:
        more.append(b"Authorization: Basic " + base64.b64encode(identity.encode() + b":" + password))
    return upgrade(b"/ocpp/" + identity.encode(), *more)


def header(head: bytes, name: bytes) -> bytes:
    """The value of a head's first header of that name, in small letters; empty without one."""
    for line in head.split(b"\r\n")[1:]:
        found, _, value = line.partition(b":")
        if found.lower() == name:
            return value.strip()
    return b""


def accept(key: bytes) -> bytes:
    """The value of Sec-WebSocket-Accept for a key (RFC 6455, 4.2.2)."""
    magic = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return base64.b64encode(hashlib.sha1(key + magic, usedforsecurity=False).digest())


def call(number: int | str, action: str = "Heartbeat", payload: object = None) -> bytes:
    """A CALL."""
    return json.dumps([2, str(number), action, payload or {}]).encode()
