"""The API's routes as a table: what is where, what it takes and gives. App and description are both made of it."""

from typing import Final

from attrs import frozen
from msgspec import Struct

from edge_twisted.web import shapes

ACTIONS: Final = ("pin", "approve", "block", "unblock", "reset-transport")
"""The short actions that take nothing."""


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


QUERY: Final[dict[str, Number | str]] = {
    "after": Number("only events with a larger id: the earliest of them; 0: the latest", 0, 10**18 - 1, "number"),
    "limit": Number("how many events at most", 1, 1000, "limit"),
    "charger": "only events of this charger, by its id or as in a path",
    "follow": Number("1: one JSON object a line, without end; without `after` from now on", 0, 1, "switch"),
    "new": Number("1: REF is an OCPP id, perhaps of a charger that has not connected yet", 0, 1, "switch"),
}
"""The query parameters that there are; a text is the description of one that is no number."""


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


_CHARGER = "/chargers/<string:ref>"

ROUTES: Final = (
    Route("chargers", "GET", "/chargers", "List all chargers that are known or tried.", None, shapes.Chargers),
    Route("charger", "GET", _CHARGER, "Tell everything of one charger.", None, shapes.Charger),
    Route(
        "set_uplink",
        "PUT",
        f"{_CHARGER}/uplink",
        "Set endpoint and secret of a charger's uplink; a live session follows at once.",
        shapes.UplinkChange,
        shapes.Charger,
        (409,),
        ("new",),
    ),
    Route(
        "test",
        "POST",
        f"{_CHARGER}/test",
        "Dial the central system once with given values, without saving them; a live session may be replaced by it.",
        shapes.TestRequest,
        shapes.TestResult,
        (409,),
        ("new",),
    ),
    Route(
        "wss_only",
        "POST",
        f"{_CHARGER}/wss-only",
        "Demand wss of the charger itself, or no longer.",
        shapes.Switch,
        shapes.Charger,
        (),
        ("new",),
    ),
    Route(
        "moved",
        "POST",
        f"{_CHARGER}/moved",
        "Let a charger without a password in from its new address, which has to be confirmed.",
        shapes.Moved,
        shapes.Charger,
        (409,),
    ),
    Route(
        "forget", "POST", f"{_CHARGER}/forget", "Forget a charger and everything learned of it.", None, shapes.Forgotten
    ),
    Route(
        "act",
        "POST",
        f"{_CHARGER}/<any({', '.join(repr(action) for action in ACTIONS)}):action>",
        "Carry out a short action: pin the detected password, approve, block, unblock, or go back to detecting wss.",
        None,
        shapes.Charger,
        (409,),
        ("new",),
    ),
    Route(
        "events",
        "GET",
        "/events",
        "Read the journal, newest last; with follow=1 as lines of JSON without end.",
        None,
        shapes.Happenings,
        (503,),
        ("after", "limit", "charger", "follow"),
        shapes.Happening,
    ),
    Route("box", "GET", "/box", "Tell about the box: version, ports, uplinks, certificate.", None, shapes.Box),
    Route("root_pem", "GET", "/box/root.pem", "Download the root certificate, PEM.", None, "application/x-pem-file"),
    Route("root_der", "GET", "/box/root.der", "Download the root certificate, DER.", None, "application/pkix-cert"),
    Route("doctor", "GET", "/doctor", "Look at everything that a connection needs.", None, shapes.Checks),
    Route("openapi", "GET", "/openapi.json", "This description.", None, "application/json"),
)
