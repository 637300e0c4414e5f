"""A small central system: OCPP 1.6 JSON on a ws and a wss port, with the charger dashboard's security per charger.

Its dashboard is `Central.accounts`; what is saved there holds from the next handshake on.
"""

import time
from collections.abc import Callable
from functools import partial
from typing import Any, Final, Literal
from urllib.parse import unquote

from attrs import field, frozen
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionRequest
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.internet.task import LoopingCall
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.authority import ServerCertificate
from edge_twisted.sandbox.central.answers import Answers
from edge_twisted.sandbox.framing import Call, Error, Unreadable, read, write
from edge_twisted.sandbox.quiet import HEAD_BYTES, LINGER, OPTIONS, SILENCE, guarded
from edge_twisted.sandbox.security import Account, judge
from edge_twisted.sandbox.tls import server_side

PROTOCOL: Final = "ocpp1.6"
HANDSHAKE_SECONDS: Final = 20.0
QUIET_SECONDS: Final = 300.0
"""A charger that says nothing for so long, not even a ping, is gone."""
SWEEP_SECONDS: Final = 30.0
CONNECTIONS: Final = 2000
BACKLOG: Final = 1024
STRANGER: Final = Account()
REASONS: Final = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}
CHALLENGE: Final = ("WWW-Authenticate", 'Basic realm="central"')


@frozen
class CentralSettings:
    """How the central system is set up.

    Args:
        certificate: what the wss port shows; None: there is no such port.
        ws, wss: the ports; 0 for any.
        interface: the address to listen on.
        strangers: identities that are not on the dashboard: `accept` them without authentication, or `refuse` (404).
        heartbeat_seconds: how often a charger shall send a Heartbeat.
    """

    certificate: ServerCertificate | None = None
    ws: int = 0
    wss: int = 0
    interface: str = "127.0.0.1"
    strangers: Literal["accept", "refuse"] = field(default="accept")
    heartbeat_seconds: int = 30

    @strangers.validator
    def _known(self, attribute: Any, value: str) -> None:
        if value not in ("accept", "refuse"):
            raise ValueError("strangers must be accept or refuse")


