"""What all connections to the central system have in common."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from attrs import Factory, define
from twisted.internet.defer import Deferred
from twisted.logger import Logger

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.answers import Answers
from edge_twisted.sandbox.central.faults import Faults
from edge_twisted.sandbox.central.known import Roll
from edge_twisted.sandbox.framing import Payload
from edge_twisted.sandbox.ledger import Ledger
from edge_twisted.sandbox.security import Account

STRANGER: Final = Account()
IDENTITY: Final = 255
"""Characters of an identity at most."""
LISTENERS: Final = 100
"""Who may watch at the same time."""

_log = Logger(namespace="sandbox")


class Leg(Protocol):
    """One connection, as the rest of the central system sees it."""

    identity: str
    heard: float
    transport: Any

    def ask(self, action: str, payload: Payload) -> Deferred[Payload]:
        """Ask the charger."""

    def leave(self, code: int = 1000, reason: str = "") -> Deferred[None]:
        """Close the connection."""

    def fault_changed(self, kind: str) -> None:
        """Hear that a fault of this kind began or ended."""


@define(eq=False)
class Shared:
    """What all connections have in common.

    Args:
        reactor: for time.
        tell: hears what happens; must not raise.
        clock: seconds since the epoch.
        ledger: where every message is written.
        answers: what chargers are answered.
        faults: what goes wrong.
        strangers: whether identities that are not on the dashboard are let in.

    Attributes:
        roll: what is known of each charger.
        connected: who is connected now, by identity.
        legs: all connections, those without a handshake included.
    """

    reactor: Any
    tell: Callable[[h.Happening], None]
    clock: Callable[[], float]
    ledger: Ledger
    answers: Answers
    faults: Faults
    strangers: bool
    roll: Roll = Factory(Roll)
    connected: dict[str, Leg] = Factory(dict)
    legs: set[Leg] = Factory(set)
    _listeners: list[Callable[[str], None]] = Factory(list)

    def account(self, identity: str) -> Account | None:
        """What holds for an identity at its handshake; None: it is not known here."""
        if not 0 < len(identity) <= IDENTITY:
            return None
        known = self.roll.chargers.get(identity)
        if known is not None and known.account is not None:
            return known.account
        return STRANGER if self.strangers else None

    def watch(self, changed: Callable[[str], None]) -> Callable[[], None]:
        """See `Central.watch`."""
        if len(self._listeners) >= LISTENERS:
            raise ValueError(f"{LISTENERS} listeners watch already, and no more may.")
        self._listeners.append(changed)

        def no_more() -> None:
            if changed in self._listeners:
                self._listeners.remove(changed)

        return no_more

    def changed(self, identity: str) -> None:
        """Tell all who watch.

        Args:
            identity: whose; empty for what concerns all.
        """
        for listener in tuple(self._listeners):
            try:
                listener(identity)
            except Exception:  # noqa: BLE001 - whatever it is, it is this listener's and nobody else's
                _log.failure("One who watches the central system failed")
