"""What the dashboard's pages look at and change."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from attrs import Factory, define

from edge_twisted.pages.answers import Asked, Problem
from edge_twisted.pages.templates import Link
from edge_twisted.sandbox.central.faults import Fault
from edge_twisted.sandbox.central.known import Known
from edge_twisted.sandbox.central.system import Central
from edge_twisted.sandbox.charger.charger import Charger
from edge_twisted.sandbox.dashboard.history import History
from edge_twisted.sandbox.fleet import Fleet
from edge_twisted.sandbox.ledger import Ledger
from edge_twisted.sandbox.security import Account

UNKNOWN: Final = "There is no charger “{}” here. It may have been removed, or its identity is misspelled."
NO_LEDGER: Final = "Nobody keeps a ledger here."
IDENTITY_LENGTH: Final = 100
BAD_IDENTITY: Final = f"An identity has at most {IDENTITY_LENGTH} characters, all of which can be printed."
NOT_OURS: Final = "“{}” is not one of the simulated chargers, so nobody stands in front of it."


@define
class World:
    """The central system, its chargers, and the ledger.

    Args:
        central: the central system.
        fleet: the simulated chargers; None: there are none.
        ledger: what became of every message.
        history: the chargers' power.
        clock: seconds since the epoch.
        roots: root certificates that can be installed at a simulated charger: PEM files by the name of whose they are.
    """

    central: Central
    fleet: Fleet | None
    ledger: Ledger | None
    history: History
    clock: Callable[[], float]
    roots: Mapping[str, Path] = Factory(dict)

    def chargers(self) -> list[Known]:
        """All chargers: those that the central system knows, and simulated ones that it has not heard of yet."""
        found = list(self.central.chargers.values())
        simulated = () if self.fleet is None else self.fleet.chargers
        return found + [Known(identity) for identity in simulated if self.central.known(identity) is None]

    def find(self, identity: str) -> Known | None:
        """The charger of an identity, if there is one."""
        found = self.central.known(identity)
        return Known(identity) if found is None and self.simulated(identity) is not None else found

    def known(self, asked: Asked) -> Known:
        """The charger in the path.

        Raises:
            Problem: 404, there is none.
        """
        found = self.find(asked.path["id"])
        if found is None:
            raise Problem(404, UNKNOWN.format(asked.path["id"]))
        return found

    def simulated(self, identity: str) -> Charger | None:
        """The simulated charger of that identity; None: there is none."""
        return None if self.fleet is None else self.fleet.chargers.get(identity)

    def at_charger(self, asked: Asked) -> Charger:
        """The simulated charger in the path.

        Raises:
            Problem: 404, it is none of ours.
        """
        found = self.simulated(asked.path["id"])
        if found is None:
            raise Problem(404, NOT_OURS.format(asked.path["id"]))
        return found

    def save(self, identity: str, account: Account, *, close: bool = False) -> None:
        """Set a charger's security.

        Raises:
            Problem: 409, there is no room for another charger.
        """
        try:
            self.central.save(identity, account, close=close)
        except ValueError as error:
            raise Problem(409, str(error)) from None

    def remove(self, identity: str) -> None:
        """Take a charger off the dashboard, its connection and its faults too."""
        self.clear_faults(identity)
        self.central.disconnect(identity)
        self.central.remove(identity)

    def own_faults(self, identity: str | None) -> tuple[Fault, ...]:
        """The faults of one charger alone, or, with None, those of all."""
        return self.central.faults.all.get(identity, ())

    def clear_faults(self, identity: str | None) -> None:
        """Switch off what `own_faults` names."""
        for fault in self.own_faults(identity):
            self.central.faults.stop(fault.kind, identity)

    def the_ledger(self) -> Ledger:
        """The ledger.

        Raises:
            Problem: 404, nobody keeps one.
        """
        if self.ledger is None:
            raise Problem(404, NO_LEDGER)
        return self.ledger

    def endpoints(self, host: str = "") -> list[tuple[str, str]]:
        """Where chargers connect: (scheme, endpoint without the identity).

        Args:
            host: as the reader's browser calls this machine; used where the central system listens on every address.
        """
        interface = self.central.settings.interface
        if interface in ("", "0.0.0.0", "::"):
            interface = host or "localhost"
        name = f"[{interface}]" if ":" in interface and not interface.startswith("[") else interface
        return [(kind, f"{kind}://{name}:{port}") for kind, port in sorted(self.central.ports.items())]


def is_identity(text: str) -> bool:
    """Whether a charger can be called so; a browser takes dots alone for something else."""
    return 0 < len(text) <= IDENTITY_LENGTH and text.isprintable() and text not in (".", "..")


def url_of(identity: str, below: str = "") -> str:
    """Where a charger's page is.

    Args:
        identity: the charger's.
        below: which of its pages; empty: the first.
    """
    return f"/chargers/{quote(identity, safe='')}" + (f"/{below}" if below else "")


def trail_of(identity: str = "") -> tuple[Link, ...]:
    """The way back: to the list, or to a charger."""
    first = Link("/", "Chargers")
    return (first, Link(url_of(identity), identity)) if identity else (first,)
