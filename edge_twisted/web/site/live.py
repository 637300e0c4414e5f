"""The first page: every charger a row that is read at a glance, and live; those that were never served apart."""

import re
from collections import Counter
from collections.abc import Mapping
from time import perf_counter
from typing import Any, Final
from urllib.parse import urlencode

from attrs import define, evolve, field, frozen

from edge_twisted.core.redaction import CUT
from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Asked, Page, Route
from edge_twisted.pages.curve import Curve, curve
from edge_twisted.pages.templates import Link
from edge_twisted.store.errors import StoreError
from edge_twisted.web import shapes
from edge_twisted.web.site.connecting import endpoints_of
from edge_twisted.web.site.nameless import Device, Hardware, hardware_of
from edge_twisted.web.site.place import SAME, Door, Place, caller_of, may, page
from edge_twisted.web.site.states import Leg, State, Trouble, charger_leg, state_of, troubles_of, uplink_leg
from edge_twisted.words.language import mark, say, spoken

ROWS: Final = 50
"""Chargers on one page."""
NEWCOMERS: Final = 30
SHORT_ID: Final = 6
"""Characters of the box's own ID of a charger, beside a name that is cut."""
EVERY_SECONDS: Final = 2.0
LEAST_SECONDS: Final = 0.3
"""For which all chargers are looked at once, however many read the page."""
SHARE: Final = 20
"""The same, in times of what the look took: it takes a twentieth of the processor's time at most."""
RECALLED: Final = 1000
WISHES: Final = 20
"""Searches and orders for which it is kept what a look showed."""
SHOWS: Final = (
    ("", mark("All")),
    ("trouble", mark("With trouble")),
    ("connected", mark("Connected")),
    ("away", mark("Not connected")),
)
SORTS: Final = (
    ("", mark("Name")),
    ("trouble", mark("Trouble first")),
    ("power", mark("Power")),
    ("heard", mark("Last message")),
)
_TONES: Final = {"bad": 2, "warn": 1}


@frozen
class Row:
    """A charger in the list.

    Args:
        charger: as the views show it.
        state: how it is.
        troubles: what is wrong with it.
        newcomer: whether the central system never served it.
    """

    charger: shapes.Charger
    state: State
    troubles: tuple[Trouble, ...]
    newcomer: bool

    @classmethod
    def of(cls, charger: shapes.Charger) -> "Row":
        """The row of a charger."""
        served = charger.first_served is not None or (charger.session is not None and charger.session.served)
        return cls(charger, state_of(charger), troubles_of(charger), not served)

    @property
    def legs(self) -> tuple[Leg, Leg]:
        """Both connections."""
        return charger_leg(self.charger), uplink_leg(self.charger)

    @property
    def model(self) -> str:
        """Vendor and model, as the charger told them."""
        boot = self.charger.observed.boot if self.charger.observed else None
        return " ".join(word for word in (boot.vendor, boot.model) if word) if boot else ""

    @property
    def power(self) -> float | None:
        """Watts; None: not known."""
        return self.charger.observed.power if self.charger.observed else None

    @property
    def heard(self) -> float | None:
        """When the last message passed."""
        last = self.charger.observed.last_message if self.charger.observed else None
        return last.at if last else None

    @property
    def curve(self) -> Curve | None:
        """Its power, drawn."""
        values = self.charger.observed.curve if self.charger.observed else []
        return curve([(float(place), value) for place, value in enumerate(values) if value is not None])

    @property
    def weight(self) -> int:
        """How bad it is."""
        return max((_TONES.get(trouble.tone, 0) for trouble in self.troubles), default=0)

    @property
    def more(self) -> str:
        """What tells it from others whose names look the same: serial number, address, or the box's own ID."""
        charger = self.charger
        boot = charger.observed.boot if charger.observed else None
        address = charger.session.address if charger.session else charger.last_address or ""
        serial = (boot.serial or boot.box_serial) if boot else ""
        short = charger.id[:SHORT_ID] if charger.label.endswith(CUT) else ""
        return ", ".join(word for word in (serial[:40], address, short) if word)

    def shows(self, show: str) -> bool:
        """Whether it belongs to one of `SHOWS`."""
        online = self.charger.session is not None
        return {"connected": online, "away": not online, "trouble": bool(self.troubles)}.get(show, True)

    def found(self, words: str, exact: str = "") -> bool:
        """Whether all these words are in what the row shows, or its whole ID was searched for.

        Args:
            words: what is searched for.
            exact: the opaque id that a charger of that ID has.
        """
        charger = self.charger
        if charger.id == exact:
            return True
        address = charger.session.address if charger.session else charger.last_address or ""
        boot = charger.observed.boot if charger.observed else None
        serial = f"{boot.serial} {boot.box_serial}" if boot else ""
        text = f"{charger.label} {charger.id} {self.model} {serial} {address} {self.state.words}".lower()
        return all(word in text for word in words.lower().split())


