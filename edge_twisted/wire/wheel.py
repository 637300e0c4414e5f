"""One timer for all who want a look at the same interval: a part of them at each step.

A timer for each session costs memory, and wakes Edge for each of them alone.
"""

from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from edge_twisted.core.redaction import places

STEPS: Final = 24
"""In which the wheel goes round."""
LATE_SECONDS: Final = 2.0
"""How much later than it should a step may come before that counts as Edge's own fault."""

Look = Callable[[], None]


class Wheel:
    """Calls each look once an interval, the first time after one.

    Args:
        clock: our clock.
        interval: seconds.

    Attributes:
        back: when Edge came round again after it had been late, in seconds of `clock`: what was missed before that is
            nobody else's fault.
    """

    _log = Logger()

    def __init__(self, clock: IReactorTime, interval: float) -> None:
        self.back = float("-inf")
        self._clock = clock
        self._step = interval / STEPS
        self._places: list[dict[Look, None]] = [{} for _ in range(STEPS)]
        self._at = 0
        self._count = 0
        self._call: IDelayedCall | None = None
        self._due = 0.0

    def __len__(self) -> int:
        return self._count

    def add(self, look: Look) -> Callable[[], None]:
        """Take one on.

        Args:
            look: called once an interval; what it raises is told, and harms no other.

        Returns:
            Ends it; to be called once.
        """
        place = self._places[self._at]
        place[look] = None
        self._count += 1
        if self._call is None:
            self._due = self._clock.seconds()
            self._wait()

        def end() -> None:
            if place.pop(look, False) is None:
                self._count -= 1
            if not self._count and self._call is not None:
                self._call.cancel()
                self._call = None

        return end

    def _wait(self) -> None:
        self._due += self._step
        self._call = self._clock.callLater(max(0.0, self._due - self._clock.seconds()), self._turn)

    def _turn(self) -> None:
        now = self._clock.seconds()
        if now - self._due > LATE_SECONDS:
            self.back = self._due = now
        self._wait()
        self._at = (self._at + 1) % STEPS
        for look in tuple(self._places[self._at]):
            try:
                look()
            except Exception:  # noqa: BLE001 - one session's fault is no other's
                failure = Failure()
                self._log.error("{kind} at {trace}", kind=type(failure.value).__name__, trace=places(failure.frames))
