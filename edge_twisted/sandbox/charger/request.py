"""The request for an upgrade, byte for byte: as RFC 6455 and OCPP-J want it, or as a charger really writes it."""

import base64
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.charger.settings import Access
from edge_twisted.sandbox.security import Credentials

ADDRESS: Final = "address"
"""What stands in the quirk `origin` for the server's own address."""
DEFLATE: Final = "permessage-deflate"

Header = tuple[str, str | bytes]


def request_of(access: Access, agent: str, key: bytes, quirks: Quirks, *, malformed: bool = False) -> bytes:
    """Write the request.

    Args:
        access: where to, and as whom.
        agent: the `User-Agent`.
        key: of `Sec-WebSocket-Key`, in base64.
        quirks: how the charger deviates.
        malformed: whether this one is none that a server can read (Q22).

    Returns:
        The bytes, with the empty line at their end.
    """
    parts = urlsplit(access.endpoint)
    version = b"HTTP/1.0" if quirks.http_1_0 else b"HTTP/1.1"
    headers: list[Header] = [("Host", _host(parts, quirks)), ("Upgrade", "websocket")]
    if not quirks.no_connection_header:
        headers.append(("Connection", "Upgrade"))
    headers += [("Sec-WebSocket-Key", key), ("Sec-WebSocket-Version", "13")]
    protocols = offered(access, quirks)
    if protocols:
        headers.append(("Sec-WebSocket-Protocol", ", ".join(protocols)))
    if quirks.origin:
        headers.append(("Origin", f"http://{parts.hostname}" if quirks.origin == ADDRESS else quirks.origin))
    headers += [*_authorization(access, quirks), ("User-Agent", agent)]
    if quirks.extra_header:
        name, _, value = quirks.extra_header.partition(":")
        headers.append((name.strip(), value.strip()))
    lines = [b"GET " + target_of(access, quirks) + b" " + version]
    if malformed:
        lines = [b"GET " + target_of(access, quirks), b"Sec-WebSocket"]
    lines += [name.encode("latin-1") + b": " + _bytes(value) for name, value in headers]
    return b"\r\n".join([*lines, b"", b""])


def offered(access: Access, quirks: Quirks) -> tuple[str, ...]:
    """Which OCPP versions are offered.

    Args:
        access, quirks: as for `request_of`.
    """
    if quirks.no_subprotocol:
        return ()
    more = ("ocpp2.0.1",) if quirks.offers_2_0_1 and "ocpp2.0.1" not in access.protocols else ()
    return more + access.protocols


def target_of(access: Access, quirks: Quirks) -> bytes:
    """What stands in the request line: the endpoint's path, and the identity as its last segment (J-01).

    Args:
        access, quirks: as for `request_of`.
    """
    parts = urlsplit(access.endpoint)
    path = parts.path.rstrip("/")
    if quirks.no_identity_in_path:
        return _bytes(path or "/")
    if quirks.path_prefix:
        path = f"/{quirks.path_prefix.strip('/')}{path}"
    if quirks.url_as_path:
        path = f"/{parts.scheme}://{parts.netloc}{path}"
    path += "/" * (1 + quirks.extra_slashes)
    end = "/" if quirks.trailing_slash else ""
    return _bytes(path) + _segment(access.identity, quirks) + _bytes(end)


def _segment(identity: str, quirks: Quirks) -> bytes:
    if quirks.unencoded_identity:
        return identity.encode("utf-8", "surrogateescape")
    if quirks.percent_encoded_identity:
        found = "".join(c if c.isascii() and c.isalnum() else _encoded(c) for c in identity)
        return found.encode("ascii")
    return quote(identity, safe="").encode("ascii")


def _encoded(character: str) -> str:
    return "".join(f"%{octet:02X}" for octet in character.encode("utf-8", "surrogateescape"))


def _host(parts: SplitResult, quirks: Quirks) -> str:
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    usual = parts.port is None or parts.port == (443 if parts.scheme == "wss" else 80)
    return host if usual or quirks.host_without_port else f"{host}:{parts.port}"


def _authorization(access: Access, quirks: Quirks) -> list[Header]:
    credentials = access.credentials
    if credentials is None and quirks.empty_password:
        credentials = Credentials(access.identity.encode("utf-8", "surrogateescape"), b"")
    if credentials is None:
        return []
    user = b"" if quirks.empty_user else credentials.user
    password = b"" if quirks.empty_password else credentials.password
    token = base64.b64encode(user + b":" + password)
    if quirks.lower_case_authorization:
        return [("authorization", b"basic " + token)]
    return [("Authorization", b"Basic " + token)]


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("latin-1", "replace")
