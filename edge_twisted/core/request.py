"""What a charger asks for: the bytes of a request head to a value, and the heads that Edge writes itself.

Autobahn is handed `upgrade_head` only, so that it never sees an oddity, an identity or a credential.
"""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from attrs import field, frozen

from edge_twisted.core.credentials import BrokenCredentials, Credentials, parse_basic
from edge_twisted.core.head import HEAD_LIMIT as HEAD_LIMIT
from edge_twisted.core.head import Head, HeadError, is_token, parse_head, printable
from edge_twisted.core.head import head_end as head_end
from edge_twisted.core.identity import IDENTITY_LIMIT, Claim, read_identity, target_path
from edge_twisted.core.quirks import Quirk

BAD_CODES: Final = frozenset(
    {
        "head-broken",
        "head-too-long",
        "http-version",
        "method",
        "body",
        "two-authorizations",
        "version",
        "key",
        "browser",
        "no-identity",
    }
)
"""Every code of a `Bad`."""

_VERSION: Final = re.compile(rb"HTTP/([0-9])\.([0-9])", re.IGNORECASE)
_KEY: Final = re.compile(rb"[A-Za-z0-9+/]{22}==")
_ODD_PORT: Final = re.compile(rb"(?:\[[^\]]*\]|[^:\[]*):[0-9]*[^0-9].*")
_SINGLE: Final = (b"sec-websocket-key", b"sec-websocket-version", b"origin", b"user-agent")


@frozen
class Request:
    """A charger asks for a WebSocket.

    Args:
        claim: who it says it is.
        protocols: the subprotocols it offers, in its order, without repeats, letter case kept (J-12, B9). Names that
            are no tokens are left out.
        key: its `Sec-WebSocket-Key`.
        shown: its Basic credentials, or None.
        broken_authorization: whether it shows something that is not Basic authentication: a 401 later (D6).
        host: its `Host`, printable and at most 255 characters, or nothing.
        user_agent: its `User-Agent`, printable and at most 200 characters, or nothing.
        quirks: everything odd about the request.
    """

    claim: Claim
    protocols: tuple[str, ...]
    key: str = field(repr=False)
    shown: Credentials | None = field(repr=False)
    broken_authorization: bool
    host: str
    user_agent: str
    quirks: frozenset[Quirk]

    @property
    def identity(self) -> bytes:
        """The decoded identity."""
        return self.claim.identity


@frozen
class Plain:
    """An HTTP request that asks for no WebSocket (C9).

    Args:
        method: as received.
        path: its path without the query, printable and at most 255 characters. It can hold an identity.
        accepts_html: whether `Accept` names HTML: a browser shows a page.
        host: its `Host`, printable and at most 255 characters, or nothing.
        upgrade_lost: whether the WebSocket headers are there without the upgrade: something on the way took it out.
    """

    method: str
    path: str = field(repr=False)
    accepts_html: bool
    host: str
    upgrade_lost: bool

    @property
    def is_browser(self) -> bool:
        """Whether a page is the fitting answer."""
        return self.accepts_html and self.method in ("GET", "HEAD")


@frozen
class Bad:
    """A request that is refused for itself, whoever sent it.

    Args:
        status: the HTTP status.
        code: one of `BAD_CODES`.
        headers: headers that belong to the refusal.
    """

    status: int
    code: str
    headers: tuple[tuple[str, str], ...] = ()


