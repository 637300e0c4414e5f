"""A simulated site for `tests.test_world`: chargers, strangers, a central system, a maintainer, and Edge between them.

Edge is real: `desk.Desk` and `core.session.Session`. The wire carries out the session's commands at once, or, in slow
times, when something settles or time passes. Everything else is a model that knows nothing of Edge's rules, except for
the invariants, which `Site` checks at every dial and after every step.
"""

from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from attrs import define, evolve, field
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from edge_twisted.bus import Bus
from edge_twisted.core import events as e
from edge_twisted.core import learning, steps
from edge_twisted.core.brakes import Brakes
from edge_twisted.core.credentials import Credentials, same_password
from edge_twisted.core.endpoint import Endpoint
from edge_twisted.core.lane import Lane
from edge_twisted.core.policy import Attempt, Dial, Plan, Refusal, Rules
from edge_twisted.core.record import Record
from edge_twisted.core.session import Session, State
from edge_twisted.core.steps import Leg
from edge_twisted.desk.book import Book
from edge_twisted.desk.desk import Desk
from edge_twisted.registry import Registry
from edge_twisted.store.memory import MemoryChargers
from tests.scene import LITERAL, WS, WSS, at_door, name_of

ELSEWHERE: Final = Endpoint(True, "central.example.net", 443, "/ocpp")
INSIDE: Final = Endpoint(False, "10.9.9.9", 8080)
OPEN_AIR: Final = Endpoint(False, "central.example.net", 80)
EPOCH: Final = 1_700_000_000.0
ATTEMPTS: Final = 4
"""Within so many attempts a charger that does what once worked must be served again."""
HOME: Final = {b"CP001": "192.168.1.20", b"EVB-2": "192.168.1.21"}
MACS: Final = {"192.168.1.20": "02:00:00:00:00:20", "192.168.1.21": "02:00:00:00:00:21"}
STRANGER: Final = "192.168.1.66"
RUBBISH: Final = (b"rubbish", b"", b"\xff\x00:")
"""What a stranger shows; nobody else ever has these."""


@define
class Account:
    """What the central system has on one identity.

    Args:
        mode: `none`: everybody is served; `wss`: everybody, on wss only; `basic`: who shows the password; `mixed`: on
            wss who shows the password, on ws everybody.
        password: the right one.
        away: how it turns away: an HTTP status, or 0 for a close after the 101.
        down: what it answers to everybody just now, if it is down.
        serves: whether it answers CALLs at once.
        version: grows with every change of the above but `down` and `serves`.
    """

    mode: str = "none"
    password: bytes = b"first"
    away: int = 401
    down: steps.Result | None = None
    serves: bool = True
    version: int = 0

    def takes(self, dial: Dial) -> bool:
        """Whether it takes what is shown."""
        shown = dial.credentials.password if dial.credentials else None
        if self.mode == "none" or (self.mode == "mixed" and not dial.endpoint.secure):
            return True
        if self.mode == "wss":
            return dial.endpoint.secure
        return shown == self.password


@define
class Charger:
    """A charger, or somebody who says it is one.

    Args:
        identity: who.
        written: how it writes its identity: letter case may differ.
        address: where.
        shown: its password, or None.
        secure: whether it comes on wss.
        genuine: whether it is the one.
        worked: what it did when it was last served, with the account's version and the number of edits.
    """

    identity: bytes
    address: str
    written: bytes = b""
    shown: bytes | None = None
    secure: bool = False
    genuine: bool = True
    worked: tuple[object, ...] | None = None

    def does(self) -> tuple[object, ...]:
        """What it does when it connects."""
        return (self.shown, self.secure)


