"""How a charger is, in a few words and a tone."""

from typing import Final

from attrs import frozen

from edge_twisted.sandbox.central.known import Known
from edge_twisted.sandbox.dashboard.words import REFUSED_SHORT

CHARGING: Final = frozenset({"Charging", "SuspendedEV", "SuspendedEVSE"})


@frozen
class State:
    """How a charger is.

    Args:
        tone: of `ui.badge`.
        words: such as `Charging`.
        more: a sentence beside it; may be empty.
    """

    tone: str
    words: str
    more: str = ""


def state_of(known: Known) -> State:
    """Tell how a charger is.

    Args:
        known: what the central system knows of it.
    """
    if not known.online:
        return _offline(known)
    if not known.boot:
        return State("warn", "Connected", "It has not sent a BootNotification yet.")
    statuses = set(known.connectors.values())
    if "Faulted" in statuses:
        return State("bad", "Fault", "A connector reports a fault.")
    if statuses & CHARGING or any(one.running for one in known.transactions.values()):
        return State("busy", "Charging")
    if statuses and statuses <= {"Unavailable"}:
        return State("warn", "Out of service")
    return State("good", "Online")


def _offline(known: Known) -> State:
    last = known.refusals[-1] if known.refusals else None
    if last is not None and last.at >= max(known.since or 0, known.heard or 0):
        return State("bad", REFUSED_SHORT.get(last.why, "Refused by a fault"))
    if known.since is None:
        return State("off", "Never connected")
    return State("off", "Offline")


def connectors_of(known: Known) -> list[tuple[str, str, State]]:
    """The connectors as (number, name, state); 0 is the charger itself."""
    found = []
    for number, status in sorted(known.connectors.items()):
        tone = {"Available": "good", "Faulted": "bad", "Unavailable": "warn", "Reserved": "info"}.get(status, "")
        name = "Whole charger" if number == 0 else f"Connector {number}"
        found.append((str(number), name, State(tone or "busy", status)))
    return found
