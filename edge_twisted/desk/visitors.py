"""Who tried, known or not: the last attempt of each identity, bounded; forgotten when Edge ends."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from attrs import define, evolve, field, frozen

from edge_twisted.core.diagnosis import Diagnosis, from_result, from_uplink
from edge_twisted.core.policy import Attempt, Plan
from edge_twisted.core.steps import End, Failed, Opened, Tried

CAPACITY: Final = 10_000
"""How many identities are remembered; the one that tried longest ago makes room."""

UNSUPPORTED: Final = "unsupported"
"""The outcome where no version of OCPP is in common."""


@frozen
class Visit:
    """The last attempt of an identity.

    Args:
        identity: whose.
        id: its opaque id.
        first: when it first tried since Edge started, seconds since the epoch.
        at: when it last tried.
        address: from where.
        secure: whether over `wss`.
        status: what it was answered; 101 for a session, 0 while that is open.
        cause: why it was refused or turned away, a word of `Refusal` or `UNSUPPORTED`; or nothing.
        found: what was wrong when the central system was last asked for it, also at an earlier attempt; None since a
            session opened.
    """

    identity: bytes = field(repr=False)
    id: str
    first: float
    at: float
    address: str
    secure: bool
    status: int = 0
    cause: str = ""
    found: Diagnosis | None = None


@define
class Visitors:
    """The last attempt of each identity.

    Args:
        name: makes the opaque id of an identity.
    """

    name: Callable[[bytes], str]
    _visits: OrderedDict[bytes, Visit] = field(factory=OrderedDict, repr=False)
    _begin: OrderedDict[bytes, tuple[str, str]] = field(factory=OrderedDict, repr=False)

    def __iter__(self) -> Iterator[Visit]:
        return iter(tuple(self._visits.values()))

    def get(self, identity: bytes) -> Visit | None:
        """The last attempt of an identity, or None."""
        return self._visits.get(identity)

    def address(self, identity: bytes) -> str:
        """From where an identity last tried, or nothing."""
        visit = self._visits.get(identity)
        return visit.address if visit else ""

    def came(self, attempt: Attempt, now: float) -> None:
        """Somebody tries."""
        identity = attempt.identity
        before = self._visits.get(identity)
        visit_id, first, found = (before.id, before.first, before.found) if before else (self.name(identity), now, None)
        self._visits[identity] = Visit(identity, visit_id, first, now, attempt.address, attempt.secure, found=found)
        self._visits.move_to_end(identity)
        if len(self._visits) > CAPACITY:
            self._visits.popitem(last=False)

    def opened(self, identity: bytes) -> None:
        """The attempt became a session."""
        self._note(identity, status=101, cause="", found=None)

    def ended(self, identity: bytes, end: End) -> None:
        """The attempt or session is over.

        Args:
            identity: whose.
            end: how it ended; what it was refused for is kept.
        """
        if end.refusal:
            visit, found = self._visits.get(identity), _why(end.tried)
            found = found or (visit.found if visit else None)
            self._note(identity, status=end.refusal.status, cause=end.refusal.code, found=found)
        elif end.turned_away:
            self._note(identity, status=101, cause="turned-away", found=from_uplink("closed"))
        elif end.outcome == UNSUPPORTED:
            self._note(identity, status=101, cause=UNSUPPORTED, found=None)

    def _note(self, identity: bytes, *, status: int, cause: str, found: Diagnosis | None) -> None:
        visit = self._visits.get(identity)
        if visit:
            came = (visit.id, visit.first, visit.at, visit.address, visit.secure)
            self._visits[identity] = Visit(identity, *came, status, cause, found)

    def forget(self, identity: bytes) -> None:
        """A maintainer forgot the charger."""
        self._visits.pop(identity, None)
        self.begin_anew(identity)

    # --- with which dial the next attempt begins (design section 3.4, and the rules for turning away) -----------------

    def begin_with(self, identity: bytes, key: tuple[str, str]) -> None:
        """The next attempt begins with the dial of that key (`Dial.key`)."""
        self._begin[identity] = key
        self._begin.move_to_end(identity)
        if len(self._begin) > CAPACITY:
            self._begin.popitem(last=False)

    def begin_anew(self, identity: bytes) -> None:
        """The next attempt begins at the beginning."""
        self._begin.pop(identity, None)

    def shortened(self, identity: bytes, plan: Plan) -> Plan:
        """The plan without the dials before the one that the next attempt begins with."""
        begin = self._begin.get(identity)
        if begin is None:
            return plan
        keys = [dial.key for dial in plan.dials]
        return evolve(plan, dials=plan.dials[keys.index(begin) :]) if begin in keys else plan


def _why(tried: Iterable[Tried]) -> Diagnosis | None:
    """What was wrong with the last dial that came to something."""
    found = None
    for one in tried:
        if not isinstance(one.result, Opened) and one.result != Failed("cancelled"):
            found = from_result(one.result)
    return found