@define(eq=False)
class Wire:
    """One connection: drives a real session as `wire.bridge` does."""

    site: "Site"
    name: str
    charger: Charger
    attempt: Attempt
    session: Session
    does: tuple[object, ...]
    usual: str
    alive: bool = True
    answer: Refusal | None = None
    accepted: bool = False
    dial: Dial | None = None
    tried: list[Dial] = field(factory=list)
    ends: int = 0
    opened_at: float = 0.0
    served: bool = False
    _events: deque[steps.Event] = field(factory=deque)
    _busy: bool = False
    _unjudged: bool = False
    _plan: Plan | None = None

    def start(self) -> None:
        """Ask the desk."""
        self.site.desk.admit(self.name, self.attempt).addCallback(self._decided).addErrback(self.site.failed)

    def _decided(self, decided: steps.Decided) -> None:
        if isinstance(decided.verdict, Plan):
            self._plan = decided.verdict
        self.feed(decided)

    def feed(self, event: steps.Event) -> None:
        """Take an event; events that commands cause wait for their turn."""
        self._events.append(event)
        if self._busy:
            return
        self._busy = True
        while self._events:
            for command in self.session.handle(self._events.popleft(), self.site.now):
                self._perform(command)
        self._busy = False
        if self._unjudged and self.dial:
            self._unjudged = False
            self.site.judged(self, self.dial)

    def _perform(self, command: steps.Command) -> None:
        assert self.ends == 0, "a command after the end"
        match command:
            case steps.Try(dial, seconds):
                assert 0 < seconds <= 10
                self.tried.append(dial)
                self.site.check_dial(self, dial)
                self.site.later(seconds, lambda: self._dialled(dial), self._timed_out)
            case steps.Displace():
                self.site.desk.displace(self.name).addCallback(self._displaced).addErrback(self.site.failed)
            case steps.Ask(dial):
                self.site.desk.further(self.name, dial).addCallback(self._allowed).addErrback(self.site.failed)
            case steps.Clear(tried):
                self.dial = tried[-1].dial
                self.site.desk.opened(self.name, tried).addCallback(self._cleared).addErrback(self.site.failed)
            case steps.Accept():
                self.accepted, self.opened_at, self._unjudged = True, self.site.now, True
                self.site.check_one_relays()
            case steps.Refuse(refusal):
                assert not self.accepted and self.answer is None
                self.answer = refusal
            case steps.End():
                self.ends += 1
                seconds = self.site.now - self.opened_at if command.opened else 0.0
                self.site.desk.ended(self.name, command, seconds)

    def _displaced(self, result: None) -> None:
        self.feed(steps.Displaced())

    def _allowed(self, refusal: Refusal | None) -> None:
        self.feed(steps.Allowed(refusal))

    def _cleared(self, refusal: Refusal | None) -> None:
        self.feed(steps.Cleared(refusal))

    def _dialled(self, dial: Dial) -> None:
        if self.session.state is State.OVER:
            return
        account = self.site.accounts[self.charger.identity]
        result: steps.Result = account.down or steps.Opened("ocpp1.6")
        if not account.down and account.away and not account.takes(dial):
            result = steps.Answered(account.away)
        self.feed(steps.DialEnded(result))

    def _timed_out(self) -> None:
        self.feed(steps.DialEnded(steps.Failed("timeout")))

    def be_served(self, how: str) -> None:
        """The central system does what counts as being served."""
        if self.session.state is State.OPEN and not self.served:
            self.served = True
            self.feed(steps.WasServed())
            self.site.served(self, how)


