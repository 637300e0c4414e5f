"""A second connection of one identity: who may challenge the incumbent, and when it is a clash (design section 3.8)."""

from collections import OrderedDict, deque
from typing import Final

from attrs import define, field

from edge_twisted.core.credentials import same_password
from edge_twisted.core.policy import Attempt

CLASH_COUNT: Final = 3
CLASH_WINDOW: Final = 600.0
CLASH_SECONDS: Final = 60.0
LIVELY_SECONDS: Final = 10.0
"""An incumbent that sent data this recently was no dead connection."""
CAPACITY: Final = 10_000


def may_challenge(newcomer: Attempt, incumbent: Attempt, usual_address: str) -> bool:
    """Whether a newcomer is dialled although the incumbent is alive.

    Args:
        newcomer: who wants in.
        incumbent: who is connected, or dialling.
        usual_address: where this identity was served longest, or nothing.

    Returns:
        Whether it shows the incumbent's secret, or comes from the incumbent's address or the usual one.
    """
    if newcomer.address == incumbent.address or (usual_address and newcomer.address == usual_address):
        return True
    if newcomer.shown is None or incumbent.shown is None:
        return False
    return same_password(newcomer.shown.password, incumbent.shown.password)


@define
class Clashes:
    """Counts replacements of lively incumbents, per identity without regard to case."""

    _replaced: OrderedDict[str, deque[float]] = field(factory=OrderedDict)
    _closed: OrderedDict[str, float] = field(factory=OrderedDict)

    def replaced(self, identity: str, quiet: float, now: float) -> bool:
        """Note that an incumbent was replaced.

        Args:
            identity: folded.
            quiet: seconds since the incumbent's last data.
            now: seconds.

        Returns:
            Whether this is a clash now: the third within 10 minutes.
        """
        if quiet > LIVELY_SECONDS:
            return False
        times = self._replaced.setdefault(identity, deque(maxlen=CLASH_COUNT))
        self._replaced.move_to_end(identity)
        times.append(now)
        if len(self._replaced) > CAPACITY:
            self._replaced.popitem(last=False)
        if len(times) < CLASH_COUNT or now - times[0] > CLASH_WINDOW:
            return False
        del self._replaced[identity]
        self._closed[identity] = now + CLASH_SECONDS
        if len(self._closed) > CAPACITY:
            self._closed.popitem(last=False)
        return True

    def remaining(self, identity: str, now: float) -> float:
        """Seconds for which newcomers of this identity get 503; 0: none."""
        until = self._closed.get(identity, 0.0)
        if until <= now:
            self._closed.pop(identity, None)
            return 0.0
        return until - now


@define
class Fold:
    """Lets the first of many like things through, and then one per period; bounded.

    Args:
        period: seconds.
    """

    period: float
    _last: OrderedDict[object, float] = field(factory=OrderedDict)

    def first(self, key: object, now: float) -> bool:
        """Whether this one is to be told."""
        last = self._last.get(key)
        if last is not None and now - last < self.period:
            return False
        self._last[key] = now
        self._last.move_to_end(key)
        if len(self._last) > CAPACITY:
            self._last.popitem(last=False)
        return True
