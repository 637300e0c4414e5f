"""What passing messages told about a charger, as a shape."""

from collections.abc import Callable, Iterable
from typing import Final

from edge_twisted.core.facts import Connector
from edge_twisted.core.observe import Observed
from edge_twisted.web import message_shapes as shapes

CURVE: Final = 24
"""Points of the small curve: two hours."""

Hide = Callable[[str], str]
"""Takes the identity out of a text, where it is secret."""


def show_observed(observed: Observed, now: float, present: bool, hide: Hide) -> shapes.Observed:
    """Show what is known.

    Args:
        observed: what is known.
        now: seconds since the epoch.
        present: whether the charger is connected; while it is not, nobody knows what it draws.
        hide: takes out what is secret.
    """
    boot, power = observed.boot, observed.power(now) if present else None
    return shapes.Observed(
        boot=shapes.Boot(
            at=boot.at,
            vendor=hide(boot.vendor),
            model=hide(boot.model),
            firmware=hide(boot.firmware),
            serial=hide(boot.serial),
            box_serial=hide(boot.box_serial),
            meter=hide(boot.meter),
            iccid=hide(boot.iccid),
            status=hide(boot.status),
        )
        if boot
        else None,
        connectors=[_connector(one, hide) for _, one in sorted(observed.connectors.items())],
        heartbeat_at=observed.heartbeat_at or None,
        heartbeat_seconds=observed.interval or None,
        last_message=shapes.LastMessage(
            at=observed.last_at, source=observed.last_from, action=hide(observed.last_action)
        )
        if observed.last_at
        else None,
        power=power if power is None else round(power, 1),
        curve=rounded(observed.history.points(now, CURVE)),
    )


def _connector(one: Connector, hide: Hide) -> shapes.Connector:
    under_way = one.transaction
    energy = None
    if under_way and under_way.meter_start is not None and one.register is not None:
        energy = max(0.0, round(one.register - under_way.meter_start, 1))
    return shapes.Connector(
        number=one.number,
        status=hide(one.status),
        error=hide(one.error),
        info=hide(one.info),
        vendor_error=hide(one.vendor_error),
        status_at=one.status_at or None,
        transaction=shapes.Transaction(
            id=under_way.id,
            card=hide(under_way.card),
            started=under_way.started,
            energy=energy,
            accepted=hide(under_way.accepted),
        )
        if under_way
        else None,
        metered_at=one.metered_at or None,
        power=one.power,
        register=one.register,
        soc=one.soc,
        currents=one.currents,
        voltages=one.voltages,
    )


def rounded(values: Iterable[float | None]) -> list[float | None]:
    """Figures with one decimal."""
    return [value if value is None else round(value, 1) for value in values]
