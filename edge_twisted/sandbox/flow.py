"""One direction of one charger's messages: which were sent, which arrived, and what became of the others."""

from collections import OrderedDict
from collections.abc import Iterator
from enum import Enum
from typing import Final, Literal

from attrs import Factory, define, evolve, frozen

from edge_twisted.sandbox.texts import Label

GRACE_SECONDS: Final = 3.0
"""What was sent on a connection that is over may arrive so much later: nothing is called lost before."""
OPEN_MESSAGES: Final = 2000
"""Messages of one flow whose fate is open; of more, the oldest are called lost."""
REMEMBERED: Final = 200
"""Delivered messages of one flow that are recognised when they arrive once more."""

Kind = Literal["lost", "doubled", "reordered", "altered", "unasked", "discarded"]


class End(Enum):
    """Who writes."""

    CHARGER = "charger"
    CENTRAL = "central"


@frozen
class Tally:
    """How many messages had which fate, in one direction or in both.

    Args:
        sent: put on a connection by the sender. Each of these is one of the next six.
        delivered: arrived as they were sent.
        altered: arrived with the same id and another text.
        waiting: may still arrive.
        lost: did not arrive, and the connection they were sent on is over.
        repeated: did not arrive and were sent again, so that only the last one counts.
        withdrawn: did not arrive, and the sender has given them up.
        discarded: given up by the charger, sent before or not: lost to whoever bills by them.
        doubled: arrived more often than they were sent.
        reordered: arrived after one that was sent later.
        unasked: arrived, and nobody sent them.
    """

    sent: int = 0
    delivered: int = 0
    altered: int = 0
    waiting: int = 0
    lost: int = 0
    repeated: int = 0
    withdrawn: int = 0
    discarded: int = 0
    doubled: int = 0
    reordered: int = 0
    unasked: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong on the way; what the charger itself gave up is not the way's fault."""
        return not (self.altered or self.lost or self.doubled or self.reordered or self.unasked)

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(**{name: getattr(self, name) + getattr(other, name) for name in FATES})


FATES: Final = tuple(attribute.name for attribute in Tally.__attrs_attrs__)


@define(eq=False)
class Open:
    """A message that was sent and has no fate yet.

    Args:
        number: its place among those sent.
        at: when, in seconds since the epoch.
        label, digest: of its text.
        over: when its connection was over; None: it is not.
    """

    number: int
    at: float
    label: Label
    digest: bytes
    over: float | None = None


@define(eq=False)
class Flow:
    """The messages of one charger in one direction.

    Args:
        sender: who sends them.
    """

    sender: End
    open: dict[Label, list[Open]] = Factory(dict)
    order: "OrderedDict[int, Open]" = Factory(OrderedDict)
    arrived: "OrderedDict[tuple[Label, bytes], None]" = Factory(OrderedDict)
    last: int = 0
    numbers: int = 0
    tally: Tally = Tally()

    def count(self, **more: int) -> None:
        """Add to the tally."""
        self.tally = evolve(self.tally, **{name: getattr(self.tally, name) + value for name, value in more.items()})

    def put(self, label: Label, digest: bytes, now: float) -> None:
        """Note that a message was sent."""
        self.numbers += 1
        message = Open(self.numbers, now, label, digest)
        for earlier in [one for one in self.open.get(label, ()) if one.digest == digest]:
            self.take(earlier)
            self.count(repeated=1)
        self.open.setdefault(label, []).append(message)
        self.order[message.number] = message
        self.count(sent=1)
        if len(self.order) > OPEN_MESSAGES:
            self.take(next(iter(self.order.values())))
            self.count(lost=1)

    def take(self, message: Open) -> None:
        """Note that a message's fate is known."""
        del self.order[message.number]
        same = self.open[message.label]
        same.remove(message)
        if not same:
            del self.open[message.label]

    def arrive(self, label: Label, digest: bytes) -> Iterator[Kind]:
        """Note that a message arrived.

        Yields:
            What is wrong with that.
        """
        found = self.open.get(label, [])
        message = next((one for one in reversed(found) if one.digest == digest), None)
        if message is None and (label, digest) in self.arrived:
            self.count(doubled=1)
            yield "doubled"
            return
        message = message or next(iter(found), None)
        if message is None:
            self.count(unasked=1)
            yield "unasked"
            return
        self.take(message)
        if message.digest == digest:
            self.count(delivered=1)
        else:
            self.count(altered=1)
            yield "altered"
        if message.number < self.last:
            self.count(reordered=1)
            yield "reordered"
        self.last = max(self.last, message.number)
        self.arrived[label, digest] = None
        while len(self.arrived) > REMEMBERED:
            self.arrived.popitem(last=False)

    def withdraw(self, label: Label, digest: bytes) -> None:
        """Note that the sender has given a message up."""
        self.count(discarded=1)
        for message in [one for one in self.open.get(label, ()) if one.digest == digest]:
            self.take(message)
            self.count(withdrawn=1)

    def cut(self, now: float) -> None:
        """Note that the connection is over on which the messages were sent."""
        for message in self.order.values():
            if message.over is None:
                message.over = now

    def lost(self, now: float) -> list[Open]:
        """Which messages can't arrive any more."""
        return [one for one in self.order.values() if one.over is not None and now - one.over > GRACE_SECONDS]

    def now(self, now: float) -> Tally:
        """The tally, with what is lost and what is on the way at this moment."""
        lost = len(self.lost(now))
        return self.tally + Tally(lost=lost, waiting=len(self.order) - lost)
