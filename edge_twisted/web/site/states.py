"""How a charger is, in words that are read at a glance: its state, both legs, and what is wrong."""

from typing import Final

from attrs import frozen

from edge_twisted.web import shapes
from edge_twisted.web.message_shapes import Connector

CONNECTORS: Final = {
    "Faulted": ("bad", "Fault"),
    "Charging": ("busy", "Charging"),
    "SuspendedEV": ("busy", "Paused by the car"),
    "SuspendedEVSE": ("busy", "Paused by the charger"),
    "Preparing": ("info", "Plugged in"),
    "Finishing": ("info", "Finishing"),
    "Reserved": ("info", "Reserved"),
    "Unavailable": ("off", "Out of service"),
    "Available": ("good", "Available"),
}
"""OCPP's status of a connector: tone and words; what comes first stands for a charger with several."""
STATES: Final = {
    "blocked": ("off", "Blocked"),
    "waiting": ("warn", "Waiting for approval"),
    "refused": ("bad", "Not let in"),
    "away": ("off", "Not connected"),
}
CREDENTIALS: Final = {
    "none": "no password",
    "shown": "the charger's password",
    "entered": "password entered here",
    "pending": "new password of the central system",
    "detected": "the charger's earlier password",
}
"""Whose credentials went up, by `shapes.Session.credentials`."""


@frozen
class State:
    """What a badge says.

    Args:
        tone: of `ui.badge`.
        words: what.
        foreign: whether the words come from outside, and so are in no catalogue.
    """

    tone: str
    words: str
    foreign: bool = False


@frozen
class Trouble:
    """Something that is wrong.

    Args:
        tone: `bad`, or `warn` where things work all the same.
        text: whole sentences, with the remedy where there is one.
    """

    tone: str
    text: str


@frozen
class Leg:
    """One of the two connections.

    Args:
        tone: of `ui.badge`.
        scheme: `wss` or `ws`; nothing: it does not stand.
        words: what belongs to it.
    """

    tone: str
    scheme: str
    words: tuple[str, ...]


def connector_state(connector: Connector) -> State:
    """How a connector is; a status that OCPP does not have stands as it came."""
    if connector.status and connector.status not in CONNECTORS:
        return State("info", connector.status, foreign=True)
    return State(*CONNECTORS.get(connector.status, ("off", "Not told yet")))


def state_of(charger: shapes.Charger) -> State:
    """How a charger is, in one badge.

    Args:
        charger: as the views show it.
    """
    if charger.state == "waiting" and charger.approved:
        return State("info", "Approved")
    if charger.state != "connected":
        return State(*STATES[charger.state])
    if charger.session is not None and not charger.session.served:
        return State("info", "Waiting for the central system")
    connectors = charger.observed.connectors if charger.observed else []
    told = {one.status for one in connectors if one.status}
    if any(one.number > 0 and one.status for one in connectors):
        told = {one.status for one in connectors if one.number > 0 and one.status} | (told & {"Faulted"})
    found = next((status for status in CONNECTORS if status in told), None)
    return State(*CONNECTORS[found]) if found else State("good", "Connected")


def charger_leg(charger: shapes.Charger) -> Leg:
    """The connection between charger and Edge."""
    session = charger.session
    if session is None:
        return Leg("off", "", ())
    secret = "with a password" if session.password else "no password"
    return _leg(secure=session.secure, words=(secret,), plain="off")


def uplink_leg(charger: shapes.Charger) -> Leg:
    """The connection between Edge and the central system."""
    session = charger.session
    if session is None:
        return Leg("off", "", ())
    return _leg(secure=session.uplink_secure, words=(CREDENTIALS[session.credentials],), plain="warn")


def _leg(*, secure: bool, words: tuple[str, ...], plain: str) -> Leg:
    if secure:
        return Leg("good", "wss", ("encrypted", *words))
    return Leg(plain, "ws", ("not encrypted", *words))


def troubles_of(charger: shapes.Charger) -> tuple[Trouble, ...]:
    """What is wrong with a charger, what weighs most first.

    Args:
        charger: as the views show it.
    """
    found = []
    attempt = charger.last_attempt
    if charger.blocked:
        found.append(Trouble("warn", "It is blocked here, and not let in."))
    elif charger.state == "waiting" and charger.approved:
        found.append(Trouble("warn", "It is approved, and is let in when it comes next."))
    elif attempt and attempt.cause and charger.session is None:
        found.append(Trouble("warn" if charger.state == "waiting" else "bad", attempt.sentence))
    elif charger.session is None and charger.first_served:
        found.append(Trouble("warn", "It was connected before, and is not now. See that it has power and network."))
    elif charger.session is None and not charger.first_served:
        found.append(Trouble("warn", "It was never connected to the central system."))
    if charger.session is not None and charger.observed:
        found += [Trouble("bad", _fault(one)) for one in charger.observed.connectors if _is_faulty(one)]
    return tuple(found)


def _is_faulty(connector: Connector) -> bool:
    return connector.status == "Faulted" or connector.error not in ("", "NoError")


def _fault(connector: Connector) -> str:
    where = f"Connector {connector.number}" if connector.number else "The charger"
    told = [word for word in (connector.error, connector.vendor_error, connector.info) if word not in ("", "NoError")]
    return f"{where} reports a fault{': ' if told else ''}{', '.join(told)}."
