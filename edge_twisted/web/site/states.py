"""How a charger is, in words that are read at a glance: its state, both legs, and what is wrong."""

from typing import Final

from attrs import frozen

from edge_twisted.web import shapes
from edge_twisted.web.message_shapes import Connector
from edge_twisted.words.language import mark, say

CONNECTORS: Final = {
    "Faulted": ("bad", mark("Fault")),
    "Charging": ("busy", mark("Charging")),
    "SuspendedEV": ("busy", mark("Paused by the car")),
    "SuspendedEVSE": ("busy", mark("Paused by the charger")),
    "Preparing": ("info", mark("Plugged in")),
    "Finishing": ("info", mark("Finishing")),
    "Reserved": ("info", mark("Reserved")),
    "Unavailable": ("off", mark("Out of service")),
    "Available": ("good", mark("Available")),
}
"""OCPP's status of a connector: tone and words; what comes first stands for a charger with several."""
NOT_TOLD: Final = ("off", mark("Not told yet"))
CONNECTED: Final = ("good", mark("Connected"))
STATES: Final = {
    "blocked": ("off", mark("Blocked")),
    "waiting": ("warn", mark("Waiting for approval")),
    "refused": ("bad", mark("Not let in")),
    "away": ("off", mark("Not connected")),
}
CREDENTIALS: Final = {
    "none": mark("no password"),
    "shown": mark("the charger's password"),
    "entered": mark("password entered here"),
    "pending": mark("new password of the central system"),
    "detected": mark("the charger's earlier password"),
}
"""Whose credentials went up, by `shapes.Session.credentials`."""


@frozen
class State:
    """What a badge says.

    Args:
        tone: of `ui.badge`.
        words: what, in the reader's language.
    """

    tone: str
    words: str


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
        return State("info", connector.status)
    return _state(CONNECTORS.get(connector.status, NOT_TOLD))


def state_of(charger: shapes.Charger) -> State:
    """How a charger is, in one badge.

    Args:
        charger: as the views show it.
    """
    if charger.state == "waiting" and charger.approved:
        return State("info", say("Approved"))
    if charger.state != "connected":
        return _state(STATES[charger.state])
    if charger.session is not None and not charger.session.served:
        return State("info", say("Waiting for the central system"))
    connectors = charger.observed.connectors if charger.observed else []
    told = {one.status for one in connectors if one.status}
    if any(one.number > 0 and one.status for one in connectors):
        told = {one.status for one in connectors if one.number > 0 and one.status} | (told & {"Faulted"})
    found = next((status for status in CONNECTORS if status in told), None)
    return _state(CONNECTORS[found] if found else CONNECTED)


def _state(marked: tuple[str, str]) -> State:
    tone, words = marked
    return State(tone, say(words))


def charger_leg(charger: shapes.Charger) -> Leg:
    """The connection between charger and Edge."""
    session = charger.session
    if session is None:
        return Leg("off", "", ())
    secret = say("with a password") if session.password else say("no password")
    return _leg(secure=session.secure, words=(secret,), plain="off")


def uplink_leg(charger: shapes.Charger) -> Leg:
    """The connection between Edge and the central system."""
    session = charger.session
    if session is None:
        return Leg("off", "", ())
    return _leg(secure=session.uplink_secure, words=(say(CREDENTIALS[session.credentials]),), plain="warn")


def _leg(*, secure: bool, words: tuple[str, ...], plain: str) -> Leg:
    if secure:
        return Leg("good", "wss", (say("encrypted"), *words))
    return Leg(plain, "ws", (say("not encrypted"), *words))


def troubles_of(charger: shapes.Charger) -> tuple[Trouble, ...]:
    """What is wrong with a charger, what weighs most first.

    Args:
        charger: as the views show it.
    """
    found = []
    attempt = charger.last_attempt
    if charger.blocked:
        found.append(Trouble("warn", say("It is blocked here, and not let in.")))
    elif charger.state == "waiting" and charger.approved:
        found.append(Trouble("warn", say("It is approved, and is let in when it comes next.")))
    elif attempt and attempt.cause and charger.session is None:
        found.append(Trouble("warn" if charger.state == "waiting" else "bad", attempt.sentence))
    elif charger.session is None and charger.first_served:
        text = say("It was connected before, and is not now. See that it has power and network.")
        found.append(Trouble("warn", text))
    elif charger.session is None and not charger.first_served:
        found.append(Trouble("warn", say("It was never connected to the central system.")))
    if charger.session is not None and charger.observed:
        found += [Trouble("bad", _fault(one)) for one in charger.observed.connectors if _is_faulty(one)]
    return tuple(found)


def _is_faulty(connector: Connector) -> bool:
    return connector.status == "Faulted" or connector.error not in ("", "NoError")


def _fault(connector: Connector) -> str:
    told = [word for word in (connector.error, connector.vendor_error, connector.info) if word not in ("", "NoError")]
    if not connector.number:
        text = say("The charger reports a fault: {told}.") if told else say("The charger reports a fault.")
    else:
        text = (
            say("Connector {number} reports a fault: {told}.") if told else say("Connector {number} reports a fault.")
        )
    return text.format(number=connector.number, told=", ".join(told))
