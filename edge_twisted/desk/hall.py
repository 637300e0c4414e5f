"""Who is present: attempts and sessions by name and by identity, and who makes room for whom (design section 3.8)."""

from collections.abc import Iterator
from typing import Final, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred

from edge_twisted.core.brakes import Ticket
from edge_twisted.core.policy import Attempt, Dial, Plan, Refusal
from edge_twisted.core.record import folded
from edge_twisted.core.rivals import Clashes, may_challenge
from edge_twisted.core.steps import Tried

RIVAL_WAIT: Final = 5.0
"""Seconds of Retry-After for a newcomer whose incumbent stays."""


class Line(Protocol):
    """What the desk needs of `wire`."""

    def probe(self, session: str) -> Deferred[bool]:
        """Find out within 3 s whether that session's charger is there."""

    def close(self, session: str, why: str) -> Deferred[float]:
        """End that session; fires once it relays no more, with the seconds since its charger's last message."""


@define(eq=False)
class Guest:
    """One attempt, and the session that it may become.

    Args:
        name: the session's name.
        attempt: the charger at the door.
        ticket: what it holds of the common bounds.
        plan: what it may dial.
        dial: what the central system accepted.
        tried: its dials with their results, once one opened.
        open: whether both legs stand.
        since: when they came to stand, in seconds that never jump.
        served: whether it was served.
        same_secret: whether it showed exactly what a living incumbent showed.
    """

    name: str
    attempt: Attempt
    ticket: Ticket
    plan: Plan | None = None
    dial: Dial | None = None
    tried: tuple[Tried, ...] = ()
    open: bool = False
    since: float = 0.0
    served: bool = False
    same_secret: bool = False


@define
class Hall:
    """All guests. At most one of an identity relays at any time."""

    line: Line = field(init=False)
    clashes: Clashes = field(factory=Clashes)
    _guests: dict[str, Guest] = field(factory=dict, repr=False)
    _present: dict[str, list[Guest]] = field(factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self._guests)

    def __contains__(self, guest: Guest) -> bool:
        return guest.name in self._guests

    def get(self, session: str) -> Guest | None:
        """The guest of that name, or None."""
        return self._guests.get(session)

    def of(self, identity: bytes) -> Iterator[Guest]:
        """The guests of an identity that were let in, oldest first; without regard to letter case."""
        return iter(tuple(self._present.get(folded(identity), ())))

    def came(self, guest: Guest) -> None:
        """Somebody is at the door."""
        self._guests[guest.name] = guest

    def left(self, guest: Guest) -> None:
        """Somebody is gone, wherever he was; the others of his identity stay as they are (Q11)."""
        self._guests.pop(guest.name, None)
        self._make_room(guest)

    def _make_room(self, guest: Guest) -> None:
        key = folded(guest.attempt.identity)
        present = self._present.get(key, [])
        if guest in present:
            present.remove(guest)
        if not present:
            self._present.pop(key, None)

    def let_in_alone(self, guest: Guest) -> bool:
        """Let a newcomer in where nobody of its identity is present: nearly always; whether that is so."""
        key = folded(guest.attempt.identity)
        if key in self._present:
            return False
        self._present[key] = [guest]
        return True

    async def let_in(self, guest: Guest, usual_address: str, clock: float) -> Refusal | None:
        """Deal with those who are present, until there is nobody the newcomer has not been held against.

        Args:
            guest: the newcomer.
            usual_address: where its identity was served longest, or nothing.
            clock: seconds that never jump.

        Returns:
            None: it may be dialled. Else why not.
        """
        identity, dealt_with = guest.attempt.identity, {guest.name}
        while guest in self:  # he may leave while he waits; then nobody makes room for him any more
            other = next((g for g in self.of(identity) if g.name not in dealt_with), None)
            if other is None:
                self._present.setdefault(folded(identity), []).append(guest)
                return None
            dealt_with.add(other.name)
            if other.open and not await self.line.probe(other.name):
                await self.close(other)
            elif other not in self:
                continue
            elif wait := self.clashes.remaining(folded(identity), clock):
                return Refusal(503, "clash", wait)
            elif not may_challenge(guest.attempt, other.attempt, usual_address):
                return Refusal(503, "rival", RIVAL_WAIT, alarm="rival")
            elif other.open:
                guest.same_secret = other.ticket.digest == guest.ticket.digest
            else:
                await self.close(other)
        return None

    async def close(self, guest: Guest, why: str = "replaced") -> float:
        """End a guest's session, and see that it is gone.

        Args:
            guest: whose.
            why: `replaced` or `changed`.

        Returns:
            Seconds since its charger's last message.
        """
        quiet = await self.line.close(guest.name, why)
        self._make_room(guest)  # he is no guest any more once his end is told
        return quiet

    def incumbent(self, guest: Guest) -> Guest | None:
        """Another of the newcomer's identity whose legs stand, or None."""
        return next((g for g in self.of(guest.attempt.identity) if g is not guest and g.open), None)

    async def displace(self, guest: Guest, clock: float) -> bool:
        """Close the open sessions of the newcomer's identity.

        Args:
            guest: the newcomer.
            clock: seconds that never jump.

        Returns:
            Whether this is a clash now.
        """
        clash = False
        while other := self.incumbent(guest):
            quiet = await self.close(other)
            clash |= self.clashes.replaced(folded(guest.attempt.identity), quiet, clock)
        return clash
