"""Failed attempts per (address, identity), so that secrets can't be guessed at speed (design section 4)."""

from collections import OrderedDict
from collections.abc import Hashable

from attrs import define, field, frozen


@frozen
class _Refusal:
    until: float
    length: float


@define
class Throttle:
    """Counts failed attempts per key and says when the next one may be made.

    `failures` of one key within `window` refuse that key for `first` seconds. Whoever fails again afterwards is refused
    for twice as long, up to `most`, until he was quiet for a whole window. Failures reported during a refusal come from
    attempts that were under way before it and do not lengthen it, so an honest charger with an old password gets a try
    every `most` seconds. A right secret is never refused: the caller compares first (design section 4).

    The table is bounded, and a full one neither frees an attacker cheaply nor stops a genuine charger:

    - Refused keys have a quarter of the table to themselves. It takes `failures` attempts to fill one of its places, so
      with the default sizes a refused key is pushed out by 50,000 failed attempts of other keys: 5,000 for each guess
      that is won, where waiting costs `most` seconds.
    - Keys still being counted have the rest. 15,000 failed attempts of other keys buy nine uncounted guesses.
    - A key without a place may try: a full table never refuses whom it doesn't know. Only failures of the very same
      address and identity refuse a charger, whatever others do.

    Args:
        failures: how many failed attempts within `window` refuse a key.
        window: seconds within which failures count together.
        first: seconds of the first refusal.
        most: seconds of the longest refusal.
        capacity: keys that are remembered, at least 4.
    """

    failures: int = 10
    window: float = 300.0
    first: float = 30.0
    most: float = 300.0
    capacity: int = 20_000
    _counting: OrderedDict[Hashable, tuple[float, ...]] = field(init=False, repr=False, factory=OrderedDict)
    _refused: OrderedDict[Hashable, _Refusal] = field(init=False, repr=False, factory=OrderedDict)

    def failed(self, key: Hashable, now: float) -> None:
        """Count a failed attempt.

        Args:
            key: (address, identity).
            now: seconds.
        """
        refusal = self._refused.pop(key, None)
        if refusal is not None and now < refusal.until:
            self._refused[key] = refusal
            return
        if refusal is not None and now < refusal.until + self.window:
            self._refuse(key, now, min(2 * refusal.length, self.most))
            return
        times = *(time for time in self._counting.pop(key, ()) if now - time < self.window), now
        if len(times) >= self.failures:
            self._refuse(key, now, self.first)
            return
        self._counting[key] = times
        while len(self._counting) > self.capacity - self.capacity // 4:
            self._counting.popitem(last=False)

    def succeeded(self, key: Hashable) -> None:
        """Forget the failures of a key: it showed a right secret, or was served.

        Args:
            key: (address, identity).
        """
        self._counting.pop(key, None)
        self._refused.pop(key, None)

    def retry_after(self, key: Hashable, now: float) -> float:
        """Say how long a key is still refused.

        Args:
            key: (address, identity).
            now: seconds.

        Returns:
            Seconds to wait; 0: it may try.
        """
        refusal = self._refused.get(key)
        return max(0.0, refusal.until - now) if refusal else 0.0

    def __len__(self) -> int:
        return len(self._counting) + len(self._refused)

    def _refuse(self, key: Hashable, now: float, length: float) -> None:
        self._refused[key] = _Refusal(now + length, length)
        while len(self._refused) > self.capacity // 4:
            self._refused.popitem(last=False)
