"""The API's routes about passing messages; a table of its own only for the sake of length."""

from typing import Final

from edge_twisted.core.roles import Role
from edge_twisted.web import message_shapes as shapes
from edge_twisted.web.route import Number, Route

_CHARGER: Final = "/chargers/<string:ref>"
_FILTERS: Final = ("since", "until", "source", "action", "search", "errors", "slow")

MESSAGE_QUERY: Final[dict[str, Number | str]] = {
    "before": Number("only those with a smaller id: the latest of them", 1, 10**18 - 1, "number"),
    "since": Number("only from this time on, seconds since the epoch", 0, 10**11, "number"),
    "until": Number("only up to this time, seconds since the epoch", 0, 10**11, "number"),
    "source": "only messages that this side sent: charger or central",
    "action": "only messages of this action, answers to it among them",
    "search": "only messages that hold this text, without regard to the case of plain letters",
    "errors": Number("1: only CALLERRORs, and what is no OCPP message", 0, 1, "switch"),
    "slow": Number("only answers that took at least so many milliseconds", 0, 10**9, "number"),
}

MESSAGES: Final = (
    Route(
        "messages",
        "GET",
        f"{_CHARGER}/messages",
        "Read the messages that passed, newest last; with follow=1 as lines of JSON without end.",
        None,
        shapes.Messages,
        (503,),
        ("after", "before", "limit", *_FILTERS, "follow"),
        shapes.Message,
        role=Role.READONLY,
    ),
    Route(
        "message",
        "GET",
        f"{_CHARGER}/messages/<string:name>",
        "Open one message: laid out, with its counterpart and what the OCPP schemas find.",
        None,
        shapes.OpenMessage,
        (503,),
        role=Role.READONLY,
    ),
    Route(
        "messages_lines",
        "GET",
        f"{_CHARGER}/messages.jsonl",
        "Export messages, oldest first, a JSON object a line.",
        None,
        "application/x-ndjson",
        (503,),
        _FILTERS,
        role=Role.READONLY,
    ),
    Route(
        "messages_table",
        "GET",
        f"{_CHARGER}/messages.csv",
        "Export messages, oldest first, as CSV.",
        None,
        "text/csv; charset=utf-8",
        (503,),
        _FILTERS,
        role=Role.READONLY,
    ),
    Route(
        "power",
        "GET",
        f"{_CHARGER}/power",
        "Tell power and energy of the last 24 hours.",
        None,
        shapes.Power,
        role=Role.VIEWER,
    ),
    Route(
        "bundle",
        "GET",
        "/bundle",
        "Download all that an engineer needs who can't be here, as a ZIP file without secrets.",
        None,
        "application/zip",
        (503,),
        role=Role.MAINTAINER,
    ),
)
