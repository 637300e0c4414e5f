"""The lines of an HTTP head, of a request and of an answer alike: bytes in, names and values out."""

import re
from typing import Final

from attrs import field, frozen

from edge_twisted.core.quirks import Quirk

HEAD_LIMIT: Final = 16384
"""Bytes of a head, its blank line included (C13)."""

HEADER_LIMIT: Final = 128
"""Lines of a head."""

_END: Final = re.compile(rb"\n\r?\n")
_LEADING: Final = re.compile(rb"(?:\r?\n){0,8}")
_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")
_TOKEN: Final = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_TEXT: Final = rb"[^\x00-\x08\n-\x1f\x7f]"
_USUAL: Final = re.compile(rb"(%b+)\r\n((?:%b:%b*\r\n)*)\r\n" % (_TEXT, _TOKEN.pattern, _TEXT))
"""A head in which nothing is odd."""
_FIELD: Final = re.compile(rb"([^:]+):[ \t]*([^\r]*)\r\n")
"""A line of such a one."""


class HeadError(ValueError):
    """A head that cannot be read.

    Args:
        code: `head-broken` or `head-too-long`; never a piece of the head.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@frozen
class Head:
    """A head cut into its parts.

    Args:
        first: the request line or the status line, without its line end.
        fields: (name in lower case, value without white space around it), in the order received.
        quirks: what was odd about the lines.
        complete: whether the blank line that ends a head was there.
    """

    first: bytes = field(repr=False)
    fields: tuple[tuple[bytes, bytes], ...] = field(repr=False)
    quirks: frozenset[Quirk]
    complete: bool
    _by_name: dict[bytes, list[bytes]] = field(init=False, repr=False, eq=False)

    @_by_name.default
    def _sort(self) -> dict[bytes, list[bytes]]:
        found: dict[bytes, list[bytes]] = {}
        for name, value in self.fields:
            found.setdefault(name, []).append(value)
        return found

    def values(self, name: bytes) -> list[bytes]:
        """Every value of a header, in order. Name in lower case."""
        return self._by_name.get(name, [])

    def elements(self, name: bytes) -> list[bytes]:
        """The elements of a header that is a comma-separated list, over all its lines; empty ones left out (B9)."""
        values = self._by_name.get(name)
        if values is None:
            return []
        if len(values) == 1 and b"," not in values[0]:  # nearly always
            part = values[0].strip(b" \t")
            return [part] if part else []
        parts = (part.strip(b" \t") for value in values for part in value.split(b","))
        return [part for part in parts if part]

    def has_token(self, name: bytes, token: bytes) -> bool:
        """Whether a list header holds a token, in any letter case (C14)."""
        return any(element.lower() == token for element in self.elements(name))


def head_end(data: bytes | bytearray, start: int = 0) -> int:
    """Find the end of a head.

    Lines may end with a bare line feed, and up to eight blank lines may come first. The cost of a call is that of the
    bytes after `start`, so a head in many small pieces is searched once.

    Args:
        data: everything received so far.
        start: how many bytes of it a former call has seen.

    Returns:
        The index just after the blank line that ends the head, or -1.
    """
    found = _END.search(data, max(_leading(data), start - 2))
    return found.end() if found else -1


def parse_head(data: bytes, *, strict: bool) -> Head:
    """Cut a head into its parts.

    Args:
        data: the head, as `head_end` found it.
        strict: whether control characters, lines without a name, a missing end or too many lines are an error, as in
            a request; in an answer they are passed over, and a line that was cut off is left out.

    Returns:
        The parts.

    Raises:
        HeadError: where it is strict.
    """
    if usual := _USUAL.fullmatch(data):  # nearly always; the same as all that follows, at a third of the cost
        lines = _FIELD.findall(usual[2])
        if len(lines) <= HEADER_LIMIT:
            named = tuple((name.lower(), value.rstrip(b" \t")) for name, value in lines)
            return Head(usual[1], named, frozenset(), True)
    return _parse_odd(data, strict=strict)


def _parse_odd(data: bytes, *, strict: bool) -> Head:
    quirks = set()
    lead = _leading(data)
    if lead:
        quirks.add(Quirk.LEADING_BLANK_LINE)
    end = _END.search(data, lead)
    if strict and (end is None or end.end() != len(data) or _FORBIDDEN.search(data)):
        raise HeadError("head-broken")
    lines = data[lead : end.start() if end else len(data)].split(b"\n")
    if end is None and len(lines) > 1:
        lines.pop()
    if strict and len(lines) > HEADER_LIMIT + 1:
        raise HeadError("head-too-long")
    if (end and end[0] == b"\n\n") or any(not line.endswith(b"\r") for line in lines):
        quirks.add(Quirk.BARE_LINE_FEED)
    first, *rest = (line.removesuffix(b"\r") for line in lines[: HEADER_LIMIT + 1])
    fields: list[tuple[bytes, bytes]] = []
    for line in rest:
        _add_line(line, fields, quirks, strict=strict)
    return Head(first, tuple(fields), frozenset(quirks), end is not None)


def _add_line(line: bytes, fields: list[tuple[bytes, bytes]], quirks: set[Quirk], *, strict: bool) -> None:
    """Add one line of a head to the fields; a line that is none is an error, or a field without a name."""
    if line.startswith((b" ", b"\t")) and fields:
        name, value = fields[-1]
        fields[-1] = (name, (value + b" " + line.strip(b" \t")).strip(b" "))
        quirks.add(Quirk.FOLDED_HEADER)
        return
    spaced, colon, value = line.partition(b":")
    name = spaced.rstrip(b" \t")
    if not colon or not is_token(name):
        if strict:
            raise HeadError("head-broken")
        name = b""
    elif name != spaced:
        quirks.add(Quirk.SPACE_BEFORE_COLON)
    fields.append((name.lower(), value.strip(b" \t")))


def is_token(value: bytes) -> bool:
    """Whether a value is an HTTP token: a header's name, a method, a subprotocol (RFC 9110 section 5.6.2)."""
    return _TOKEN.fullmatch(value) is not None


def printable(value: bytes, limit: int) -> str:
    """The printable ASCII characters of a value from outside, at most `limit` of them."""
    if value.isascii() and (text := value.decode("ascii")).isprintable():  # nearly always
        return text[:limit]
    return bytes(byte for byte in value if 0x20 <= byte < 0x7F)[:limit].decode("ascii")


def _leading(data: bytes | bytearray) -> int:
    found = _LEADING.match(data)
    return found.end() if found else 0
