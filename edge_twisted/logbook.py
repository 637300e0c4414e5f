"""Tells events in the log, one plain line each; floods of like lines are folded."""

from collections.abc import Callable
from time import time
from typing import Final

from twisted.logger import Logger, LogLevel

from edge_twisted.core.events import Event
from edge_twisted.core.floods import FLOODS, Floods, flood_key
from edge_twisted.words.language import ENGLISH, speaking, spoken
from edge_twisted.words.speech import sentence

ERRORS: Final = frozenset({"access-store-failed", "internal", "journal-failed", "store-failed"})
WARNINGS: Final = FLOODS | {"alarm", "files-too-few"}

_log = Logger(namespace="edge")


def _plain(text: str) -> str:
    """A format that says just that: one without a field costs the log's formatter next to nothing."""
    return text.replace("{", "{{").replace("}", "}}") if "{" in text or "}" in text else text


class Logbook:
    """A listener of the bus.

    Args:
        clock: seconds that never jump.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._floods = Floods()

    def __call__(self, event: Event) -> None:
        """Tell an event; trouble of one kind from one place at most once a minute."""
        code, fields, level = event.code, event.values(), LogLevel.info
        if code in WARNINGS:
            if self._floods.passed(flood_key(code, fields), self._clock()) is None:
                return
            level = LogLevel.warn
        if code in ERRORS:
            level = LogLevel.error
        if spoken() == ENGLISH:
            told = sentence(code, fields)
        else:
            with speaking(ENGLISH):  # whoever's doing it is
                told = sentence(code, fields)
        # What `Logger.emit` makes of it, without its look through all levels.
        _log.observer(
            {
                "sentence": told,
                "code": code,
                "log_logger": _log,
                "log_level": level,
                "log_namespace": _log.namespace,
                "log_source": _log.source,
                "log_format": _plain(told),
                "log_time": time(),
            }
        )