def read_request(head: bytes) -> Request | Plain | Bad:
    """Read a request head.

    The order is the design's: broken head, no upgrade, faults of the handshake, a browser's page, no identity.
    Without `Upgrade`, but with `Connection: Upgrade` and a WebSocket key, it is taken as an upgrade; with the key alone
    it is not, since a hop that takes these headers out would not carry a WebSocket either.

    Args:
        head: up to and with the blank line, as `head_end` found it.

    Returns:
        What is asked for, or the refusal. Never raises.
    """
    if len(head) > HEAD_LIMIT:
        return Bad(400, "head-too-long")
    try:
        parsed = parse_head(bytes(head), strict=True)
        method, target, quirks = _request_line(parsed.first)
    except HeadError as error:
        return Bad(400, error.code)
    connection = parsed.has_token(b"connection", b"upgrade")
    upgrade = any(element.split(b"/")[0].lower() == b"websocket" for element in parsed.elements(b"upgrade"))
    key = bool(parsed.values(b"sec-websocket-key"))
    if not upgrade and not (connection and key and not parsed.elements(b"upgrade")):
        return _plain(method, target, parsed, upgrade_lost=key)
    if bad := _fault(method, parsed):
        return bad
    if _from_page(parsed):
        return Bad(403, "browser")
    claim = read_identity(target)
    if claim is None:
        return Bad(404, "no-identity")
    if not upgrade:
        quirks.add(Quirk.NO_UPGRADE)
    if not connection:
        quirks.add(Quirk.NO_CONNECTION_UPGRADE)
    protocols = _protocols(parsed, quirks)
    shown, broken = _authorization(parsed, claim.identity, quirks)
    host = _host(parsed, quirks)
    quirks |= parsed.quirks | claim.quirks | _header_quirks(parsed)
    return Request(
        claim=claim,
        protocols=protocols,
        key=parsed.values(b"sec-websocket-key")[0].decode("ascii"),
        shown=shown,
        broken_authorization=broken,
        host=host,
        user_agent=printable(b" ".join(parsed.values(b"user-agent")), 200),
        quirks=frozenset(quirks),
    )


def upgrade_head(key: str, protocols: Sequence[str]) -> bytes:
    """The request head that Autobahn's server is given in place of the charger's.

    Args:
        key: the charger's `Sec-WebSocket-Key`.
        protocols: the subprotocols to offer; repeats are left out.

    Returns:
        The head. It never holds an identity or a credential.

    Raises:
        ValueError: a key or a subprotocol that no `Request` holds.
    """
    if not _KEY.fullmatch(key.encode()) or not all(is_token(name.encode()) for name in protocols):
        raise ValueError("not from a request")
    offer = f"Sec-WebSocket-Protocol: {', '.join(dict.fromkeys(protocols))}\r\n" if protocols else ""
    return (
        "GET / HTTP/1.1\r\nHost: edge\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n"
    ).encode("ascii")


def response(
    status: int,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    content_type: str = "text/plain; charset=utf-8",
) -> bytes:
    """A whole HTTP answer after which the connection is closed. It names no software.

    Args:
        status: the HTTP status.
        headers: further headers; what is not printable ASCII is taken out of them.
        body: what a person may read.
        content_type: of the body; left out with an empty one.

    Returns:
        Head and body.
    """
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    fields = [*headers, ("Content-Type", content_type)] if body else [*headers]
    fields += [("Content-Length", str(len(body))), ("Cache-Control", "no-store"), ("Connection", "close")]
    lines = [f"HTTP/1.1 {status} {phrase}", *(f"{_clean(name)}: {_clean(value)}" for name, value in fields)]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _clean(text: str) -> str:
    return "".join(character for character in text if " " <= character <= "~")


def _request_line(line: bytes) -> tuple[bytes, bytes, set[Quirk]]:
    """Method, target and quirks. The line is split at its first and its last space: paths hold literal ones (Q16)."""
    method, _, rest = line.strip(b" ").partition(b" ")
    spaced, _, version = rest.rpartition(b" ")
    target = spaced.strip(b" ")
    found = _VERSION.fullmatch(version)
    if not is_token(method) or not target or not found or b"\t" in line:
        raise HeadError("head-broken")
    if found[1] != b"1":
        raise HeadError("http-version")
    quirks = set()
    if target != spaced or line != line.strip(b" "):
        quirks.add(Quirk.EXTRA_SPACE)
    if not version.startswith(b"HTTP") or method != method.upper():
        quirks.add(Quirk.LETTER_CASE)
    if found[2] == b"0":
        quirks.add(Quirk.HTTP_1_0)
    return method.upper(), target, quirks


