"""What a route of the API is: a line of the tables in `routes.py` and `access_routes.py`."""

from attrs import field, frozen
from msgspec import Struct

from edge_twisted.core.roles import Role


@frozen
class Number:
    """A query parameter that is a whole number.

    Args:
        description: for a developer.
        least, most: bounds, both included.
        error: what is answered to anything else, a word of `words.en.API`.
    """

    description: str
    least: int
    most: int
    error: str


@frozen
class Route:
    """One route.

    Args:
        name: the method of `Api` that answers it.
        method: the HTTP method.
        path: below `/v1`, in Klein's notation.
        summary: one sentence for a developer.
        takes: the shape of the body, or None.
        gives: the shape of the answer, or a media type where it is no JSON.
        problems: statuses of `Problem` beside those that every route can have.
        query: names of query parameters.
        streams: the shape of one line, where it can be asked for lines without end.
        role: the least role that may ask this over the network; None: everybody, also without an account. Whoever
            forgets to name one shuts everybody out but the administrator.
    """

    name: str
    method: str
    path: str
    summary: str
    takes: type[Struct] | None
    gives: type[Struct] | str
    problems: tuple[int, ...] = ()
    query: tuple[str, ...] = ()
    streams: type[Struct] | None = None
    role: Role | None = field(default=Role.ADMIN, kw_only=True)
