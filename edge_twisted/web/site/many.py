"""Many chargers at once: choose or enter them, see what would happen, change a first one, then the rest."""

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from attrs import define, field
from msgspec import UNSET

from edge_twisted.core.record import Record
from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Answer, Asked, Page, Problem, Redirect, Route
from edge_twisted.pages.forms import FIELDS, Form
from edge_twisted.web import shapes
from edge_twisted.web.caller import Caller
from edge_twisted.web.refusing import Refused
from edge_twisted.web.site.job import Item, Job
from edge_twisted.web.site.place import Door, Place, caller_of, page
from edge_twisted.web.site.rows import EXAMPLE, MOST, Row, Table, read_table
from edge_twisted.words import speech
from edge_twisted.words.language import mark, say

TITLE: Final = mark("Many chargers at once")
JOBS: Final = 10
"""That are remembered; those that are not at work make room, the oldest first."""
KEPT_SECONDS: Final = 1800.0
"""How long one that is not at work is remembered."""
CHOSEN: Final = "c-"
"""What the names of the boxes begin with, one for each charger in the list."""
CHOOSABLE: Final = FIELDS - 10
"""Chargers that can be chosen from the list at once: a form has so many fields."""
ID_CHARACTERS: Final = 6
"""Of an opaque id, beside what else tells chargers apart."""
SAME: Final = mark("This is how it is set already.")
GONE: Final = mark("There is no such list of changes any more. Begin anew.")
NOBODY_CHOSEN: Final = mark("Choose at least one charger.")
NO_ENDPOINT: Final = mark("Enter the endpoint, such as wss://wss.evc-net.com.")
CROWDED: Final = mark("Others change many chargers at the moment. Try again when they are done.")
UNSEEN: Final = mark("It was never seen here so far.")
NO_CHANGE: Final = mark("This list can't be carried out (any more). Begin anew.")


