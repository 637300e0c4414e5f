"""The tables of a scenario file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from attrs import Factory, field, frozen

from edge_twisted.sandbox.charger.bounds import at_least
from edge_twisted.sandbox.charger.families import FAMILIES
from edge_twisted.sandbox.charger.keys import NAMES
from edge_twisted.sandbox.charger.settings import CONNECTORS, BackOff, Ping, Plan, Transactions
from edge_twisted.sandbox.scenario_values import (
    SECRET,
    Wrong,
    are_credentials,
    is_address,
    is_identity,
    is_port,
    is_url,
    nearest,
)
from edge_twisted.sandbox.tls import Tls

CHARGERS: Final = 10_000
"""Chargers of a scenario at most."""
PLACES: Final = ("ws", "wss", "central-ws", "central-wss")
TRUSTS: Final = ("edge", "none", "wrong", "system", "central")
RAW: Final = {"raw": True}
"""Metadata of a key that is a table of its own."""


def is_endpoint(_: object, __: object, value: str) -> None:
    """Be a validator for an endpoint, or nothing; raises Wrong."""
    if value in ("", *PLACES):
        return
    if "://" not in value:
        raise Wrong(f"must be a whole URL, or one of {', '.join(PLACES)}; {nearest(value, PLACES)}")
    is_url(_, __, value)


def is_family(_: object, __: object, value: str) -> None:
    """Be a validator for `family`; raises Wrong."""
    if value not in FAMILIES:
        raise Wrong(f"no such family; {nearest(value, FAMILIES)}")


def are_keys(_: object, __: object, value: Any) -> None:
    """Be a validator for configuration keys; raises Wrong."""
    known = {name.lower() for name in NAMES}
    if not isinstance(value, dict):
        raise Wrong("must be a table of configuration keys")
    for name, one in value.items():
        if name.lower() not in known:
            raise Wrong(f"{name}: no such configuration key; {nearest(name, NAMES)}")
        if not isinstance(one, str | int | bool):
            raise Wrong(f"{name}: must be text, a whole number, or true or false")


@frozen
class CentralTable:
    """The sandbox's own central system.

    Args:
        ws, wss: its ports; 0 for any.
        interface: the address to listen on.
        names: of its certificate.
        strangers: identities that are not on its dashboard.
        heartbeat_seconds: how often a charger shall send a Heartbeat.
    """

    ws: int = field(default=0, validator=is_port)
    wss: int = field(default=0, validator=is_port)
    interface: str = field(default="127.0.0.1", validator=is_address)
    names: tuple[str, ...] = ("localhost",)
    strangers: Literal["accept", "refuse"] = "accept"
    heartbeat_seconds: int = field(default=30, validator=at_least(1, 86_400))


@frozen
class DashboardTable:
    """The charger dashboard.

    Args:
        listen: its port; 0 for any.
        interface: the address to listen on.
    """

    listen: int = field(default=8080, validator=is_port)
    interface: str = field(default="127.0.0.1", validator=is_address)


@frozen
class EdgeTable:
    """Where chargers go unless they say otherwise.

    Args:
        ws, wss: endpoints; empty: there is none.
        root: the file with the root that `trust = "edge"` means.
    """

    ws: str = field(default="", validator=is_url)
    wss: str = field(default="", validator=is_url)
    root: Path | None = None


@frozen
class LedgerTable:
    """Where the ledger is written.

    Args:
        file: one line of JSON for each message; None: it is kept in memory only.
    """

    file: Path | None = None


@frozen
class AccountTable:
    """What the dashboard says of a charger before anybody touches it.

    Args:
        identity: the charger's; with `#` for the digits of a number where there are several.
        count: how many.
        security: as the dashboard has it.
        credentials: what the charger must show; `#` as in the identity.
    """

    identity: str = field(default="", validator=is_identity)
    count: int = field(default=1, validator=at_least(1, CHARGERS))
    security: Literal["none", "none-over-wss", "basic-over-wss"] = "none"
    credentials: str | None = field(default=None, validator=are_credentials, metadata=SECRET, repr=False)


@frozen
class ChargerTable:
    """A charger, or several that differ in a number only.

    Args:
        identity: with `#` for each digit of the number, where there are several.
        count: how many.
        family: the preset that everything else overrides.
        endpoint: `ws`, `wss`, `central-ws`, `central-wss`, or a URL.
        secure_endpoint: where a raised security profile leads; empty: the same place over wss.
        trust: `edge`, `none`, `wrong`, `system`, `central`, or a PEM file; empty: as the family or the endpoint is.
        credentials: what it shows.
        vendor, model, firmware, serial: what it says that it is.
        connectors: how many.
        security_profile: the white paper's.
        clock_error: seconds that its clock is ahead.
        protocols: the OCPP versions that it offers.
        white_paper: whether it knows the security white paper's messages.
        source: the address that it comes from.
        tls, ping, back_off, transactions: as in `charger.settings`.
        session: when cars come, as in `charger.settings.Plan`; false: none comes by itself.
        keys: configuration keys.
        quirks: as in `charger.quirks`.
    """

    identity: str = field(default="", validator=is_identity)
    count: int = field(default=1, validator=at_least(1, CHARGERS))
    family: str = field(default="generic", validator=is_family)
    endpoint: str = field(default="wss", validator=is_endpoint)
    secure_endpoint: str = field(default="", validator=is_endpoint)
    trust: str = ""
    credentials: str | None = field(default=None, validator=are_credentials, metadata=SECRET, repr=False)
    vendor: str | None = None
    model: str | None = None
    firmware: str | None = None
    serial: str = ""
    connectors: int = field(default=1, validator=at_least(1, CONNECTORS))
    security_profile: int | None = field(default=None)
    clock_error: float = 0.0
    protocols: tuple[str, ...] = ("ocpp1.6",)
    white_paper: bool = True
    source: str = field(default="", validator=is_address)
    tls: Mapping[str, Any] = field(factory=dict, metadata=RAW)
    ping: Mapping[str, Any] = field(factory=dict, metadata=RAW)
    back_off: Mapping[str, Any] = field(factory=dict, metadata=RAW)
    transactions: Mapping[str, Any] = field(factory=dict, metadata=RAW)
    session: Any = field(factory=dict, metadata=RAW)
    keys: Mapping[str, Any] = field(factory=dict, validator=are_keys, metadata=RAW)
    quirks: Mapping[str, Any] = field(factory=dict, metadata=RAW)


NESTED: Final[Mapping[str, type]] = {
    "tls": Tls,
    "ping": Ping,
    "back_off": BackOff,
    "transactions": Transactions,
    "session": Plan,
}
"""The tables within a charger's, beside `keys` and `quirks`."""


@frozen
class Tables:
    """The whole file, as it was read."""

    central: CentralTable | None = None
    dashboard: DashboardTable | None = None
    edge: EdgeTable = EdgeTable()
    ledger: LedgerTable = LedgerTable()
    account: tuple[AccountTable, ...] = Factory(tuple)
    charger: tuple[ChargerTable, ...] = Factory(tuple)
