"""The way to a charger's settings: Settings, and Network interfaces; what is above and around these pages."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import define

from edge_twisted.core.policy import usual_dial
from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Asked, Page, Problem, Route
from edge_twisted.pages.templates import Link
from edge_twisted.web import shapes
from edge_twisted.web.site.charger_frame import ChargerFrame, trail_of, url_of
from edge_twisted.web.site.place import Door, Place
from edge_twisted.words.language import mark, say

SETTINGS: Final = "/settings"
NETWORK: Final = "/settings/network"
UPLINK: Final = "/settings/network/uplink"
TRAIL: Final = (
    (SETTINGS, mark("Settings")),
    (NETWORK, mark("Network interfaces")),
    (UPLINK, mark("Uplink interface")),
)
TAB: Final = "settings"
NOT_KNOWN: Final = mark("There is no such charger here. It may have been forgotten; look at the live view.")


def identity_of(place: Place, asked: Asked) -> bytes:
    """The charger that a page is about.

    Args:
        place: knows the chargers.
        asked: the request; its path holds the opaque id.

    Raises:
        Problem: 404, there is none.
    """
    found = place.views.identity(asked.path["id"])
    if found is None:
        raise Problem(404, NOT_KNOWN)
    return found


def around(charger: shapes.Charger, here: str) -> dict[str, Any]:
    """What stands around one of a charger's settings: its title, and the pages above it.

    Args:
        charger: whose.
        here: the page, as one of `TRAIL`.
    """
    upper = [Link(url_of(charger.id, path), say(words)) for path, words in TRAIL if len(path) < len(here)]
    return {"title": say(dict(TRAIL)[here]), "trail": trail_of(charger, *upper), "base": url_of(charger.id)}


@define
class SettingsPages:
    """The two pages.

    Args:
        place: what every room gets.
    """

    place: Place

    def routes(self) -> tuple[Door, ...]:
        """The ways in."""
        path = "/chargers/<string:id>"
        return (
            Door(Route("GET", path + SETTINGS, self.settings), Role.READONLY),
            Door(Route("GET", path + NETWORK, self.network), Role.READONLY),
        )

    def settings(self, asked: Asked) -> Page:
        """What can be set."""
        identity_of(self.place, asked)
        return ChargerFrame(self.place).page(asked, "settings.html", TAB, lambda one: around(one, SETTINGS))

    def network(self, asked: Asked) -> Page:
        """The two sides."""
        identity = identity_of(self.place, asked)

        def values(charger: shapes.Charger) -> Mapping[str, Any]:
            usual = usual_dial(self.place.desk.rules, self.place.desk.record(identity))
            return {**around(charger, NETWORK), "usual": str(usual.endpoint)}

        return ChargerFrame(self.place).page(asked, "network.html", TAB, values, ("sides",))
