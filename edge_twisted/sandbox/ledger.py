"""The ledger: every message at both ends, and what became of it on the way.

Both ends write here, so whatever stands between them is judged by what it delivers and by nothing that it says.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from attrs import Factory, define, frozen

from edge_twisted.sandbox.flow import End, Flow, Kind, Tally
from edge_twisted.sandbox.texts import digest_of, label_of, shown

CASES: Final = 100
"""Cases of one charger that are kept with their particulars; the counts go on."""


@frozen
class Case:
    """One message that had another fate than to be delivered.

    Args:
        at: seconds since the epoch; of `lost`, when it was sent.
        identity: the charger's.
        sender: who sent it, or is said to.
        kind: what became of it.
        action: of a request; else `result`, `error`, or `unreadable`.
        id: the message's.
        why: for `discarded`, the charger's reason.
    """

    at: float
    identity: str
    sender: End
    kind: Kind
    action: str
    id: str
    why: str = ""


@frozen
class Report:
    """What the ledger says of one charger, or of all.

    Args:
        up, down: messages of chargers, and of the central system.
        cases: the particulars, oldest first.
    """

    up: Tally
    down: Tally
    cases: tuple[Case, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong on the way."""
        return self.up.clean and self.down.clean


@define(eq=False)
class Page:
    """What is written of one charger.

    Args:
        up, down: its messages, and those for it.
        cases: what went wrong.
    """

    up: Flow = Factory(lambda: Flow(End.CHARGER))
    down: Flow = Factory(lambda: Flow(End.CENTRAL))
    cases: deque[Case] = Factory(lambda: deque(maxlen=CASES))

    def flow(self, sender: End) -> Flow:
        """The messages of one sender."""
        return self.up if sender is End.CHARGER else self.down


class Ledger:
    """Written by both ends; only chargers that are watched are judged, since of others one end is not ours.

    Args:
        clock: seconds since the epoch.
        write: takes one line of JSON for each message; None: nobody keeps them.
    """

    def __init__(self, clock: Callable[[], float] = time.time, write: Callable[[str], None] | None = None) -> None:
        self._clock = clock
        self._write = write
        self._pages: dict[str, Page] = {}

    def watch(self, identity: str) -> None:
        """Judge what becomes of a charger's messages: both of its ends write here from now on.

        Args:
            identity: the charger's.
        """
        self._pages.setdefault(identity, Page())

    def sent(self, end: End, identity: str, text: str) -> None:
        """A message was put on a connection.

        Args:
            end: who sent it.
            identity: the charger's.
            text: of the message; bytes that are none, as `backslashreplace` writes them.
        """
        now, page = self._note(end, "sent", identity, text), self._pages.get(identity)
        if page is not None:
            page.flow(end).put(label_of(text), digest_of(text), now)

    def received(self, end: End, identity: str, text: str) -> None:
        """A message arrived.

        Args:
            end: who received it.
            identity, text: as for `sent`.
        """
        now, page = self._note(end, "received", identity, text), self._pages.get(identity)
        if page is not None:
            label, flow = label_of(text), page.flow(End.CENTRAL if end is End.CHARGER else End.CHARGER)
            for kind in flow.arrive(label, digest_of(text)):
                page.cases.append(Case(now, identity, flow.sender, kind, label.action, label.id))

    def over(self, end: End, identity: str) -> None:
        """A connection is over, seen from one of its ends: what was sent on it from there arrives soon or never.

        Args:
            end: whose connection.
            identity: the charger's.
        """
        page = self._pages.get(identity)
        if page is not None:
            page.flow(end).cut(self._clock())

    def discarded(self, identity: str, text: str, why: str) -> None:
        """A charger has given a message up.

        Args:
            identity: the charger's.
            text: the message, as it was or would have been sent.
            why: a code: `attempts`, `full`, `reset`.
        """
        page, label = self._pages.get(identity), label_of(text)
        if page is not None:
            page.up.withdraw(label, digest_of(text))
            page.cases.append(Case(self._clock(), identity, End.CHARGER, "discarded", label.action, label.id, why))

    def report(self, identity: str | None = None) -> Report:
        """Say what became of the messages so far.

        Args:
            identity: of one charger; None: of all.
        """
        pages = self._pages if identity is None else {identity: self._pages.get(identity, Page())}
        now, cases, up, down = self._clock(), list[Case](), Tally(), Tally()
        for name, page in pages.items():
            cases += page.cases
            for flow in (page.up, page.down):
                cases += [
                    Case(one.at, name, flow.sender, "lost", one.label.action, one.label.id) for one in flow.lost(now)
                ]
            up, down = up + page.up.now(now), down + page.down.now(now)
        return Report(up, down, tuple(sorted(cases, key=lambda case: case.at)))

    @property
    def identities(self) -> Iterable[str]:
        """The chargers that are judged."""
        return self._pages.keys()

    def _note(self, end: End, way: str, identity: str, text: str) -> float:
        now = self._clock()
        if self._write is not None:
            line = {"at": round(now, 6), "charger": identity, "end": end.value, "way": way, "text": shown(text)}
            self._write(json.dumps(line, ensure_ascii=False))
        return now
