"""Small pages for machines: whether Edge lives, whether it serves, and its figures."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.resource import IResource, Resource
from twisted.web.server import Site

from edge_twisted.pages.bounded import BoundedRequest

CONNECTIONS: Final = 32
IDLE_SECONDS: Final = 30
TEXT: Final = b"text/plain; charset=utf-8"


class Page(Resource):
    """One page.

    Args:
        give: gives status and content.
        kind: its media type.
    """

    isLeaf = True

    def __init__(self, give: Callable[[], tuple[int, bytes]], kind: bytes = TEXT) -> None:
        super().__init__()
        self._give = give
        self._kind = kind

    def render(self, request: Any) -> bytes:
        """Answer a request."""
        request.responseHeaders.removeHeader(b"server")
        if request.method not in (b"GET", b"HEAD"):
            request.setHeader(b"allow", b"GET, HEAD")
            return _told(request, 405, b"GET\n", TEXT)
        status, data = self._give()
        return _told(request, status, data, self._kind)


def _told(request: Any, status: int, data: bytes, kind: bytes) -> bytes:
    request.setResponseCode(status)
    request.setHeader(b"content-type", kind)
    request.setHeader(b"cache-control", b"no-store")
    request.setHeader(b"content-length", b"%d" % len(data))
    return data if request.method != b"HEAD" else b""


class _Pages(Resource):
    isLeaf = True

    def __init__(self, pages: Mapping[bytes, IResource]) -> None:
        super().__init__()
        self._pages = pages
        self._none = Page(lambda: (404, b"nothing here\n"))

    def render(self, request: Any) -> Any:
        """Answer a request."""
        return self._pages.get(request.uri.partition(b"?")[0], self._none).render(request)


class _QuietSite(Site):
    noisy = False
    displayTracebacks = False

    def log(self, request: Any) -> None:
        """Write no access log."""


class _Door(WrappingFactory[ProtocolWrapper]):
    noisy = False

    def buildProtocol(self, address: Any) -> ProtocolWrapper | None:  # type: ignore[override]  # Twisted takes None
        """Let a client in, if there is room."""
        return super().buildProtocol(address) if len(self.protocols) < CONNECTIONS else None


def health_pages(ready: Callable[[], bool]) -> dict[bytes, IResource]:
    """`/healthz` and `/readyz`, by path; they tell nothing but yes and no, so that anybody may ask.

    Args:
        ready: whether Edge serves chargers.
    """
    return {
        b"/healthz": Page(lambda: (200, b"ok\n")),
        b"/readyz": Page(lambda: (200, b"ready\n") if ready() else (503, b"not ready\n")),
    }


def make_site(pages: Mapping[bytes, IResource], reactor: Any) -> Any:
    """What answers a listener for machines.

    Args:
        pages: by path.
        reactor: for time.
    """
    return _Door(_QuietSite(_Pages(pages), timeout=IDLE_SECONDS, requestFactory=BoundedRequest, reactor=reactor))
