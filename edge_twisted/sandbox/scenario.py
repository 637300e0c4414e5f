"""The scenario file: which central system, which dashboard and which chargers there are."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import evolve, fields, frozen
from cattrs import Converter

from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.charger.settings import ChargerSettings
from edge_twisted.sandbox.scenario_cast import Places, settings_of
from edge_twisted.sandbox.scenario_tables import (
    CHARGERS,
    NESTED,
    TRUSTS,
    AccountTable,
    CentralTable,
    ChargerTable,
    DashboardTable,
    EdgeTable,
    LedgerTable,
    Tables,
)
from edge_twisted.sandbox.scenario_values import (
    Wrong,
    make_converter,
    nearest,
    read_credentials,
    read_roots,
    read_table,
    shown,
)
from edge_twisted.sandbox.security import Account, Security

FILE_BYTES: Final = 4 << 20
SINGLE: Final = {"central": CentralTable, "dashboard": DashboardTable, "edge": EdgeTable, "ledger": LedgerTable}
SEVERAL: Final = {"account": AccountTable, "charger": ChargerTable}
_HASHES: Final = re.compile(r"#+")


class ScenarioError(ValueError):
    """The scenario file, or something in it, can't be used; the text names file, key, value and what would be right."""


@frozen
class Scenario:
    """What a scenario file says.

    Args:
        path: the file.
        central: the sandbox's own central system; None: there is none.
        dashboard: the charger dashboard; None: there is none.
        edge: where chargers go unless they say otherwise.
        ledger: the file for the ledger; None: it is kept in memory.
        accounts: what the dashboard says of each identity.
        chargers: one for each identity.
    """

    path: Path
    central: CentralTable | None
    dashboard: DashboardTable | None
    edge: EdgeTable
    ledger: Path | None
    accounts: Mapping[str, Account]
    chargers: tuple[ChargerTable, ...]

    def cast(self, central: Mapping[str, str] | None = None, root: str = "") -> tuple[ChargerSettings, ...]:
        """Say what each charger is, now that the ports are known.

        Args:
            central: the endpoints of the sandbox's own central system, under `ws` and `wss`.
            root: its root certificate as PEM.

        Returns:
            For `Fleet.add`.

        Raises:
            ScenarioError: a root certificate can't be read, or an endpoint is not there.
        """
        places = Places(self.edge, dict(central or {}), root, self.path.absolute().parent)
        found = []
        for table in self.chargers:
            try:
                found.append(settings_of(table, places))
            except Wrong as wrong:
                raise ScenarioError(f"{self.path}: charger {shown(table.identity)}.{wrong}") from None
        return tuple(found)


def read_scenario(path: Path) -> Scenario:
    """Read a scenario file.

    Args:
        path: the file; relative paths in it are relative to its folder.

    Returns:
        What it says.

    Raises:
        ScenarioError: it can't be used.
    """
    try:
        tables = _read(_load(path), make_converter(path.absolute().parent))
        chargers = tuple(one for table in tables.charger for one in _each(table))
        accounts = {one.identity: _account(one) for table in tables.account for one in _each(table)}
        _check_together(tables, chargers, path.absolute().parent)
    except Wrong as wrong:
        raise ScenarioError(f"{path}: {wrong}") from None
    return Scenario(path, tables.central, tables.dashboard, tables.edge, tables.ledger.file, accounts, chargers)


