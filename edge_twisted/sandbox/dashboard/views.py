"""Chargers, messages and the ledger as the API tells them."""

from typing import Any

from attrs import asdict

from edge_twisted.sandbox.central.known import Exchange, Known
from edge_twisted.sandbox.charger.charger import Charger
from edge_twisted.sandbox.dashboard.state import state_of
from edge_twisted.sandbox.dashboard.words import failure, refused
from edge_twisted.sandbox.ledger import Report


def charger(known: Known) -> dict[str, Any]:
    """A charger; never its password, but whether one is set, and for which user name.

    Args:
        known: what is known of it.
    """
    state, account = state_of(known), known.account
    held = account.credentials if account is not None else None
    return {
        "identity": known.identity,
        "state": state.words,
        "online": known.online,
        "secure": known.secure,
        "since": known.since,
        "heard": known.heard,
        "protocol": known.protocol,
        "agent": known.agent,
        "security": account.security.value if account is not None else None,
        "user": held.user.decode("utf-8", "backslashreplace") if held else None,
        "password_set": held is not None,
        "boot": dict(known.boot),
        "connectors": {str(number): status for number, status in known.connectors.items()},
        "transactions": [asdict(one) for one in known.transactions.values()],
        "power": known.power,
        "findings": known.findings,
        "refusals": [{**asdict(one), "words": refused(one.why, one.status)} for one in known.refusals],
    }


def message(exchange: Exchange) -> dict[str, Any]:
    """A message."""
    return asdict(exchange)


def report(found: Report) -> dict[str, Any]:
    """What the ledger says."""
    cases = [asdict(case) | {"sender": case.sender.value} for case in found.cases]
    return {"clean": found.clean, "up": asdict(found.up), "down": asdict(found.down), "cases": cases}


def simulated(found: Charger) -> dict[str, Any]:
    """A simulated charger, as it sees itself."""
    state, access = found.state, found.access
    return {
        "identity": found.identity,
        "endpoint": access.endpoint,
        "online": state.online,
        "secure": state.secure,
        "since": state.since,
        "failure": failure(state.failure) or None,
        "next_attempt": state.next_attempt,
        "waiting": state.waiting,
        "transactions": list(state.transactions),
        "roots": list(state.roots),
        "shows_password": access.credentials is not None,
        "security_profile": state.security_profile,
    }
