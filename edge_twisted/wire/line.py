"""All that stands between the ports and the desk: makes bridges, keeps them by name, and ends them."""

from collections import Counter
from collections.abc import Callable
from itertools import count
from typing import Any, Final, Protocol

from attrs import frozen
from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure

from edge_twisted.core.configuring import Answer, Setting
from edge_twisted.core.diagnosis import from_handshake
from edge_twisted.core.events import Event, HandshakeFailed, RequestRefused
from edge_twisted.core.networks import Networks
from edge_twisted.core.policy import Attempt, Dial, Refusal
from edge_twisted.core.redaction import places
from edge_twisted.core.request import Bad, Plain, Request
from edge_twisted.core.steps import Decided, End, Leg, Opened, Result, Tried
from edge_twisted.wire.bridge import Bridge
from edge_twisted.wire.charger import TLS_RECORD, ChargerLeg
from edge_twisted.wire.port import explain
from edge_twisted.wire.uplink import Dialler, UplinkLeg
from edge_twisted.wire.wheel import Wheel

STOP_SECONDS: Final = 4.0
"""How long sessions may take to end when Edge stops."""


class Desk(Protocol):
    """Whom the wire asks and tells; all Deferreds and values, so that it can stand in another process."""

    def admit(self, session: str, attempt: Attempt) -> Deferred[Decided]:
        """Say what becomes of an attempt."""

    def further(self, session: str, dial: Dial) -> Deferred[Refusal | None]:
        """Whether a session's further dial may be made; None: it may."""

    def displace(self, session: str) -> Deferred[None]:
        """Close the other sessions of this one's identity."""

    def opened(self, session: str, tried: tuple[Tried, ...]) -> Deferred[Refusal | None]:
        """The uplink accepted; None: relay."""

    def served(self, session: str, how: str) -> None:
        """The central system served the session."""

    def set_at_charger(self, session: str, setting: Setting) -> Deferred[None]:
        """The central system sets something at the charger; fires when that is on the disk, or can't be."""

    def answered_by_charger(self, session: str, answer: Answer) -> None:
        """The charger answered that."""

    def ended(self, session: str, end: End, seconds: float) -> None:
        """The attempt or session is over."""

    def observed(self, event: Event) -> None:
        """Something happened."""

    def passed(self, session: str, source: Leg, payload: bytes, binary: bool) -> None:
        """A message was forwarded; must be cheap."""


@frozen
class WireLimits:
    """Bounds, as `config.Limits` has them."""

    message_bytes: int
    head_seconds: float
    dial_seconds: float
    dials_seconds: float
    connections: int
    connections_per_address: int
    pre_open_bytes: int
    ping_seconds: float


