"""The site behind which an app stands: guarded, bounded, and silent about what it is made of."""

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.resource import IResource, Resource
from twisted.web.server import Site

from edge_twisted.pages.bounded import BoundedRequest
from edge_twisted.pages.guard import Guard
from edge_twisted.pages.headers import put_headers

IDLE_SECONDS: Final = 60
CONNECTIONS: Final = 300


class PagesSite(Site):
    """A site without an access log: a path can hold what is no stranger's business.

    Args:
        resource: the app.
        guard: who may ask.
        reactor: for time.
    """

    noisy = False
    displayTracebacks = False

    def __init__(self, resource: IResource, guard: Guard, reactor: Any) -> None:
        super().__init__(Guarded(resource, guard), timeout=IDLE_SECONDS, requestFactory=BoundedRequest, reactor=reactor)

    def log(self, request: Any) -> None:
        """Write no access log."""


class Client(ProtocolWrapper):
    """One connection; one for which there is no room is cut before anything of it is read."""

    _admitted = False

    def makeConnection(self, transport: Any) -> None:
        """Look whether there is room."""
        if len(self.factory.protocols) < CONNECTIONS:
            self._admitted = True
            super().makeConnection(transport)
        else:
            transport.abortConnection()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has a default
        """It is gone; one that was never admitted leaves no trace."""
        if self._admitted:
            super().connectionLost(reason)


class Door(WrappingFactory[Client]):
    """What listens for a site: it takes `CONNECTIONS` connections at once."""

    protocol = Client
    noisy = False

    def __init__(self, site: PagesSite) -> None:
        super().__init__(site)

    def cut(self) -> None:
        """Cut all connections, those that a browser keeps for later too."""
        for client in tuple(self.protocols):
            client.transport.abortConnection()


class Guarded(Resource):
    """Hands on what may be asked, with the headers of every answer.

    A path is handed on as it was sent: what is decoded before it is split can't hold a slash.

    Args:
        resource: the app.
        guard: who may ask.
    """

    isLeaf = True

    def __init__(self, resource: IResource, guard: Guard) -> None:
        super().__init__()
        self._resource = resource
        self._guard = guard

    def render(self, request: Any) -> Any:
        """Answer a request."""
        put_headers(request)
        refused = self._guard.look(request)
        if refused is not None:
            request.setResponseCode(refused.status, HTTPStatus(refused.status).phrase.encode("ascii"))
            request.setHeader(b"content-type", b"text/plain; charset=utf-8")
            return refused.why.encode() + b"\n"
        path: bytes = request.uri.partition(b"?")[0]
        request.prepath, request.postpath = [], [_escaped(segment) for segment in path.split(b"/")[1:]]
        return self._resource.render(request)


def _escaped(segment: bytes) -> bytes:
    return quote(unquote_to_bytes(segment), safe="").encode("ascii")
