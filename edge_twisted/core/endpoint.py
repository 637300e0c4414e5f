"""Where an uplink goes and whom it trusts there: endpoints as values, and the text a maintainer enters."""

import ipaddress
import re
from functools import cached_property
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from attrs import frozen

from edge_twisted.core.networks import PRIVATE

SCHEMES: Final = {"ws": (False, 80), "wss": (True, 443)}

TEXT_LIMIT: Final = 1000
"""Characters of an endpoint as entered."""

_FORBIDDEN: Final = re.compile(r'[^!-~]|["<>\\^`{|}]')
_BROKEN_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
# `urlsplit` drops what stands beside the brackets of an IPv6 address, and takes scopes and names between them.
_AUTHORITY: Final = re.compile(r"(?:\[[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*\]|[^\[\]:%]+)(?::[0-9]+)?")
_NUMERIC: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")


class EndpointError(ValueError):
    """An endpoint that cannot be used.

    Args:
        code: a word from `words`, under `endpoint.<code>`, that says what is wrong.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@frozen
class Trust:
    """Whom an uplink believes (T-30, T-31, T-33).

    Args:
        system: whether the system's roots count.
        roots: PEM texts of further roots.
        cn_fallback: whether a certificate without any SAN may be matched by its CN; only without system roots.
        pins: SHA-256 digests of the public keys (SPKI) that are accepted; empty: any.
    """

    system: bool = True
    roots: tuple[str, ...] = ()
    cn_fallback: bool = False
    pins: tuple[bytes, ...] = ()


@frozen
class Endpoint:
    """An uplink URL without the identity.

    Args:
        secure: whether it is `wss`.
        host: a name in lower case, or an address literal without brackets.
        port: 1 to 65535.
        path: empty, or beginning with `/` and not ending with one.
    """

    secure: bool
    host: str
    port: int
    path: str = ""

    @property
    def scheme(self) -> str:
        """The URL's scheme."""
        return "wss" if self.secure else "ws"

    @property
    def origin(self) -> tuple[str, str, int]:
        """(scheme, host, port): what a secret is bound to."""
        return (self.scheme, self.host, self.port)

    @cached_property
    def authority(self) -> str:
        """Host and port as a `Host` header has them: brackets for IPv6, no default port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == SCHEMES[self.scheme][1] else f"{host}:{self.port}"

    @property
    def is_private_literal(self) -> bool:
        """Whether credentials may go there unencrypted: a private or loopback address literal, or `localhost`."""
        if self.host == "localhost":
            return True
        try:
            address = ipaddress.ip_address(self.host)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return any(address in network for network in PRIVATE)

    @cached_property
    def _text(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    def __str__(self) -> str:
        return self._text


def parse_endpoint(text: str, identity: bytes = b"") -> Endpoint:
    """Read an endpoint as a person or a configuration file gives it (design section 4).

    Args:
        text: the URL, such as `wss://wss.evc-net.com/ocpp`; a trailing `/` is dropped.
        identity: the charger's identity, where one is known.

    Returns:
        The endpoint.

    Raises:
        EndpointError: with the code `scheme`, `host`, `port`, `user`, `query`, `identity`, `characters` or `syntax`.
    """
    text = text.strip()
    if _FORBIDDEN.search(text):
        raise EndpointError("characters")
    if len(text) > TEXT_LIMIT or _BROKEN_ESCAPE.search(text):
        raise EndpointError("syntax")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise EndpointError("syntax") from None
    if parts.scheme not in SCHEMES:
        raise EndpointError("scheme")
    if "@" in parts.netloc:
        raise EndpointError("user")
    if "?" in text or "#" in text:
        raise EndpointError("query")
    try:
        port = parts.port
    except ValueError:
        raise EndpointError("port") from None
    if port == 0 or parts.netloc.endswith(":"):
        raise EndpointError("port")
    if not _AUTHORITY.fullmatch(parts.netloc):
        raise EndpointError("host")
    host = _host(parts.hostname or "")
    secure, default = SCHEMES[parts.scheme]
    path = parts.path.rstrip("/")
    segments = [unquote_to_bytes(segment) for segment in path.split("/")[1:]]
    if identity and segments and segments[-1] == identity:
        raise EndpointError("identity")
    if any(segment in (b"", b".", b"..") for segment in segments):
        raise EndpointError("syntax")
    return Endpoint(secure, host, port or default, path)


def _host(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    if len(host) > 253:
        raise EndpointError("host")
    labels = host.removesuffix(".").split(".")
    for label in labels:
        if not 0 < len(label) <= 63 or label.strip("abcdefghijklmnopqrstuvwxyz0123456789-_") or label.startswith("-"):
            raise EndpointError("host")
    if _NUMERIC.fullmatch(labels[-1]):  # a resolver may read it as an IPv4 address
        raise EndpointError("host")
    return ".".join(labels)
