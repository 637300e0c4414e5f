"""Fatal alerts of TLS peers, by number (T-20), from OpenSSL's info callback.

OpenSSL calls it some sixteen times in each handshake, nearly always about something else. pyOpenSSL looks the
connection up each time; here that is done for alerts only. The names with an underscore are pyOpenSSL's own affair:
`tests/trust/test_alerts.py` fails where they change, and Edge then goes the public way, which does the same.
"""

from collections.abc import Callable
from typing import Any, Final

from OpenSSL import SSL
from twisted.logger import Logger

OnAlert = Callable[[SSL.Connection, int], None]

_READ_ALERT: Final = 0x4004  # SSL_CB_READ_ALERT
_FATAL: Final = 2
_NOT_FATAL_ANYWHERE: Final = (0, 90)  # close_notify, user_canceled

_log = Logger()


def received_alert(connection: SSL.Connection, where: int, value: int) -> int | None:
    """Read what an info callback was told (T-20): by number, since the words differ between libraries.

    Args:
        connection: the connection it is about.
        where: what happened, as OpenSSL's flags.
        value: for an alert, its level times 256 plus its number.

    Returns:
        The number of a fatal alert that the peer sent; None for anything else. In TLS 1.3 the level means nothing:
        all are fatal but close_notify and user_canceled.
    """
    if where & _READ_ALERT != _READ_ALERT:
        return None
    level, number = value >> 8, value & 255
    if level == _FATAL:
        return number
    if connection.get_protocol_version() >= SSL.TLS1_3_VERSION and number not in _NOT_FATAL_ANYWHERE:
        return number
    return None


def hear_alerts(context: SSL.Context, on_alert: OnAlert) -> None:
    """Have the fatal alerts told that peers send.

    Args:
        context: of the connections.
        on_alert: called with the connection and the alert's number. What it raises is logged.
    """

    def info(connection: SSL.Connection, where: int, value: int) -> None:
        if where & _READ_ALERT != _READ_ALERT:
            return
        try:
            number = received_alert(connection, where, value)
            if number is not None:
                on_alert(connection, number)
        except Exception:
            # OpenSSL called us: an exception would end on standard error and nowhere else.
            _log.failure("A received TLS alert could not be handled")

    context.set_info_callback(info)
    if is_direct(context):
        _go_direct(context, info)


NAMES: Final = ("_info_callback", "_context")


def is_direct(context: SSL.Context) -> bool:
    """Whether pyOpenSSL has the names by which the look-up can be left out."""
    connections = hasattr(SSL.Connection, "_reverse_mapping")
    library = hasattr(getattr(SSL, "_lib", None), "SSL_CTX_set_info_callback")
    return connections and library and hasattr(SSL, "_ffi") and all(hasattr(context, name) for name in NAMES)


def _go_direct(context: Any, info: Callable[[SSL.Connection, int, int], None]) -> None:
    library: Any = SSL
    connections = library.Connection._reverse_mapping

    def look(ssl: Any, where: int, value: int) -> None:
        if where & _READ_ALERT == _READ_ALERT:
            info(connections[ssl], where, value)

    context._info_callback = library._ffi.callback("void (*)(const SSL *, int, int)", look)
    library._lib.SSL_CTX_set_info_callback(context._context, context._info_callback)
