"""What the tests of the decision core share: attempts at the door, and a desk whose wire is scripted."""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred, succeed
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.bus import Bus
from edge_twisted.core import events as e
from edge_twisted.core.brakes import Brakes
from edge_twisted.core.credentials import Credentials
from edge_twisted.core.endpoint import Endpoint
from edge_twisted.core.lane import Lane
from edge_twisted.core.policy import Attempt, Dial, Plan, Refusal, Rules
from edge_twisted.core.record import Entered, Record
from edge_twisted.core.request import Request, read_request
from edge_twisted.core.steps import Answered, Decided, End, Failed, Opened, Tried
from edge_twisted.desk.book import Book
from edge_twisted.desk.desk import Desk
from edge_twisted.registry import Registry
from edge_twisted.store.memory import MemoryChargers
from tests.core.test_request import basic, make_head

T = TypeVar("T")
E = TypeVar("E", bound=e.Event)

WS = Endpoint(False, "ws.evc-net.com", 80)
WSS = Endpoint(True, "wss.evc-net.com", 443)
LITERAL = Endpoint(False, "192.168.1.9", 80)
RULES = Rules(WS, WSS)
NEAR = Rules(LITERAL, WSS)
"""Rules with an `uplink.ws` that is a private literal: credentials may go there."""

HERE, THERE = "192.168.1.20", "192.168.1.66"
"""Where the genuine charger is, and where somebody else is."""
NOW = 1_700_000_000.0


@lru_cache(1000)
def at_door(
    password: bytes | None = None,
    *,
    identity: str = "CP001",
    user: bytes | None = None,
    address: str = HERE,
    secure: bool = False,
    mac: str = "",
    protocols: str = "ocpp1.6",
    target: str = "",
) -> Attempt:
    """A charger at the door, made from the bytes of its request."""
    more = [("Sec-WebSocket-Protocol", protocols)] if protocols else []
    if password is not None:
        shown = (identity.encode() if user is None else user) + b":" + password
        more.append(("Authorization", basic(shown)))
    head = make_head(target or f"/ocpp/{identity}", *more, without="" if protocols else "Sec-WebSocket-Protocol")
    request = read_request(head)
    assert isinstance(request, Request), request
    return Attempt(request, secure, address, mac)


def secret(password: bytes, user: bytes = b"CP001") -> Credentials:
    """Credentials of the usual charger."""
    return Credentials(user, password)


def entered(password: bytes, endpoint: Endpoint = WSS) -> Entered:
    """S, as it was entered for an endpoint."""
    return Entered(secret(password), *endpoint.origin, at=NOW - 1000)


def name_of(identity: bytes) -> str:
    """An opaque id, as the vault makes one."""
    return hashlib.blake2b(identity, digest_size=8).hexdigest()


def record_of(identity: bytes = b"CP001") -> Record:
    """An empty record."""
    return Record(identity, name_of(identity))


@define
class FakeLine:
    """The wire, scripted.

    Args:
        desk: told of the end of what it closes, at once, as the real wire does.
        dead: sessions whose charger does not answer a probe.
        quiet: seconds since the last message of a session's charger; 0 where nothing stands here.
        slow: a test wants to answer probes itself, from `probes`.
        deaf: sessions that say nothing of their end when they are closed.
    """

    desk: Desk
    dead: set[str] = field(factory=set)
    quiet: dict[str, float] = field(factory=dict)
    slow: bool = False
    deaf: set[str] = field(factory=set)
    probed: list[str] = field(factory=list)
    probes: list[Deferred[bool]] = field(factory=list)
    closed: list[tuple[str, str]] = field(factory=list)

    def probe(self, session: str) -> Deferred[bool]:
        """Whether the charger is there."""
        self.probed.append(session)
        if self.slow:
            self.probes.append(Deferred())
            return self.probes[-1]
        return succeed(session not in self.dead)

    def close(self, session: str, why: str) -> Deferred[float]:
        """End a session."""
        self.closed.append((session, why))
        if session not in self.deaf:
            self.desk.ended(session, End(why, opened=True, close=1001), 1.0)
        return succeed(self.quiet.get(session, 0.0))