@define(eq=False)
class ManyPages:
    """The pages.

    Args:
        place: what every room gets.
    """

    place: Place
    _jobs: "OrderedDict[str, tuple[float, Job]]" = field(init=False, factory=OrderedDict, repr=False)

    def routes(self) -> tuple[Door, ...]:
        """The ways in."""
        return (
            Door(Route("GET", "/many", self.show), Role.MAINTAINER),
            Door(Route("POST", "/many", self.plan), Role.MAINTAINER),
            Door(Route("GET", "/many/<string:name>", self.job), Role.MAINTAINER),
            Door(Route("POST", "/many/<string:name>/begin", self.begin), Role.MAINTAINER),
            Door(Route("POST", "/many/<string:name>/stop", self.stop), Role.MAINTAINER),
            Door(Route("POST", "/many/<string:name>/drop", self.drop), Role.MAINTAINER),
        )

    # --- what to change ----------------------------------------------------------------------------------------------

    def show(self, asked: Asked) -> Page:
        """Choose chargers, or enter a table."""
        return self._page(asked, Form.of({"way": "list", "endpoint": self.place.desk.rules.wss}))

    def plan(self, asked: Asked) -> Answer:
        """See what would happen; nothing is changed."""
        form, caller = asked.form(), caller_of(asked)
        table = self._read(form)
        if form.good and not table.errors:
            items = [self._item(row, caller.role or Role.VIEWER) for row in table.rows]
            name = self._keep(items, caller)
            if name:
                return Redirect(f"/many/{name}")
            form.wrong("way", CROWDED)
        for why in table.errors:
            form.wrong("table", why)
        form.values.pop("table", None)  # it may hold passwords
        return self._page(asked, form, tuple(table.errors))

    def _read(self, form: Form) -> Table:
        way = form.text("way")
        if way == "table":
            return read_table(form.raw("table"), self.place.views)
        table, endpoint = Table(), form.text("endpoint")
        if way == "list" and not endpoint:
            form.wrong("endpoint", NO_ENDPOINT)
        change = shapes.UplinkChange(endpoint=endpoint if way == "list" else None)
        for name in form.values:
            identity = self.place.views.identity(name.removeprefix(CHOSEN)) if name.startswith(CHOSEN) else None
            if identity is not None:
                table.add(Row(0, identity, change))
        if not table.rows:
            form.wrong("chosen", NOBODY_CHOSEN)
        return table

    def _item(self, row: Row, role: Role) -> Item:
        """What would happen to one charger."""
        charger, label = self.place.desk.book.called(row.identity)
        more = about(self.place.views.charger(row.identity))
        if row.line:
            more = say("line {line}, {more}").format(line=row.line, more=more)
        try:
            before, after = self.place.office.would_be(row.identity, row.change, role)
        except Refused as refused:
            return Item(None, charger, label, more, refused.problem.message, "wrong")
        words = _would_change(before, after, row.change)
        known = row.identity in self.place.desk.book or self.place.desk.visitors.get(row.identity) is not None
        return Item(row, charger, label, more, words if known else " ".join((words, say(UNSEEN))))

    def _page(self, asked: Asked, form: Form, errors: tuple[str, ...] = ()) -> Page:
        def values() -> Mapping[str, Any]:
            chargers = self.place.views.chargers()
            known = [charger for charger in chargers if charger.first_served or charger.approved or charger.session]
            return {
                "chargers": known[:CHOOSABLE],
                "abouts": {charger.id: about(charger) for charger in known[:CHOOSABLE]},
                "left_out": max(0, len(known) - CHOOSABLE),
                "chosen": frozenset(name.removeprefix(CHOSEN) for name in form.values if name.startswith(CHOSEN)),
                "errors": errors,
                "example": EXAMPLE,
                "most": MOST,
                "shows": [(value, speech.shows(value)) for value in ("nothing", "same", "next", "detected")],
            }

        return page(asked, "many.html", TITLE, values, form=form)

    # --- carrying it out ---------------------------------------------------------------------------------------------

    def job(self, asked: Asked) -> Page:
        """What would happen, and how far it is."""

        def values() -> Mapping[str, Any]:
            job = self._job(asked)
            wrong = sum(item.outcome == "wrong" for item in job.items)
            return {"job": job, "wrong": wrong, "base": f"/many/{job.name}", "next": job.next}

        topics = frozenset({_topic(asked.path["name"])})
        return page(asked, "many-job.html", TITLE, values, parts=("progress",), topics=topics)

    def begin(self, asked: Asked) -> Answer:
        """Change the first one, or the rest."""
        job = self._job(asked)
        if not job.begin(caller_of(asked)):
            return Redirect(f"/many/{job.name}", NO_CHANGE, "bad")
        return Redirect(f"/many/{job.name}")

    def stop(self, asked: Asked) -> Answer:
        """Change nothing more."""
        job = self._job(asked)
        job.stop()
        return Redirect(f"/many/{job.name}")

    def drop(self, asked: Asked) -> Answer:
        """Throw it away."""
        job = self._job(asked)
        job.stop()
        job.drop()
        self._jobs.pop(job.name, None)
        return Redirect("/many")

    def _job(self, asked: Asked) -> Job:
        self._sweep()
        found = self._jobs.get(asked.path["name"])
        if found is None or found[1].by != caller_of(asked).by:
            raise Problem(404, GONE)
        return found[1]

    def _keep(self, items: list[Item], caller: Caller) -> str:
        """Remember a job under a new name; nothing where there is no room."""
        self._sweep()
        for name, (_, job) in list(self._jobs.items()):
            if job.by == caller.by and not job.running or len(self._jobs) >= JOBS and not job.running:
                job.drop()
                del self._jobs[name]
        if len(self._jobs) >= JOBS or any(job.by == caller.by for _, job in self._jobs.values()):
            return ""
        name, hub = secrets.token_urlsafe(12), self.place.hub
        job = Job(
            name,
            caller.by,
            items,
            self.place.office,
            hub.clock,
            self.place.time,
            lambda: hub.changed(_topic(name)),
        )
        self._jobs[name] = (hub.clock.seconds(), job)
        return name

    def _sweep(self) -> None:
        """Forget jobs, and the passwords in them, that nobody went on with."""
        over = self.place.hub.clock.seconds() - KEPT_SECONDS
        for name, (since, job) in list(self._jobs.items()):
            if since < over and not job.running:
                job.drop()
                del self._jobs[name]


def about(charger: shapes.Charger) -> str:
    """What tells a charger from others, where its name is shown shortened: model, serial number, address, and id."""
    boot = charger.observed.boot if charger.observed else None
    address = charger.session.address if charger.session else charger.last_address
    told = [f"{boot.vendor} {boot.model}".strip(), boot.serial or boot.box_serial] if boot else []
    return ", ".join(word for word in (*told, address or "", f"id {charger.id[:ID_CHARACTERS]}") if word)


def _topic(name: str) -> str:
    return f"many:{name}"


def _would_change(before: Record, after: Record, change: shapes.UplinkChange) -> str:
    """What would change, in words; never a secret."""
    if before == after:
        return say(SAME)
    told = []
    if before.endpoint != after.endpoint:
        old, new = (one.endpoint or say("detected") for one in (before, after))
        told.append(say("Endpoint: {new} (before: {old}).").format(new=new, old=old))
    if before.entered != after.entered:
        told.append(say("Password: entered anew.") if before.entered else say("Password: entered."))
    if change.shows is not UNSET:
        told.append(f"{speech.shows(change.shows)}.")
    return " ".join(told)
