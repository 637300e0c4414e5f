"""The identity of a charger, from the raw request target (J-01 to J-05, checklist A).

The target is split first and decoded after, once: `A%2FB` is one identity.
"""

import re
from typing import Final
from urllib.parse import quote, unquote_to_bytes

from attrs import field, frozen

from edge_twisted.core.quirks import Quirk

IDENTITY_LIMIT: Final = 255
"""Decoded bytes of an identity; OCPP 1.6 sets no limit (J-04)."""

_ABSOLUTE: Final = re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*://[^/?#]*")
_FULL_URL: Final = re.compile(rb"/*(?:wss?|https?):/+[^/]*", re.IGNORECASE)
_UNSAFE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@%]")
_USUAL: Final = re.compile(rb"((?:/[A-Za-z0-9\-._~]+)*/)([A-Za-z0-9\-._~]{1,%d})" % IDENTITY_LIMIT)
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]|\xc2[\x80-\x9f]")
_ODDITIES: Final = (
    (re.compile(rb" "), Quirk.LITERAL_SPACE),
    (re.compile(rb"#"), Quirk.HASH),
    (re.compile(rb"[\x80-\xff]"), Quirk.RAW_BYTES),
    (re.compile(rb'["<>\[\\\]^`{|}]'), Quirk.RAW_CHARACTERS),
    (re.compile(rb"%(?![0-9A-Fa-f]{2})"), Quirk.STRAY_PERCENT),
)


@frozen
class Claim:
    """Who a charger says it is.

    Args:
        segment: the last segment that is not empty, fit for the uplink's URL: as received, except that what
            RFC 3986 does not allow in a segment is percent-encoded. It decodes to `identity` (J-03).
        identity: the segment, decoded once.
        prefix: the raw path before the segment, with the slash between them; only recorded.
        trailing_slash: whether a slash follows; such a claim is accepted under conditions (design section 4).
        quirks: what was odd about the target.
    """

    segment: bytes = field(repr=False)
    identity: bytes = field(repr=False)
    prefix: bytes = field(repr=False)
    trailing_slash: bool
    quirks: frozenset[Quirk]


def target_path(target: bytes) -> bytes:
    """The path of a request target: without scheme and authority, and without the query (A11)."""
    found = _ABSOLUTE.match(target)
    return target[found.end() if found else 0 :].partition(b"?")[0]


def read_identity(target: bytes) -> Claim | None:
    """Read the identity from a request target.

    Any prefix is accepted (J-05), also a whole URL that was sent as path (Q17). A percent sign that is no escape is
    taken literally. Path tricks are not: an identity that is, or holds between slashes, `.` or `..` is none (A12).

    Args:
        target: the request target as received; literal spaces and bytes above 127 are accepted (A5).

    Returns:
        The claim, or None where there is no identity, where it holds control characters, and where it has more than
        `IDENTITY_LIMIT` bytes (A8).
    """
    usual = _USUAL.fullmatch(target)
    if usual and usual[2] not in (b".", b".."):  # nearly always: nothing in it is odd, or has to be decoded
        return Claim(usual[2], usual[2], usual[1], False, frozenset())
    return _read_odd(target)


def _read_odd(target: bytes) -> Claim | None:
    path = target_path(target)
    quirks = {quirk for pattern, quirk in _ODDITIES if pattern.search(path)}
    if b"?" in target:
        quirks.add(Quirk.QUERY)
    if _ABSOLUTE.match(target):
        quirks.add(Quirk.ABSOLUTE_TARGET)
    authority = 0
    if url := _FULL_URL.match(path):
        quirks.add(Quirk.FULL_URL_IN_PATH)
        authority = url.end()
    elif not path.startswith(b"/"):
        quirks.add(Quirk.NO_LEADING_SLASH)
    trimmed = path.rstrip(b"/")
    cut = trimmed.rfind(b"/") + 1
    if cut < authority or trimmed == b"*":  # the last segment is the host of a URL, or the target of OPTIONS
        return None
    if b"//" in path[authority:cut]:
        quirks.add(Quirk.DOUBLE_SLASH)
    if trailing := len(trimmed) < len(path):
        quirks.add(Quirk.TRAILING_SLASH)
    segment = _UNSAFE.sub(_escape, trimmed[cut:])
    identity = unquote_to_bytes(segment)
    if not usable_identity(identity):
        return None
    return Claim(segment, identity, path[:cut], trailing, frozenset(quirks))


def _escape(found: re.Match[bytes]) -> bytes:
    return b"%%%02X" % ord(found[0])


def usable_identity(identity: bytes) -> bool:
    """Whether a charger can have this identity: not empty, not too long, no control characters, no path tricks (J-04).

    Args:
        identity: decoded.

    Returns:
        False for what is never served.
    """
    if not 0 < len(identity) <= IDENTITY_LIMIT or _CONTROL.search(identity):
        return False
    return {b".", b".."}.isdisjoint(re.split(rb"[/\\]", identity))


def upstream_segment(identity: bytes) -> bytes:
    """Write an identity as the last segment of an uplink's URL, where no charger's own writing is at hand (J-03).

    Args:
        identity: decoded.

    Returns:
        The segment; it decodes to the identity.
    """
    return quote(identity, safe="!$&'()*+,;=:@-._~").encode("ascii")
