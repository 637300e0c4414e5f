"""What a change of a configuration key does."""

from collections.abc import Callable
from functools import partial
from typing import Final

from attrs import evolve

from edge_twisted.sandbox.charger.events import RECONFIGURED
from edge_twisted.sandbox.charger.posture import Posture
from edge_twisted.sandbox.charger.routine import Routine
from edge_twisted.sandbox.charger.settings import LONGEST_WAIT
from edge_twisted.sandbox.charger.works import Works

SECURITY: Final = frozenset({"authorizationkey", "securityprofile"})


class Settling:
    """Changes configuration keys, and lets the charger follow.

    Args:
        works: its inside.
        posture: how it connects.
        routine: what it does all day.
        redial: ends the connection and connects anew.
        set_pings: sends own pings as the keys say now.
    """

    def __init__(
        self,
        works: Works,
        posture: Posture,
        routine: Routine,
        redial: Callable[[], None],
        set_pings: Callable[[], None],
    ) -> None:
        self._works = works
        self._posture = posture
        self._routine = routine
        self._redial = redial
        self._set_pings = set_pings

    def change(self, name: str, value: str) -> tuple[str, Callable[[], None] | None]:
        """Answer ChangeConfiguration.

        Args:
            name: of the key, in any case.
            value: the new one.

        Returns:
            The status, and what to do when it has been sent.
        """
        status: str = self._works.keys.judge(name, value)
        if status not in ("Accepted", "RebootRequired"):
            return status, None
        if name.lower() in SECURITY:
            is_key = name.lower() == "authorizationkey"
            status = self._posture.change_key(value) if is_key else self._posture.change_profile(value)
            return status, partial(self._secured, name) if status == "Accepted" else None
        self._works.keys.put(name, value)
        return status, lambda: self._follow(name.lower())

    def _secured(self, name: str) -> None:
        """Connect anew; what is told of it comes on the new connection, so that the answer is the last on the old."""
        self._redial()
        self._works.events.note(RECONFIGURED, name)

    def _follow(self, name: str) -> None:
        keys, dialogue = self._works.keys, self._works.dialogue
        if name == "heartbeatinterval":
            self._routine.set_heartbeat(keys.number(name))
        elif name == "websocketpinginterval":
            self._set_pings()
        elif name.startswith("transactionmessage"):
            attempts = max(1, keys.number("TransactionMessageAttempts"))
            wait = min(float(keys.number("TransactionMessageRetryInterval")), LONGEST_WAIT)
            dialogue.rules = evolve(dialogue.rules, attempts=attempts, retry_seconds=wait)
