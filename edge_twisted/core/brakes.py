"""What keeps dials and guesses within bounds, put together: throttle, hold-offs, the lane and the cache.

The order is the design's: hold-off, cache, lane; the throttle comes earlier, from `policy`. Nothing here knows a
clock or draws lots: `now` is in seconds, `spread` between 0 and 1.
"""

from collections import OrderedDict
from collections.abc import Hashable, Iterable
from typing import Final

from attrs import define, evolve, field

from edge_twisted.core.holdoff import EndpointTrouble, HoldOff, jittered
from edge_twisted.core.lane import Lane, RefusalCache
from edge_twisted.core.policy import Attempt, Dial, Plan, Refusal
from edge_twisted.core.record import folded
from edge_twisted.core.session import TURNED_AWAY
from edge_twisted.core.steps import Answered, Failed, Opened, Tried
from edge_twisted.core.throttle import Throttle

CONNECTION_KINDS: Final = ("dns", "refused", "unreachable", "tls")
"""Failures of the endpoint itself; all others are held against that charger only."""
CAPACITY: Final = 10_000


@define
class Ticket:
    """What one attempt holds of the common bounds.

    Args:
        identity: whose attempt it is.
        digest: of what it shows.
        address: where it comes from.
        served_before: whether the identity was ever served.
    """

    identity: bytes = field(repr=False)
    digest: bytes = field(repr=False)
    address: str
    served_before: bool
    _slots: dict[Hashable, float] = field(factory=dict)
    _in_lane: bool = False


@define
class Brakes:
    """All bounds on dialling.

    Args:
        lane: for identities that were never served.
    """

    lane: Lane
    throttle: Throttle = field(factory=Throttle)
    cache: RefusalCache = field(factory=RefusalCache)
    _endpoints: HoldOff = field(factory=lambda: HoldOff(1.0, 30.0, CAPACITY))
    _chargers: HoldOff = field(factory=lambda: HoldOff(1.0, 30.0, CAPACITY))
    _secrets: HoldOff = field(factory=lambda: HoldOff(10.0, 300.0, CAPACITY))
    _trouble: EndpointTrouble = field(factory=EndpointTrouble)
    _edits: OrderedDict[bytes, int] = field(factory=OrderedDict)

    def enter(self, ticket: Ticket, plan: Plan, now: float, spread: float) -> Plan | Refusal:
        """Ask to dial.

        Args:
            ticket: who asks; it notes what it took.
            plan: what is to be dialled; further dials at an endpoint that is held off are left out.
            now: seconds.
            spread: drawn at random.

        Returns:
            What may be dialled, or why not.
        """
        first = plan.dials[0]
        wait = max(self._chargers.remaining(self._key(ticket), now), self._secrets.remaining(ticket.identity, now))
        if wait:
            return Refusal(503, "held-off", jittered(wait, spread))
        wait = self._endpoints.enter(first.target, now, spread)
        if wait:
            return Refusal(503, "central-down", jittered(wait, spread))
        ticket._slots[first.target] = now
        others = [d for d in plan.dials[1:] if d.target == first.target or not self._endpoints.remaining(d.target, now)]
        if not ticket.served_before:
            refusal = self._enter_lane(ticket, 1 + len(others), now, spread)
            if refusal:
                self.leave(ticket)
                return refusal
        return plan if len(others) == len(plan.dials) - 1 else evolve(plan, dials=(first, *others))

    def further(self, ticket: Ticket, dial: Dial, now: float, spread: float) -> Refusal | None:
        """Ask for a further dial of an attempt: it goes through the gate of its endpoint as a first one does.

        Args:
            ticket: whose attempt it is; it notes what it took.
            dial: one of those that `enter` left in the plan.
            now: seconds.
            spread: drawn at random.

        Returns:
            None: it may be dialled. Else why not now.
        """
        if dial.target in ticket._slots:
            return None
        wait = self._endpoints.enter(dial.target, now, spread)
        if wait:
            return Refusal(503, "central-down", jittered(wait, spread))
        ticket._slots[dial.target] = now
        return None

    def _enter_lane(self, ticket: Ticket, dials: int, now: float, spread: float) -> Refusal | None:
        cached = self.cache.get(self._key(ticket), now)
        if cached:
            return Refusal(cached[0], "cached")
        wait = self.lane.enter(ticket.address, now, spread, dials)
        if wait:
            return Refusal(503, "lane", jittered(wait, spread))
        ticket._in_lane = True
        return None

    def leave(self, ticket: Ticket) -> None:
        """Give everything back: the dials are over. Calling it again does nothing."""
        for target, began in ticket._slots.items():
            self._endpoints.leave(target, began)
        ticket._slots.clear()
        if ticket._in_lane:
            ticket._in_lane = False
            self.lane.leave(ticket.address)

    def judge(self, ticket: Ticket, tried: Iterable[Tried], now: float) -> None:
        """Learn from what the dials came to, then `leave`.

        Args:
            ticket: whose dials they were.
            tried: the dials with their results.
            now: seconds.
        """
        for one in tried:
            began = ticket._slots.get(one.dial.target)
            match one.result:
                case Failed(kind=kind) if kind in CONNECTION_KINDS:
                    self._endpoints.failed(one.dial.target, now, began=began)
                case Failed(kind="cancelled"):
                    pass
                case Failed():
                    self._busy(ticket, one, now, 0.0)
                case Answered(status=status, wait=wait) if status in (429, 503):
                    self._busy(ticket, one, now, wait or 0.0)
                case Answered() | Opened():
                    self._endpoints.succeeded(one.dial.target, now)
                    self._chargers.reset(self._key(ticket))
                    self._trouble.saw(one.dial.target, ticket.identity, ticket.served_before, trouble=False)
        self.leave(ticket)

    def _busy(self, ticket: Ticket, one: Tried, now: float, wait: float) -> None:
        """503, 429 and time-outs hold off that charger only; the endpoint when three served identities saw them."""
        self._chargers.failed(self._key(ticket), now, wait)
        if self._trouble.saw(one.dial.target, ticket.identity, ticket.served_before, trouble=True):
            self._endpoints.failed(one.dial.target, now, wait)

    def turned_away(self, ticket: Ticket, status: int, now: float) -> None:
        """The central system refused what the charger showed: cached for identities that were never served."""
        if not ticket.served_before and status in TURNED_AWAY:
            self.cache.refused(self._key(ticket), ticket.identity, status, now)

    def secret_refused(self, identity: bytes, now: float) -> None:
        """The central system refused S: hold the charger off, doubling to 5 minutes, until an edit."""
        self._secrets.failed(identity, now)

    def well(self, identity: bytes) -> None:
        """The charger was served."""
        self._secrets.reset(identity)
        self.cache.forget(identity)

    def guess_key(self, attempt: Attempt) -> Hashable:
        """What failed attempts are counted by: (address, identity), anew after each edit."""
        return (attempt.address, folded(attempt.identity), self._edits.get(attempt.identity, 0))

    def edited(self, identity: bytes) -> None:
        """A maintainer changed or tested the charger: nothing that was held against it stands."""
        self.well(identity)
        self._edits[identity] = self._edits.get(identity, 0) + 1
        self._edits.move_to_end(identity)
        if len(self._edits) > CAPACITY:  # by then, what was held against the one longest ago is long over
            self._edits.popitem(last=False)

    def _key(self, ticket: Ticket) -> tuple[bytes, bytes, int]:
        return (ticket.identity, ticket.digest, self._edits.get(ticket.identity, 0))
