"""A server on loopback that a test drives: it keeps what chargers write, handshakes included, octet for octet."""

from collections.abc import Sequence
from typing import Any

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.trial.unittest import TestCase

from edge_twisted.sandbox.authority import ServerCertificate
from edge_twisted.sandbox.charger.watch import timestamp
from edge_twisted.sandbox.flow import End
from edge_twisted.sandbox.framing import Call, Error, Result, read, write
from edge_twisted.sandbox.ledger import Ledger
from edge_twisted.sandbox.quiet import OPTIONS, SILENCE
from edge_twisted.sandbox.tls import server_side
from tests.certificates import Root
from tests.sandbox.ears import BOUND
from tests.sandbox.site import load_certificate


class Leg(WebSocketServerProtocol):  # type: ignore[misc]  # Autobahn has no types
    """A connection."""

    log = SILENCE
    opened = False
    gone = False

    def connectionMade(self) -> None:
        """Note it."""
        self.server: Server = self.factory.server
        self.server.connections += 1
        self.octets = b""
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:
        """Keep the octets."""
        self.octets += data
        super().dataReceived(data)

    def connectionLost(self, reason: Any = None) -> None:
        """Keep what came of one that never opened."""
        self.gone = True
        if not self.opened:
            self.server.heads.append(self.octets)
        super().connectionLost(reason)

    def onConnect(self, request: Any) -> str | None:
        """Take any charger."""
        return "ocpp1.6" if "ocpp1.6" in request.protocols else None

    def onOpen(self) -> None:
        """Keep the handshake."""
        self.opened = True
        self.server.heads.append(self.octets)
        self.octets = b""
        self.server.legs.append(self)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Answer."""
        self.server.received(self, payload)

    def onPing(self, payload: bytes) -> None:
        """Keep a ping, and answer."""
        self.server.controls.append(("ping", payload))
        super().onPing(payload)

    def onPong(self, payload: bytes) -> None:
        """Keep a pong."""
        self.server.controls.append(("pong", payload))


class Server:
    """The server.

    Attributes:
        heads: the handshakes as they came, those that were refused, too.
        legs: the connections that opened, in order.
        connections: how many there were in all.
        calls: what chargers asked.
        texts: what they wrote.
        errors: codes of a CALLERROR, by action.
        ledger: where the server's end is written.
    """

    def __init__(self) -> None:
        self.endpoint = ""
        self.heads: list[bytes] = []
        self.legs: list[Leg] = []
        self.connections = 0
        self.calls: list[Call] = []
        self.texts: list[str] = []
        self.answers: dict[str, Result | Error] = {}
        self.controls: list[tuple[str, bytes]] = []
        self.errors: dict[str, str] = {}
        self.ledger: Ledger | None = None
        self._number = 0
        self._creator: Any = None

    def show(self, certificate: ServerCertificate) -> None:
        """Show another certificate from now on."""
        self._creator.context = server_side(certificate).context

    def received(self, leg: Leg, payload: bytes) -> None:
        """Take a message."""
        text = payload.decode("utf-8", "backslashreplace")
        self.texts.append(text)
        if self.ledger is not None:
            self.ledger.received(End.CENTRAL, "CP1", text)
        message = read(payload)
        if isinstance(message, Call):
            self.calls.append(message)
            code = self.errors.get(message.action)
            answer = Error(message.id, code) if code else Result(message.id, self._usual(message.action))
            self._say(leg, write(answer))
        elif isinstance(message, Result | Error):
            self.answers[message.id] = message

    def tell(self, action: str, payload: dict[str, Any]) -> str:
        """Ask the charger that connected last; the id."""
        self._number += 1
        self._say(self.legs[-1], write(Call(f"s{self._number}", action, payload)))
        return f"s{self._number}"

    async def ask(self, action: str, payload: dict[str, Any]) -> Any:
        """Ask the charger that connected last: its answer's payload, or the code of a CALLERROR."""
        number = self.tell(action, payload)
        await self.until(lambda: number in self.answers)
        answer = self.answers[number]
        return answer.payload if isinstance(answer, Result) else answer.code

    async def call(self, action: str, number: int = 1) -> Call:
        """Wait for the first, or the `number`-th, request of an action."""
        await self.until(lambda: len([one for one in self.calls if one.action == action]) >= number)
        return [one for one in self.calls if one.action == action][number - 1]

    async def control(self, kind: str) -> bytes:
        """Wait for a ping or a pong; its payload."""
        await self.until(lambda: any(name == kind for name, _ in self.controls))
        return next(payload for name, payload in self.controls if name == kind)

    async def until(self, true: Any) -> None:
        """Wait until something is so."""
        from twisted.internet import reactor

        end = reactor.seconds() + BOUND
        while not true():
            if reactor.seconds() > end:
                raise AssertionError(f"not within {BOUND} s; calls: {[call.action for call in self.calls]}")
            waiting: Deferred[Any] = deferLater(reactor, 0.005)
            await waiting

    def _say(self, leg: Leg, text: str) -> None:
        if leg.state != leg.STATE_OPEN:
            return
        if self.ledger is not None:
            self.ledger.sent(End.CENTRAL, "CP1", text)
        leg.sendMessage(text.encode())

    def _usual(self, action: str) -> dict[str, Any]:
        usual: dict[str, dict[str, Any]] = {
            "BootNotification": {"status": "Accepted", "currentTime": timestamp(1.8e9), "interval": 300},
            "Heartbeat": {"currentTime": timestamp(1.8e9)},
            "Authorize": {"idTagInfo": {"status": "Accepted"}},
            "StartTransaction": {"transactionId": len(self.calls), "idTagInfo": {"status": "Accepted"}},
        }
        return usual.get(action, {})


async def start_server(case: TestCase, certificate: ServerCertificate | None = None) -> Server:
    """Start a server; it ends with the test.

    Args:
        case: the test.
        certificate: what it shows over wss; None: it speaks ws.
    """
    from twisted.internet import reactor as the_reactor

    reactor: Any = the_reactor
    server = Server()
    factory: Any = WebSocketServerFactory(reactor=reactor)
    factory.protocol, factory.server, factory.log, factory.noisy = Leg, server, SILENCE, False
    factory.setProtocolOptions(**OPTIONS)
    if certificate is not None:
        server._creator = server_side(certificate)
        factory = TLSMemoryBIOFactory(server._creator, False, factory, reactor)
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    server.endpoint = f"{'ws' if certificate is None else 'wss'}://127.0.0.1:{port.getHost().port}"
    case.addCleanup(port.stopListening)
    case.addCleanup(lambda: [leg.transport.abortConnection() for leg in server.legs if not leg.gone])
    return server


def certificate_of(root: Root, addresses: Sequence[str]) -> ServerCertificate:
    """A server's certificate that a root of the tests has issued."""
    return load_certificate(*root.issue(addresses=addresses))
