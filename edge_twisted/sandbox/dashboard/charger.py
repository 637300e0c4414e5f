"""One charger: what it is and how it is, and what ends its connection or its place on the dashboard."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import define

from edge_twisted.pages.answers import Answer, Asked, Page, Redirect, Route
from edge_twisted.pages.forms import Form
from edge_twisted.pages.templates import Link
from edge_twisted.sandbox.central.known import Known
from edge_twisted.sandbox.dashboard.entering import security_of
from edge_twisted.sandbox.dashboard.state import connectors_of, state_of
from edge_twisted.sandbox.dashboard.words import refused
from edge_twisted.sandbox.dashboard.world import World, trail_of, url_of

BOOT: Final = (
    ("chargePointVendor", "Vendor"),
    ("chargePointModel", "Model"),
    ("firmwareVersion", "Firmware"),
    ("chargePointSerialNumber", "Serial number"),
    ("chargeBoxSerialNumber", "Box serial number"),
    ("meterType", "Meter"),
    ("meterSerialNumber", "Meter serial number"),
    ("iccid", "SIM card (ICCID)"),
    ("imsi", "SIM card (IMSI)"),
)
TABS: Final = (
    ("", "Overview"),
    ("security", "Security"),
    ("actions", "Actions"),
    ("messages", "Messages"),
    ("faults", "Faults"),
    ("ledger", "Ledger"),
    ("at-the-charger", "At the charger"),
)
ENDED: Final = 5
"""Transactions that are over, and still shown."""
CLOSED: Final = "The connection of {} was closed. It comes back when its back-off is over."
OFFLINE: Final = "{} is not connected, so there was nothing to close."
REMOVED: Final = "{} was removed from the dashboard."


@define
class ChargerPages:
    """The first page of a charger, and what all of its pages share.

    Args:
        world: what is shown.
    """

    world: World

    def routes(self) -> tuple[Route, ...]:
        """Its pages."""
        return (
            Route("GET", "/chargers/<string:id>", self.overview),
            Route("POST", "/chargers/<string:id>/disconnect", self.disconnect),
            Route("GET", "/chargers/<string:id>/remove", self.ask_remove),
            Route("POST", "/chargers/<string:id>/remove", self.remove),
        )

    def overview(self, asked: Asked) -> Page:
        """What it is and how it is."""
        return self.page(asked, "overview.html", "", self._values, parts=("overview",))

    def disconnect(self, asked: Asked) -> Answer:
        """Close its connection."""
        known = self.world.known(asked)
        online = self.world.central.disconnect(known.identity)
        text = (CLOSED if online else OFFLINE).format(known.identity)
        return Redirect(url_of(known.identity), text, "good" if online else "info")

    def ask_remove(self, asked: Asked) -> Page:
        """Ask once more."""
        return self.page(asked, "remove.html", "", lambda known: {})

    def remove(self, asked: Asked) -> Answer:
        """Take it off the dashboard."""
        identity = self.world.known(asked).identity
        self.world.remove(identity)
        return Redirect("/", REMOVED.format(identity))

    def page(
        self,
        asked: Asked,
        template: str,
        tab: str,
        values: Callable[[Known], Mapping[str, Any]],
        parts: tuple[str, ...] = (),
        form: Form | None = None,
        every: float = 0.0,
    ) -> Page:
        """A page of a charger.

        Args:
            asked: names the charger.
            template: which.
            tab: of `TABS`, which is shown.
            values: gives what it shows beside what all show, of what is known of the charger.
            parts, form, every: as for `Page`; the badge beside the heading is live on each.

        Raises:
            Problem: 404, there is no such charger.
        """
        identity = self.world.known(asked).identity

        def all_values() -> Mapping[str, Any]:
            known = self.world.known(asked)
            shared = {"title": identity, "known": known, "state": state_of(known), "trail": trail_of()}
            return {**shared, "tabs": self._tabs(known, tab), **values(known)}

        status = 422 if form is not None and not form.good else 200
        return Page(template, all_values, status, ("state", *parts), frozenset({identity}), every, form)

    def _tabs(self, known: Known, here: str) -> tuple[Link, ...]:
        counts = {"messages": known.findings, "faults": len(self.world.central.faults.active(known.identity))}
        simulated = self.world.simulated(known.identity) is not None
        watched = self.world.ledger is not None and known.identity in self.world.ledger.identities
        wanted = {"at-the-charger": simulated, "ledger": watched}
        return tuple(
            Link(url_of(known.identity, name), words, name == here, counts.get(name, 0))
            for name, words in TABS
            if wanted.get(name, True)
        )

    def _values(self, known: Known) -> Mapping[str, Any]:
        boot = known.boot or {}
        return {
            "security": security_of(known),
            "facts": [(words, boot[name]) for name, words in BOOT if boot.get(name)],
            "connectors": connectors_of(known),
            "running": [one for one in known.transactions.values() if one.running],
            "ended": [one for one in reversed(known.transactions.values()) if not one.running][:ENDED],
            "curve": self.world.history.curve(known.identity),
            "refusals": [(one, refused(one.why, one.status)) for one in reversed(known.refusals)],
        }
