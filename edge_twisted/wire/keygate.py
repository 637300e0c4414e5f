"""The gate of a relay: a password that the central system sets is on the disk before the charger hears of it.

Only then does it not matter when Edge, the charger or a connection ends: whichever password the central system holds
afterwards, Edge knows it (S-30, S-40).
"""

from typing import Protocol

from twisted.internet.defer import Deferred

from edge_twisted.core.configuring import Answer, Configuring, Setting
from edge_twisted.core.steps import Leg
from edge_twisted.wire.relay import Relay, Verdict


class Keeper(Protocol):
    """Who remembers what is set; the bridge."""

    def set_at_charger(self, setting: Setting) -> Deferred[None]:
        """The central system sets something; fires when that is on the disk, or can't be."""

    def answered_by_charger(self, answer: Answer) -> None:
        """The charger answered it."""


class KeyGate:
    """Stands armed in a relay from a setting of the central system until the charger has answered it.

    Args:
        relay: which.
        keeper: remembers.
    """

    def __init__(self, relay: Relay, keeper: Keeper) -> None:
        self._relay = relay
        self._keeper = keeper
        self._configuring = Configuring()
        self._held: Deferred[None] | None = None

    def judge(self, source: Leg, payload: bytes, binary: bool) -> Verdict:
        """Say what becomes of a message: one that sets a password waits for the disk, all others pass."""
        verdict = Verdict.PASS
        if source is Leg.CHARGER:
            answer = None if binary else self._configuring.from_charger(payload)
            if answer is not None:
                self._keeper.answered_by_charger(answer)
        elif not binary and (setting := self._configuring.from_central(payload)) is not None and setting.key:
            held = self._keeper.set_at_charger(setting)
            if not held.called:
                verdict, self._held = Verdict.HOLD, held
                held.addBoth(self._go_on, held)
        if verdict is Verdict.PASS:
            self._rest()
        return verdict

    def _go_on(self, _: object, held: Deferred[None]) -> None:
        if self._held is held:
            self._held = None
            self._relay.release(Leg.CENTRAL)
            self._rest()

    def _rest(self) -> None:
        """Where nothing waits for an answer, messages pass without being asked about."""
        if not self._configuring and self._held is None and self._relay.gate is self:
            self._relay.gate = None
