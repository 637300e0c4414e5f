"""The list of chargers, and adding one."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from attrs import define, frozen

from edge_twisted.pages.answers import Answer, Asked, Page, Redirect, Route
from edge_twisted.pages.forms import Form
from edge_twisted.pages.templates import Link
from edge_twisted.sandbox.central.known import Known
from edge_twisted.sandbox.dashboard.entering import CHOICE_HINTS, read_account, security_of
from edge_twisted.sandbox.dashboard.state import State, state_of
from edge_twisted.sandbox.dashboard.words import SAVE
from edge_twisted.sandbox.dashboard.world import BAD_IDENTITY, World, is_identity, trail_of, url_of
from edge_twisted.sandbox.security import CHOICES

ROWS: Final = 50
SHOWS: Final = (("", "All"), ("online", "Online"), ("offline", "Not connected"), ("attention", "Needs attention"))
ADDED: Final = "{} is on the dashboard now, with the security “{}”."


@frozen
class Row:
    """A line of the list.

    Args:
        known: the charger.
        state: how it is.
        curve: its power, drawn; None: not known.
    """

    known: Known
    state: State
    curve: Any

    @property
    def attention(self) -> bool:
        """Whether somebody should look."""
        return bool(self.known.findings) or self.state.tone in ("bad", "warn")

    @property
    def model(self) -> str:
        """Vendor and model, as the charger told them."""
        boot = self.known.boot
        return " ".join(str(boot[name]) for name in ("chargePointVendor", "chargePointModel") if boot.get(name))

    @property
    def security(self) -> str:
        """The words of its setting."""
        return security_of(self.known)

    def shows(self, show: str) -> bool:
        """Whether it belongs to one of `SHOWS`."""
        online = bool(self.known.online)
        return {"online": online, "offline": not online, "attention": self.attention}.get(show, True)

    def found(self, words: str) -> bool:
        """Whether all these words are in it."""
        text = f"{self.known.identity} {self.model} {self.state.words} {self.security}".lower()
        return all(word in text for word in words.lower().split())


@define
class Chargers:
    """The list.

    Args:
        world: what is shown.
    """

    world: World

    def routes(self) -> tuple[Route, ...]:
        """Its pages."""
        return (
            Route("GET", "/", self.index),
            Route("GET", "/new", self.new),
            Route("POST", "/new", self.add),
        )

    def index(self, asked: Asked) -> Page:
        """The first page."""
        search, show = asked.query.get("search", "").strip()[:100], asked.query.get("show", "")
        number = asked.query.get("page", "1")
        page = int(number) if re.fullmatch("[1-9][0-9]{0,5}", number) else 1
        host = asked.request.getRequestHostname().decode("latin-1")
        return Page(
            "chargers.html",
            lambda: {"title": "Chargers", **self._values(search, show, page, host)},
            parts=("list",),
        )

    def new(self, asked: Asked) -> Page:
        """The form for another charger."""
        return self._form(Form.of({"security": "none"}))

    def add(self, asked: Asked) -> Answer:
        """Add it."""
        form = asked.form()
        identity = form.text("identity")
        if not identity:
            form.wrong("identity", "Enter the charger's identity: the last part of the URL that it connects to.")
        elif not is_identity(identity):
            form.wrong("identity", BAD_IDENTITY)
        else:
            known = self.world.central.known(identity)
            if known is not None and known.account is not None:
                form.wrong("identity", f"{identity} is on the dashboard already.")
        account = read_account(form, None)
        if account is None or not form.good:
            return self._form(form)
        self.world.save(identity, account)
        return Redirect(url_of(identity), ADDED.format(identity, CHOICES[account.security]))

    def _form(self, form: Form) -> Page:
        values = {"title": "Add a charger", "trail": trail_of(), "choices": CHOICE_HINTS, "save": SAVE}
        return Page("new.html", lambda: values, status=200 if form.good else 422, form=form)

    def _values(self, search: str, show: str, page: int, host: str) -> Mapping[str, Any]:
        history = self.world.history
        everyone = [Row(known, state_of(known), None) for known in self.world.chargers()]
        found = sorted((row for row in everyone if row.found(search)), key=lambda row: natural(row.known.identity))
        shows = [
            Link(_url(search, name, 1), words, show == name, sum(row.shows(name) for row in found))
            for name, words in SHOWS
        ]
        rows = [row for row in found if row.shows(show)]
        pages = max(1, -(-len(rows) // ROWS))
        page = min(page, pages)
        shown = rows[(page - 1) * ROWS : page * ROWS]
        return {
            "rows": [Row(row.known, row.state, history.curve(row.known.identity)) for row in shown],
            "total": len(everyone),
            "matching": len(rows),
            "shows": shows,
            "search": search,
            "show": show,
            "page": page,
            "pages": pages,
            "earlier": _url(search, show, page - 1) if page > 1 else "",
            "later": _url(search, show, page + 1) if page < pages else "",
            "endpoints": self.world.endpoints(host),
            "strangers": self.world.central.settings.strangers == "accept",
        }


def natural(text: str) -> list[tuple[int, int, str]]:
    """For sorting: `CP-9` before `CP-10`."""
    return [
        (0, int(part), "") if part.isdecimal() and len(part) < 19 else (1, 0, part)
        for part in re.split("([0-9]+)", text.lower())
        if part
    ]


def _url(search: str, show: str, page: int) -> str:
    given = {"search": search, "show": show, "page": str(page) if page > 1 else ""}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"/?{query}" if query else "/"
