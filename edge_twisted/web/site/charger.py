"""A charger's first page: how it is connected, what it is, what its connectors do, and its last 24 hours."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import define, field, frozen

from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Asked, Page, Route
from edge_twisted.web import shapes
from edge_twisted.web.message_shapes import Connector, Power
from edge_twisted.web.site.charger_frame import ChargerFrame
from edge_twisted.web.site.nameless import hardware_of
from edge_twisted.web.site.place import Door, Place
from edge_twisted.web.site.plot import bar_plot, curve_plot
from edge_twisted.web.site.states import State, connector_state

EVERY_SECONDS: Final = 5.0
ERRORS_THAT_ARE_NONE: Final = ("", "NoError")


@frozen
class Hour:
    """A line of the table that tells what the plots show.

    Args:
        at: when it began, seconds since the epoch.
        power: mean watts; None where nothing is known.
        energy: watt-hours; None where nothing is known.
    """

    at: float
    power: float | None
    energy: float | None


@frozen
class Plug:
    """A connector as the page shows it.

    Args:
        connector: what is known.
        state: how it is.
        error: what is wrong with it; nothing where nothing is.
    """

    connector: Connector
    state: State
    error: str


@define
class ChargerOverview:
    """The page.

    Args:
        place: what is shown.
    """

    place: Place
    _frame: ChargerFrame = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._frame = ChargerFrame(self.place)

    def routes(self) -> tuple[Door, ...]:
        """Its pages."""
        return (Door(Route("GET", "/chargers/<string:id>", self.show), Role.VIEWER),)

    def show(self, asked: Asked) -> Page:
        """The page."""
        identity = self._frame.find(asked)

        def values(charger: shapes.Charger) -> Mapping[str, Any]:
            power = self.place.insight.power(identity)
            address = charger.session.address if charger.session else charger.last_address or ""
            return {
                "plugs": [_plug(one) for one in charger.observed.connectors] if charger.observed else [],
                "power_plot": curve_plot([kilo(value) for value in power.power]),
                "energy_plot": bar_plot([kilo(value) for value in power.energy]),
                "energy_sum": sum(value or 0.0 for value in power.energy),
                "hours": hours_of(power),
                "hardware": hardware_of(self.place.mac(address)) if address else hardware_of(""),
                "address": address,
            }

        parts = ("now", "connectors", "plots")
        return self._frame.page(asked, "charger-overview.html", "overview", values, parts, every=EVERY_SECONDS)


def kilo(value: float | None) -> float | None:
    """A thousandth."""
    return None if value is None else value / 1000


def hours_of(power: Power) -> list[Hour]:
    """The last 24 hours as a table, the latest first; hours of which nothing is known are left out.

    Args:
        power: means of 5 minutes, and sums of an hour.
    """
    found = []
    for place, energy in enumerate(power.energy):
        begin = power.energy_from + place * power.energy_seconds
        values = [
            value
            for number, value in enumerate(power.power)
            if value is not None and 0 <= power.power_from + number * power.power_seconds - begin < power.energy_seconds
        ]
        if values or energy is not None:
            found.append(Hour(begin, sum(values) / len(values) if values else None, energy))
    return found[::-1]


def _plug(connector: Connector) -> Plug:
    told = (connector.error, connector.vendor_error, connector.info)
    error = ", ".join(one for one in told if one not in ERRORS_THAT_ARE_NONE)
    return Plug(connector, connector_state(connector), error)
