"""The lane of identities never served: few dials at once, few per hour, refusals cached (design section 3.9)."""

from collections import Counter, OrderedDict, deque
from collections.abc import Hashable
from typing import Final

from attrs import define, field, frozen

from edge_twisted.core.holdoff import RETRY_AFTER_MOST, shortly

HOUR: Final = 3600.0


@define
class Lane:
    """Slots and an hourly budget shared by all identities that were never served.

    10,000 made-up identities must not make the operator ban the site; 200 new chargers at their first power-on must
    come online. One address, which can be a router with all chargers behind it, may use a `share` of both and no more.
    The budget is exact over every span of 3600 s and takes one small entry per dial in that span.

    Args:
        at_once: how many dials may be out (`limits.unserved_dials`).
        per_hour: how many may begin within 3600 s (`limits.unserved_per_hour`).
        share: which part of each one address may use, at least one dial.
    """

    at_once: int = 16
    per_hour: int = 5_000
    share: float = 0.5
    _slots: Counter[str] = field(init=False, repr=False, factory=Counter)
    _dials: deque[str] = field(init=False, repr=False, factory=deque)
    _times: dict[str, deque[float]] = field(init=False, repr=False, factory=dict)

    def enter(self, address: str, now: float, spread: float, dials: int = 1) -> float:
        """Ask for a slot to dial; with it the dials are taken from the budget.

        Args:
            address: where the charger is.
            now: seconds.
            spread: 0 to 1, drawn at random by the caller.
            dials: how many there may be, one after another. Each counts: whoever is turned away on `ws` is dialled on
                `wss` as well, and the central system sees both.

        Returns:
            0: the slot is taken, dial now. Else seconds to wait, at most 600, to go through `holdoff.jittered`.
        """
        self._forget(now)
        times = self._times.get(address)
        if times and len(times) + dials > self._part(self.per_hour):
            return self._until(times[0], now)
        if self._dials and len(self._dials) + dials > self.per_hour:
            return self._until(self._times[self._dials[0]][0], now)
        if self._slots[address] >= self._part(self.at_once) or self._slots.total() >= self.at_once:
            return shortly(spread)
        self._slots[address] += 1
        self._dials.extend([address] * dials)
        self._times.setdefault(address, deque()).extend([now] * dials)
        return 0.0

    def leave(self, address: str) -> None:
        """Give a slot back: the HTTP answer is there, or the dial failed.

        Args:
            address: as in `enter`.
        """
        self._slots[address] -= 1
        if self._slots[address] <= 0:
            del self._slots[address]

    def _part(self, whole: int) -> int:
        return max(1, int(whole * self.share))

    def _until(self, oldest: float, now: float) -> float:
        return min(max(oldest + HOUR - now, 1.0), RETRY_AFTER_MOST)

    def _forget(self, now: float) -> None:
        while self._dials and now - self._times[self._dials[0]][0] >= HOUR:
            address = self._dials.popleft()
            times = self._times[address]
            times.popleft()
            if not times:
                del self._times[address]


@frozen
class _Cached:
    identity: Hashable = field(repr=False)
    status: int
    until: float
    count: int


@define
class RefusalCache:
    """Remembers how the central system refused identities that were never served.

    A charger that is not in the operator's books yet asks every few seconds; it hears the same answer again from here.
    What pushes entries out are other refusals, and each of those had to pass the lane.

    Args:
        capacity: how many keys are remembered; the one refused longest ago makes room.
        first: seconds a refusal is cached.
        later: seconds it is cached after `patience` refusals.
        patience: how many refusals of one key are cached for `first` only.
    """

    capacity: int = 10_000
    first: float = 60.0
    later: float = 300.0
    patience: int = 10
    _known: OrderedDict[Hashable, _Cached] = field(init=False, repr=False, factory=OrderedDict)
    _keys: dict[Hashable, set[Hashable]] = field(init=False, repr=False, factory=dict)

    def refused(self, key: Hashable, identity: Hashable, status: int, now: float) -> None:
        """Remember a refusal.

        Args:
            key: identity and a digest of the credentials shown.
            identity: the identity alone, as for `forget`.
            status: the HTTP status of the answer.
            now: seconds.
        """
        before = self._known.get(key)
        count = before.count + 1 if before else 1
        if before:
            self._drop(key)
        length = self.first if count <= self.patience else self.later
        self._known[key] = _Cached(identity, status, now + length, count)
        self._keys.setdefault(identity, set()).add(key)
        while len(self._known) > self.capacity:
            self._drop(next(iter(self._known)))

    def get(self, key: Hashable, now: float) -> tuple[int, float] | None:
        """Look for a cached refusal.

        Args:
            key: identity and a digest of the credentials shown.
            now: seconds.

        Returns:
            (HTTP status, seconds for which it is still cached), or None: dial.
        """
        cached = self._known.get(key)
        if cached is None or now >= cached.until:
            return None
        return cached.status, cached.until - now

    def forget(self, identity: Hashable) -> None:
        """Forget all refusals of an identity: it was edited, tested, approved or served.

        Args:
            identity: whose.
        """
        for key in tuple(self._keys.get(identity, ())):
            self._drop(key)

    def __len__(self) -> int:
        return len(self._known)

    def _drop(self, key: Hashable) -> None:
        identity = self._known.pop(key).identity
        keys = self._keys[identity]
        keys.discard(key)
        if not keys:
            del self._keys[identity]
