"""Everything that the central system can ask of a charger: a button each, and a form made from its schema."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import define

from edge_twisted.pages.answers import Answer, Asked, Page, Problem, Redirect, Route
from edge_twisted.pages.forms import Form
from edge_twisted.pages.templates import Link
from edge_twisted.sandbox.central.asking import NotAnswered
from edge_twisted.sandbox.central.known import Known
from edge_twisted.sandbox.dashboard.charger import ChargerPages
from edge_twisted.sandbox.dashboard.schema import Input, inputs_of, payload_of
from edge_twisted.sandbox.dashboard.words import ACTIONS, GROUPS, OTHERS, unanswered
from edge_twisted.sandbox.dashboard.world import World, trail_of, url_of

NO_ACTION: Final = "There is no action “{}” that a central system can start."
ANSWERED: Final = "{}: the charger answered{}."
CARD: Final = "04A2B3C4D5E680"


@define
class Actions:
    """The page, and a form for each action.

    Args:
        world: what is asked.
        pages: a charger's pages.
    """

    world: World
    pages: ChargerPages

    def routes(self) -> tuple[Route, ...]:
        """Its pages."""
        return (
            Route("GET", "/chargers/<string:id>/actions", self.index),
            Route("GET", "/chargers/<string:id>/actions/<string:action>", self.show),
            Route("POST", "/chargers/<string:id>/actions/<string:action>", self.ask),
        )

    def index(self, asked: Asked) -> Page:
        """The buttons."""
        return self.pages.page(asked, "actions.html", "actions", lambda known: {"groups": self._groups()})

    def show(self, asked: Asked) -> Page:
        """The form of one action."""
        known, inputs = self.world.known(asked), self._inputs(asked)
        return self._page(asked, Form.of(prefilled(inputs, known)))

    async def ask(self, asked: Asked) -> Answer:
        """Ask it."""
        known, inputs = self.world.known(asked), self._inputs(asked)
        action, form = asked.path["action"], asked.form() if inputs else Form()
        payload = payload_of(action, inputs, form)
        if not form.good:
            return self._page(asked, form)
        try:
            answer = await self.world.central.ask(known.identity, action, payload)
        except NotAnswered as failed:
            url = url_of(known.identity, f"actions/{action}")
            return Redirect(url, f"{action}: {unanswered(failed.code)}", "bad")
        return Redirect(url_of(known.identity, "messages"), ANSWERED.format(action, told(answer)), tone_of(answer))

    def _inputs(self, asked: Asked) -> tuple[Input, ...]:
        schema = self.world.central.actions.get(asked.path["action"])
        if schema is None:
            raise Problem(404, NO_ACTION.format(asked.path["action"]))
        return inputs_of(schema)

    def _page(self, asked: Asked, form: Form) -> Page:
        action = asked.path["action"]
        inputs = self._inputs(asked)

        def values(known: Known) -> Mapping[str, Any]:
            trail = (*trail_of(known.identity), Link(url_of(known.identity, "actions"), "Actions"))
            return {
                "action": action,
                "words": ACTIONS.get(action, ""),
                "inputs": inputs,
                "title": action,
                "trail": trail,
                "tabs": (),
            }

        return self.pages.page(asked, "action.html", "actions", values, form=form)

    def _groups(self) -> Mapping[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        rest = dict.fromkeys(self.world.central.actions)
        for group, names in GROUPS:
            for name in names:
                if name in rest:
                    del rest[name]
                    found.setdefault(group, []).append((name, ACTIONS.get(name, "")))
        if rest:
            found[OTHERS] = [(name, ACTIONS.get(name, "")) for name in rest]
        return found


def prefilled(inputs: tuple[Input, ...], known: Known) -> dict[str, str]:
    """What stands in a form before anybody touches it: what is most likely meant.

    Args:
        inputs: the fields.
        known: the charger.
    """
    transaction = next((one.id for one in known.transactions.values() if one.running), "")
    usual = {"connectorId": "1", "idTag": CARD, "requestId": "1", "reservationId": "1", "listVersion": "1"}
    likely = {**usual, "transactionId": str(transaction)}
    return {
        one.name: likely.get(one.name) or (one.example if one.kind == "json" else "") for one in inputs if one.required
    }


def told(answer: Mapping[str, Any]) -> str:
    """What an answer says, in a word where it has one."""
    status = answer.get("status")
    return f" “{status}”" if status else ""


def tone_of(answer: Mapping[str, Any]) -> Any:
    """How it went."""
    status = str(answer.get("status", "Accepted"))
    bad = ("Rejected", "Failed", "Not", "Unlock", "Unknown", "Occupied", "Faulted", "Unavailable", "VersionMismatch")
    return "bad" if status.startswith(bad) and status != "Unlocked" else "good"
