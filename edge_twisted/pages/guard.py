"""Who may ask: the browser was meant to come here, and what changes something comes from our own pages.

Without the first rule a foreign page could reach a server on loopback by a name that it points there (DNS rebinding);
without the second it could send forms that the reader never saw (request forgery).
"""

import ipaddress
from collections.abc import Iterable
from typing import Any, Final

from attrs import field, frozen

SAFE: Final = frozenset({b"GET", b"HEAD"})
METHODS: Final = SAFE | {b"POST", b"PUT", b"DELETE"}
OURS: Final = frozenset({b"same-origin", b"none"})
"""`Sec-Fetch-Site` of our own pages, and of what the reader does in the browser itself."""


@frozen
class Refused:
    """Why a request is not carried out.

    Args:
        status: of HTTP.
        why: a sentence with the remedy.
    """

    status: int
    why: str


FOREIGN_HOST: Final = Refused(421, "This server is not known by the name in the request. Open it by its own address.")
NO_HOST: Final = Refused(400, "A request needs exactly one Host header.")
FOREIGN_ORIGIN: Final = Refused(
    403, "This change was asked for by another website, so it was not made. Open the page here and try again."
)
NO_METHOD: Final = Refused(405, "GET, HEAD, POST, PUT and DELETE are understood here, and no other method.")


def _lower(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.lower().rstrip(".") for name in names)


@frozen
class Guard:
    """The two rules.

    Args:
        names: names and address literals under which the server may be asked, beside the address that a connection
            came to.
    """

    names: frozenset[str] = field(converter=_lower, default=frozenset({"localhost"}))

    def look(self, request: Any) -> Refused | None:
        """Look at a request.

        Args:
            request: of `twisted.web`.

        Returns:
            Why it is refused; None: it is not.
        """
        hosts = request.requestHeaders.getRawHeaders(b"host", [])
        if len(hosts) != 1:
            return NO_HOST
        if not self._known(_name(hosts[0]), request.getHost()):
            return FOREIGN_HOST
        if request.method not in METHODS:
            return NO_METHOD
        if request.method not in SAFE and not _same_origin(request, hosts[0]):
            return FOREIGN_ORIGIN
        return None

    def _known(self, name: str, here: Any) -> bool:
        if not name:
            return False
        return name in self.names or _address(name) in (_address(getattr(here, "host", "")), *map(_address, self.names))


def _same_origin(request: Any, host: bytes) -> bool:
    """Whether a browser says that its own page asks; a program that is none says nothing, and asks for itself."""
    sites = request.requestHeaders.getRawHeaders(b"sec-fetch-site", [])
    if sites:
        return len(sites) == 1 and sites[0] in OURS
    origins = request.requestHeaders.getRawHeaders(b"origin", [])
    own = (b"https://" if request.isSecure() else b"http://") + host.strip()
    return not origins or (len(origins) == 1 and origins[0].strip().lower() == own.lower())


def _name(host: bytes) -> str:
    """The name in a Host header, without its port; empty where it is none."""
    text = host.strip().decode("latin-1").lower()
    if text.startswith("["):
        name, bracket, port = text[1:].partition("]")
        colon, port = port[:1], port[1:]
        if not bracket or (colon and colon != ":"):
            return ""
    else:
        name, colon, port = text.partition(":")
    return name.rstrip(".") if not colon or port.isdecimal() else ""


def _address(name: str) -> object:
    """An address literal, equal however it is written; something equal to nothing else for a name."""
    try:
        found = ipaddress.ip_address(name)
    except ValueError:
        return object()
    return getattr(found, "ipv4_mapped", None) or found
