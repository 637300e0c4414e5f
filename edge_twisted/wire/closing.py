"""Which close code may go on the wire, and how a connection really ends: on our clock, not on the peer's goodwill."""

from typing import Any, Final

from twisted.internet.interfaces import IDelayedCall, IReactorTime

LINGER: Final = 2.0
"""Seconds between the last thing said to a peer and the end of its connection."""


def sendable(code: int) -> bool:
    """Whether a close code may stand in a frame (W-04).

    Args:
        code: any number.

    Returns:
        True for 1000-1003, 1007-1014, 3000-4999.
    """
    return code in (1000, 1001, 1002, 1003) or 1007 <= code <= 1014 or 3000 <= code <= 4999


def close_payload(code: int | None, reason: bytes) -> tuple[int | None, bytes | None]:
    """What to send for a close that is passed on: design section 3.7.

    Args:
        code: as it came, None for an empty close.
        reason: UTF-8, at most 123 bytes.

    Returns:
        The same code and reason; an empty close for none; 1001 without a reason for a code that may not be sent.
    """
    if code is None:
        return None, None
    if not sendable(code):
        return 1001, None
    return code, reason or None


class Ending:
    """Ends one transport after `LINGER` seconds at the latest.

    Args:
        clock: our clock.
        transport: has `abortConnection`.
    """

    def __init__(self, clock: IReactorTime, transport: Any) -> None:
        self._transport = transport
        self._call: IDelayedCall | None = clock.callLater(LINGER, self._abort)

    def _abort(self) -> None:
        self._call = None
        self._transport.abortConnection()

    def over(self) -> None:
        """The connection is gone; nothing is left to end."""
        if self._call and self._call.active():
            self._call.cancel()
        self._call = None
