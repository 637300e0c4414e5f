"""Faults on demand: of one charger, or of all."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import define, frozen

from edge_twisted.pages.answers import Answer, Asked, Page, Problem, Redirect, Route
from edge_twisted.pages.forms import Form
from edge_twisted.pages.templates import Link
from edge_twisted.sandbox.central.faults import FAULTS, Fault, FaultKind
from edge_twisted.sandbox.dashboard.charger import ChargerPages
from edge_twisted.sandbox.dashboard.world import World, trail_of, url_of

NO_FAULT: Final = "There is no fault “{}”."
STARTED: Final = "Switched on: {}."
STOPPED: Final = "Switched off: {}."
ALL: Final = "all"
STAGES: Final = (
    ("port", "At the port, before a charger has said who it is"),
    ("handshake", "In the answer to a charger's handshake"),
    ("open", "On an open connection"),
)


@frozen
class Active:
    """A fault that is switched on.

    Args:
        kind: its code.
        words: what it does.
        more: its parameters.
    """

    kind: str
    words: str
    more: str


@define
class FaultPages:
    """The page of all chargers, and of each.

    Args:
        world: where faults are switched.
        pages: a charger's pages.
    """

    world: World
    pages: ChargerPages

    def routes(self) -> tuple[Route, ...]:
        """Its pages."""
        each = "/chargers/<string:id>/faults"
        return (
            Route("GET", "/faults", self.everyone),
            Route("POST", "/faults/stop", self.stop),
            Route("POST", "/faults/clear", self.clear),
            Route("GET", "/faults/on/<string:kind>", self.form),
            Route("POST", "/faults/on/<string:kind>", self.start),
            Route("GET", each, self.one),
            Route("POST", f"{each}/stop", self.stop),
            Route("POST", f"{each}/clear", self.clear),
            Route("GET", f"{each}/on/<string:kind>", self.form),
            Route("POST", f"{each}/on/<string:kind>", self.start),
        )

    def everyone(self, asked: Asked) -> Page:
        """Faults of all chargers."""

        def values() -> Mapping[str, Any]:
            own = [name for name in self.world.central.faults.all if name is not None]
            return {"title": "Faults", "own": [(name, self._active(name)) for name in own], **self._values(None)}

        return Page("faults.html", values, parts=("faults",))

    def one(self, asked: Asked) -> Page:
        """Faults of one charger."""
        return self.pages.page(
            asked, "charger-faults.html", "faults", lambda known: self._values(known.identity), parts=("faults",)
        )

    def form(self, asked: Asked) -> Page:
        """The parameters of one fault."""
        kind = self._kind(asked)
        return self._form(asked, Form.of({one.name: one.default for one in kind.fields}))

    def start(self, asked: Asked) -> Answer:
        """Switch one on."""
        kind, identity = self._kind(asked), self._identity(asked)
        form = asked.form() if kind.fields else Form()
        entered = {one.name: form.text(one.name) for one in kind.fields if form.text(one.name)}
        try:
            fault = Fault.read({"kind": asked.path["kind"], **entered})
            self.world.central.faults.start(fault, identity)
        except ValueError as error:
            named = next((one.name for one in kind.fields if str(error).startswith(one.name)), "")
            if not named:
                raise Problem(422, str(error)) from None
            form.wrong(named, str(error))
            return self._form(asked, form)
        return Redirect(self._url(identity), STARTED.format(kind.words), "info")

    def stop(self, asked: Asked) -> Answer:
        """Switch one off."""
        identity, kind = self._identity(asked), asked.form().text("kind")
        if kind not in FAULTS:
            raise Problem(404, NO_FAULT.format(kind))
        self.world.central.faults.stop(kind, identity)
        return Redirect(self._url(identity), STOPPED.format(FAULTS[kind].words))

    def clear(self, asked: Asked) -> Answer:
        """Switch all off."""
        identity = self._identity(asked)
        self.world.clear_faults(identity)
        return Redirect(self._url(identity), STOPPED.format("all faults"))

    def _identity(self, asked: Asked) -> str | None:
        return str(self.world.known(asked).identity) if "id" in asked.path else None

    def _kind(self, asked: Asked) -> FaultKind:
        kind = FAULTS.get(asked.path["kind"])
        if kind is None or ("id" in asked.path and kind.scope == ALL):
            raise Problem(404, NO_FAULT.format(asked.path["kind"]))
        return kind

    def _url(self, identity: str | None) -> str:
        return "/faults" if identity is None else url_of(identity, "faults")

    def _form(self, asked: Asked, form: Form) -> Page:
        kind, name, identity = self._kind(asked), asked.path["kind"], self._identity(asked)
        url = self._url(identity)
        shown = {
            "title": kind.words,
            "whose": f"Only for {identity}." if identity is not None else "For all chargers.",
            "fields": kind.fields,
            "pairs": lambda one: [(str(choice), str(choice)) for choice in one.choices],
            "url": f"{url}/on/{name}",
            "back": url,
            "trail": (*trail_of(identity or ""), Link(url, "Faults")),
            "tabs": (),
        }
        return Page("fault.html", lambda: shown, 200 if form.good else 422, form=form)

    def _values(self, identity: str | None) -> dict[str, Any]:
        on = {one.kind: one.more for one in self._active(identity)}
        stages = []
        for stage, words in STAGES:
            kinds = [(code, kind) for code, kind in FAULTS.items() if kind.stage == stage]
            shown = [
                (code, kind.words, bool(kind.fields), on.get(code))
                for code, kind in kinds
                if identity is None or kind.scope != ALL
            ]
            if shown:
                stages.append((words, shown))
        everywhere = self._active(None) if identity is not None else []
        return {"stages": stages, "active": len(on), "everywhere": everywhere, "url": self._url(identity)}

    def _active(self, identity: str | None) -> list[Active]:
        return [active_of(fault) for fault in self.world.own_faults(identity)]


def active_of(fault: Fault) -> Active:
    """A fault that is switched on, in words."""
    kind, given = FAULTS[fault.kind], fault.as_json()
    more = ", ".join(f"{one.name} {given[one.name]}" for one in kind.fields if given[one.name] not in (0, ""))
    return Active(fault.kind, kind.words, more)
