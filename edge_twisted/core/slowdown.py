"""Slows those down who guess: by address, with a growing wait that has an end, so that nobody is ever locked out."""

from collections import OrderedDict
from ipaddress import IPv6Address, ip_address
from typing import Final

from attrs import define, field

FREE: Final = 3
"""Attempts that cost no wait."""
FIRST: Final = 1.0
"""Seconds of the first wait; each further attempt doubles it."""
MOST: Final = 30.0
"""Seconds of the longest wait."""
FORGOTTEN: Final = 900.0
"""Seconds without an attempt after which an address begins anew."""
CAPACITY: Final = 4096
"""Addresses that are remembered."""


@define
class _Seen:
    attempts: int
    at: float

    def wait(self) -> float:
        """Seconds from the last attempt to the next one."""
        return 0.0 if self.attempts < FREE else min(MOST, FIRST * 2.0 ** min(self.attempts - FREE, 10))


@define
class Slowdown:
    """Says when an address may try again.

    An attempt counts when it begins, so that many at once win nothing; one that succeeds is taken back, and no more
    than that one: who has an account of his own must not wipe out his guesses at another by logging in between.
    """

    _seen: OrderedDict[str, _Seen] = field(factory=OrderedDict, init=False, repr=False)

    def begin(self, address: str, now: float) -> float:
        """Somebody wants to try.

        Args:
            address: from where.
            now: seconds that never jump.

        Returns:
            0: it may, and the attempt is counted; else the seconds that it has to wait before.
        """
        key = place_of(address)
        seen = self._seen.pop(key, None)
        if seen is None or now - seen.at >= FORGOTTEN:
            seen = _Seen(0, now)
        left = seen.at + seen.wait() - now if seen.attempts else 0.0
        if left <= 0:
            seen.attempts, seen.at = seen.attempts + 1, now
        self._seen[key] = seen
        while len(self._seen) > CAPACITY:
            self._seen.popitem(last=False)
        return max(0.0, left)

    def succeeded(self, address: str) -> None:
        """The attempt that began there was right: it does not count.

        Args:
            address: from where.
        """
        seen = self._seen.get(place_of(address))
        if seen is not None and seen.attempts:
            seen.attempts -= 1


def place_of(address: str) -> str:
    """What counts as one place: an IPv4 address, or an IPv6 network of 64 bits, in which one machine has all addresses.

    Args:
        address: as text, perhaps with a scope id.

    Returns:
        The place; a text that is no address stands for itself.
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return str(found.ipv4_mapped)
        return str(IPv6Address(int(found) >> 64 << 64)) + "/64"
    return str(found)