def _plain(method: bytes, target: bytes, head: Head, *, upgrade_lost: bool) -> Plain:
    return Plain(
        method=printable(method, 16),
        path=printable(target_path(target), IDENTITY_LIMIT),
        accepts_html=any(element.lower().startswith(b"text/html") for element in head.elements(b"accept")),
        host=_host(head, set()),
        upgrade_lost=upgrade_lost,
    )


def _fault(method: bytes, head: Head) -> Bad | None:
    """What is wrong with an upgrade request before anyone asks who sent it."""
    if method != b"GET":
        return Bad(405, "method", (("Allow", "GET"),))
    # A body would be read as WebSocket frames: by then two parsers see two different requests.
    if head.values(b"transfer-encoding") or set(head.values(b"content-length")) - {b"0"}:
        return Bad(400, "body")
    if len(head.values(b"authorization")) > 1:
        return Bad(400, "two-authorizations")
    versions = head.elements(b"sec-websocket-version")
    if versions and b"13" not in versions:
        return Bad(426, "version", (("Sec-WebSocket-Version", "13"), ("Upgrade", "websocket")))
    keys = set(head.values(b"sec-websocket-key"))
    if len(keys) != 1 or not _KEY.fullmatch(keys.pop()):
        return Bad(400, "key")
    return None


def _from_page(head: Head) -> bool:
    """Whether a browser's page asks: chargers send odd Origins, but none of these (design section 4, C12)."""
    if head.values(b"sec-fetch-site") or head.values(b"cookie"):
        return True
    return bool(head.values(b"origin")) and any(b"mozilla/" in agent.lower() for agent in head.values(b"user-agent"))


def _protocols(head: Head, quirks: set[Quirk]) -> tuple[str, ...]:
    offered = head.elements(b"sec-websocket-protocol")
    names = [name for name in offered if is_token(name)]
    if not offered:
        quirks.add(Quirk.NO_SUBPROTOCOL)
    if len(names) < len(offered):
        quirks.add(Quirk.ODD_SUBPROTOCOL)
    if len(set(names)) < len(names):
        quirks.add(Quirk.REPEATED_SUBPROTOCOL)
    return tuple(name.decode("ascii") for name in dict.fromkeys(names))


def _authorization(head: Head, identity: bytes, quirks: set[Quirk]) -> tuple[Credentials | None, bool]:
    """The credentials shown, and whether what is shown cannot be read as such (D6)."""
    values = head.values(b"authorization")
    if not values:
        return None, False
    try:
        shown = parse_basic(values[0], identity)
    except BrokenCredentials:
        return None, True
    if len(values[0].split()[-1]) % 4:
        quirks.add(Quirk.UNPADDED_BASE64)
    if shown.user != identity:
        quirks.add(Quirk.USER_DIFFERS)
    return shown, False


def _host(head: Head, quirks: set[Quirk]) -> str:
    values = head.values(b"host")
    if not values:
        quirks.add(Quirk.NO_HOST)
        return ""
    if len(values) > 1:
        quirks.add(Quirk.REPEATED_HOST)
    if _ODD_PORT.fullmatch(values[0]):
        quirks.add(Quirk.ODD_HOST)
    return printable(values[0], 255)


def _header_quirks(head: Head) -> set[Quirk]:
    quirks = set()
    if head.values(b"origin"):
        quirks.add(Quirk.ODD_ORIGIN)
    if not head.elements(b"sec-websocket-version"):
        quirks.add(Quirk.NO_VERSION)
    if any(len(head.values(name)) > 1 for name in _SINGLE):
        quirks.add(Quirk.REPEATED_HEADER)
    return quirks
