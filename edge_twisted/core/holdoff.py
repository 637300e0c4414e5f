"""When a central system is down: how long nobody dials it, and how many may at once (design section 3.9, J-45)."""

import math
from collections import OrderedDict
from collections.abc import Hashable
from typing import Final

from attrs import define, field

RETRY_AFTER_MOST: Final = 600.0
"""Seconds up to which a Retry-After of the central system is honoured."""
CROWDED_SECONDS: Final = 60.0
"""Seconds in which those who were held off come back: the longest hold-off with its jitter, and a margin."""


def jittered(seconds: float, spread: float) -> int:
    """Choose a Retry-After: the remaining time plus up to a quarter of it, so that chargers don't all come at once.

    Args:
        seconds: the remaining time.
        spread: 0 to 1, drawn at random by the caller.

    Returns:
        Whole seconds, never fewer than remain, at least 1. A quarter of less than a second counts as one.
    """
    return max(1, math.ceil(seconds + spread * max(1.0, seconds / 4)))


def shortly(spread: float) -> float:
    """Choose the wait of one who found all places taken: 1 to 10 s once it went through `jittered` (J-45).

    Args:
        spread: 0 to 1, drawn at random by the caller.

    Returns:
        1 to 8 seconds.
    """
    return 1.0 + 7.0 * spread


@define
class _Gate:
    """What is known of one key: `delay` 0 is an open gate, `probe` when the probing dial that is out began.

    `crowded` is until when those who were held off are expected back, and only some may pass at once.
    """

    delay: float = 0.0
    crowded: float = 0.0
    since: float = 0.0
    until: float = 0.0
    slots: int = 0
    probe: float | None = None


