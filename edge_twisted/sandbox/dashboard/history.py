"""The power of chargers over the last minutes, for small curves: the central system knows only the last value."""

from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Final

from edge_twisted.pages.curve import Curve, curve

SAMPLES: Final = 60
STEP_SECONDS: Final = 5.0
CHARGERS: Final = 2000

Samples = deque[tuple[float, float]]


class History:
    """Keeps at most `SAMPLES` values of each charger, one for each `STEP_SECONDS`.

    Args:
        clock: seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, Samples] = OrderedDict()

    def note(self, identity: str, watts: float | None) -> None:
        """Take a value.

        Args:
            identity: the charger's.
            watts: its power; None: not known.
        """
        if watts is None:
            return
        samples = self._kept.setdefault(identity, deque(maxlen=SAMPLES))
        now = self._clock()
        if len(samples) > 1 and now - samples[-2][0] < STEP_SECONDS:
            samples.pop()
        samples.append((now, watts))
        if len(self._kept) > CHARGERS:
            self._kept.popitem(last=False)

    def curve(self, identity: str) -> Curve | None:
        """The curve of a charger; None while it has none."""
        return curve(tuple(self._kept.get(identity, ())))
