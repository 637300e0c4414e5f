"""One connection of a charger: its handshake is judged, and what it says is handed on. Faults show here."""

from functools import partial
from typing import Any, Final
from urllib.parse import unquote

from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from autobahn.websocket.types import ConnectionRequest
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.asking import NotAnswered
from edge_twisted.sandbox.central.conversation import Conversation
from edge_twisted.sandbox.central.handshake import WRONG, refusal, wrong_answer
from edge_twisted.sandbox.central.known import Denied, word
from edge_twisted.sandbox.central.misbehaving import Misbehaving
from edge_twisted.sandbox.central.shared import IDENTITY, STRANGER, Shared
from edge_twisted.sandbox.framing import Payload
from edge_twisted.sandbox.quiet import HEAD_BYTES, LINGER, OPTIONS, SILENCE, guarded
from edge_twisted.sandbox.security import admitted, judge

PROTOCOL: Final = "ocpp1.6"
HANDSHAKE_SECONDS: Final = 20.0
CONNECTIONS: Final = 2000
"""Connections of one port."""
TAKEN: Final = object()
"""The answer was given past Autobahn."""


class CentralLeg(WebSocketServerProtocol):  # type: ignore[misc]  # Autobahn has no types
    """One connection of a charger.

    Attributes:
        identity: as decoded from the URL; empty until the handshake was read.
        heard: when the last octet came, in the reactor's seconds.
        let: whether it got its 101.
    """

    log = SILENCE
    factory: "CentralFactory"
    identity = ""
    heard = 0.0
    let = False

    def connectionMade(self) -> None:
        """Start the clock for the handshake."""
        self._shared = self.factory.shared
        self._secure = self.factory.secure
        self.heard = self._shared.reactor.seconds()
        self._head = 0
        self._unspoken = False
        self._early: bytes | None = None
        self._gone: Deferred[None] = Deferred()
        self._timer: IDelayedCall | None = None
        self._conversation: Conversation | None = None
        self._misbehaving = Misbehaving(self._shared, self)
        self._cut_after(HANDSHAKE_SECONDS)
        self._shared.legs.add(self)
        super().connectionMade()
        if self._shared.faults.find(["reset-at-accept"]):
            self.transport.abortConnection()

    def dataReceived(self, data: bytes) -> None:
        """Take octets; those of a handshake only so many, and what follows it has to wait for the answer."""
        self.heard = self._shared.reactor.seconds()
        if not self.let:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self.transport.abortConnection()
                return
        if self._early is None:
            super().dataReceived(data)
        else:
            self._early += data

    # --- the handshake -----------------------------------------------------------------------------------------------

    def onConnect(self, request: ConnectionRequest) -> Any:
        """Judge a handshake."""
        self._early = b""
        self.identity = unquote(request.path.rpartition("/")[2], errors="backslashreplace")
        slow = self._fault("slow-answer")
        answered: Deferred[Any] = Deferred()
        if slow is None:
            self._answer(request, answered)
        else:
            self._cut_after(slow.seconds + HANDSHAKE_SECONDS)
            self._misbehaving.after("slow-answer", slow.seconds, partial(self._answer, request, answered))
        return answered

    @guarded
    def _answer(self, request: ConnectionRequest, answered: Deferred[Any]) -> None:
        """Let the charger in, or answer past Autobahn: `answered` then never fires."""
        wrong = self._fault(*WRONG)
        if wrong is not None:
            self._refuse(wrong_answer(wrong), wrong.status, wrong.kind, wrong.seconds)
            return
        authorization = request.headers.get("authorization", "")
        account = self._shared.account(self.identity)
        refused = judge(account, self._secure, authorization)
        if refused is not None and refused.why == "credentials-wrong" and self._fault("any-password"):
            refused = None
        if refused is not None:
            self._refuse(refusal(refused.status), refused.status, refused.why)
            self._shared.tell(h.TurnedAway(self.identity, self._secure, refused))
            return
        account = account or STRANGER
        after = admitted(account, self._secure, authorization)
        if after is not account:
            self._shared.roll.save(self.identity, after)
        self._agent = word(request.headers.get("user-agent", ""))
        answered.callback(self._choose(request.protocols))

    def _choose(self, offered: list[str]) -> Any:
        wrong = self._fault("wrong-subprotocol", "no-subprotocol")
        if wrong is not None:
            return None, {"Sec-WebSocket-Protocol": wrong.protocol} if wrong.protocol else {}
        self._unspoken = bool(offered) and PROTOCOL not in offered
        return PROTOCOL if PROTOCOL in offered else None

    def _refuse(self, octets: bytes | None, status: int, why: str, seconds: float = LINGER) -> None:
        if octets is not None:
            self.transport.write(octets)
            self.transport.loseConnection()
        self._cut_after(LINGER if octets is not None else seconds)
        if 0 < len(self.identity) <= IDENTITY:
            denied = Denied(self._shared.clock(), status, self._secure, why)
            self._shared.roll.see(self.identity).refusals.append(denied)
            self._shared.changed(self.identity)

    def _fault(self, *kinds: str) -> Any:
        """An active fault; that is told."""
        fault = self._shared.faults.find(kinds, self.identity)
        if fault is not None:
            self._shared.tell(h.Misbehaved(self.identity, fault.kind))
        return fault

    # --- the open connection -----------------------------------------------------------------------------------------

    @guarded
    def onOpen(self) -> None:
        """Welcome the charger; an older connection of the same identity makes room."""
        shared, identity = self._shared, self.identity
        self.let = True
        self._stop_timer()
        self.data += self._early or b""
        self._early = None
        older = shared.connected.get(identity)
        shared.connected[identity] = self
        if older is not None:
            older.leave()
        self._welcome()
        shared.tell(h.Let(identity, self._secure, self.websocket_protocol_in_use or ""))
        shared.changed(identity)
        if self._unspoken:
            self.leave()  # J-11: none of the offered versions is spoken here
        self._misbehaving.begin()

    def _welcome(self) -> None:
        known = self._shared.roll.see(self.identity)
        known.online, known.secure, known.since = True, self._secure, self._shared.clock()
        known.protocol, known.agent = self.websocket_protocol_in_use or "", self._agent
        self._conversation = Conversation(self._shared, known, self._put)

    @guarded
    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Take a message; not behind a close."""
        if self.state == self.STATE_OPEN and self._conversation is not None:
            self._conversation.received(payload, isBinary)

    def ask(self, action: str, payload: Payload) -> Deferred[Payload]:
        """Ask the charger; see `Central.ask`."""
        if self._conversation is None:
            return fail(NotAnswered("offline"))
        return self._conversation.ask(action, payload)

    def leave(self, code: int = 1000, reason: str = "") -> Deferred[None]:
        """Close the connection; cut it after `LINGER` seconds.

        Args:
            code: one that may be sent; 0: none.
            reason: ASCII, 120 characters at most.

        Returns:
            Fires when it is gone.
        """
        if self.let:
            self.sendCloseFrame(code or None, reason.encode("ascii") if code else None)
            self._cut_after(LINGER)
            self._over()
        else:
            self.transport.abortConnection()
        return self._gone

    def fault_changed(self, kind: str) -> None:
        """Hear that a fault of this kind began or ended."""
        if self.let:
            self._misbehaving.changed(kind)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """Remember the close code."""
        self._code = code or 1005

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone."""
        self._stop_timer()
        self._misbehaving.end()
        self._code = 1006
        super().connectionLost(reason)
        shared = self._shared
        shared.legs.discard(self)
        self._over()
        if shared.connected.get(self.identity) is self:
            del shared.connected[self.identity]
            shared.roll.see(self.identity).online = False
        if self.let:
            shared.tell(h.Left(self.identity, self._code))
            shared.changed(self.identity)
        self._gone.callback(None)

    def _over(self) -> None:
        if self._conversation is not None:
            self._conversation.over()

    def _put(self, text: str) -> bool:
        if self.state != self.STATE_OPEN:
            return False
        self.sendMessage(text.encode("ascii"))
        return True

    def _cut_after(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = self._shared.reactor.callLater(seconds, self._cut)

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
        shared: what they have in common.
        secure: whether TLS is below.
    """

    protocol = CentralLeg
    noisy = False
    log = SILENCE

    def __init__(self, shared: Shared, secure: bool) -> None:
        super().__init__(server="", reactor=shared.reactor)
        self.shared = shared
        self.secure = secure
        self.setProtocolOptions(webStatus=False, maxConnections=CONNECTIONS, **OPTIONS)
