"""Tells events in the log, one plain line each; floods of like lines are folded."""

from collections.abc import Callable
from typing import Final

from attrs import asdict
from twisted.logger import Logger, LogLevel

from edge_twisted.core.events import Event
from edge_twisted.core.rivals import Fold
from edge_twisted.words.speech import sentence

FOLD_SECONDS: Final = 60.0
ERRORS: Final = frozenset({"internal", "store-failed"})
WARNINGS: Final = frozenset(
    {"alarm", "attempt-refused", "handshake-failed", "request-refused", "turned-away", "uplink-failed"}
)

_log = Logger(namespace="edge")


class Logbook:
    """A listener of the bus.

    Args:
        clock: seconds that never jump.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._fold = Fold(FOLD_SECONDS)

    def __call__(self, event: Event) -> None:
        """Tell an event; trouble of one kind from one place at most once a minute."""
        fields = asdict(event, recurse=False)
        if event.code in WARNINGS:
            key = (event.code, *(fields.get(name) for name in ("charger", "address", "status", "cause", "what")))
            if not self._fold.first(key, self._clock()):
                return
        level = LogLevel.error if event.code in ERRORS else LogLevel.warn if event.code in WARNINGS else LogLevel.info
        _log.emit(level, "{sentence}", sentence=sentence(event.code, fields), code=event.code)
