"""Floods: what can happen without end while one thing is wrong, and is told once in a while with a count."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Final

from attrs import define, field

FLOODS: Final = frozenset(
    {
        *("attempt-refused", "handshake-failed", "login-refused", "messages-failed", "request-refused"),
        *("turned-away", "uplink-failed"),
    }
)
"""Codes of events that come in floods."""
FLOOD_SECONDS: Final = 60.0
"""One thing is told this often at most."""
CROWD: Final = 250
"""Different ones of a kind from one address that are told in that time; beyond, they are one flood. Whoever makes up
identities would else push all that happened before out of the journal within minutes."""
CAPACITY: Final = 10_000

_SAME: Final = ("charger", "address", "status", "cause", "what")


def flood_key(code: str, fields: Mapping[str, object]) -> tuple[object, ...]:
    """What makes two events the same trouble.

    Args:
        code: `Event.code`.
        fields: the event's fields by name.

    Returns:
        Equal for trouble of one kind, from one place, with one charger.
    """
    return (code, *(fields.get(name) for name in _SAME))


@define
class _Flood:
    at: float
    held: int = 0


@define
class Floods:
    """Lets the first of many like events through, and then one per `FLOOD_SECONDS`, and counts the others; bounded."""

    _floods: OrderedDict[object, _Flood] = field(factory=OrderedDict)
    _crowds: OrderedDict[object, _Flood] = field(factory=OrderedDict)

    def passed(self, key: tuple[object, ...], now: float) -> int | None:
        """Whether an event is to be told.

        Args:
            key: of `flood_key`.
            now: seconds that never jump.

        Returns:
            None: it is held back; else how many were, since the last one with that key was told.
        """
        flood = self._floods.get(key)
        if flood is not None and now - flood.at < FLOOD_SECONDS:
            flood.held += 1
            return None
        code, _, address, *_ = key
        if address and self._is_crowded((code, address), now):
            return self.passed((code, None, None, address), now)
        self._floods[key] = _Flood(now)
        self._floods.move_to_end(key)
        if len(self._floods) > CAPACITY:
            self._floods.popitem(last=False)
        return flood.held if flood is not None else 0

    def _is_crowded(self, place: object, now: float) -> bool:
        """Count one more that is to be told of a place; whether that is too many."""
        crowd = self._crowds.get(place)
        if crowd is None or now - crowd.at >= FLOOD_SECONDS:
            crowd = self._crowds[place] = _Flood(now)
            self._crowds.move_to_end(place)
            if len(self._crowds) > CAPACITY:
                self._crowds.popitem(last=False)
        crowd.held += 1
        return crowd.held > CROWD
