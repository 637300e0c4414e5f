"""The last 24 hours of one charger's power and energy, in a fixed room of memory."""

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping
from itertools import dropwhile, pairwise
from typing import Any, Final

from attrs import define, field

POINT_SECONDS: Final = 300
POINTS: Final = 288
"""Points of power: 24 hours."""
HOUR_SECONDS: Final = 3600
HOURS: Final = 24
HELD_SECONDS: Final = 900.0
"""How long a charger's last word on its power is believed; clock-aligned values come every 15 minutes."""
MOST_WATT_HOURS: Final = 10_000_000.0
"""Of one step of a register; more is another meter, or a mistake."""


def _zeros(count: int) -> "array[float]":
    return array("d", bytes(8 * count))


_NOTHING: Final = _zeros(0)  # of chargers that never told their power


@define
class Ring:
    """Sums by slots of time; only the latest slots are kept.

    Args:
        seconds: of one slot.
        size: how many are kept.
    """

    seconds: int
    size: int
    newest: int = 0
    _sums: "array[float]" = _NOTHING
    _weights: "array[float]" = _NOTHING

    def add(self, slot: int, amount: float, weight: float) -> None:
        """Add to a slot; one that is too old is not kept, unless the clock was set back by days."""
        if slot < self.newest - 2 * self.size or not self._sums:
            self.newest, self._sums, self._weights = 0, _zeros(self.size), _zeros(self.size)
        if slot > self.newest:
            for gone in range(max(self.newest + 1, slot - self.size + 1), slot + 1):
                self._sums[gone % self.size] = self._weights[gone % self.size] = 0.0
            self.newest = slot
        if slot > self.newest - self.size and slot >= 0:
            self._sums[slot % self.size] += amount
            self._weights[slot % self.size] += weight

    def read(self, last: int, count: int) -> Iterator[tuple[float, float]]:
        """Sums and weights of some slots, the oldest first; the first slots are left out as far as nothing is kept.

        Args:
            last: the latest slot.
            count: how many there are at most.
        """
        first = max(0, last - min(count, self.size) + 1, self.newest - self.size + 1)
        if first > self.newest or not self._sums:
            return
        for slot in range(first, last + 1):
            place = slot % self.size
            yield (self._sums[place], self._weights[place]) if slot <= self.newest else (0.0, 0.0)


@define
class History:
    """Power as means of 5 minutes, energy as sums of an hour.

    Power is a level that holds until the next word, for `HELD_SECONDS` at most.
    """

    _power: Ring = field(init=False, factory=lambda: Ring(POINT_SECONDS, POINTS))
    _energy: Ring = field(init=False, factory=lambda: Ring(HOUR_SECONDS, HOURS))
    _level: float | None = None
    _since: float = 0.0

    def level(self, at: float, watts: float | None) -> None:
        """The charger draws this much from now on.

        Args:
            at: seconds since the epoch; a step back counts as now.
            watts: its power; None: unknown.
        """
        self._settle(at)
        self._level, self._since = watts, at

    def _settle(self, at: float) -> None:
        """Put what the level came to since it was said into the slots."""
        if self._level is None:
            return
        begin, end = self._since, min(at, self._since + HELD_SECONDS)
        while begin < end:
            slot = int(begin // POINT_SECONDS)
            until = min(end, (slot + 1) * float(POINT_SECONDS))
            self._power.add(slot, self._level * (until - begin), until - begin)
            begin = until
        self._since = max(self._since, at)
        if end < at:
            self._level = None

    def energy(self, begin: float, end: float, watt_hours: float) -> None:
        """That much was drawn between two moments; it is spread evenly over the hours between.

        Args:
            begin, end: seconds since the epoch.
            watt_hours: how much; less than nothing or more than `MOST_WATT_HOURS` counts as nothing.
        """
        if not 0 < watt_hours <= MOST_WATT_HOURS or not math.isfinite(begin) or not math.isfinite(end):
            return
        begin = max(begin, end - HOURS * HOUR_SECONDS)
        if begin >= end:
            self._energy.add(int(end // HOUR_SECONDS), watt_hours, 1.0)
            return
        first, last = int(begin // HOUR_SECONDS), int(end // HOUR_SECONDS)
        cuts = [begin, *(float(slot * HOUR_SECONDS) for slot in range(first + 1, last + 1)), end]
        for one, other in pairwise(cuts):
            if other > one:
                self._energy.add(int(one // HOUR_SECONDS), watt_hours * (other - one) / (end - begin), 1.0)

    def points(self, now: float, count: int = POINTS) -> list[float | None]:
        """Mean power of each 5 minutes.

        Args:
            now: seconds since the epoch.
            count: how many points, the last one of which has `now` in it.

        Returns:
            Watts, the oldest first; None where nothing is known.
        """
        found = self._points(now, count)
        return [None] * (min(count, POINTS) - len(found)) + found

    def _points(self, now: float, count: int = POINTS) -> list[float | None]:
        """The same, without what is not known at the beginning."""
        self._settle(now)
        found = self._power.read(int(now // POINT_SECONDS), count)
        return [total / weight if weight else None for total, weight in found]

    def hours(self, now: float) -> list[float | None]:
        """Energy of each clock hour.

        Args:
            now: seconds since the epoch.

        Returns:
            Watt-hours of 24 hours, the oldest first, the last one under way; None where nothing is known.
        """
        found = self._hours(now)
        return [None] * (HOURS - len(found)) + found

    def _hours(self, now: float) -> list[float | None]:
        """The same, without what is not known at the beginning."""
        found = self._energy.read(int(now // HOUR_SECONDS), HOURS)
        return [total if weight else None for total, weight in found]

    # --- over a restart ----------------------------------------------------------------------------------------------

    def dump(self, now: float) -> dict[str, Any]:
        """All of it as JSON can carry it."""
        return {"at": now, "power": _rounded(self._points(now)), "energy": _rounded(self._hours(now))}

    def load(self, dumped: Mapping[str, Any]) -> None:
        """Take back what `dump` gave; what can't be read is left out."""
        at = dumped.get("at")
        if not isinstance(at, int | float) or not 0 <= at < 1e11:
            return
        for ring, name, weight in ((self._power, "power", float(POINT_SECONDS)), (self._energy, "energy", 1.0)):
            values = dumped.get(name)
            if not isinstance(values, list):
                continue
            kept, last = values[-ring.size :], int(at // ring.seconds)
            for slot, value in zip(range(last - len(kept) + 1, last + 1), kept, strict=True):
                if isinstance(value, int | float) and math.isfinite(value):
                    ring.add(slot, value * weight, weight)


def _rounded(values: Iterable[float | None]) -> list[float | None]:
    """Values with one decimal, without those that are not known at the beginning."""
    known = dropwhile(lambda value: value is None, values)
    return [value if value is None else round(value, 1) for value in known]
