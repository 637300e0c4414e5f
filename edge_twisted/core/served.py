"""Finds the moment in which the central system serves a session: the proof that something works (design section 1)."""

from collections import OrderedDict
from typing import Final

from attrs import define, field

from edge_twisted.core.messages import Call, CallError, CallResult, fields, parse

BOOT_SERVED: Final = ("Accepted", "Pending")
"""Answers to a BootNotification that serve; `Rejected` does not."""


@define
class ServedWatch:
    """Watches the messages of one session until it is served, then its owner drops it.

    The third way to be served, five minutes of standing, belongs to the owner's clock.

    Args:
        capacity: how many open calls of the charger are remembered; the oldest makes room.
    """

    capacity: int = 64
    _open: OrderedDict[str, str] = field(init=False, repr=False, factory=OrderedDict)

    def from_charger(self, data: bytes | str) -> str:
        """Look at a message of the charger and remember its call.

        Args:
            data: the message.

        Returns:
            Always "": a charger can't serve itself.
        """
        message = parse(data)
        if isinstance(message, Call):
            self._open[message.id] = message.action
            self._open.move_to_end(message.id)
            if len(self._open) > self.capacity:
                self._open.popitem(last=False)
        return ""

    def from_central(self, data: bytes | str) -> str:
        """Look at a message of the central system.

        Args:
            data: the message.

        Returns:
            "call": it sent a CALL. "result": it answered a call of the charger, a BootNotification with Accepted or
            Pending. "": not served by this. A CALLERROR serves nothing, nor does an answer nobody waits for.
        """
        message = parse(data)
        if isinstance(message, Call):
            return "call"
        if isinstance(message, CallError):
            self._open.pop(message.id, None)
            return ""
        if not isinstance(message, CallResult):
            return ""
        action = self._open.pop(message.id, None)
        if action is None:
            return ""
        if action == "BootNotification" and fields(message.payload).get("status") not in BOOT_SERVED:
            return ""
        return "result"