@frozen
class Newcomer:
    """A charger that was never served.

    Args:
        row: the charger.
        first: when it first tried since Edge started; None: it did not.
        address: where it is.
        hardware: what is behind that.
    """

    row: Row
    first: float | None
    address: str
    hardware: Hardware


@define(eq=False)
class Look:
    """One look at all chargers.

    Args:
        number: of all looks; no two have the same.
        rows: what was seen.
        values: what pages show of it, by what their readers wish to see.
    """

    number: int
    rows: list[Row]
    values: dict[tuple[Any, ...], Mapping[str, Any]] = field(factory=dict)


@define
class Live:
    """The page.

    Args:
        place: what is shown.
    """

    place: Place
    _rows: dict[str, list[Row]] = field(init=False, factory=dict)
    _firsts: dict[str, float] = field(init=False, factory=dict)
    _until: dict[str, float] = field(init=False, factory=dict)
    _recalled: bool = field(init=False, default=False)
    _looks: dict[str, Look] = field(init=False, factory=dict)
    _count: int = field(init=False, default=0)

    def routes(self) -> tuple[Door, ...]:
        """Its pages."""
        return (Door(Route("GET", "/", self.show), Role.VIEWER),)

    async def show(self, asked: Asked) -> Page:
        """The first page."""
        await self._recall()
        query = asked.query
        number = query.get("page", "1")
        search, show, sort = query.get("search", "").strip()[:100], query.get("show", ""), query.get("sort", "")
        # Whoever may not read messages must not find out by guessing which IDs there are.
        known = search and may(caller_of(asked), Role.READONLY)
        exact = self.place.desk.book.name(search.encode("utf-8", "replace")) if known else ""
        at = int(number) if re.fullmatch("[1-9][0-9]{0,5}", number) else 1
        return page(
            asked,
            "live.html",
            mark("Live view"),
            lambda: self._values(search, show, sort, at, exact),
            parts=("list", "newcomers"),
            every=EVERY_SECONDS,
        )

    async def _recall(self) -> None:
        """Take from the journal what happened before Edge was started last; once."""
        if self._recalled:
            return
        self._recalled = True
        try:
            self.place.nameless.recall(await self.place.events.journal.read(0, RECALLED))
        except StoreError:
            self._recalled = False  # what is known since Edge started is shown all the same

    def _look(self) -> list[Row]:
        """All chargers in the reader's language, looked at anew only now and then."""
        language, began = spoken(), perf_counter()
        if began >= self._until.get(language, 0.0):
            self._rows[language] = [Row.of(charger) for charger in self.place.views.chargers()]
            self._firsts = {visit.id: visit.first for visit in self.place.desk.visitors}
            ended = perf_counter()
            self._until[language] = ended + max(LEAST_SECONDS, SHARE * (ended - began))
        return self._rows[language]

    def _values(self, *wishes: Any) -> Mapping[str, Any]:
        """What the page shows: worked out once a look for all who want to see the same."""
        rows, language = self._look(), spoken()
        look = self._looks.get(language)
        if look is None or look.rows is not rows:
            self._count += 1
            look = self._looks[language] = Look(self._count, rows)
        values = look.values.get(wishes)
        if values is None:
            values = {**self._worked_out(rows, *wishes), SAME: (look.number, wishes)}
            if len(look.values) < WISHES:
                look.values[wishes] = values
        return values

    def _worked_out(
        self, everyone: list[Row], search: str, show: str, sort: str, number: int, exact: str
    ) -> Mapping[str, Any]:
        devices = list(self.place.nameless)
        served, absent = _joined([row for row in everyone if not row.newcomer], devices)
        served.sort(key=lambda row: natural(row.charger.label))
        found = [row for row in served if row.found(search, exact)]
        rows = _sorted([row for row in found if row.shows(show)], sort)
        pages = max(1, -(-len(rows) // ROWS))
        number = min(number, pages)
        newcomers = [row for row in everyone if row.newcomer]
        newcomers.sort(key=lambda row: -(row.charger.last_attempt.at if row.charger.last_attempt else 0.0))
        box = self.place.box.describe()
        return {
            "rows": rows[(number - 1) * ROWS : number * ROWS],
            "total": len(served),
            "matching": len(rows),
            "shows": [
                Link(address_of(search, name, sort), say(words), show == name, sum(row.shows(name) for row in found))
                for name, words in SHOWS
            ],
            "search": search,
            "show": show,
            "sort": sort,
            "sorts": [(value, say(words)) for value, words in SORTS],
            "page": number,
            "pages": pages,
            "earlier": address_of(search, show, sort, number - 1) if number > 1 else "",
            "later": address_of(search, show, sort, number + 1) if number < pages else "",
            "newcomers": [self._newcomer(row) for row in newcomers[:NEWCOMERS]],
            "more_newcomers": max(0, len(newcomers) - NEWCOMERS),
            "nameless": [
                (device, hardware_of(self.place.mac(device.address)), absent.get(device.address))
                for device in devices[:NEWCOMERS]
            ],
            "endpoints": endpoints_of(box),
            "approving": box.admission == "approve",
        }

    def _newcomer(self, row: Row) -> Newcomer:
        attempt = row.charger.last_attempt
        address = row.charger.session.address if row.charger.session else attempt.address if attempt else ""
        hardware = hardware_of(self.place.mac(address)) if address else Hardware()
        return Newcomer(row, self._firsts.get(row.charger.id), address, hardware)


def _joined(rows: list[Row], devices: list[Device]) -> tuple[list[Row], dict[str, shapes.Charger]]:
    """Say of a charger that is away what a device at its address ran into.

    Returns:
        The rows, and the charger by its address; where several are away that had the same, nobody knows which it is.
    """
    away = [row.charger for row in rows if row.charger.session is None and row.charger.last_address]
    often = Counter(charger.last_address for charger in away)
    absent = {charger.last_address or "": charger for charger in away if often[charger.last_address] == 1}
    problems = {absent[one.address].id: one for one in devices if one.address in absent}
    told = []
    for row in rows:
        device = problems.get(row.charger.id)
        if device is None:
            told.append(row)
        else:
            text = say("A device at its address, {address}, could not connect.").format(address=device.address)
            told.append(evolve(row, troubles=(Trouble("bad", f"{text} {device.problem}"),)))
    return told, absent


def natural(text: str) -> list[tuple[int, int, str]]:
    """For sorting: `CP-9` before `CP-10`."""
    return [
        (0, int(part), "") if part.isdecimal() and len(part) < 19 else (1, 0, part)
        for part in re.split("([0-9]+)", text.lower())
        if part
    ]


def _sorted(rows: list[Row], sort: str) -> list[Row]:
    keys: dict[str, Any] = {
        "trouble": lambda row: -row.weight,
        "power": lambda row: -(row.power or 0.0),
        "heard": lambda row: -(row.heard or 0.0),
    }
    return sorted(rows, key=keys[sort]) if sort in keys else rows


def address_of(search: str, show: str, sort: str, number: int = 1) -> str:
    """The page with these wishes.

    Args:
        search, show, sort: as in the query.
        number: of the page.
    """
    given = {"search": search, "show": show, "sort": sort, "page": str(number) if number > 1 else ""}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"/?{query}" if query else "/"
