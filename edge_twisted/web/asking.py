"""Reads what a client asks: the charger in the path, the query, the body; all of it bounded, and named where wrong."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote_to_bytes

import msgspec
from attrs import define, field, frozen
from msgspec import Struct
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource, Resource

from edge_twisted.core.redaction import clean
from edge_twisted.core.roles import Role
from edge_twisted.pages.bounded import BODY_BYTES
from edge_twisted.web.caller import Caller
from edge_twisted.web.refusing import refuse, refuse_shape
from edge_twisted.web.routes import QUERY, Number, Route

METHODS: Final = frozenset({b"GET", b"HEAD", b"PUT", b"POST", b"DELETE", b"PATCH", b"OPTIONS"})


class Raw(Resource):
    """Hands requests on with their path as it was sent: what is decoded before it is split can't hold a slash.

    Args:
        make: makes whom to hand them on to, when the first one comes: Edge's start does not wait for it.
    """

    isLeaf = True

    def __init__(self, make: Callable[[], IResource]) -> None:
        super().__init__()
        self._make = make
        self._resource: IResource | None = None

    def render(self, request: Any) -> Any:
        """Hand a request on."""
        path: bytes = request.uri.partition(b"?")[0]
        request.postpath = [_escaped(segment) for segment in path.split(b"/")[1:]]
        request.requestHeaders.setRawHeaders(b"host", [b"edge"])  # Klein builds URLs with it that nobody needs
        request.responseHeaders.removeHeader(b"server")
        if request.method not in METHODS:
            request.method = b"OPTIONS"  # which no route takes either
        if self._resource is None:
            self._resource = self._make()
        return self._resource.render(request)


def _escaped(segment: bytes) -> bytes:
    return quote(unquote_to_bytes(segment), safe="").encode("ascii")


@frozen
class Query:
    """The query of a request.

    Args:
        given: values by name; only what the route knows.
    """

    given: Mapping[str, bytes]

    def text(self, name: str) -> bytes:
        """A value, or nothing."""
        return self.given.get(name, b"")

    def number(self, name: str, default: int) -> int:
        """A number within the bounds that `QUERY` names.

        Raises:
            Refused: 422 where it is none.
        """
        value = self.given.get(name)
        if value is None:
            return default
        bounds = QUERY[name]
        assert isinstance(bounds, Number)
        number = int(value) if value.isdigit() and len(value) <= 18 else -1
        if not bounds.least <= number <= bounds.most:
            raise refuse(422, bounds.error, name)
        return number


@define
class Asked:
    """One request, as the method that answers it gets it.

    Args:
        request: where an answer goes that is more than a shape.
        query: what stands behind the question mark.
        caller: who asks.
        body: of the shape that the route takes.
        charger: the identity of the charger in the path.
        action: the action in the path.
        name: the name in the path, of what is no charger.
    """

    request: Any = field(repr=False)
    query: Query
    caller: Caller
    body: Any = field(default=None, repr=False)
    charger: bytes = field(default=b"", repr=False)
    action: str = ""
    name: str = ""

    @property
    def by(self) -> str:
        """Who asks, for the journal."""
        return self.caller.by

    @property
    def role(self) -> Role:
        """What that one may do; the least of all where he is nobody."""
        return self.caller.role or Role.VIEWER


def read_query(request: IRequest, route: Route) -> Query:
    """Read the query of a request.

    Args:
        request: what came.
        route: says which names it takes.

    Returns:
        The query.

    Raises:
        Refused: 422 where it holds something that the route does not know, or something twice.
    """
    found: dict[str, bytes] = {}
    text = request.uri.partition(b"?")[2].decode("latin-1")  # a letter an octet: `parse_qsl` takes octets as ASCII only
    for name, value in parse_qsl(text, keep_blank_values=True, encoding="latin-1"):
        key = clean(name, 60)
        if key not in route.query or key in found:
            raise refuse(422, "query-unknown", key)
        found[key] = value.encode("latin-1")
    return Query(found)


def read_body(request: Any, shape: type[Struct]) -> Struct:
    """Read the body of a request.

    Args:
        request: what came.
        shape: what it must be.

    Returns:
        The body; an empty one is an object without fields.

    Raises:
        Refused: 400 where it is too long or no JSON, 422 where it has another shape.
    """
    data: bytes = request.content.read(BODY_BYTES + 1)
    if len(data) > BODY_BYTES:
        raise refuse(400, "body-too-large")
    try:
        return msgspec.json.decode(data or b"{}", type=shape)
    except msgspec.ValidationError as error:
        raise refuse_shape(error) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise refuse(400, "body-broken") from None


def read_ref(request: IRequest) -> bytes:
    """The charger's name in the path `/v1/chargers/REF/...`, decoded once."""
    segment: bytes = request.uri.partition(b"?")[0].split(b"/")[3]
    return unquote_to_bytes(segment)
