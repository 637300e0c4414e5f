"""How long a dial may take: Edge's own lateness must not be taken for the central system's."""

from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IDelayedCall, IReactorTime

LATE_SECONDS: Final = 1.0
"""How much later than it should Edge may come round to a dial before that counts as its own fault."""


class Patience:
    """The time of one dial. Time in which Edge itself did not come round does not count, once: the answer may be there.

    Args:
        clock: our clock.
        seconds: how long.
        over: called when they are over.
    """

    def __init__(self, clock: IReactorTime, seconds: float, over: Callable[[], None]) -> None:
        self._clock = clock
        self._over = over
        self._due = clock.seconds() + seconds
        self._most = seconds
        self._call: IDelayedCall | None = clock.callLater(seconds, self._look)

    def _look(self) -> None:
        late = self._clock.seconds() - self._due
        if late > LATE_SECONDS:
            self._due = float("inf")
            self._call = self._clock.callLater(min(late, self._most), self._look)
        else:
            self._call = None
            self._over()

    def stop(self) -> None:
        """The dial came to something."""
        if self._call and self._call.active():
            self._call.cancel()
        self._call = None