@define
class HoldOff:
    """Back-off per key, and a gate for the dials that go through it.

    Two uses. For an endpoint, (host, port, trust): `enter` before each dial, `leave` when it ends, with `failed` or
    `succeeded` for its verdict in between or right after. For one charger: `failed`, `remaining` and `reset` alone.

    After a hold-off a single probing dial goes out. Its success opens the gate, to `at_once` dials at once for
    `CROWDED_SECONDS`; its failure doubles the hold-off. If it ends without a verdict (its charger went away), the next
    one who asks is the probe. A dial that began before the hold-off and fails during or after it tells nothing new and
    doubles nothing: 64 dials that fail together count once.

    Keys with slots out are always kept: there are never more than dials. Of the others, those whose last failure is
    longest ago make room; a forgotten key begins anew with `first`.

    Args:
        first: seconds of the first hold-off.
        most: seconds of the longest one; doubling stops there.
        capacity: how many keys without a dial out are remembered.
        at_once: how many dials may be out per key while those who were held off come back. Without a hold-off before
            there is no such bound: a site's chargers all come at once after a power cut, and nobody is dropped.
    """

    first: float
    most: float
    capacity: int
    at_once: int = 64
    _busy: dict[Hashable, _Gate] = field(init=False, repr=False, factory=dict)
    _idle: OrderedDict[Hashable, _Gate] = field(init=False, repr=False, factory=OrderedDict)

    def enter(self, key: Hashable, now: float, spread: float) -> float:
        """Ask for a slot to dial.

        Args:
            key: whom to dial.
            now: seconds; names the slot for `leave` and `failed`.
            spread: 0 to 1, drawn at random by the caller.

        Returns:
            0: the slot is taken, dial now. Else seconds to wait, to go through `jittered`.
        """
        gate = self._find(key) or _Gate()
        if now < gate.until:
            return gate.until - now
        if gate.delay:
            if gate.probe is not None:
                return shortly(spread)
            gate.probe = now
        elif now < gate.crowded and gate.slots >= self.at_once:
            return shortly(spread)
        gate.slots += 1
        self._idle.pop(key, None)
        self._busy[key] = gate
        return 0.0

    def leave(self, key: Hashable, began: float) -> None:
        """Give a slot back: the dial is over, whatever came of it.

        Args:
            key: as in `enter`.
            began: `now` of the `enter` that took it.
        """
        gate = self._busy.get(key)
        if gate is None:
            return
        gate.slots -= 1
        if gate.probe == began or not gate.slots:
            gate.probe = None
        if not gate.slots:
            del self._busy[key]
            self._keep(key, gate)

    def failed(self, key: Hashable, now: float, at_least: float = 0.0, began: float | None = None) -> None:
        """Hold a key off: `first` seconds, each time doubled up to `most`.

        Args:
            key: what failed.
            now: seconds.
            at_least: seconds of a Retry-After, honoured up to `RETRY_AFTER_MOST`.
            began: when the failed dial began, where there was one.
        """
        gate = self._find(key) or _Gate()
        asked = min(at_least, RETRY_AFTER_MOST)
        if now < gate.until or (gate.delay and began is not None and began < gate.since):
            gate.until = max(gate.until, now + asked)
        else:
            gate.delay = min(2 * gate.delay, self.most) if gate.delay else self.first
            gate.since = now
            gate.until = now + max(gate.delay, asked)
            gate.probe = None
        if not gate.slots:
            self._keep(key, gate)

    def succeeded(self, key: Hashable, now: float) -> None:
        """Open the gate: a dial succeeded. If it was closed, those who were held off come back now.

        Args:
            key: what is well again.
            now: seconds.
        """
        gate = self._find(key)
        if gate is not None and gate.delay:
            gate.crowded = now + CROWDED_SECONDS
            gate.delay = gate.until = 0.0
            gate.probe = None

    def reset(self, key: Hashable) -> None:
        """Forget what was held against a key: a maintainer changed it, or it is well.

        Args:
            key: what is well again.
        """
        self._idle.pop(key, None)
        gate = self._busy.get(key)
        if gate is not None:
            gate.delay = gate.until = gate.crowded = 0.0
            gate.probe = None

    def remaining(self, key: Hashable, now: float) -> float:
        """Say how long a key is still held off.

        Args:
            key: whom to dial.
            now: seconds.

        Returns:
            Seconds; 0: no hold-off.
        """
        gate = self._find(key)
        return max(0.0, gate.until - now) if gate else 0.0

    def __len__(self) -> int:
        return len(self._busy) + len(self._idle)

    def _find(self, key: Hashable) -> _Gate | None:
        return self._busy.get(key) or self._idle.get(key)

    def _keep(self, key: Hashable, gate: _Gate) -> None:
        if not gate.delay and not gate.crowded:
            return
        self._idle[key] = gate
        self._idle.move_to_end(key)
        while len(self._idle) > self.capacity:
            self._idle.popitem(last=False)


@define
class EndpointTrouble:
    """Tells trouble of a whole endpoint from trouble of one charger (design section 3.9).

    Only identities that were served before count as witnesses, so that strangers who are answered 429 can't hold the
    endpoint off for everybody. Any other HTTP answer, to whomever, ends the trouble. It does not end by itself: the
    probing dial after a hold-off needs no three witnesses to hold the endpoint off again.

    Args:
        witnesses: how many identities served before must see trouble.
        capacity: how many endpoints are remembered.
    """

    witnesses: int = 3
    capacity: int = 1_000
    _seen: OrderedDict[Hashable, set[Hashable]] = field(init=False, repr=False, factory=OrderedDict)

    def saw(self, key: Hashable, identity_key: Hashable, served_before: bool, trouble: bool) -> bool:
        """Take note of what a dial came to.

        Args:
            key: the endpoint.
            identity_key: whose dial it was.
            served_before: whether that identity was ever served.
            trouble: a 503, a 429 or a time-out; false: any other HTTP answer.

        Returns:
            Whether the whole endpoint should now be held off.
        """
        if not trouble:
            self._seen.pop(key, None)
            return False
        if not served_before:
            return False
        witnesses = self._seen.setdefault(key, set())
        self._seen.move_to_end(key)
        if len(witnesses) < self.witnesses:
            witnesses.add(identity_key)
        if len(self._seen) > self.capacity:
            self._seen.popitem(last=False)
        return len(witnesses) >= self.witnesses

    def __len__(self) -> int:
        return len(self._seen)
