"""Settings: frozen values read from one TOML file. A missing key means its default; `etc/edgeproxy.toml` explains each.

The tables and keys of the file are the classes and fields here, by name (`from` is `from_`). What a key may hold is
its type and validator; `config_values.py` turns TOML into these types.
"""

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

from attrs import AttrsInstance, field, fields, frozen
from cattrs import Converter

from edge_twisted.config_together import check_together
from edge_twisted.config_values import (
    Root,
    Wrong,
    between,
    every_listener,
    every_name,
    every_network,
    make_converter,
    page,
    reason,
    secure_or_private,
    shown,
)
from edge_twisted.core.endpoint import Endpoint, Trust
from edge_twisted.core.networks import Network, Networks, parse_networks

FILE_BYTES: Final = 1 << 20
MIB: Final = 1 << 20


class ConfigError(Exception):
    """A configuration that cannot be used; its text is one line: file, key, value, and what would be right."""


@frozen
class State:
    """Where things are kept.

    Args:
        directory: database, keys, control.sock, ports.json and root.pem; absolute once read from a file.
    """

    directory: Path = Path("/var/lib/edgeproxy")


@frozen
class Listen:
    """How chargers reach Edge.

    Args:
        ws, wss: Twisted endpoint descriptions (`tcp`, `tcp6`).
        names: names, or addresses, for the certificate beside the host's own.
        from_: `private`, `any`, or prefixes; `networks` reads them.
    """

    ws: tuple[str, ...] = field(default=("tcp:80",), validator=every_listener)
    wss: tuple[str, ...] = field(default=("tcp:443",), validator=every_listener)
    names: tuple[str, ...] = field(default=("edge.lan",), validator=every_name)
    from_: tuple[str, ...] = field(default=("private",), validator=every_network)

    def networks(self, own: Iterable[Network] = ()) -> Networks:
        """Who may connect.

        Args:
            own: the box's own networks, see `core.networks.own_networks`.

        Returns:
            The rule.
        """
        return parse_networks(self.from_, own)


@frozen
class Uplink:
    """How Edge reaches the central system.

    Args:
        ws, wss: the two endpoints.
        secure: `detect`, or `always` to use `wss` for every charger.
        roots: certificates trusted beside the system's.
        system_roots: whether the system's roots count.
        cn_fallback: whether a certificate without any SAN may be matched by its CN (T-31).
        pins: SHA-256 digests of accepted public keys (SPKI), 32 bytes each; empty: any.
        dashboard: address of the operator's charger dashboard, for the texts that send people there; or empty.
    """

    ws: Endpoint = Endpoint(False, "ws.evc-net.com", 80)
    wss: Endpoint = field(default=Endpoint(True, "wss.evc-net.com", 443), validator=secure_or_private)
    secure: Literal["detect", "always"] = "detect"
    roots: tuple[Root, ...] = ()
    system_roots: bool = True
    cn_fallback: bool = False
    pins: tuple[bytes, ...] = ()
    dashboard: str = field(default="", validator=page)

    @property
    def trust(self) -> Trust:
        """Whom both endpoints are trusted by."""
        return Trust(self.system_roots, tuple(root.pem for root in self.roots), self.cn_fallback, self.pins)


@frozen
class Admission:
    """Which chargers may come: `open` lets the central system judge, `approve` asks a maintainer first."""

    mode: Literal["open", "approve"] = "open"


@frozen
class Limits:
    """Bounds. Bytes and seconds are in the names; the rest are counts.

    Args:
        message_bytes: of one message; a longer one ends its session.
        head_seconds: from the accept to the end of the request head, TLS included.
        dial_seconds: of one dial, from DNS to the central system's answer.
        dials_seconds: of all dials of one attempt.
        connections: of chargers at once, in all.
        connections_per_address: of these, from one address.
        pre_open_bytes: that a peer may send before the WebSocket is open.
        ping_seconds: between two pings on a leg.
        unserved_dials: at once, for identities that were never served.
        unserved_per_hour: dials for such identities.
        chargers: that are remembered; beyond, who is served is not remembered unless a maintainer approves or edits it.
    """

    message_bytes: int = field(default=MIB, validator=between(1024, 16 * MIB))
    head_seconds: float = field(default=30.0, validator=between(1, 300))
    dial_seconds: float = field(default=10.0, validator=between(1, 120))
    dials_seconds: float = field(default=20.0, validator=between(1, 300))
    connections: int = field(default=10_000, validator=between(1, 100_000))
    connections_per_address: int = field(default=5_000, validator=between(1, 100_000))
    pre_open_bytes: int = field(default=65_536, validator=between(1024, MIB))
    ping_seconds: float = field(default=30.0, validator=between(1, 3600))
    unserved_dials: int = field(default=16, validator=between(1, 100_000))
    unserved_per_hour: int = field(default=5_000, validator=between(1, 100_000_000))
    chargers: int = field(default=10_000, validator=between(1, 1_000_000))


@frozen
class Process:
    """The processes that Edge runs as."""

    workers: int = field(default=1, validator=between(1, 64))


