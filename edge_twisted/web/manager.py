"""EdgeManager's listener: who may knock, how long that may take, and what every answer forbids browsers to do."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any, Final

import msgspec
from twisted.internet.interfaces import IDelayedCall
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.resource import IResource, Resource
from twisted.web.server import Site

from edge_twisted.pages.bounded import BoundedRequest
from edge_twisted.web.gate import SAFE
from edge_twisted.web.refusing import refuse

CONNECTIONS: Final = 256
"""Connections at once."""
PER_ADDRESS: Final = 32
"""Of these, from one address."""
REQUEST_SECONDS: Final = 30.0
"""From the accept, or the end of the answer before, until a request is complete: TLS, head and body."""
IDLE_SECONDS: Final = 60
"""After which Twisted drops a connection on which nothing comes."""

HEADERS: Final = (
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
"""On every answer; what serves pages puts a wider content policy in its place. No HSTS: where a browser was not given
the box's root, it must stay possible to go on."""

API: Final = b"/v1"
_AUTHORITY: Final = re.compile(rb"(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253}))(?::[0-9]{1,5})?")


class Visitor(ProtocolWrapper):
    """One connection; one too many, or from elsewhere, is dropped before anything of it is read."""

    factory: "ManagerDoor"
    _admitted = False
    _late: IDelayedCall | None = None

    def makeConnection(self, transport: Any) -> None:
        """Look from where it comes, and whether there is room."""
        self.address = str(getattr(transport.getPeer(), "host", ""))
        if not self.factory.has_room(self.address):
            transport.abortConnection()
            return
        self._admitted = True
        self.factory.present[self.address] += 1
        self.expect()
        super().makeConnection(transport)

    def expect(self) -> None:
        """A request has to come, whole, in time."""
        self.heed()
        self._late = self.factory.reactor.callLater(REQUEST_SECONDS, self._too_late)

    def heed(self) -> None:
        """It came; its answer may take what it takes."""
        if self._late is not None and self._late.active():
            self._late.cancel()
        self._late = None

    def _too_late(self) -> None:
        transport: Any = self.transport
        transport.abortConnection()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has a default
        """It is gone; one that was never admitted leaves no trace."""
        if self._admitted:
            self.heed()
            self.factory.left(self.address)
            super().connectionLost(reason)


class ManagerDoor(WrappingFactory[Visitor]):
    """Lets browsers and programs in, one `Visitor` each; stands between TLS and HTTP.

    Args:
        site: behind it.
        reactor: for time.
        welcome: whether an address may come at all.
    """

    protocol = Visitor
    noisy = False

    def __init__(self, site: Site, reactor: Any, welcome: Callable[[str], bool]) -> None:
        super().__init__(site)
        self.reactor = reactor
        self.present: Counter[str] = Counter()
        self._welcome = welcome

    def has_room(self, address: str) -> bool:
        """Whether one more from there may come in."""
        room = len(self.protocols) < CONNECTIONS and self.present[address] < PER_ADDRESS
        return room and self._welcome(address)

    def left(self, address: str) -> None:
        """One from there is gone."""
        self.present[address] -= 1
        if self.present[address] <= 0:
            del self.present[address]


class ManagerRequest(BoundedRequest):
    """A request whose time is bounded."""

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """It is complete."""
        self._visit("heed")
        super().requestReceived(command, path, version)

    def finish(self) -> None:
        """It is answered; the next may come."""
        self._visit("expect")
        super().finish()

    def _visit(self, what: str) -> None:
        visitor = getattr(self.channel, "transport", None)
        if isinstance(visitor, Visitor):
            getattr(visitor, what)()


class ManagerSite(Site):
    """EdgeManager's site, without an access log.

    Args:
        resource: what it serves.
        reactor: for time.
    """

    noisy = False
    displayTracebacks = False

    def __init__(self, resource: IResource, reactor: Any) -> None:
        super().__init__(resource, timeout=IDLE_SECONDS, requestFactory=ManagerRequest, reactor=reactor)

    def log(self, request: Any) -> None:
        """Write no access log: a path can hold an identity."""


class Front(Resource):
    """Looks at host and origin of every request, before anything else does, and hands it on.

    Args:
        api: answers what stands below `API`, and what has no other place.
        own: gives the box's names and addresses, in lower case.
        places: whole paths that somebody else answers.
        pages: answers what does not stand below `API`; None: there are no pages.
    """

    isLeaf = True

    def __init__(
        self,
        api: IResource,
        own: Callable[[], Collection[str]],
        places: Mapping[bytes, IResource] | None = None,
        pages: IResource | None = None,
    ) -> None:
        super().__init__()
        self._api = api
        self._pages = pages or api
        self._own = own
        self._places = places or {}

    def render(self, request: Any) -> Any:
        """Answer a request."""
        request.responseHeaders.removeHeader(b"server")
        for name, value in HEADERS:
            request.setHeader(name, value)
        hosts = request.requestHeaders.getRawHeaders(b"host", [])
        host = hosts[0].strip() if len(hosts) == 1 else b""
        if not self._is_own(host, str(getattr(request.getHost(), "host", ""))):
            return _refused(request, 421)
        if _is_foreign(request, host):
            return _refused(request, 403)
        path: bytes = request.uri.partition(b"?")[0]
        other = self._api if path == API or path.startswith(API + b"/") else self._pages
        return self._places.get(path, other).render(request)

    def _is_own(self, host: bytes, local: str) -> bool:
        found = _AUTHORITY.fullmatch(host)
        if not found:
            return False
        name = (found[1] or found[2]).decode("ascii").lower().rstrip(".")
        address = _address(name)
        return name in self._own() or (bool(address) and address in (_address(local), *map(_address, self._own())))


def _is_foreign(request: Any, host: bytes) -> bool:
    """Whether a browser says that the request comes from a page of somebody else's.

    A program that is no browser says nothing of this kind; it has no cookie that somebody else could make use of.
    """
    sites = request.requestHeaders.getRawHeaders(b"sec-fetch-site", [])
    from_here = all(site.strip() in (b"same-origin", b"none") for site in sites)
    if request.method in SAFE:
        modes = request.requestHeaders.getRawHeaders(b"sec-fetch-mode", [])
        return not from_here and modes != [b"navigate"]
    origins = request.requestHeaders.getRawHeaders(b"origin", [])
    return not from_here or any(origin.strip().lower() != b"https://" + host.lower() for origin in origins)


def _address(text: str) -> str:
    """An address in its one form; nothing where it is none."""
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def _refused(request: Any, status: int) -> bytes:
    refused = refuse(421, "host-foreign") if status == 421 else refuse(403, "site-foreign")
    data = msgspec.json.encode(refused.problem)
    request.setResponseCode(status, HTTPStatus(status).phrase.encode("ascii"))
    request.setHeader(b"content-type", b"application/json")
    request.setHeader(b"content-length", b"%d" % len(data))
    return data if request.method != b"HEAD" else b""


def make_manager(
    api: IResource,
    reactor: Any,
    own: Callable[[], Collection[str]],
    welcome: Callable[[str], bool],
    places: Mapping[bytes, IResource] | None = None,
    pages: IResource | None = None,
) -> ManagerDoor:
    """Make what answers EdgeManager's port, behind TLS.

    Args:
        api: the API.
        reactor: for time.
        own: gives the box's names and addresses.
        welcome: whether an address may come at all.
        places: whole paths that somebody else answers.
        pages: EdgeManager's pages.

    Returns:
        The factory to be put behind TLS.
    """
    return ManagerDoor(ManagerSite(Front(api, own, places, pages), reactor), reactor, welcome)