@define
class Site:
    """Everything together.

    Args:
        rules: the configuration.
        seen: counts what happened, so that a test can tell that something did.
    """

    rules: Rules
    seen: Counter[str]
    now: float = 1000.0
    slow: bool = False
    accounts: dict[bytes, Account] = field(factory=lambda: {identity: Account() for identity in HOME})
    chargers: dict[bytes, Charger] = field(factory=lambda: {i: Charger(i, HOME[i]) for i in HOME})
    strangers: dict[bytes, Charger] = field(factory=lambda: {i: Charger(i, STRANGER, genuine=False) for i in HOME})
    wires: dict[str, Wire] = field(factory=dict)
    edits: Counter[bytes] = field(factory=Counter)
    shown: dict[bytes, set[bytes]] = field(factory=lambda: {identity: set() for identity in HOME})
    entered: dict[bytes, set[tuple[bytes, tuple[str, str, int]]]] = field(factory=lambda: {i: set() for i in HOME})
    keys: dict[bytes, set[bytes]] = field(factory=lambda: {identity: set() for identity in HOME})
    wss_served: set[bytes] = field(factory=set)
    opened: list[str] = field(factory=list)
    over: list[str] = field(factory=list)
    _pending: list[tuple[float, Callable[[], None], Callable[[], None]]] = field(factory=list)
    _count: int = 0
    _faults: list[Failure] = field(factory=list)
    store: MemoryChargers = field(factory=lambda: MemoryChargers([]))
    desk: Desk = field(init=False)
    brakes: Brakes = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.start()

    # --- Edge --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start Edge with what the store holds."""
        bus = Bus()
        bus.subscribe(self._heard)
        book = Book(self.store, name_of, bus)
        book.load()
        self.brakes = Brakes(Lane())
        self.desk = Desk(
            rules=self.rules,
            book=book,
            bus=bus,
            registry=Registry(),
            brakes=self.brakes,
            time=lambda: EPOCH + self.now,
            clock=lambda: self.now,
            spread=lambda: 0.5,
            key=b"k" * 16,
        )
        self.desk.hall.line = self

    def restart(self, *, killed: bool) -> None:
        """Stop Edge, with or without time for it, and start it again."""
        self.seen["restart"] += 1
        for wire in () if killed else tuple(self.wires.values()):
            wire.feed(steps.Ordered("stopping"))
        if killed:
            self.opened.clear()
            self.over.clear()
        else:
            self._check_all_over()
        self.wires.clear()
        self._pending.clear()
        self.start()

    def _heard(self, event: e.Event) -> None:
        if isinstance(event, e.SessionOpened):
            self.opened.append(event.session)
        elif isinstance(event, e.SessionEnded):
            self.over.append(event.session)
        elif isinstance(event, e.Alarm):
            self.seen[f"alarm {event.what}"] += 1

    # --- the wire's side of `hall.Line` -----------------------------------------------------------------------------

    def probe(self, session: str) -> Deferred[bool]:
        """Find out whether a session's charger is there."""
        wire = self.wires.get(session)
        if wire is None or wire.session.state is not State.OPEN:
            return succeed(False)
        if wire.alive and not self.slow:
            return succeed(True)
        done: Deferred[bool] = Deferred()

        def silent() -> None:
            wire.alive = False
            done.callback(False)

        self.later(3.0, lambda: done.callback(True), silent, late=not wire.alive)
        return done

    def close(self, session: str, why: str) -> Deferred[float]:
        """End a session."""
        wire = self.wires.get(session)
        if wire is None or wire.ends:
            return succeed(float("inf"))
        if why == "replaced" and wire.alive:
            self.check_replaced(wire)
        wire.feed(steps.Ordered(why))
        return succeed(0.0 if wire.alive else 60.0)

    def later(self, seconds: float, soon: Callable[[], None], late_: Callable[[], None], *, late: bool = False) -> None:
        """Do something now, or in slow times when it settles, or else what happens when its time is over."""
        if self.slow or late:
            self._pending.append((self.now + seconds, late_ if late else soon, late_))
        else:
            soon()

    def settle(self, count: int) -> None:
        """Let the oldest things in flight come to their end."""
        for _ in range(count):
            if self._pending:
                self._pending.pop(0)[1]()

    def passes(self, seconds: float) -> None:
        """Time passes."""
        end = self.now + seconds
        while due := [one for one in self._pending if one[0] <= end]:
            one = min(due, key=lambda one: one[0])
            self._pending.remove(one)
            self.now = max(self.now, one[0])
            one[2]()
        self.now = end
        for wire in tuple(self.wires.values()):
            if wire.session.state is State.OPEN and wire._plan and wire._plan.served_before:
                if self.now - wire.opened_at >= 300:
                    wire.be_served("stood")

    # --- chargers ----------------------------------------------------------------------------------------------------

    def connect(self, charger: Charger) -> Wire:
        """A charger comes."""
        self._count += 1
        name = f"s{self._count}"
        attempt = at_door(
            charger.shown,
            identity=(charger.written or charger.identity).decode(),
            address=charger.address,
            secure=charger.secure,
            mac=MACS.get(charger.address, ""),
        )
        if charger.shown is not None:
            self.shown[charger.identity].add(charger.shown)
        usual = self.desk.book.fresh(attempt.identity).usual_address
        wire = Wire(self, name, charger, attempt, Session(self.now), charger.does(), usual)
        self.wires[name] = wire
        wire.start()
        return wire

    def of(self, charger: Charger) -> list[Wire]:
        """A charger's connections."""
        return [wire for wire in self.wires.values() if wire.charger is charger and not wire.ends]

    def drop(self, charger: Charger, how: str) -> None:
        """A charger's connections end: `closed`, `lost`, or unseen by Edge, `cut`."""
        for wire in self.of(charger):
            if how == "cut":
                wire.alive = False
            else:
                wire.feed(steps.Shut(Leg.CHARGER, how, 1000 if how == "closed" else None))

    def judged(self, wire: Wire, dial: Dial) -> None:
        """What the central system does after its 101."""
        account = self.accounts[wire.charger.identity]
        if not account.takes(dial):
            wire.feed(steps.Shut(Leg.CENTRAL, "closed", 1008))
        elif account.serves:
            wire.be_served("result")

    def served(self, wire: Wire, how: str) -> None:
        """A session is served."""
        dial, charger = wire.dial, wire.charger
        assert dial
        identity = wire.attempt.identity
        record = self.desk.book.get(identity)
        by_hand = record is not None and record.endpoint is not None
        self.seen[f"served {dial.kind}"] += 1
        self.desk.served(wire.name, how)
        if dial.endpoint == self.rules.wss and not by_hand:
            self.wss_served.add(identity)
        if charger.genuine:
            charger.worked = (*wire.does, self.accounts[charger.identity].version, self.edits[charger.identity])

    # --- the maintainer ----------------------------------------------------------------------------------------------

    def edit(self, identity: bytes, change: Callable[[Record], Record]) -> None:
        """Change what is remembered of a charger; what can't be taken is left."""
        before = self.desk.record(identity)
        try:
            after = change(before)
        except learning.EntryError as error:
            self.seen[f"entry {error.code}"] += 1
            return
        self.edits[identity] += 1
        if after.entered:
            self.entered[identity].add((after.entered.credentials.password, after.entered.origin))
        done: list[object] = []
        self.desk.edit(after, "test", "tester").addCallbacks(done.append, self.failed)
        self.check()
        assert done, "an edit waits for nothing here"

    def enter(self, identity: bytes, password: bytes, shows: learning.Shows) -> None:
        """Enter S, with the answer to the question."""
        credentials = Credentials(identity, password)
        now = EPOCH + self.now

        def change(record: Record) -> Record:
            confirmed = None if record.was_served else record.attempt_address
            return learning.enter_secret(self.rules, record, credentials, shows, now, confirmed)

        self.edit(identity, change)

    def set_key(self, identity: bytes, text: str, *, moves: bool) -> None:
        """The central system changes the key over OCPP; the charger says Accepted; the central system moves to it."""
        if not any(w.served and w.charger.genuine and w.charger.identity == identity for w in self.wires.values()):
            return
        record = learning.key_set(self.desk.book.fresh(identity), text, EPOCH + self.now)
        self.desk.book.save(record)
        assert record.pending
        self.keys[identity] |= {record.pending.password, text.encode()}
        account = self.accounts[identity]
        account.version += 1
        if moves:
            account.password = record.pending.password
            if account.mode == "none":
                account.mode = "basic"

    # --- invariants --------------------------------------------------------------------------------------------------

    def check_dial(self, wire: Wire, dial: Dial) -> None:
        """What must be true of every dial."""
        identity, shown = wire.charger.identity, wire.attempt.shown
        record = self.desk.book.get(wire.attempt.identity) or Record(identity, "")
        self.seen[f"dial {dial.kind}"] += 1
        if record.endpoint is None and wire.attempt.identity in self.wss_served:
            assert dial.endpoint.secure, "from wss to ws"
        if record.endpoint is None:
            assert dial.endpoint in (self.rules.ws, self.rules.wss), "an endpoint from nowhere"
        if dial.credentials is None:
            return
        password, origin = dial.credentials.password, dial.endpoint.origin
        assert dial.endpoint.secure or dial.endpoint.is_private_literal, "a secret in the open"
        known = self.shown[identity] | self.keys[identity]
        assert password in known or (password, origin) in self.entered[identity], "a secret from nowhere"
        if shown and shown.password == password:
            return
        # The charger did not show it: Edge adds it, and must have judged the charger.
        pending = record.pending
        shows_key = bool(pending and shown and same_password(shown.password, pending.password))
        if record.entered is None or record.entered.origin != origin:
            assert shows_key and record.detected and password == record.detected.credentials.password, "not shown"
            return
        window, permission = record.own_next, record.no_password
        own = [c.password for c in (record.entered.credentials, record.own) if c]
        if shown is None:
            assert permission and permission.holds(wire.attempt.address, wire.attempt.mac), "without a permission"
        else:
            in_window = window and EPOCH + self.now < window.until and window.address == wire.attempt.address
            assert shows_key or in_window or any(same_password(shown.password, p) for p in own), "confused deputy"

    def check_replaced(self, incumbent: Wire) -> None:
        """A living incumbent makes room only for who shows its secret or comes from its or the usual address."""
        for wire in self.wires.values():
            if wire is incumbent or wire.ends or wire.charger.identity != incumbent.charger.identity:
                continue
            own, other = incumbent.attempt, wire.attempt
            same = own.shown and other.shown and same_password(own.shown.password, other.shown.password)
            if same or other.address in (own.address, wire.usual):
                return
        raise AssertionError("replaced by a stranger")

    def check_one_relays(self) -> None:
        """At most one uplink of an identity relays."""
        relaying = Counter(w.charger.identity for w in self.wires.values() if w.session.state is State.OPEN)
        assert not relaying or max(relaying.values()) == 1, "two relay at the same time"

    def failed(self, failure: Failure) -> None:
        """An exception, of Edge or of a check, came out of a Deferred."""
        self._faults.append(failure)

    def check(self) -> None:
        """What must be true after every step."""
        for fault in self._faults:
            fault.raiseException()
        self.check_one_relays()
        for name, wire in tuple(self.wires.items()):
            assert wire.ends == (wire.session.state is State.OVER)
            if wire.ends:
                del self.wires[name]

    def _check_all_over(self) -> None:
        for wire in self.wires.values():
            assert wire.ends == 1, "an attempt without an end"
        assert sorted(self.over) == sorted(self.opened), "not one SessionEnded for each session"
        assert len(self.desk.hall) == 0, "guests are left"
        assert not any(list(self.desk.hall.of(identity)) for identity in HOME), "somebody is present"
        assert self.brakes.lane._slots.total() == 0, "slots of the lane are left"
        assert not self.brakes._endpoints._busy, "slots of a gate are left"
        assert len(self.desk.registry) == 0, "snapshots are left"

    def finish(self) -> None:
        """Everybody leaves, and nothing may be left of them; then those who once were served come again."""
        self.slow = False
        self.settle(len(self._pending))
        self.check()
        for charger in (*self.chargers.values(), *self.strangers.values()):
            self.drop(charger, "closed")
        self.settle(len(self._pending))
        self._check_all_over()
        self.passes(20 * 60)
        for charger in self.chargers.values():
            self.check_liveness(charger)
        self.check()

    def check_liveness(self, charger: Charger) -> None:
        """A charger that does what once worked is served again, if nobody changed anything since."""
        account = self.accounts[charger.identity]
        if charger.worked != (*charger.does(), account.version, self.edits[charger.identity]):
            return
        account.down, account.serves = None, True
        self.seen["comes again"] += 1
        answers: list[Refusal | None] = []
        for _ in range(ATTEMPTS):
            wire = self.connect(charger)
            if wire.served:
                self.seen[f"again after {len(answers)}"] += 1
                return
            answers.append(wire.answer)
            self.passes(wire.answer.wait if wire.answer and wire.answer.wait else 10)
        raise AssertionError(f"shut out: {answers}")


def near(rules: Rules) -> Rules:
    """The same rules with an `uplink.ws` that is a private literal."""
    return evolve(rules, ws=LITERAL)


FAR: Final = Rules(WS, WSS)
