"""How long sessions that stand were served at their address: counted every hour or so, not only at their end.

A session can stand for months, and an Edge that is killed tells no session's end; the usual address of a charger must
not be forgotten for that.
"""

from collections.abc import Callable
from typing import Final

from attrs import define, field

from edge_twisted.core.policy import Attempt
from edge_twisted.core.record import stayed
from edge_twisted.desk.book import Book

STAY_SECONDS: Final = 3600.0
"""Between two counts of a session; its first one comes after half of that to the whole, drawn for each."""
LOOK_SECONDS: Final = 10.0
"""How often it is looked whose turn it is: after a power cut a whole site's sessions begin at the same moment."""


@define
class _Stay:
    """A session that stands: whose, where, how much of it was counted, from when on, and when it is its turn."""

    identity: bytes = field(repr=False)
    address: str
    since: float
    due: float
    counted: float = 0.0


@define
class Stays:
    """Served sessions that stand.

    Args:
        book: where their time is written.
        clock: seconds that never jump.
        spread: draws a number between 0 and 1.
    """

    book: Book
    clock: Callable[[], float]
    spread: Callable[[], float]
    _standing: dict[str, _Stay] = field(factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self._standing)

    def begin(self, session: str, attempt: Attempt, since: float) -> None:
        """A session was served.

        Args:
            session: its name.
            attempt: whose, and from where.
            since: when both legs stood, by `clock`.
        """
        due = self.clock() + STAY_SECONDS * (1 + self.spread()) / 2
        self._standing[session] = _Stay(attempt.identity, attempt.address, since, due)

    def count(self) -> None:
        """Write down the time of those whose turn it is; to be called every `LOOK_SECONDS`."""
        now = self.clock()
        for stay in [stay for stay in self._standing.values() if now >= stay.due]:
            stay.due = now + STAY_SECONDS
            record = self.book.get(stay.identity)
            if record:
                seconds = now - stay.since - stay.counted
                stay.counted += seconds
                self.book.save(stayed(record, stay.address, seconds), soon=True)

    def end(self, session: str) -> float:
        """A session is over.

        Args:
            session: its name.

        Returns:
            Seconds of it that were counted already.
        """
        stay = self._standing.pop(session, None)
        return stay.counted if stay else 0.0