def _load(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise Wrong(f"the scenario file cannot be read ({reason}); name another with --scenario") from None
    if len(content) > FILE_BYTES:
        raise Wrong(f"the scenario file has more than {FILE_BYTES} bytes; is it the right file?")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except RecursionError:
        raise Wrong("not TOML: too many brackets within each other") from None
    except ValueError as error:
        raise Wrong(f"not TOML: {' '.join(str(error).split())}; a line looks like: key = value") from None


def _read(content: dict[str, Any], converter: Converter) -> Tables:
    found: dict[str, Any] = {}
    for name, raw in content.items():
        if name in SINGLE:
            kind = SINGLE[name]
            found[name] = kind(**read_table(kind, raw, name, converter))
        elif name in SEVERAL:
            if not isinstance(raw, list):
                raise Wrong(f"{name}: must be written [[{name}]], once for each")
            found[name] = tuple(_read_one(name, one, number, converter) for number, one in enumerate(raw, 1))
        else:
            raise Wrong(f"{shown(name)}: no such table; {nearest(name, [*SINGLE, *SEVERAL])}")
    return Tables(**found)


def _read_one(name: str, raw: Any, number: int, converter: Converter) -> Any:
    identity = raw.get("identity") if isinstance(raw, dict) else None
    place = f"{name} {shown(identity)}" if identity else f"{name} number {number}"
    kind = SEVERAL[name]
    found = read_table(kind, raw, place, converter)
    if "identity" not in found:
        raise Wrong(f'{place}.identity: is missing; such as identity = "CP-0001"')
    for key, nested in (*NESTED.items(), ("quirks", Quirks)):
        if key in found and not (key == "session" and found[key] is False):
            found[key] = read_table(nested, found[key], f"{place}.{key}", converter)
    return kind(**found)


def _each(table: Any) -> Iterator[Any]:
    """The entries that one with a `count` stands for: its `#` are the digits of a number."""
    runs = _HASHES.findall(table.identity)
    place = f"{shown(table.identity)}.count = {table.count}"
    if table.count == 1 and not runs:
        yield table
        return
    if len(runs) != 1:
        raise Wrong(f'{place}: the identity needs # for each digit of a number in one place, such as "CP-####"')
    if table.count >= 10 ** len(runs[0]):
        raise Wrong(f"{place}: the identity has {len(runs[0])} # and so room for {10 ** len(runs[0]) - 1}")
    names = [one.name for one in fields(type(table)) if isinstance(getattr(table, one.name), str)]
    for number in range(1, table.count + 1):
        digits = str(number).zfill(len(runs[0]))
        own = {name: getattr(table, name).replace(runs[0], digits) for name in names}
        yield evolve(table, **own, count=1)


def _account(table: AccountTable) -> Account:
    credentials = read_credentials(table.credentials) if table.credentials is not None else None
    if table.security == "basic-over-wss" and credentials is None:
        raise Wrong(f'account {shown(table.identity)}.credentials: is missing; write "<user>:<password>"')
    return Account(Security(table.security), credentials)


def _check_together(tables: Tables, chargers: tuple[ChargerTable, ...], base: Path) -> None:
    """Find what is right by itself and not together."""
    if len(chargers) > CHARGERS:
        raise Wrong(f"charger: there are {len(chargers)}; {CHARGERS} are the most")
    seen: set[str] = set()
    for one in chargers:
        place = f"charger {shown(one.identity)}"
        if one.identity in seen:
            raise Wrong(f"{place}.identity: stands twice; each charger needs its own")
        seen.add(one.identity)
        for key in ("endpoint", "secure_endpoint"):
            where = getattr(one, key)
            if where in ("ws", "wss") and not getattr(tables.edge, where):
                raise Wrong(f'{place}.{key} = "{where}": edge.{where} is missing; write where Edge listens')
            if where.startswith("central-") and tables.central is None:
                raise Wrong(f'{place}.{key} = "{where}": there is no [central] in this file')
        if one.trust == "edge" and tables.edge.root is None:
            raise Wrong(f'{place}.trust = "edge": edge.root is missing; name the file with root certificate of Edge')
        if one.trust == "central" and tables.central is None:
            raise Wrong(f'{place}.trust = "central": there is no [central] in this file')
        if one.security_profile not in (None, 0, 1, 2, 3):
            raise Wrong(f"{place}.security_profile = {one.security_profile}: must be 0, 1, 2 or 3")
        if one.trust and one.trust not in TRUSTS:
            try:
                read_roots(base / one.trust)
            except Wrong as wrong:
                raise Wrong(f"{place}.trust = {shown(one.trust)}: {wrong}; or one of {', '.join(TRUSTS)}") from None
