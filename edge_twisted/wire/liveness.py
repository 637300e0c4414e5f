"""Is a leg still alive? Any octet is life; a missing pong counts only against a peer that has ponged before (Q25)."""

from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IReactorTime

from edge_twisted.core.steps import Leg
from edge_twisted.wire.leg import WebSocketLeg
from edge_twisted.wire.wheel import Wheel

NEARLY: Final = 0.9
"""So much of an interval counts as one: two looks are seldom exactly one apart, and an answer comes after its ping."""
SLOW_SECONDS: Final = 60.0
"""How long a peer may take nothing while data waits for it (a paused side does not see its peer leave)."""
PROBE_SECONDS: Final = 3.0
PROBE_STEP: Final = 0.25


class Liveness:
    """Pings both legs of one session and says when one is dead.

    Args:
        clock: our clock.
        legs: both legs.
        interval: seconds between looks.
        wheel: looks at all sessions, each once an interval.
        dead: called once with the leg and `silent` or `slow`.
    """

    def __init__(
        self,
        clock: IReactorTime,
        legs: dict[Leg, WebSocketLeg],
        interval: float,
        dead: Callable[[Leg, str], None],
        wheel: Wheel,
    ) -> None:
        self._clock = clock
        self._legs = legs
        self._interval = interval
        self._dead = dead
        self._wheel = wheel
        self._end: Callable[[], None] | None = wheel.add(self._look)

    def _look(self) -> None:
        now = self._clock.seconds()
        for side, leg in self._legs.items():
            if leg.clogged is not None and now - leg.clogged >= SLOW_SECONDS:
                return self._dead(side, "slow")
            if self._legs[side.other].clogged is not None:
                continue  # not read meanwhile: its silence says nothing
            pulse = leg.pulse
            asked, enough = pulse.asked, NEARLY * self._interval
            unanswered = asked > pulse.heard and asked > self._wheel.back and now - asked >= enough
            if unanswered and pulse.ponged:
                return self._dead(side, "silent")
            if now - pulse.heard >= enough and leg.ping():
                pulse.asked = now

    def stop(self) -> None:
        """Look no more."""
        if self._end:
            self._end()
        self._end = None


class Probe:
    """Finds out whether a charger is there: an octet from it, or TCP's acknowledgement of a ping sent now.

    Args:
        clock: our clock.
        leg: the charger leg.
        tell: called once with the answer, within `PROBE_SECONDS`.
    """

    def __init__(self, clock: IReactorTime, leg: WebSocketLeg, tell: Callable[[bool], None]) -> None:
        self._clock = clock
        self._leg = leg
        self._tell = tell
        self._began = clock.seconds()
        self._signs = leg.pulse.signs
        leg.ping()
        clock.callLater(PROBE_STEP, self._look)

    def _look(self) -> None:
        waiting = self._leg.unacknowledged()
        alive = self._leg.pulse.signs > self._signs or (waiting == 0 and self._leg.clogged is None)
        if alive or self._clock.seconds() - self._began >= PROBE_SECONDS:
            self._tell(alive)
        else:
            self._clock.callLater(PROBE_STEP, self._look)
