"""The front desk: answers what `wire` asks about chargers, and remembers what came of it.

It puts the core's rules (policy, brakes, rivals, learning) together with what is remembered (store), who is connected
(registry) and whom to tell (bus). All records are in memory; the store is written behind them. `wire` knows it only
through `wire.line.Desk`, the desk knows `wire` only through `Line`, all Deferreds and values.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from attrs import define, evolve, field
from twisted.internet.defer import Deferred, ensureDeferred, maybeDeferred, succeed

from edge_twisted.bus import Bus
from edge_twisted.core.brakes import Brakes, Ticket
from edge_twisted.core.configuring import Answer, Setting
from edge_twisted.core.credentials import Credentials
from edge_twisted.core.events import Event
from edge_twisted.core.learning import served
from edge_twisted.core.policy import Attempt, Dial, Plan, Refusal, Rules, Unsupported, World, decide
from edge_twisted.core.record import Record, stayed
from edge_twisted.core.steps import Decided, End, Leg, Tried
from edge_twisted.desk.aftermath import Aftermath
from edge_twisted.desk.book import Book
from edge_twisted.desk.configured import Configured
from edge_twisted.desk.hall import Guest, Hall
from edge_twisted.desk.stays import Stays
from edge_twisted.desk.teller import Teller, snapshot_of
from edge_twisted.desk.visitors import Visitors
from edge_twisted.registry import Registry

MEANWHILE: Final = ("replaced", "changed", "stopping")
"""Why Edge itself ends an attempt that it let in; nothing else tells of that."""


@define
class Desk:
    """See the module.

    Args:
        rules: what the configuration says.
        book: what is remembered.
        bus: whom to tell.
        registry: who is connected.
        brakes: the bounds on dialling.
        time: wall-clock seconds, for what is remembered.
        clock: seconds that never jump, for waits.
        spread: draws a number between 0 and 1.
        key: random bytes of this process, for digests of what is shown.
        hall: who is present; its `line` is set once wire stands.
        passed: takes each message that was forwarded.
    """

    rules: Rules
    book: Book
    bus: Bus
    registry: Registry
    brakes: Brakes
    time: Callable[[], float]
    clock: Callable[[], float]
    spread: Callable[[], float]
    key: bytes = field(repr=False)
    hall: Hall = field(factory=Hall)
    passed: Callable[[str, Leg, bytes, bool], None] = lambda *_: None
    visitors: Visitors = field(init=False)
    stays: Stays = field(init=False)
    _configured: Configured = field(init=False)
    _teller: Teller = field(init=False)
    _aftermath: Aftermath = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._teller = Teller(self.book, self.bus, self.clock)
        self.visitors = Visitors(self.book.name)
        self.stays = Stays(self.book, self.clock, self.spread)
        self._configured = Configured(self.hall, self.book, self._teller, self.time)
        self._aftermath = Aftermath(self.book, self.brakes, self.visitors, self._teller, self.clock)

    # --- what wire asks ----------------------------------------------------------------------------------------------

    def admit(self, session: str, attempt: Attempt) -> Deferred[Decided]:
        """Say what becomes of an attempt (the order of checks, design section 4).

        Args:
            session: its name, never used before.
            attempt: the charger at the door.

        Returns:
            A plan, or why there is none.
        """
        return maybeDeferred(self._admit, session, attempt)

    def _admit(self, session: str, attempt: Attempt) -> Deferred[Decided]:
        record = self.book.get(attempt.identity)
        served_before = record is not None and record.was_served
        ticket = Ticket(attempt.identity, self._digest(attempt.shown), attempt.address, served_before)
        guest = Guest(session, attempt, ticket)
        self.hall.came(guest)
        self.visitors.came(attempt, self.time())
        verdict = self._decide(attempt)
        if isinstance(verdict, Plan) and not self.hall.let_in_alone(guest):
            return ensureDeferred(self._admit_beside_others(guest, record.usual_address if record else ""))
        return succeed(self._judge(guest, verdict))

    async def _admit_beside_others(self, guest: Guest, usual_address: str) -> Decided:
        refusal = await self.hall.let_in(guest, usual_address, self.clock())
        if refusal is None and guest not in self.hall:
            refusal = Refusal(503, "left")
        # A maintainer may have changed the record meanwhile.
        return self._judge(guest, refusal or self._decide(guest.attempt))

    def _judge(self, guest: Guest, verdict: Refusal | Unsupported | Plan) -> Decided:
        attempt = guest.attempt
        if isinstance(verdict, Plan):
            begun = self.visitors.shortened(attempt.identity, verdict)
            verdict = self.brakes.enter(guest.ticket, begun, self.clock(), self.spread())
        if isinstance(verdict, Plan):
            guest.plan = verdict
            for what in verdict.alarms:
                self._teller.alarm(attempt.identity, what, attempt.address)
        elif isinstance(verdict, Refusal) and guest in self.hall:
            self._refused(guest, verdict)
        return Decided(verdict, guest.same_secret)

    def _decide(self, attempt: Attempt, *, inside: bool = False) -> Refusal | Unsupported | Plan:
        # Whoever is inside already is not judged by what others from his address guessed meanwhile.
        alike = self.book.alike(attempt.identity)
        user = attempt.shown.user if attempt.shown else attempt.identity
        world = World(
            known=attempt.identity in self.book,
            blocked=any(record.blocked for record in alike),
            approved=any(record.approved or record.was_served for record in alike),
            other_user=user != attempt.identity and user in self.book,
            throttled=0.0 if inside else self.brakes.throttle.retry_after(self.brakes.guess_key(attempt), self.clock()),
        )
        return decide(self.rules, self.book.get(attempt.identity), attempt, world, self.time())

    def _refused(self, guest: Guest, refusal: Refusal) -> None:
        attempt = guest.attempt
        if refusal.code in ("password-wrong", "authorization-broken"):
            self.brakes.throttle.failed(self.brakes.guess_key(attempt), self.clock())
        if refusal.alarm:
            self._teller.alarm(attempt.identity, refusal.alarm, attempt.address)
        self._teller.refused(attempt, refusal)

    def further(self, session: str, dial: Dial) -> Deferred[Refusal | None]:
        """Say whether a session's further dial may be made: after a hold-off its endpoint takes so many at once.

        Args:
            session: the newcomer.
            dial: one of its plan.

        Returns:
            None: it may. Else what the charger is answered.
        """
        guest = self.hall.get(session)
        if guest is None:
            return succeed(Refusal(503, "left"))
        return succeed(self.brakes.further(guest.ticket, dial, self.clock(), self.spread()))

    def displace(self, session: str) -> Deferred[None]:
        """Close the other sessions of this one's identity, before it dials once more.

        Args:
            session: the newcomer.

        Returns:
            Fires once they relay no more.
        """
        return ensureDeferred(self._displace(self.hall.get(session)))

    async def _displace(self, guest: Guest | None) -> None:
        if guest and await self.hall.displace(guest, self.clock()):
            self._teller.alarm(guest.attempt.identity, "clash", guest.attempt.address)

    def opened(self, session: str, tried: tuple[Tried, ...]) -> Deferred[Refusal | None]:
        """The uplink accepted: close the earlier session of this identity, and note the new one.

        Args:
            session: the newcomer.
            tried: its dials; the last one opened.

        Returns:
            None once the session may relay.
        """
        return maybeDeferred(self._opened, session, tried)

    def _opened(self, session: str, tried: tuple[Tried, ...]) -> Deferred[Refusal | None]:
        guest = self.hall.get(session)
        if guest is None or guest.plan is None:
            return succeed(Refusal(503, "left"))
        guest.tried, guest.dial = tried, tried[-1].dial
        self.brakes.judge(guest.ticket, tried, self.clock())
        if self.hall.incumbent(guest):
            return ensureDeferred(self._open_in_place(guest, guest.dial))
        self._open(guest, guest.dial)
        return succeed(None)

    async def _open_in_place(self, guest: Guest, dial: Dial) -> Refusal | None:
        await self._displace(guest)
        if guest not in self.hall:
            return Refusal(503, "left")
        self._open(guest, dial)
        return None

    def _open(self, guest: Guest, dial: Dial) -> None:
        guest.open, guest.since = True, self.clock()
        attempt, tried = guest.attempt, guest.tried
        self.visitors.opened(attempt.identity)
        self._teller.dials_failed(attempt, tried[:-1], opened=True)
        protocol = getattr(tried[-1].result, "protocol", None) or ""
        called = self.book.called(attempt.identity)
        self.registry.opened(snapshot_of(called, guest.name, attempt, dial, protocol, self.time()))
        self._teller.opened(attempt, guest.name, dial, protocol)

    # --- what wire tells ---------------------------------------------------------------------------------------------

    def served(self, session: str, how: str) -> None:
        """The central system served a session: the only moment at which anything is learned.

        Args:
            session: which.
            how: `result`, `call` or `stood`.
        """
        guest = self.hall.get(session)
        if guest is None or guest.dial is None or guest.served:
            return
        guest.served, identity = True, guest.attempt.identity
        before = self.book.fresh(identity)
        record, learned = served(self.rules, before, guest.attempt, guest.dial, self.time())
        if self.book.has_room_for(identity):
            self.book.save(stayed(record, guest.attempt.address, 0.0), soon=True)
        else:
            learned = ()  # served all the same: the central system is the judge
            self._teller.not_remembered(identity, guest.attempt.address)
        self.stays.begin(session, guest.attempt, guest.since)
        self.visitors.begin_anew(identity)
        self.brakes.well(identity)
        self.brakes.throttle.succeeded(self.brakes.guess_key(guest.attempt))
        self.registry.served(self.book.name(identity), session)
        self._teller.served(guest.attempt, session, how, not before.was_served, learned)

    def set_at_charger(self, session: str, setting: Setting) -> Deferred[None]:
        """The central system is about to set something at a charger; fires when that is on the disk, or can't be."""
        return self._configured.set(session, setting)

    def answered_by_charger(self, session: str, answer: Answer) -> None:
        """The charger answered that."""
        self._configured.answered(session, answer)

    def ended(self, session: str, end: End, seconds: float) -> None:
        """An attempt or a session is over.

        Args:
            session: which.
            end: how it ended.
            seconds: how long it stood.
        """
        guest = self.hall.get(session)
        if guest is None:
            return
        identity = guest.attempt.identity
        self.hall.left(guest)
        self.visitors.ended(identity, end)
        if not guest.tried:
            self.brakes.judge(guest.ticket, end.tried, self.clock())
            self._teller.dials_failed(guest.attempt, end.tried)
        self.brakes.leave(guest.ticket)
        self.registry.ended(self.book.name(identity), guest.name)
        if end.unfinished:
            self.visitors.begin_with(identity, end.unfinished.key)
        elif end.turned_away and guest.plan and guest.dial:
            self._aftermath.of_close(guest, guest.plan, guest.dial, end.close)
        elif end.outcome in ("turned-away", "uplink-failed"):
            self.visitors.begin_anew(identity)
            if end.outcome == "turned-away":
                self._aftermath.of_answer(guest, end)
        if guest.open:
            record, counted = self.book.get(identity), self.stays.end(session)
            if guest.served and record:
                self.book.save(stayed(record, guest.attempt.address, max(0.0, seconds - counted)), soon=True)
            self._teller.ended(guest.attempt, session, end, seconds)
        elif end.refusal and end.outcome in MEANWHILE:
            self._teller.refused(guest.attempt, end.refusal)

    def observed(self, event: Event) -> None:
        """Something happened on the wire."""
        self.bus.publish(event)

    # --- what a maintainer does --------------------------------------------------------------------------------------

    def record(self, identity: bytes) -> Record:
        """What is remembered of a charger, with the address of its last attempt; for a maintainer to change."""
        found = self.book.fresh(identity)
        return evolve(found, attempt_address=self.visitors.address(identity) or found.attempt_address)

    def edit(self, record: Record, what: str, by: str, old: str = "", new: str = "") -> Deferred[None]:
        """Take a maintainer's change; a live session is closed only where its uplink, trust or secret changes (Q29).

        Args:
            record: as it shall be from now on. Who changes a charger that was never served, approves it thereby.
            what: a word for the journal.
            by: who.
            old, new: the value before and after, in words; never a secret.

        Returns:
            Fires once it is on disk and the sessions that it concerns are closed.
        """
        self._teller.edited(record.identity, what, by, old, new)
        return ensureDeferred(self._edit(record))

    async def _edit(self, record: Record) -> None:
        identity = record.identity
        if not record.was_served and not record.blocked:
            record = evolve(record, approved=True)
        saved = self.book.save(record)
        self.brakes.edited(identity)
        self.visitors.begin_anew(identity)
        if record.endpoint and record.endpoint.host not in (self.rules.ws.host, self.rules.wss.host):
            self._teller.alarm(identity, "other-host")
        for guest in self.hall.of(identity):
            verdict = self._decide(guest.attempt, inside=True)
            if not isinstance(verdict, Plan) or not any(dial.is_like(guest.dial) for dial in verdict.dials):
                await self.hall.close(guest, "changed")
        await saved

    def forget(self, identity: bytes, by: str) -> Deferred[None]:
        """Forget a charger: what was learned, what was entered and its last attempt; a live session is closed.

        Args:
            identity: the charger.
            by: who.

        Returns:
            Fires once that is on disk.
        """
        self._teller.edited(identity, "forgotten", by)
        return ensureDeferred(self._forget(identity))

    async def _forget(self, identity: bytes) -> None:
        gone = self.book.forget(identity)
        self.brakes.edited(identity)
        for guest in self.hall.of(identity):
            await self.hall.close(guest, "changed")
        self.visitors.forget(identity)
        await gone

    def _digest(self, shown: Credentials | None) -> bytes:
        both = shown.user + b":" + shown.password if shown else b""
        return hashlib.blake2b(both, key=self.key, digest_size=16).digest() if shown else b""
