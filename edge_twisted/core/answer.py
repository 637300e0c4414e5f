"""What the central system answers to an uplink's handshake: bytes to a value, whatever the bytes.

Answers with a status of 100 to 199 other than 101 come before the final one. The reader takes them out:
`end = head_end(data)`, `answer = read_answer(data[:end])`; while `answer.is_interim`, at most `INTERIM_LIMIT`
times, `data = data[end:]` and again.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

from attrs import field, frozen

from edge_twisted.core.head import HEAD_LIMIT, is_token, parse_head, printable

INTERIM_LIMIT: Final = 8
"""How many answers before the final one are borne."""

RETRY_AFTER_LIMIT: Final = 600.0
"""Seconds for which a `Retry-After` is honoured (design section 3.9)."""

_STATUS_LINE: Final = re.compile(rb"HTTP/[0-9](?:\.[0-9])? +([1-9][0-9]{2})(?:[ \t].*)?", re.IGNORECASE | re.DOTALL)
_SECONDS: Final = re.compile(r"[0-9]+")
_MAGIC: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


@frozen
class Answer:
    """A central system's answer.

    Args:
        status: 100 to 999.
        protocol: the subprotocol it chose, the first where it names several; None where it names none.
        accept: its `Sec-WebSocket-Accept`, or nothing where it is not printable.
        retry_after: its `Retry-After`, printable and at most 64 characters; see `retry_after_seconds`.
        location: its `Location`, printable and at most 500 characters. It can hold an identity and is never followed.
        upgrade_ok: whether it is whole and switches to WebSocket (RFC 6455 section 4.1).
        protocol_error: whether it names several different subprotocols, or one that is not printable.
        extensions: whether it names an extension; none is ever offered.
    """

    status: int
    protocol: str | None
    accept: str = field(repr=False)
    retry_after: str
    location: str = field(repr=False)
    upgrade_ok: bool
    protocol_error: bool
    extensions: bool

    @property
    def is_interim(self) -> bool:
        """Whether another answer follows: any 1xx but 101."""
        return self.status < 200 and self.status != 101


def read_answer(head: bytes) -> Answer | None:
    """Read an answer head.

    Args:
        head: up to and with the blank line; of a peer that closed before one, everything it sent, so that its status
            survives. HTTP/1.0, bare line feeds, folded lines, any bytes; lines that cannot be read are passed over.

    Returns:
        The answer, or None: not HTTP, or over `HEAD_LIMIT`. Never raises.
    """
    if len(head) > HEAD_LIMIT:
        return None
    parsed = parse_head(bytes(head), strict=False)
    line = _STATUS_LINE.fullmatch(parsed.first)
    if line is None:
        return None
    protocols = list(dict.fromkeys(parsed.elements(b"sec-websocket-protocol")))
    return Answer(
        status=int(line[1]),
        protocol=printable(protocols[0], 200) if protocols else None,
        accept=_exact(b", ".join(dict.fromkeys(parsed.values(b"sec-websocket-accept")))),
        retry_after=printable(b"".join(parsed.values(b"retry-after")[:1]), 64),
        location=printable(b"".join(parsed.values(b"location")[:1]), 500),
        upgrade_ok=parsed.complete
        and parsed.has_token(b"upgrade", b"websocket")
        and parsed.has_token(b"connection", b"upgrade"),
        protocol_error=len(protocols) > 1 or any(_exact(name) == "" for name in protocols),
        extensions=bool(parsed.elements(b"sec-websocket-extensions")),
    )


def valid_upgrade(answer: Answer, key: str, offered: Sequence[str]) -> str:
    """Check an answer to an uplink's handshake (RFC 6455 section 4.1, B10).

    Args:
        answer: what came.
        key: the `Sec-WebSocket-Key` that was sent.
        offered: the subprotocols that were offered.

    Returns:
        Nothing where the WebSocket is open; else what is wrong: `status`, `upgrade`, `accept`, `extension`, `protocol`.
    """
    if answer.status != 101:
        return "status"
    if not answer.upgrade_ok:
        return "upgrade"
    if answer.accept != accept_value(key):
        return "accept"
    if answer.extensions:
        return "extension"
    if answer.protocol_error or (answer.protocol is not None and answer.protocol not in offered):
        return "protocol"
    return ""


def accept_value(key: str) -> str:
    """The `Sec-WebSocket-Accept` that belongs to a `Sec-WebSocket-Key` (RFC 6455 section 4.2.2)."""
    digest = hashlib.sha1(key.encode("ascii") + _MAGIC, usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")


def answer_head(key: str, protocol: str | None) -> bytes:
    """The answer head that Autobahn's client is given in place of the central system's.

    Args:
        key: the `Sec-WebSocket-Key` that Autobahn sent.
        protocol: the subprotocol that the central system chose, or None.

    Returns:
        The head.

    Raises:
        ValueError: a subprotocol that is no token.
    """
    if protocol is not None and not is_token(protocol.encode()):
        raise ValueError("not a subprotocol")
    choice = f"Sec-WebSocket-Protocol: {protocol}\r\n" if protocol else ""
    return (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_value(key)}\r\n{choice}\r\n"
    ).encode("ascii")


def retry_after_seconds(value: str, now: float) -> float | None:
    """How long a `Retry-After` asks to wait (W-22, C7).

    Args:
        value: seconds, or an HTTP date.
        now: seconds since the epoch.

    Returns:
        Seconds from 0 to `RETRY_AFTER_LIMIT`, or None where the value cannot be read.
    """
    value = value.strip()
    if _SECONDS.fullmatch(value):
        return min(float(value.lstrip("0")[:9] or "0"), RETRY_AFTER_LIMIT)
    try:
        date = parsedate_to_datetime(value)
        at = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return min(max(at - now, 0.0), RETRY_AFTER_LIMIT)


def _exact(value: bytes) -> str:
    """A value that is compared: nothing taken out of it, so that no odd byte makes it equal to a right one."""
    text = printable(value, 200)
    return text if len(text) == len(value) else ""