class Line:
    """The wire of one process.

    Args:
        reactor: for sockets and time.
        desk: whom to ask.
        dialler: dials central systems.
        limits: bounds.
        networks: who may connect.
        prefix: makes session names unique to this process.
        visit: answers a plain HTTP request: bytes to send.
        mac: the hardware address behind an address, or nothing.
        jitter: spreads a number of seconds.
        hot: whether frames go on as they are, past Autobahn's message layer: the fast way. Both ways do the same.
    """

    _log = Logger()

    def __init__(
        self,
        reactor: Any,
        desk: Desk,
        dialler: Dialler,
        limits: WireLimits,
        networks: Networks,
        prefix: str,
        visit: Callable[[Plain], bytes],
        mac: Callable[[str], str],
        jitter: Callable[[float], float],
        hot: bool = True,
    ) -> None:
        self.reactor = reactor
        self.desk = desk
        self.dialler = dialler
        self.limits = limits
        self.networks = networks
        self.jitter = jitter
        self.hot = hot
        self.wheel = Wheel(reactor, limits.ping_seconds)
        self._visit = visit
        self._mac = mac
        self._names = (f"{prefix}-{number}" for number in count(1))
        self._bridges: dict[str, Bridge] = {}
        self._leaving: set[Bridge] = set()
        self._legs: set[ChargerLeg] = set()
        self._per_address: Counter[str] = Counter()
        self._stopping: Deferred[None] | None = None

    def __len__(self) -> int:
        return len(self._bridges)

    # --- what the ports say ------------------------------------------------------------------------------------------

    def admits(self, peer: Any) -> bool:
        """Whether a connection is served at all: `listen.from`, and the bounds on connections."""
        address = getattr(peer, "host", "")
        return (
            self._stopping is None
            and self.networks.admit(address)
            and len(self._legs) < self.limits.connections
            and self._per_address[address] < self.limits.connections_per_address
        )

    def came(self, leg: ChargerLeg) -> None:
        """A connection stands."""
        self._legs.add(leg)
        self._per_address[leg.address] += 1

    def went(self, leg: ChargerLeg) -> None:
        """A connection is gone."""
        if leg not in self._legs:
            return
        self._legs.discard(leg)
        self._per_address[leg.address] -= 1
        if not self._per_address[leg.address]:
            del self._per_address[leg.address]
        self._perhaps_stopped()

    def arrived(self, leg: ChargerLeg, request: Request) -> None:
        """A charger's request was read."""
        attempt = Attempt(request, leg.factory.secure, leg.address, self._mac(leg.address))
        bridge = Bridge(self, next(self._names), leg, attempt)
        self._bridges[bridge.name] = bridge
        bridge.start()

    def visited(self, leg: ChargerLeg, asked: Plain) -> bytes:
        """Somebody asked for a page."""
        if asked.upgrade_lost:
            self.desk.observed(RequestRefused(leg.address, leg.factory.secure, 426, "upgrade-lost"))
        return self._visit(asked)

    def refused(self, leg: ChargerLeg, bad: Bad) -> None:
        """A head was refused for itself."""
        self.desk.observed(RequestRefused(leg.address, leg.factory.secure, bad.status, bad.code))

    def wrong_kind(self, leg: ChargerLeg, data: bytes) -> None:
        """TLS on a ws port, or plain text on a wss port."""
        found = from_handshake("tls-on-plain" if data[0] == TLS_RECORD else "plain-on-tls", None)
        self.desk.observed(HandshakeFailed(leg.address, leg.factory.secure, found.cause, found.remedy, found.detail))

    def left(self, leg: ChargerLeg, reason: Failure) -> None:
        """A connection ended before its head was complete."""
        self._explain(leg, reason, timed_out=False)

    def timed_out(self, leg: ChargerLeg) -> None:
        """A connection had no head in time."""
        self._explain(leg, Failure(TimeoutError()), timed_out=True)

    def _explain(self, leg: ChargerLeg, reason: Failure, *, timed_out: bool) -> None:
        found = explain(leg, reason, timed_out)
        if found:
            self.desk.observed(
                HandshakeFailed(leg.address, leg.factory.secure, found.cause, found.remedy, found.detail)
            )

    # --- what the desk says ------------------------------------------------------------------------------------------

    def probe(self, session: str) -> Deferred[bool]:
        """Find out within 3 s whether that session's charger is there."""
        bridge = self._bridges.get(session)
        return bridge.probe() if bridge else succeed(False)

    def close(self, session: str, why: str) -> Deferred[float]:
        """End that session; fires once it relays no more, with the seconds since its charger's last message."""
        bridge = self._bridges.get(session)
        if bridge is None:
            return succeed(float("inf"))
        quiet = bridge.quiet
        bridge.order(why)
        return succeed(quiet)

    def trial(self, dial: Dial, segment: bytes) -> Deferred[Result]:
        """Dial once, without a charger, and close again.

        Args:
            dial: where to, and with which credentials.
            segment: the identity as it stands in an uplink's URL.

        Returns:
            What came of it.
        """
        trying = self.dialler.dial(dial, segment, ("ocpp1.6",), "", self.limits.dial_seconds)

        def tried(outcome: tuple[Result, UplinkLeg | None]) -> Result:
            result, leg = outcome
            if leg and isinstance(result, Opened):
                leg.shut_down(1000)
            return result

        return trying.addCallback(tried)

    # --- bridges -----------------------------------------------------------------------------------------------------

    def finished(self, bridge: Bridge, lingers: bool) -> None:
        """A session is over; its connections may take up to 2 s more."""
        self._bridges.pop(bridge.name, None)
        if lingers:
            self._leaving.add(bridge)

    def gone(self, bridge: Bridge) -> None:
        """A session's connections are gone."""
        self._leaving.discard(bridge)
        self._perhaps_stopped()

    def trouble(self, failure: Failure) -> None:
        """A fault of Edge's own: where it happened, for its authors. The exception's text is left out: it may quote."""
        self._log.error("{kind} at {trace}", kind=type(failure.value).__name__, trace=places(failure.frames))

    def stop(self) -> Deferred[None]:
        """End every session.

        Returns:
            Fires when every connection is gone, after `STOP_SECONDS` at the latest.
        """
        if self._stopping is None:
            self._stopping = Deferred()
            self._deadline = self.reactor.callLater(STOP_SECONDS, self._stopped)
            for bridge in tuple(self._bridges.values()):
                bridge.order("stopping")
            for leg in tuple(self._legs):
                if leg.request is None:
                    leg.transport.abortConnection()
            self._perhaps_stopped()
        return self._stopping

    def _perhaps_stopped(self) -> None:
        if self._stopping and not self._stopping.called and not (self._legs or self._leaving or self._bridges):
            self._stopped()

    def _stopped(self) -> None:
        if self._deadline.active():
            self._deadline.cancel()
        if self._stopping and not self._stopping.called:
            self._stopping.callback(None)
