"""What every room of pages gets: the API's parts, who asks, and how a page is made."""

from collections.abc import Callable, Mapping
from time import time as wall_clock
from typing import Any, Final, Protocol, Self

from attrs import field, frozen

from edge_twisted.config import Settings
from edge_twisted.core.roles import Role
from edge_twisted.desk.desk import Desk
from edge_twisted.pages import answers
from edge_twisted.pages.answers import Page, Problem
from edge_twisted.pages.forms import Form
from edge_twisted.pages.hub import Hub
from edge_twisted.store.backups import Backups
from edge_twisted.web.access import Access
from edge_twisted.web.api import Api
from edge_twisted.web.asking import Asked, Query
from edge_twisted.web.box import BoxView
from edge_twisted.web.caller import Caller
from edge_twisted.web.doctor import Doctor
from edge_twisted.web.events import Events
from edge_twisted.web.insight import Insight
from edge_twisted.web.office import Office
from edge_twisted.web.refusing import Refused
from edge_twisted.web.site.nameless import Nameless
from edge_twisted.web.views import Views
from edge_twisted.words.language import mark, say

OUT_OF_DATE: Final = mark(
    "This page was out of date, perhaps because you logged in again elsewhere, so nothing was changed. Go back, load "
    "the page again, and send it once more."
)
NOBODY: Final = Caller("nobody")
TOKEN: Final = "cross_site_token"
"""The value of a page that goes into each of its forms."""
SAME: Final = "same"
"""The value of a page that is equal where its live parts look the same for all of one role and language."""


@frozen
class Door:
    """A way into a room.

    Args:
        route: how it is asked for.
        role: the least role that may; None: everybody, also without an account. Whoever forgets to name one shuts
            everybody out but the administrator.
    """

    route: answers.Route
    role: Role | None = Role.ADMIN


class Room(Protocol):
    """Some pages that belong together."""

    def routes(self) -> tuple[Door, ...]:
        """The ways in."""


@frozen
class Place:
    """What a room gets.

    Args:
        views: shows chargers.
        office: changes them.
        box: the box.
        doctor: looks at what a connection needs.
        events: the journal.
        access: who may come in.
        insight: what passing messages told, and the messages.
        hub: keeps pages live. A charger's topic is its opaque id.
        settings: the configuration.
        time: seconds since the epoch.
        mac: gives the hardware address behind an address on the box's own segment, or nothing.
        nameless: devices that never said who they are.
        backups: makes back-ups of the settings; None: they can't be made here.
    """

    views: Views
    office: Office
    box: BoxView
    doctor: Doctor
    events: Events
    access: Access
    insight: Insight
    hub: Hub
    settings: Settings = field(factory=Settings)
    time: Callable[[], float] = wall_clock
    mac: Callable[[str], str] = field(default=lambda _: "")
    nameless: Nameless = field(factory=Nameless)
    backups: Backups | None = None

    @classmethod
    def of(cls, api: Api, hub: Hub, settings: Settings | None = None, now: Callable[[], float] = wall_clock) -> Self:
        """The place around an API."""
        settings = settings or Settings()
        return cls(api.views, api.office, api.box, api.doctor, api.events, api.access, api.insight, hub, settings, now)

    @property
    def desk(self) -> Desk:
        """Where chargers are decided on."""
        return self.views.desk

    def of_api(
        self,
        asked: answers.Asked,
        body: object = None,
        *,
        charger: bytes = b"",
        action: str = "",
        name: str = "",
        query: Mapping[str, str] | None = None,
    ) -> Asked:
        """A page's request as the API's methods take it: `access.own`, `access.staff` and `insight`.

        Args:
            asked: the request.
            body: of the shape that the method takes.
            charger: the identity of the charger in question.
            action, name: of the path, as the route has them.
            query: of the names that the route knows.
        """
        given = {key: value.encode("utf-8", "replace") for key, value in (query or {}).items()}
        return Asked(asked.request, Query(given), caller_of(asked), body, charger, action, name)


def caller_of(asked: answers.Asked) -> Caller:
    """Who asks; nobody where that was not found out."""
    found = getattr(asked.request, "edge_caller", NOBODY)
    assert isinstance(found, Caller)
    return found


def remember_caller(asked: answers.Asked, caller: Caller) -> None:
    """Keep with a request who asks."""
    asked.request.edge_caller = caller


def host_of(asked: answers.Asked) -> str:
    """By which name or address the reader calls this box, as a URL has it; one that it has, as `web.manager` saw."""
    host: str = getattr(asked.request, "edge_host", "")
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() and (":" not in name or name.endswith("]")) else host


def remember_host(request: Any) -> None:
    """Keep with a request which host it was sent to, before Klein is told another one."""
    request.edge_host = (request.getHeader(b"host") or b"").decode("ascii", "replace").strip()


def may(caller: Caller, role: Role | str) -> bool:
    """Whether somebody may do what needs that role.

    Args:
        caller: who.
        role: a role, or its word, as templates say it.
    """
    return caller.role is not None and caller.role.covers(Role(role))


def problem(refused: Refused) -> Problem:
    """A refusal of the API as a page's problem."""
    words = say(OUT_OF_DATE) if refused.problem.error == "cross-site" else refused.problem.message
    return Problem(refused.status, words, refused.problem.field or "")


def beside(form: Form, refused: Refused, fields: Mapping[str, str] | None = None) -> None:
    """Say beside a form's field what the API refuses.

    Args:
        form: what was sent.
        refused: why it is not done.
        fields: the form's names of the API's fields, where they differ.

    Raises:
        Refused: it has nothing to do with a field.
    """
    field = refused.problem.field or ""
    name = (fields or {}).get(field, field)
    if not name:
        raise refused
    form.wrong(name, refused.problem.message)


def page(
    asked: answers.Asked,
    template: str,
    title: str,
    values: Callable[[], Mapping[str, Any]] | None = None,
    *,
    status: int = 200,
    parts: tuple[str, ...] = (),
    topics: frozenset[str] = frozenset(),
    every: float = 0.0,
    form: Form | None = None,
) -> Page:
    """Make a page.

    Args:
        asked: the request.
        template: which; it extends `room.html`.
        title: of the page, a text of the catalogues; a value of that name replaces it.
        values: gives what it shows; called again for each live update.
        status, parts, topics, every, form: as for `answers.Page`.

    Returns:
        The page. Its templates also know `may("maintainer")` and `caller`.
    """
    caller = caller_of(asked)

    def given() -> dict[str, Any]:
        try:
            found = values() if values else {}
        except Refused as refused:
            raise problem(refused) from None
        return {"title": say(title), **known_to_all(caller), **found}

    return Page(
        template,
        given,
        422 if status == 200 and form is not None and form.errors else status,
        parts,
        topics,
        every,
        form,
    )


def known_to_all(caller: Caller) -> dict[str, Any]:
    """What every template may use.

    Args:
        caller: who reads the page.
    """
    token = caller.session.cross_site_token if caller.session else ""
    return {"caller_is": caller, "may": lambda role: may(caller, role), TOKEN: token}