class DeskCase(SynchronousTestCase):
    """A desk with a memory store, a clock that a test moves, and a scripted wire."""

    rules = RULES

    def setUp(self) -> None:
        self.store = MemoryChargers([])
        self.now = 5000.0
        self.events: list[e.Event] = []
        self._count = 0
        self.start()

    def start(self, lane: Lane | None = None) -> None:
        """Begin, or begin again with what the store holds, as after a restart."""
        bus = Bus()
        bus.subscribe(self.events.append)
        book = Book(self.store, name_of, bus)
        book.load()
        self.book = book
        self.registry = Registry()
        self.brakes = Brakes(lane or Lane())
        self.desk = Desk(
            rules=self.rules,
            book=book,
            bus=bus,
            registry=self.registry,
            brakes=self.brakes,
            time=lambda: NOW + self.now,
            clock=lambda: self.now,
            spread=lambda: 0.5,
            key=b"k" * 16,
        )
        self.line = FakeLine(self.desk)
        self.desk.hall.line = self.line

    # --- what the wire does ------------------------------------------------------------------------------------------

    def ask(self, attempt: Attempt) -> tuple[str, Deferred[Decided]]:
        """Let somebody come to the door."""
        self._count += 1
        name = f"s{self._count}"
        return name, self.desk.admit(name, attempt)

    def come(self, attempt: Attempt) -> tuple[str, Decided]:
        """Let somebody come to the door and have the answer at once."""
        name, asked = self.ask(attempt)
        return name, self.successResultOf(asked)

    def planned(self, attempt: Attempt) -> tuple[str, Plan]:
        """Let somebody come who is to be dialled."""
        name, decided = self.come(attempt)
        assert isinstance(decided.verdict, Plan), decided
        return name, decided.verdict

    def refused(self, attempt: Attempt) -> Refusal:
        """Let somebody come who is refused, and go."""
        name, decided = self.come(attempt)
        assert isinstance(decided.verdict, Refusal), decided
        self.desk.ended(name, End("refused"), 0.0)
        return decided.verdict

    def opened(self, name: str, plan: Plan, *before: Answered | Failed) -> Dial:
        """The dials after those in `before` opens."""
        tried = [Tried(dial, result) for dial, result in zip(plan.dials, before, strict=False)]
        dial = plan.dials[len(before)]
        tried.append(Tried(dial, Opened("ocpp1.6")))
        self.assertIsNone(self.successResultOf(self.desk.opened(name, tuple(tried))))
        return dial

    def serve(self, attempt: Attempt, *before: Answered | Failed) -> str:
        """Let somebody come, be dialled and served."""
        name, plan = self.planned(attempt)
        self.opened(name, plan, *before)
        self.desk.served(name, "result")
        return name

    def leave(
        self,
        name: str,
        seconds: float = 60.0,
        outcome: str = "charger-closed",
        *,
        close: int = 0,
        served: bool = False,
        turned_away: bool = False,
    ) -> None:
        """An open session ends."""
        self.desk.ended(name, End(outcome, (), close, True, served, turned_away), seconds)

    def turn_away(self, attempt: Attempt, *results: Answered | Failed) -> None:
        """Let somebody come, be dialled, and get nothing but these results."""
        name, plan = self.planned(attempt)
        tried = tuple(Tried(dial, result) for dial, result in zip(plan.dials, results, strict=False))
        away = any(isinstance(one, Answered) and one.status in (401, 403, 404) for one in results)
        self.desk.ended(name, End("turned-away" if away else "uplink-failed", tried), 0.0)

    # --- what is left ------------------------------------------------------------------------------------------------

    def remember(self, record: Record) -> None:
        """Put a record on the book without a word."""
        self.successResultOf(self.book.save(record))

    def known(self, identity: bytes = b"CP001") -> Record:
        """What is remembered."""
        record = self.book.get(identity)
        assert record is not None
        return record

    def seen(self, kind: type[E]) -> list[E]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def alarms(self) -> list[str]:
        """The alarms so far."""
        return [event.what for event in self.seen(e.Alarm)]

    def assert_idle(self) -> None:
        """Nobody is there, and nothing of the common bounds is held."""
        self.assertEqual(len(self.desk.hall), 0)
        self.assertEqual(self.desk.hall._present, {})
        self.assertEqual(self.brakes.lane._slots.total(), 0)
        self.assertEqual(self.brakes._endpoints._busy, {})
        self.assertEqual(len(self.registry), 0)


def endpoints(plan: Plan) -> list[str]:
    """Where a plan goes, in order."""
    return [str(dial.endpoint) for dial in plan.dials]


def passwords(dials: Iterable[Dial]) -> list[bytes | None]:
    """What dials show, in order."""
    return [dial.credentials.password if dial.credentials else None for dial in dials]
