"""What a handler of an app gets, and what it gives back: values, so that no handler touches HTTP."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Literal

from attrs import Factory, define, field, frozen

from edge_twisted.pages.bounded import BODY_BYTES
from edge_twisted.pages.forms import Form, read_form
from edge_twisted.pages.notices import Tone
from edge_twisted.words.language import mark, say

TOO_LONG: Final = mark("A body may hold {number} KiB; this one holds more.")


class Problem(Exception):
    """What was asked can't be done.

    Args:
        status: of HTTP.
        why: sentences that name place and remedy.
        name: of the field that is wrong, where there is one.
        more: fields of the JSON answer beside these.
    """

    def __init__(self, status: int, why: str, name: str = "", more: Mapping[str, object] | None = None) -> None:
        super().__init__(why)
        self.status = status
        self.why = say(why)
        self.name = name
        self.more = dict(more or {})


@frozen
class Page:
    """A page.

    Args:
        template: which.
        values: gives what it shows; called again for each live update.
        status: of HTTP.
        parts: the template's blocks that are live: each stands in an element with `data-live` and the same name.
        topics, every: of `hub.Listener`.
        form: the form on it; it is the reader's, and so never live.
    """

    template: str
    values: Callable[[], Mapping[str, Any]]
    status: int = 200
    parts: tuple[str, ...] = ()
    topics: frozenset[str] = frozenset()
    every: float = 0.0
    form: Form | None = None


@frozen
class Redirect:
    """Another page, after a change (303).

    Args:
        url: its path and query.
        text: the notice on it; empty: none.
        tone: of the notice.
    """

    url: str
    text: str = ""
    tone: Tone = "good"


@frozen
class Data:
    """Something that is no page.

    Args:
        data: what.
        kind: its media type.
        headers: beside the usual ones.
        status: of HTTP.
    """

    data: bytes
    kind: str = "application/json"
    headers: Mapping[str, str] = field(factory=dict)
    status: int = 200


Answer = Page | Redirect | Data


@define
class Asked:
    """One request.

    Args:
        request: of `twisted.web`.
        path: the variable parts of the path, decoded once.
        query: what stands behind the question mark.
    """

    request: Any = field(repr=False)
    path: Mapping[str, str] = Factory(dict)
    query: Mapping[str, str] = Factory(dict)

    def form(self) -> Form:
        """The form that was sent.

        Raises:
            BadForm: it is none.
        """
        return read_form(self.request)

    def body(self) -> bytes:
        """What was sent.

        Raises:
            Problem: 413, it is more than `BODY_BYTES`.
        """
        data: bytes = self.request.content.read(BODY_BYTES + 1)
        if len(data) > BODY_BYTES:
            raise Problem(413, say(TOO_LONG).format(number=BODY_BYTES // 1024))
        return data


@frozen
class Route:
    """One way to ask.

    Args:
        method: of HTTP.
        path: with variables as werkzeug writes them, such as `/chargers/<string:id>`.
        handler: answers.
        words: what it does, for a list of an API's routes.
        takes: what its body holds, in the same list.
        kind: how it says that something can't be done.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    handler: Callable[[Asked], Answer | Awaitable[Answer]]
    words: str = ""
    takes: str = ""
    kind: Literal["page", "json"] = "page"
