"""A charger's clock: right, wrong for ever, or at 1970 until somebody tells it the time (Q3)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

LATEST: Final = 253_402_300_799.0
"""The last second of the year 9999: beyond, no time can be written."""


def timestamp(seconds: float) -> str:
    """Write a time as OCPP does.

    Args:
        seconds: since the epoch.

    Returns:
        Such as `2026-01-31T12:00:00.000Z`.
    """
    bounded = min(max(seconds, 0.0), LATEST)
    return datetime.fromtimestamp(bounded, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_of(text: object) -> float | None:
    """Read a time as OCPP writes it.

    Args:
        text: such as `2026-01-31T12:00:00Z`.

    Returns:
        Seconds since the epoch; None where it is no time.
    """
    if not isinstance(text, str):
        return None
    try:
        read = datetime.fromisoformat(text)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


class Watch:
    """A charger's clock.

    Args:
        time: the true time, in seconds since the epoch.
        error: seconds that it is ahead, for ever.
        at_1970: whether it begins at 1970 with each power-on.
    """

    def __init__(self, time: Callable[[], float], error: float = 0.0, at_1970: bool = False) -> None:
        self._time = time
        self._lasting = error
        self._at_1970 = at_1970
        self._error = 0.0
        self.power_on()

    def power_on(self) -> None:
        """Begin anew."""
        self._error = -self._time() if self._at_1970 else self._lasting

    @property
    def error(self) -> float:
        """Seconds that it is ahead now."""
        return self._error

    def now(self) -> float:
        """What it shows, in seconds since the epoch."""
        return self._time() + self._error

    def text(self) -> str:
        """What it shows, as OCPP writes it."""
        return timestamp(self.now())

    def set(self, told: object) -> float:
        """Set it by the central system's time; one that is wrong for ever stays so.

        Args:
            told: as it stands in the answer.

        Returns:
            Seconds that it jumped.
        """
        seconds = seconds_of(told)
        if seconds is None or not self._at_1970:
            return 0.0
        jump = seconds - self.now()
        self._error += jump
        return jump