@frozen
class Manager:
    """Where EdgeManager and its API listen, over HTTPS.

    Args:
        listen: Twisted endpoint descriptions (`tcp`, `tcp6`).
        from_: who may connect, as in `Listen`.
    """

    listen: tuple[str, ...] = field(default=("tcp:8443",), validator=every_listener)
    from_: tuple[str, ...] = field(default=("private",), validator=every_network)

    def networks(self, own: Iterable[Network] = ()) -> Networks:
        """Who may connect, as for `Listen`."""
        return parse_networks(self.from_, own)


@frozen
class Journal:
    """How long the journal of what happened is kept.

    Args:
        days: what is older is removed.
        entries: how many are kept; beyond, the oldest are removed.
    """

    days: int = field(default=90, validator=between(1, 3650))
    entries: int = field(default=100_000, validator=between(1000, 10_000_000))


@frozen
class Messages:
    """The messages that pass, kept to be looked at.

    Args:
        keep: whether they are kept at all.
        days: what is older is removed.
        megabytes: how much they may take on the disk; beyond, the oldest are removed.
    """

    keep: bool = True
    days: int = field(default=14, validator=between(1, 3650))
    megabytes: int = field(default=500, validator=between(10, 1_000_000))


@frozen
class Metrics:
    """Where `/metrics`, `/healthz` and `/readyz` are answered over plain HTTP: nowhere unless it is asked for."""

    listen: tuple[str, ...] = field(default=(), validator=every_listener)


@frozen
class Settings:
    """All settings; without arguments, all defaults.

    Args:
        file: from which they were read; None: from none.
    """

    state: State = State()
    listen: Listen = Listen()
    uplink: Uplink = Uplink()
    admission: Admission = Admission()
    limits: Limits = Limits()
    process: Process = Process()
    manager: Manager = Manager()
    journal: Journal = Journal()
    messages: Messages = Messages()
    metrics: Metrics = Metrics()
    file: Path | None = field(default=None, eq=False)


TABLES: Final[Mapping[str, type[AttrsInstance]]] = {
    "state": State,
    "listen": Listen,
    "uplink": Uplink,
    "admission": Admission,
    "limits": Limits,
    "process": Process,
    "manager": Manager,
    "journal": Journal,
    "messages": Messages,
    "metrics": Metrics,
}


def keys(table: str) -> tuple[str, ...]:
    """The keys of a table as they stand in the file.

    Args:
        table: one of `TABLES`.

    Returns:
        Their names.
    """
    return tuple(attribute.name.rstrip("_") for attribute in fields(TABLES[table]))


def read_settings(path: Path) -> Settings:
    """Read the configuration file.

    Args:
        path: the file; relative paths in it are relative to its directory.

    Returns:
        The settings.

    Raises:
        ConfigError: the file, or something in it, cannot be used.
    """
    converter = make_converter(path.absolute().parent)
    tables: dict[str, Any] = {}
    try:
        for name, content in _load(path).items():
            if name not in TABLES:
                raise _unknown_table(name)
            if not isinstance(content, dict):
                raise Wrong(f"{name}: must be a table: write [{name}] on a line of its own, and the keys below it")
            tables[name] = _read_table(name, content, converter)
        settings = Settings(**tables, file=path.absolute())
        check_together(settings)
    except Wrong as wrong:
        raise ConfigError(f"{path}: {wrong}") from None
    return settings


def _load(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            content = file.read(FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise Wrong(
            f"the configuration file cannot be read ({reason(error)}); "
            f"copy etc/edgeproxy.toml there, or name another file with --config"
        ) from None
    if len(content) > FILE_BYTES:
        raise Wrong(f"the configuration file has more than {FILE_BYTES} bytes; is it the right file?")
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Wrong(f"not UTF-8 text (at line {line}); save the file as UTF-8") from None
    except RecursionError:
        raise Wrong("not TOML: too many brackets within each other") from None
    except ValueError as error:
        raise Wrong(f"not TOML: {' '.join(str(error).split())}; a line looks like: key = value") from None


def _read_table(table: str, content: Mapping[str, object], converter: Converter) -> object:
    attributes = {attribute.name.rstrip("_"): attribute for attribute in fields(TABLES[table])}
    values: dict[str, object] = {}
    for key, raw in content.items():
        attribute = attributes.get(key)
        if attribute is None:
            raise _unknown_key(table, key)
        try:
            value = converter.structure(raw, attribute.type)
            if attribute.validator is not None:
                attribute.validator(None, attribute, value)
        except Wrong as wrong:
            raise Wrong(f"{table}.{key} = {shown(raw)}: {wrong}") from None
        values[attribute.name] = value
    return TABLES[table](**values)


def _unknown_table(name: str) -> Wrong:
    homes = [f"{table}.{name}" for table in TABLES if name in keys(table)]
    if homes:
        return Wrong(f"{name}: stands in no table; {' or '.join(homes)} is meant, so put it below its [table]")
    return Wrong(f"{shown(name)}: no such table; {_suggest(name, TABLES)}")


def _unknown_key(table: str, key: str) -> Wrong:
    homes = [f"{other}.{key}" for other in TABLES if key in keys(other)]
    if homes:
        return Wrong(f"{table}.{key}: no such key in this table; {' or '.join(homes)} is meant")
    return Wrong(f"{table}.{shown(key)}: no such key; {_suggest(key, keys(table))}")


def _suggest(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(word, names, 1)
    return f"is {near[0]} meant?" if near else f"there are {', '.join(names)}"
