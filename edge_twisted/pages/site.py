"""The site behind which an app stands: guarded, bounded, and silent about what it is made of."""

from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote, unquote_to_bytes

from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.resource import IResource, Resource
from twisted.web.server import Request, Site

from edge_twisted.pages.guard import Guard
from edge_twisted.pages.headers import put_headers

BODY_BYTES: Final = 65_536
"""Of a request's body; of a longer one just so much is kept that it shows."""
PATIENCE_BYTES: Final = 1 << 20
"""Of a request's body; who sends more than that is dropped before the end."""
IDLE_SECONDS: Final = 60
CONNECTIONS: Final = 300


class BoundedRequest(Request):
    """A request whose body can't fill memory or disk, and which Twisted does not read as a form by itself.

    Attributes:
        form: whether the body is said to be a form.
    """

    form = False
    _taken = 0

    def gotLength(self, length: int | None) -> None:
        """The body begins; it is held in memory, however long it is said to be."""
        super().gotLength(0)

    def handleContentChunk(self, data: bytes) -> None:
        """Some of the body."""
        room = max(0, BODY_BYTES + 1 - self._taken)
        self._taken += len(data)
        super().handleContentChunk(data[:room])
        if self._taken > PATIENCE_BYTES:
            transport: Any = self.channel.transport
            transport.abortConnection()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The request is complete."""
        kind = self.requestHeaders.getRawHeaders(b"content-type", [b""])[0]
        self.form = kind.partition(b";")[0].strip().lower() == b"application/x-www-form-urlencoded"
        self.requestHeaders.removeHeader(b"content-type")
        super().requestReceived(command, path, version)


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
