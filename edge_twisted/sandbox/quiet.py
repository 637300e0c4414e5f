"""What the sandbox's two Autobahn protocols have in common: no timers and no log lines of Autobahn's own.

Its timers run on the global reactor and its log lines repeat requests, `Authorization` included.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from twisted.logger import Logger

MESSAGE_BYTES: Final = 1024 * 1024
"""The longest message that either end takes."""
HEAD_BYTES: Final = 64 * 1024
"""The longest handshake that either end takes."""
LINGER: Final = 2.0
"""Seconds from the last word to a peer until the connection is cut."""

OPTIONS: Final = {
    "maxFramePayloadSize": MESSAGE_BYTES,
    "maxMessagePayloadSize": MESSAGE_BYTES,
    "utf8validateIncoming": True,
    "failByDrop": False,
    "openHandshakeTimeout": 0,
    "closeHandshakeTimeout": 0,
    "autoPingInterval": 0,
    "autoPingTimeout": 0,
    "tcpNoDelay": True,
}

_log = Logger(namespace="sandbox")


class Silence:
    """Takes every log call of Autobahn's and drops it."""

    def _drop(self, *args: Any, **fields: Any) -> None:
        """Say nothing."""

    trace = debug = info = warn = error = critical = failure = _drop


SILENCE: Final = Silence()


def guarded(method: Callable[..., None]) -> Callable[..., None]:
    """Keep a callback's exception from Autobahn, which would show it to the peer or swallow it.

    Args:
        method: of a protocol with a transport.

    Returns:
        The same; an exception in it is logged and cuts the connection.
    """

    @wraps(method)
    def guard(self: Any, *args: Any, **fields: Any) -> None:
        try:
            method(self, *args, **fields)
        except Exception:  # noqa: BLE001 - whatever it is, it ends this connection and no other
            _log.failure("A callback of the sandbox failed")
            self.transport.abortConnection()

    return guard
