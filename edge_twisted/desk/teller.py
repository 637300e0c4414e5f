"""Tells what happens to chargers as events: the desk's voice, with alarms folded."""

from collections.abc import Callable, Iterable
from typing import Final

from attrs import define, evolve, field

from edge_twisted.bus import Bus
from edge_twisted.core import events as e
from edge_twisted.core.diagnosis import Diagnosis, from_uplink
from edge_twisted.core.policy import Attempt, Dial, Refusal
from edge_twisted.core.rivals import Fold
from edge_twisted.core.steps import Answered, End, Failed, Tried
from edge_twisted.desk.book import Book
from edge_twisted.registry import Snapshot

ALARM_SECONDS: Final = 600.0
"""An alarm of one kind is told at most this often per charger."""
FULL_SECONDS: Final = 3600.0
"""That the book is full is told at most this often, whoever comes."""


@define
class Teller:
    """Publishes events about chargers.

    Args:
        book: how chargers are called.
        bus: whom to tell.
        clock: seconds that never jump.
    """

    book: Book
    bus: Bus
    clock: Callable[[], float]
    _alarms: Fold = field(factory=lambda: Fold(ALARM_SECONDS))
    _full: Fold = field(factory=lambda: Fold(FULL_SECONDS))

    def alarm(self, identity: bytes, what: str, address: str = "") -> None:
        """Something a maintainer should look at: a word of `events.ALARMS`."""
        if self._alarms.first((identity, what), self.clock()):
            self.bus.publish(e.Alarm(*self.book.called(identity), what, address))

    def not_remembered(self, identity: bytes, address: str) -> None:
        """A charger was served and is not remembered, since the book is full."""
        if self._full.first("book-full", self.clock()):
            self.bus.publish(e.Alarm(*self.book.called(identity), "book-full", address))

    def refused(self, attempt: Attempt, refusal: Refusal) -> None:
        """Edge itself refused an attempt."""
        called, wait = self.book.called(attempt.identity), round(refusal.wait)
        self.bus.publish(e.AttemptRefused(*called, attempt.address, attempt.secure, refusal.status, refusal.code, wait))

    def opened(self, attempt: Attempt, session: str, dial: Dial, protocol: str) -> None:
        """Both legs stand."""
        self.bus.publish(
            e.SessionOpened(
                *self.book.called(attempt.identity),
                session=session,
                address=attempt.address,
                secure=attempt.secure,
                password=attempt.shown is not None,
                uplink=str(dial.endpoint),
                kind=dial.kind,
                protocol=protocol,
                quirks=quirks_of(attempt),
            )
        )

    def served(self, attempt: Attempt, session: str, how: str, first: bool, learned: Iterable[str]) -> None:
        """The session was served, and what was learned from it."""
        self.bus.publish(e.Served(*self.book.called(attempt.identity), session, how, first))
        for what in learned:
            self.learned(attempt.identity, what)

    def learned(self, identity: bytes, what: str) -> None:
        """Something was learned of a charger: a word of `words.en.LEARNED`."""
        self.bus.publish(e.Learned(*self.book.called(identity), what))

    def ended(self, attempt: Attempt, session: str, end: End, seconds: float) -> None:
        """A session that was opened is over."""
        called = self.book.called(attempt.identity)
        self.bus.publish(e.SessionEnded(*called, session, end.outcome, end.close, round(seconds, 3), end.served))

    def edited(self, identity: bytes, what: str, by: str, old: str = "", new: str = "") -> None:
        """A maintainer changed something."""
        self.bus.publish(e.Edited(*self.book.called(identity), what, by, old, new))

    def dials_failed(self, attempt: Attempt, tried: Iterable[Tried], opened: bool = False) -> None:
        """Every dial that failed, and why.

        Args:
            attempt: whose.
            tried: the dials that failed.
            opened: whether a later one opened, so that nobody has to do anything.
        """
        for one in tried:
            match one.result:
                case Answered(status=status, location=location):
                    found = from_uplink("http", status, location)
                    if opened:
                        found = evolve(found, remedy="nothing-to-do")
                    self._away(attempt, one.dial, status, 0, found)
                case Failed(kind=kind, detail=detail, number=number) if kind != "cancelled":
                    found, called = from_uplink(kind, number, detail), self.book.called(attempt.identity)
                    uplink = str(one.dial.endpoint)
                    self.bus.publish(e.UplinkFailed(*called, uplink, found.cause, found.remedy, found.detail))

    def closed(self, attempt: Attempt, dial: Dial, close: int) -> None:
        """The central system closed after the 101, before anything was served."""
        self._away(attempt, dial, 0, close, from_uplink("closed"))

    def _away(self, attempt: Attempt, dial: Dial, status: int, close: int, found: Diagnosis) -> None:
        self.bus.publish(
            e.TurnedAway(
                *self.book.called(attempt.identity),
                address=attempt.address,
                uplink=str(dial.endpoint),
                kind=dial.kind,
                status=status,
                close=close,
                cause=found.cause,
                remedy=found.remedy,
                detail=found.detail if 300 <= status < 400 else "",
            )
        )


def quirks_of(attempt: Attempt) -> tuple[str, ...]:
    """The deviations that were accepted of an attempt, as codes, sorted."""
    quirks = attempt.request.quirks
    return tuple(sorted(quirk.value for quirk in quirks)) if quirks else ()


def snapshot_of(
    called: tuple[str, str], session: str, attempt: Attempt, dial: Dial, protocol: str, now: float
) -> Snapshot:
    """A session that begins to relay, as the registry shows it.

    Args:
        called: opaque id and label.
        session: its name.
        attempt: whose.
        dial: what the central system accepted.
        protocol: the subprotocol, or nothing.
        now: seconds since the epoch.

    Returns:
        The snapshot.
    """
    return Snapshot(
        *called,
        session=session,
        address=attempt.address,
        secure=attempt.secure,
        password=attempt.shown is not None,
        uplink=str(dial.endpoint),
        uplink_secure=dial.endpoint.secure,
        kind=dial.kind,
        protocol=protocol,
        quirks=quirks_of(attempt),
        since=now,
    )
