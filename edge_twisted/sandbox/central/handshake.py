"""The answers to a handshake that are no 101, right ones and wrong ones, as octets."""

import secrets
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final

from edge_twisted.sandbox.central.faults import Fault

CHALLENGE: Final = ("WWW-Authenticate", 'Basic realm="central"')
GARBAGE_BYTES: Final = 64
WRONG: Final = frozenset({"refuse", "redirect", "http-1.0", "garbage", "no-answer"})
"""The kinds of faults that stand in place of the 101."""


def refusal(status: int, headers: Iterable[tuple[str, str]] = (), version: str = "1.1") -> bytes:
    """An HTTP answer without a body, which ends the connection.

    Args:
        status: of HTTP; 401 gets its challenge (W-21).
        headers: names and values, beside the usual ones.
        version: of HTTP.

    Returns:
        The octets.
    """
    challenge = [CHALLENGE] if status == HTTPStatus.UNAUTHORIZED else []
    usual = [("Content-Length", "0"), ("Connection", "close")]
    lines = [f"HTTP/{version} {status} {_phrase(status)}"]
    lines += [f"{name}: {value}" for name, value in (*challenge, *headers, *usual)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def wrong_answer(fault: Fault) -> bytes | None:
    """What stands in place of the 101.

    Args:
        fault: of one of the kinds in `WRONG`.

    Returns:
        The octets; None: nothing at all.
    """
    later = [("Retry-After", str(fault.retry_after))] if fault.retry_after else []
    match fault.kind:
        case "refuse":
            return refusal(fault.status, later)
        case "redirect":
            return refusal(fault.status, [("Location", fault.location)])
        case "http-1.0":
            return refusal(fault.status, later, "1.0")
        case "garbage":
            return b"\0" + secrets.token_bytes(GARBAGE_BYTES - 1)
    return None


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Refused"