class Central:
    """The central system.

    Args:
        reactor: for sockets and time.
        settings: how it is set up.
        tell: hears what happens; must not raise.
        clock: seconds since the epoch.

    Attributes:
        accounts: the dashboard: what is set for each identity.
        connected: who is connected now, by identity.
        ports: the ports that were taken, under `ws` and `wss`.
    """

    def __init__(
        self,
        reactor: Any,
        settings: CentralSettings,
        tell: Callable[[h.Happening], None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.reactor = reactor
        self.settings = settings
        self.tell = tell
        self.clock = clock
        self.accounts: dict[str, Account] = {}
        self.connected: dict[str, CentralLeg] = {}
        self.ports: dict[str, int] = {}
        self.legs: set[CentralLeg] = set()
        self.answers = Answers(settings.heartbeat_seconds)
        self._listening: list[Any] = []
        self._sweep = LoopingCall(self._drop_quiet)
        self._sweep.clock = reactor

    def start(self) -> None:
        """Open the ports.

        Raises:
            twisted.internet.error.CannotListenError: a port is taken.
        """
        self._listen("ws", self.settings.ws, self.factory(secure=False))
        if self.settings.certificate is not None:
            creator = server_side(self.settings.certificate)
            secure = TLSMemoryBIOFactory(creator, False, self.factory(secure=True), self.reactor)
            self._listen("wss", self.settings.wss, secure)
        self._sweep.start(SWEEP_SECONDS, now=False)

    def factory(self, *, secure: bool) -> "CentralFactory":
        """Make what speaks to the connections of one port."""
        return CentralFactory(self, secure)

    def account(self, identity: str) -> Account | None:
        """What holds for an identity at its handshake; None: it is not known here."""
        stranger = STRANGER if self.settings.strangers == "accept" else None
        return self.accounts.get(identity, stranger)

    def stop(self) -> Deferred[Any]:
        """Close ports and connections; done when all are gone, within `LINGER` seconds."""
        if self._sweep.running:
            self._sweep.stop()
        closing = [maybeDeferred(port.stopListening) for port in self._listening]
        self._listening.clear()
        closing += [leg.leave() for leg in tuple(self.legs)]
        return DeferredList(closing)

    def _listen(self, kind: str, port: int, factory: Any) -> None:
        listening = self.reactor.listenTCP(port, factory, BACKLOG, self.settings.interface)
        self._listening.append(listening)
        self.ports[kind] = listening.getHost().port

    def _drop_quiet(self) -> None:
        now = self.reactor.seconds()
        for leg in tuple(self.legs):
            if now - leg.heard > QUIET_SECONDS:
                leg.transport.abortConnection()


class CentralLeg(WebSocketServerProtocol):  # type: ignore[misc]  # Autobahn has no types
    """One connection of a charger.

    Attributes:
        identity: as decoded from the URL; empty until the handshake was read.
        heard: when the last octet came, in the reactor's seconds.
    """

    log = SILENCE
    factory: "CentralFactory"
    identity = ""
    heard = 0.0
    let = False

    def connectionMade(self) -> None:
        """Start the clock for the handshake."""
        self._central = self.factory.central
        self.heard = self._central.reactor.seconds()
        self._head = 0
        self._gone: Deferred[None] = Deferred()
        self._timer: IDelayedCall | None = None
        self._cut_after(HANDSHAKE_SECONDS)
        self._central.legs.add(self)
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:
        """Take octets; those of a handshake only so many."""
        self.heard = self._central.reactor.seconds()
        if not self.let:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self.transport.abortConnection()
                return
        super().dataReceived(data)

    def onConnect(self, request: ConnectionRequest) -> Any:
        """Judge a handshake."""
        self.identity = unquote(request.path.rpartition("/")[2], errors="backslashreplace")
        account = self._central.account(self.identity) if self.identity else None
        refusal = judge(account, self.factory.secure, request.headers.get("authorization", ""))
        if refusal is not None:
            challenge = [CHALLENGE] if refusal.status == 401 else []
            self._central.tell(h.TurnedAway(self.identity, self.factory.secure, refusal))
            self.failHandshake(
                REASONS[refusal.status], refusal.status, [*challenge, ("Content-Length", "0"), ("Connection", "close")]
            )
            self._cut_after(LINGER)
            return Deferred()  # a result would be a second answer
        return PROTOCOL if PROTOCOL in request.protocols else None

    @guarded
    def onOpen(self) -> None:
        """Welcome the charger; an older connection of the same identity makes room."""
        self.let = True
        self._stop_timer()
        older = self._central.connected.get(self.identity)
        self._central.connected[self.identity] = self
        if older is not None:
            older.leave()
        self._central.tell(h.Let(self.identity, self.factory.secure, self.websocket_protocol_in_use or ""))
        if self.websocket_protocols and self.websocket_protocol_in_use is None:
            self.leave()  # J-11: none of the offered versions is spoken here

    @guarded
    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Answer a charger's request; not behind a close."""
        if self.state != self.STATE_OPEN:
            return
        message = Unreadable() if isBinary else read(payload)
        match message:
            case Call():
                answer = self._central.answers.answer(message, self._central.clock())
                self.sendMessage(write(answer).encode("ascii"))
                code = answer.code if isinstance(answer, Error) else ""
                self._central.tell(h.Answered(self.identity, message.action, code))
            case Unreadable():
                if message.id:
                    self.sendMessage(write(Error(message.id, "FormationViolation")).encode("ascii"))
                self._central.tell(h.Garbled(self.identity))

    def leave(self) -> Deferred[None]:
        """Close the connection; cut it after `LINGER` seconds."""
        if self.let:
            self.sendClose(1000)
            self._cut_after(LINGER)
        else:
            self.transport.abortConnection()
        return self._gone

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """Remember the close code."""
        self._code = code or 1005

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone."""
        self._stop_timer()
        self._code = 1006
        super().connectionLost(reason)
        self._central.legs.discard(self)
        if self._central.connected.get(self.identity) is self:
            del self._central.connected[self.identity]
        if self.let:
            self._central.tell(h.Left(self.identity, self._code))
        self._gone.callback(None)

    def _cut_after(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self._central.reactor.callLater(seconds, partial(self._cut))

    def _cut(self) -> None:
        self._timer = None
        self.transport.abortConnection()

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None


class CentralFactory(WebSocketServerFactory):  # type: ignore[misc]  # Autobahn has no types
    """Makes the connections of one port.

    Args:
        central: whom they belong to.
        secure: whether TLS is below.
    """

    protocol = CentralLeg
    noisy = False
    log = SILENCE

    def __init__(self, central: Central, secure: bool) -> None:
        super().__init__(server="", reactor=central.reactor)
        self.central = central
        self.secure = secure
        self.setProtocolOptions(webStatus=False, maxConnections=CONNECTIONS, **OPTIONS)
