"""The API's routes as a table: what is where, what it takes and gives. App and description are both made of it."""

from typing import Final

from edge_twisted.core.roles import Role
from edge_twisted.web import shapes
from edge_twisted.web.access_routes import ACCESS
from edge_twisted.web.message_routes import MESSAGE_QUERY, MESSAGES
from edge_twisted.web.route import Number, Route

__all__ = ["ACTIONS", "QUERY", "ROUTES", "Number", "Route"]

ACTIONS: Final = ("pin", "approve", "block", "unblock", "reset-transport")
"""The short actions that take nothing."""


QUERY: Final[dict[str, Number | str]] = {
    "after": Number("only those with a larger id: the earliest of them; 0: the latest", 0, 10**18 - 1, "number"),
    "limit": Number("how many at most", 1, 1000, "limit"),
    "charger": "only events of this charger, by its id or as in a path",
    "follow": Number("1: one JSON object a line, without end; without `after` from now on", 0, 1, "switch"),
    "new": Number("1: REF is an OCPP id, perhaps of a charger that has not connected yet", 0, 1, "switch"),
}
"""The query parameters that there are; a text is the description of one that is no number."""
QUERY.update(MESSAGE_QUERY)


_CHARGER = "/chargers/<string:ref>"

ROUTES: Final = (
    Route(
        "chargers",
        "GET",
        "/chargers",
        "List all chargers that are known or tried.",
        None,
        shapes.Chargers,
        role=Role.VIEWER,
    ),
    Route("charger", "GET", _CHARGER, "Tell everything of one charger.", None, shapes.Charger, role=Role.VIEWER),
    Route(
        "set_uplink",
        "PUT",
        f"{_CHARGER}/uplink",
        "Set endpoint and secret of a charger's uplink; a live session follows at once.",
        shapes.UplinkChange,
        shapes.Charger,
        (409,),
        ("new",),
        role=Role.MAINTAINER,
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
        role=Role.MAINTAINER,
    ),
    Route(
        "set_trust",
        "PUT",
        f"{_CHARGER}/trust",
        "Upload the root certificates that a charger's uplink believes, or go back to the configuration's.",
        shapes.TrustChange,
        shapes.Charger,
        (),
        ("new",),
        role=Role.MAINTAINER,
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
        role=Role.MAINTAINER,
    ),
    Route(
        "moved",
        "POST",
        f"{_CHARGER}/moved",
        "Let a charger without a password in from its new address, which has to be confirmed.",
        shapes.Moved,
        shapes.Charger,
        (409,),
        role=Role.MAINTAINER,
    ),
    Route(
        "forget",
        "POST",
        f"{_CHARGER}/forget",
        "Forget a charger and everything learned of it.",
        None,
        shapes.Forgotten,
        role=Role.MAINTAINER,
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
        role=Role.MAINTAINER,
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
        role=Role.READONLY,
    ),
    Route(
        "box",
        "GET",
        "/box",
        "Tell about the box: version, ports, uplinks, certificate.",
        None,
        shapes.Box,
        role=Role.VIEWER,
    ),
    Route(
        "root_pem",
        "GET",
        "/box/root.pem",
        "Download the root certificate, PEM.",
        None,
        "application/x-pem-file",
        role=Role.VIEWER,
    ),
    Route(
        "root_der",
        "GET",
        "/box/root.der",
        "Download the root certificate, DER.",
        None,
        "application/pkix-cert",
        role=Role.VIEWER,
    ),
    Route(
        "doctor",
        "GET",
        "/doctor",
        "Look at everything that a connection needs.",
        None,
        shapes.Checks,
        role=Role.MAINTAINER,
    ),
    Route("openapi", "GET", "/openapi.json", "This description.", None, "application/json", role=Role.VIEWER),
    *MESSAGES,
    *ACCESS,
)
