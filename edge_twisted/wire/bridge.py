"""Drives one core Session: the only object that holds both legs."""

from collections import deque
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from edge_twisted.core import session, steps
from edge_twisted.core.configuring import Answer, Setting
from edge_twisted.core.events import Internal
from edge_twisted.core.policy import Attempt, Plan, Refusal
from edge_twisted.core.served import ServedWatch
from edge_twisted.core.steps import Leg
from edge_twisted.wire.charger import ChargerLeg
from edge_twisted.wire.keygate import KeyGate
from edge_twisted.wire.leg import WebSocketLeg, keep_alive
from edge_twisted.wire.liveness import Liveness, Probe
from edge_twisted.wire.relay import Relay
from edge_twisted.wire.shortcut import lengthen, shorten
from edge_twisted.wire.uplink import UplinkLeg

if TYPE_CHECKING:
    from edge_twisted.wire.line import Line

STOOD_SECONDS = 300.0
"""How long an identity that was served before must stand to count as served again."""
DEFAULT_WAIT = 10.0
"""Seconds of Retry-After where nobody named a better figure."""
VANISH_SECONDS = 60
"""After which TCP gives a peer up."""


class Bridge:
    """One attempt of a charger, and the session that it may become.

    Args:
        line: limits, clocks and the desk.
        name: the session's name.
        charger: the charger leg, with its request read.
        attempt: what the desk decides on.
    """

    def __init__(self, line: "Line", name: str, charger: ChargerLeg, attempt: Attempt) -> None:
        self.name = name
        self.attempt = attempt
        self._line = line
        self._clock = line.reactor
        self._charger = charger
        self._uplink: UplinkLeg | None = None
        self._dialling: Deferred[Any] | None = None
        self._session = session.Session(self._clock.seconds(), line.limits.dial_seconds, line.limits.dials_seconds)
        self._events: deque[steps.Event] = deque()
        self._busy = False
        self._protocols: tuple[str, ...] = ()
        self._served_before = False
        self._opened_at = 0.0
        self._relay: Relay | None = None
        self._liveness: Liveness | None = None
        self._watch: ServedWatch | None = None
        self._seen = True
        self._standing: Any = None
        self._finished = False
        self._left: set[Leg] = {Leg.CHARGER}
        charger.owner = self

    @property
    def quiet(self) -> float:
        """Seconds since the charger's last message."""
        spoke = self._relay.way(Leg.CHARGER).spoke if self._relay else 0.0
        quiet: float = self._clock.seconds() - spoke
        return quiet

    @property
    def is_open(self) -> bool:
        """Whether both legs stand and relay."""
        return self._session.state is session.State.OPEN

    def start(self) -> None:
        """Ask the desk."""
        asked = self._line.desk.admit(self.name, self.attempt)
        asked.addCallbacks(self._decided, self._fault, errbackArgs=("admit",))

    def _decided(self, decided: steps.Decided) -> None:
        if isinstance(decided.verdict, Plan):
            self._protocols = decided.verdict.protocols
            self._served_before = decided.verdict.served_before
        self.feed(decided)

    def order(self, why: str) -> None:
        """End the session: `replaced`, `changed` or `stopping`."""
        self.feed(steps.Ordered(why))

    def probe(self) -> Deferred[bool]:
        """Find out whether the charger is there, within 3 s."""
        done: Deferred[bool] = Deferred()
        if self.is_open:
            Probe(self._clock, self._charger, done.callback)
        else:
            done.callback(False)
        return done

    # --- events in, commands out -------------------------------------------------------------------------------------

    def feed(self, event: steps.Event) -> None:
        """Take an event; commands that cause further events at once keep their order."""
        self._events.append(event)
        if self._busy:
            return
        self._busy = True
        commands: deque[steps.Command] = deque()
        try:
            while self._events:
                commands.extend(self._session.handle(self._events.popleft(), self._clock.seconds()))
                while commands:
                    self._perform(commands.popleft())
        except Exception:  # noqa: BLE001 - a fault of ours ends this session only, and is told
            failure = Failure()
            self._events.clear()
            self._busy = False
            for command in commands:  # what could not be done any more; but the end is one
                if isinstance(command, steps.End):
                    self._end(command)
            self._fault(failure, "session")
        finally:
            self._busy = False

    def _fault(self, failure: Failure, place: str) -> None:
        self._line.desk.observed(Internal(place, type(failure.value).__name__))
        self._line.trouble(failure)
        if self._session.state is session.State.OVER:
            self._charger.drop()
            if self._uplink:
                self._uplink.drop()
            return
        self.feed(steps.Ordered("internal"))

    def _perform(self, command: steps.Command) -> None:
        match command:
            case steps.Try():
                self._dial(command)
            case steps.Ask(dial):
                asked = self._line.desk.further(self.name, dial)
                asked.addCallbacks(lambda r: self.feed(steps.Allowed(r)), self._fault, errbackArgs=("further",))
            case steps.Displace():
                done = self._line.desk.displace(self.name)
                done.addCallbacks(lambda _: self.feed(steps.Displaced()), self._fault, errbackArgs=("displace",))
            case steps.Clear(tried):
                cleared = self._line.desk.opened(self.name, tried)
                cleared.addCallbacks(lambda r: self.feed(steps.Cleared(r)), self._fault, errbackArgs=("opened",))
            case steps.Accept(protocol):
                self._accept(protocol)
            case steps.AcceptAndClose():
                self._charger.accept(None)
                self._charger.shut_down(1002)
            case steps.Refuse(refusal):
                self._refuse(refusal)
            case steps.Close(leg, code, reason):
                self._close(leg, code, reason)
            case steps.Drop(leg):
                self._drop(leg)
            case steps.End():
                self._end(command)

    def _dial(self, command: steps.Try) -> None:
        request = self.attempt.request
        self._dialling = self._line.dialler.dial(
            command.dial, request.claim.segment, self._protocols, request.user_agent, command.seconds
        )
        self._dialling.addCallbacks(self._dialled, self._fault, errbackArgs=("dial",))

    def _dialled(self, outcome: tuple[steps.Result, UplinkLeg | None]) -> None:
        self._dialling = None
        result, leg = outcome
        if isinstance(result, steps.Opened) and leg:
            if self._finished:
                leg.drop()
                return
            self._uplink = leg
            self._left.add(Leg.CENTRAL)
            leg.owner = self
        self.feed(steps.DialEnded(result))

    def _accept(self, protocol: str | None) -> None:
        assert self._uplink is not None
        charger, uplink = self._charger, self._uplink
        self._opened_at = self._clock.seconds()
        self._watch = ServedWatch()
        legs: dict[Leg, WebSocketLeg] = {Leg.CHARGER: charger, Leg.CENTRAL: uplink}
        self._relay = Relay(self._clock, dict(legs), self._pause, self.look)
        self._relay.arm = self._arm
        for leg in legs.values():
            keep_alive(leg.transport, VANISH_SECONDS)
        charger.accept(protocol if self.attempt.request.protocols else None)  # Q19: none offered, none answered
        uplink.open()
        if self._line.hot:
            for leg in legs.values():
                leg.step_aside(self._line.limits.message_bytes)
            shorten(self, self._relay, charger, uplink)
            shorten(self, self._relay, uplink, charger)
        charger.couple(uplink)
        uplink.couple(charger)
        self._liveness = Liveness(self._clock, legs, self._line.limits.ping_seconds, self._dead, self._line.wheel)
        if self._served_before:
            self._standing = self._clock.callLater(STOOD_SECONDS, self._served, "stood")
        charger.release()
        uplink.release()

    def _refuse(self, refusal: Refusal) -> None:
        headers: list[tuple[str, str]] = []
        if refusal.status == 401:
            headers.append(("WWW-Authenticate", 'Basic realm="OCPP"'))
        if refusal.status == 429 or refusal.status >= 500:
            headers.append(("Retry-After", str(max(1, round(refusal.wait or self._line.jitter(DEFAULT_WAIT))))))
        self._charger.refuse(refusal.status, headers)

    def _close(self, leg: Leg, code: int | None, reason: bytes) -> None:
        if self._relay:
            self._relay.flush()
        self._leg(leg).shut_down(code, reason)

    def _drop(self, leg: Leg) -> None:
        if leg is Leg.CENTRAL and self._dialling:
            self._dialling.cancel()
        if leg in self._left:
            self._leg(leg).drop()

    def _leg(self, leg: Leg) -> WebSocketLeg:
        if leg is Leg.CHARGER:
            return self._charger
        assert self._uplink is not None
        return self._uplink

    def _end(self, end: steps.End) -> None:
        self._finished = True
        if self._liveness:
            self._liveness.stop()
        if self._relay:
            self._relay.stop()
        if self._standing and self._standing.active():
            self._standing.cancel()
        seconds = self._clock.seconds() - self._opened_at if end.opened else 0.0
        self._line.finished(self, bool(self._left))
        self._line.desk.ended(self.name, end, seconds)
        if end.opened:
            for leg in tuple(self._left):
                lengthen(self._leg(leg))
                self._leg(leg).uncouple()
                self._leg(leg).transport.resumeProducing()

    # --- what the legs say -------------------------------------------------------------------------------------------

    def message(self, leg: Leg, payload: bytes, binary: bool, raw: bytes = b"") -> None:
        """One whole message came; `raw`: in this frame, which is to go on as it is."""
        if self._relay and self._session.state is session.State.OPEN:
            try:
                self._relay.message(leg, payload, binary, raw)
            except Exception:  # noqa: BLE001 - ends this session only, and is told
                self.broke(Failure())

    def broke(self, failure: Failure) -> None:
        """Something of ours broke while a message was relayed: that ends this session only, and is told."""
        self._fault(failure, "relay")

    def shut(self, leg: Leg, how: str, code: int | None, reason: bytes) -> None:
        """A leg ended by itself."""
        self.feed(steps.Shut(leg, how, code, reason))

    def gone(self, leg: Leg) -> None:
        """A leg's connection is gone."""
        self._left.discard(leg)
        if self._finished and not self._left:
            self._let_go()
            self._line.gone(self)

    def _let_go(self) -> None:
        """Point at nothing that points back: a session's memory is free at once, and not at the next search for it."""
        self._relay = self._liveness = self._standing = None
        self._charger.owner = None
        if self._uplink:
            self._uplink.owner = None

    def _pause(self, leg: Leg, paused: bool) -> None:
        held = self._leg(leg)
        held.held = paused
        if paused:
            held.transport.pauseProducing()
        elif self._leg(leg.other).clogged is None:
            held.transport.resumeProducing()

    def _dead(self, leg: Leg, how: str) -> None:
        self.feed(steps.Shut(leg, how))

    def look(self, source: Leg, payload: bytes, binary: bool) -> None:
        """Look at a message that was forwarded."""
        if self._watch is not None and not binary:
            seen = self._watch.from_charger(payload) if source is Leg.CHARGER else self._watch.from_central(payload)
            if seen:
                self._served(seen)
        if self._seen:
            try:
                self._line.desk.passed(self.name, source, payload, binary)
            except Exception:  # noqa: BLE001 - whoever looks on must not harm what he looks at
                self._seen = False
                self._line.desk.observed(Internal("observer", type(Failure().value).__name__))
                self._line.trouble(Failure())

    # --- what the gate says ------------------------------------------------------------------------------------------

    def _arm(self) -> KeyGate:
        assert self._relay is not None
        return KeyGate(self._relay, self)

    def set_at_charger(self, setting: Setting) -> Deferred[None]:
        """The central system sets something at the charger: a request of its own, so it serves the session."""
        self._served("call")
        return self._line.desk.set_at_charger(self.name, setting)

    def answered_by_charger(self, answer: Answer) -> None:
        """The charger answered that."""
        self._line.desk.answered_by_charger(self.name, answer)

    def _served(self, how: str) -> None:
        if self._standing and self._standing.active():
            self._standing.cancel()
        self._watch = None
        if self.is_open and not self._session.served:
            self.feed(steps.WasServed())
            self._line.desk.served(self.name, how)
