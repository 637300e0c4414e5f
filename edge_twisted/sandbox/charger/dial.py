"""One attempt of a charger to connect, and the connection that comes of it."""

from typing import Any, Final, Protocol
from urllib.parse import quote, urlsplit

from attrs import frozen
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import connectionDone
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.quiet import HEAD_BYTES, LINGER, OPTIONS, SILENCE, guarded
from edge_twisted.sandbox.security import Credentials
from edge_twisted.sandbox.tls import NOBODY, ClientSide, Trust

CONNECT_SECONDS: Final = 10.0
HANDSHAKE_SECONDS: Final = 40.0
"""Edge asks the central system before it answers, for up to 20 s."""
LONGEST_WAIT: Final = 600
"""Seconds of Retry-After that a charger heeds."""


@frozen
class Access:
    """What is entered in a charger so that it can connect.

    Args:
        endpoint: `ws://` or `wss://`, host, port, and a path if any; without the identity.
        identity: its OCPP communication id, not encoded.
        trust: whom it believes over wss.
        credentials: for Basic authentication.
        protocols: the OCPP versions that it offers.
        source: the local address that it comes from; empty for any.
    """

    endpoint: str
    identity: str
    trust: Trust = NOBODY
    credentials: Credentials | None = None
    protocols: tuple[str, ...] = ("ocpp1.6",)
    source: str = ""

    @property
    def url(self) -> str:
        """The endpoint with the identity (J-01)."""
        return f"{self.endpoint.rstrip('/')}/{quote(self.identity, safe='')}"


class Owner(Protocol):
    """Whose dial it is: the charger."""

    def opened(self, leg: "ChargerLeg") -> None:
        """Hear of the 101."""

    def received(self, payload: bytes) -> None:
        """Take a text message."""

    def over(self, happening: h.Happening, wait: float) -> None:
        """Hear of the end; exactly once."""


