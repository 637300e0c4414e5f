"""Requests with their answers: which call an answer belongs to, and how long it took (J-21, J-24)."""

from typing import Final

import msgspec
from attrs import define, field

from edge_twisted.core.messages import Call, CallError, CallResult, Message
from edge_twisted.core.steps import Leg

OPEN: Final = 64
"""Calls of one peer that may wait for their answers; OCPP allows one, chargers have been seen with several."""


class Asked(msgspec.Struct, frozen=True):
    """A call that waits for its answer.

    Args:
        action: such as `Heartbeat`.
        at: when it passed, seconds.
        number: what the caller knows it by, such as its number in a store.
        note: what its observer wants to find again with the answer.
    """

    action: str
    at: float
    number: int
    note: object = None

    def __repr__(self) -> str:
        return f"Asked(action={self.action!r}, at={self.at!r}, number={self.number!r})"


@define
class Pairing:
    """Pairs the messages of one session. A call that is never answered is forgotten when `OPEN` newer ones wait."""

    _open: dict[Leg, dict[str, Asked]] = field(init=False, factory=lambda: {leg: {} for leg in Leg})

    def asked(self, source: Leg, message: Call, asked: Asked) -> None:
        """Note a call.

        Args:
            source: the leg it came from.
            message: the call.
            asked: what to remember.
        """
        waiting = self._open[source]
        waiting.pop(message.id, None)  # of two with one id the later counts, as the peers see it
        waiting[message.id] = asked
        if len(waiting) > OPEN:
            del waiting[next(iter(waiting))]

    def answered(self, source: Leg, message: Message) -> Asked | None:
        """Find the call that a message answers, and forget it.

        Args:
            source: the leg that the message came from.
            message: any.

        Returns:
            The call; None where the message is no answer, or one that nobody waits for.
        """
        if isinstance(message, (CallResult, CallError)):
            return self._open[source.other].pop(message.id, None)
        return None
