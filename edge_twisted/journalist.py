"""Writes events into the journal; floods of like events are folded."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from edge_twisted.core.events import Event
from edge_twisted.core.floods import FLOODS, Floods, flood_key

TEXT: Final = 1000
"""Characters of one value, also of a list: as many as a sentence shows."""


class Journalist:
    """A listener of the bus.

    Args:
        append: takes an entry's code, charger (opaque id or None) and fields: `store.journal.Journal.append`.
        clock: seconds that never jump.
    """

    def __init__(
        self, append: Callable[[str, str | None, Mapping[str, object]], object], clock: Callable[[], float]
    ) -> None:
        self._append = append
        self._clock = clock
        self._floods = Floods()

    def __call__(self, event: Event) -> None:
        """Write an event; trouble of one kind from one place at most once a minute.

        The field `folded` of an entry says how many like it were left out before.
        """
        fields = event.values()
        if event.code in FLOODS:
            folded = self._floods.passed(flood_key(event.code, fields), self._clock())
            if folded is None:
                return
            if folded:
                fields["folded"] = folded
        charger = fields.pop("charger", None)
        self._append(
            event.code, str(charger) if charger else None, {name: _plain(value) for name, value in fields.items()}
        )


def _plain(value: object) -> object:
    """A value as JSON has it, and of bounded length: some texts come from outside."""
    if isinstance(value, str):
        if len(value) <= TEXT and value.isascii():  # nearly always
            return value
        return value[:TEXT].encode("utf-8", "replace").decode()  # half a character has no place in JSON
    if isinstance(value, tuple | list):
        return list(_first(value))
    return value


def _first(values: Iterable[object]) -> Iterator[object]:
    room = TEXT
    for value in values:
        room -= len(str(value)) + len(", ")
        if room < 0:
            break
        yield _plain(value)