class Dial:
    """An attempt to connect, until what came of it is over.

    Args:
        reactor: for sockets and time.
        access: where to, and as whom.
        agent: the charger's `User-Agent`.
        owner: hears what comes of it.
    """

    def __init__(self, reactor: Any, access: Access, agent: str, owner: Owner) -> None:
        self.access = access
        self.owner = owner
        self.leg: ChargerLeg | None = None
        self._reactor = reactor
        self._agent = agent
        self._creator: ClientSide | None = None
        self._connecting: Deferred[Any] | None = None
        self._timer: IDelayedCall | None = None
        self._outcome: tuple[h.Happening, float] | None = None

    def begin(self) -> None:
        """Connect."""
        parts = urlsplit(self.access.endpoint)
        secure, host = parts.scheme == "wss", parts.hostname or ""
        factory: Any = ChargerFactory(self, self._reactor, self._agent)
        if secure:
            self._creator = ClientSide(host, self.access.trust)
            factory = TLSMemoryBIOFactory(self._creator, True, factory, self._reactor)
        source = (self.access.source, 0) if self.access.source else None
        port = parts.port or (443 if secure else 80)
        endpoint = HostnameEndpoint(self._reactor, host, port, timeout=CONNECT_SECONDS, bindAddress=source)
        self.cut_after(CONNECT_SECONDS + HANDSHAKE_SECONDS)
        self._connecting = endpoint.connect(factory)
        self._connecting.addErrback(self._not_connected)

    def leave(self) -> None:
        """Close the connection, or give up the attempt."""
        if self.leg is not None and self.leg.opened:
            self.leg.sendClose(1000)
            self.cut_after(LINGER)
        else:
            self.cut()

    def cut(self) -> None:
        """End it at once."""
        self.stop_timer()
        if self.leg is not None:
            self.leg.transport.abortConnection()
        elif self._connecting is not None:
            self._connecting.cancel()

    def cut_after(self, seconds: float) -> None:
        """Bound what is going on."""
        self.stop_timer()
        self._timer = self._reactor.callLater(seconds, self._too_late)

    def stop_timer(self) -> None:
        """What was going on is done."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def answered(self, happening: h.Happening, wait: float = 0.0) -> None:
        """Something came that decides the attempt; it is told when the connection is gone."""
        self._outcome = self._outcome or (happening, wait)

    def lost(self, reason: Failure, code: int) -> None:
        """The connection is gone.

        Args:
            reason: as Twisted says it.
            code: the close code, if it was open.
        """
        self.stop_timer()
        identity = self.access.identity
        if self._creator is not None and self._creator.refusal:
            self._outcome = (h.Untrusting(identity, self._creator.refusal), 0.0)
        elif self.leg is not None and self.leg.opened:
            self._outcome = (h.Closed(identity, code), 0.0)
        elif self._outcome is None:
            broken = self._creator is None or reason.check(error.ConnectionDone, error.ConnectionLost)
            self._outcome = (h.Failed(identity, "broken" if broken else "tls"), 0.0)
        self.owner.over(*self._outcome)

    def _too_late(self) -> None:
        self._timer = None
        self.answered(h.Failed(self.access.identity, "timeout"))
        self.cut()

    def _not_connected(self, failure: Failure) -> None:
        self.stop_timer()
        self.owner.over(*(self._outcome or (h.Failed(self.access.identity, _why(failure)), 0.0)))


class ChargerLeg(WebSocketClientProtocol):  # type: ignore[misc]  # Autobahn has no types
    """A charger's connection.

    Attributes:
        opened: whether its 101 came.
    """

    log = SILENCE
    factory: "ChargerFactory"
    opened = False

    def connectionMade(self) -> None:
        """Let the dial know, before anything is said."""
        self._dial = self.factory.dial
        self._dial.leg = self
        self._head = 0
        self._code = 1006
        super().connectionMade()

    def dataReceived(self, data: bytes) -> None:
        """Take octets; those of a handshake only so many."""
        if not self.opened:
            self._head += len(data)
            if self._head > HEAD_BYTES:
                self.transport.abortConnection()
                return
        super().dataReceived(data)

    def failHandshake(self, reason: str) -> None:
        """Hear that there is no 101."""
        identity, status = self._dial.access.identity, _status(getattr(self, "http_status_line", ""))
        if status is None or status == 101:
            self._dial.answered(h.Failed(identity, "answer"))
        else:
            wait = _seconds(self.http_headers.get("retry-after", ""))
            self._dial.answered(h.Refused(identity, status, wait), wait)
        self.transport.abortConnection()

    @guarded
    def onOpen(self) -> None:
        """Hear of the 101."""
        self.opened = True
        self._dial.stop_timer()
        self._dial.owner.opened(self)

    def say(self, text: str) -> None:
        """Send a message; nothing, where the connection is closing."""
        if self.state == self.STATE_OPEN:
            self.sendMessage(text.encode("ascii"))

    @guarded
    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        """Take a message."""
        if not isBinary:
            self._dial.owner.received(payload)

    def onCloseFrame(self, code: int | None, reasonRaw: bytes | None) -> Any:
        """Answer a close, and don't wait for ever until the server cuts the connection."""
        self._dial.cut_after(LINGER)
        return super().onCloseFrame(code, reasonRaw)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        """Remember the close code."""
        self._code = code or 1005

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The connection is gone."""
        super().connectionLost(reason)
        self._dial.lost(reason, self._code)


class ChargerFactory(WebSocketClientFactory):  # type: ignore[misc]  # Autobahn has no types
    """Makes the connection of one dial.

    Args:
        dial: whose.
        reactor: for time.
        agent: the `User-Agent`.
    """

    protocol = ChargerLeg
    noisy = False
    log = SILENCE

    def __init__(self, dial: Dial, reactor: Any, agent: str) -> None:
        access = dial.access
        headers = {"Authorization": access.credentials.header()} if access.credentials else {}
        super().__init__(
            access.url, protocols=list(access.protocols), useragent=agent, headers=headers, reactor=reactor
        )
        self.dial = dial
        self.setProtocolOptions(serverConnectionDropTimeout=0, **OPTIONS)


def _status(line: str) -> int | None:
    words = line.split()
    return int(words[1]) if len(words) > 1 and words[1].isdecimal() else None


def _seconds(text: str) -> int:
    """A Retry-After; dates are not for chargers without a clock."""
    return min(int(text), LONGEST_WAIT) if text.isdecimal() and len(text) < 6 else 0


def _why(failure: Failure) -> str:
    if failure.check(error.DNSLookupError, error.UnknownHostError):
        return "dns"
    if failure.check(error.ConnectionRefusedError):
        return "refused"
    if failure.check(error.TimeoutError, error.TCPTimedOutError, CancelledError):
        return "timeout"
    return "unreachable"
