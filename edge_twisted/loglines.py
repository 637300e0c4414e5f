"""The log's lines, where they are finished sentences: nothing is left to format in them but the time, once a second.

Twisted's formatter takes longer for a line than Edge for all that the line tells of, and a storm of chargers writes two
lines for each. Which observers there are is Twisted's own affair: `tests/test_loglines.py` fails where that changes.
Where an observer writes lines in another shape, or none can be found, Twisted's formatter remains.
"""

from collections.abc import Callable
from typing import Any, Final

from twisted.logger import FileLogObserver, LogEvent, LogLevel, LogPublisher, formatTime, globalLogPublisher

Format = Callable[[LogEvent], str | None]

_SAMPLE: Final[LogEvent] = {
    "sentence": "{sample}\nagain",
    "log_level": LogLevel.warn,
    "log_namespace": "edge",
    "log_format": "{{sample}}\nagain",
    "log_time": 1e9,
}


class Lines:
    """Formats events as Twisted's text files have them.

    Args:
        otherwise: formats what is no finished sentence.
    """

    def __init__(self, otherwise: Format) -> None:
        self._otherwise = otherwise
        self._second = -1
        self._stamp = ""

    def __call__(self, event: LogEvent) -> str | None:
        """Format an event.

        Args:
            event: a finished sentence stands under `sentence`, and is the same as the event's format gives.

        Returns:
            The line; None where there is nothing to write.
        """
        told = event.get("sentence")
        if not told or "log_failure" in event or "log_system" in event:
            return self._otherwise(event)
        when: float = event["log_time"]
        second = int(when)
        if second != self._second:
            self._second, self._stamp = second, formatTime(when)
        if "\n" in told:
            told = told.replace("\n", "\n\t")
        return f"{self._stamp} [{event['log_namespace']}#{event['log_level'].name}] {told}\n"


def shorten(publisher: LogPublisher = globalLogPublisher) -> int:
    """Let the observers that write text files take finished sentences as they are.

    Args:
        publisher: whose observers; to be called once they are there.

    Returns:
        How many do from now on.
    """
    observers: Any = getattr(publisher, "_observers", ())
    found = [one for one in observers if type(one) is FileLogObserver and _is_alike(one.formatEvent)]
    for one in found:
        one.formatEvent = Lines(one.formatEvent)
    return len(found)


def _is_alike(theirs: Format) -> bool:
    """Whether a formatter makes of a sentence what `Lines` makes of it."""
    if isinstance(theirs, Lines):
        return False
    try:
        return theirs(dict(_SAMPLE)) == Lines(theirs)(_SAMPLE)
    except Exception:  # noqa: BLE001 - whatever it is: it stays as it is
        return False
