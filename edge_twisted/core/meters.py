"""Meter values of OCPP 1.6 as plain figures: watts, watt-hours, amperes, volts, percent; in any of its many spellings.

Only what a person wants to see is read. What is odd but clear is taken (numbers as numbers, units in any letter case, a
decimal comma); what is not clear, signed or beyond all reason is left out, and nothing here ever raises.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from attrs import define, field

PAYLOAD_MOST: Final = 65_536
"""Octets of a payload that is looked at; real ones have a few thousand."""
VALUES_MOST: Final = 500
"""Sampled values of one message that are looked at."""
FIGURE_MOST: Final = 1e12
"""Beyond which no figure is believed; a meter of a whole site shows less in watt-hours."""

_UNITS: Final = {
    "w": 1.0,
    "kw": 1e3,
    "wh": 1.0,
    "kwh": 1e3,
    "a": 1.0,
    "ma": 1e-3,
    "v": 1.0,
    "kv": 1e3,
    "percent": 1.0,
    "%": 1.0,
}
_KINDS: Final = {
    "power.active.import": ("import", "W"),
    "power.active.export": ("export", "W"),
    "energy.active.import.register": ("register", "Wh"),
    "energy.active.import.interval": ("interval", "Wh"),
    "current.import": ("current", "A"),
    "voltage": ("voltage", "V"),
    "soc": ("soc", "Percent"),
}
"""What is read: by measurand, a name and the unit where none is given."""
_FITTING: Final = {
    "W": ("w", "kw"),
    "Wh": ("wh", "kwh"),
    "A": ("a", "ma"),
    "V": ("v", "kv"),
    "Percent": ("percent", "%"),
}
_REGISTER: Final = "Energy.Active.Import.Register"
_PHASES: Final = {
    **{phase: phase for phase in ("L1", "L2", "L3")},
    **{f"{phase}-N": phase for phase in ("L1", "L2", "L3")},
}


class _Sampled(msgspec.Struct):
    """One sampled value, as most chargers send it."""

    value: str | float | int
    measurand: str = _REGISTER
    unit: str = ""
    phase: str = ""
    location: str = ""
    format: str = ""


class _Entry(msgspec.Struct):
    sampledValue: list[_Sampled] = []  # noqa: N815, RUF012 - OCPP's name; msgspec copies it
    timestamp: str = ""


class _Values(msgspec.Struct):
    connectorId: int  # noqa: N815 - OCPP's name
    meterValue: list[_Entry] = []  # noqa: N815, RUF012 - as above
    transactionId: int | None = None  # noqa: N815 - as above


_values: Final = msgspec.json.Decoder(_Values)
_entries: Final = msgspec.json.Decoder(list[_Entry])
_anything: Final = msgspec.json.Decoder()


@define
class Reading:
    """What a meter showed at one moment; None where it did not say.

    Args:
        at: the charger's own time, seconds since the epoch; None where it told none.
        power: watts drawn; less than nothing where the car gives.
        register: watt-hours since ever, or since the session's begin.
        interval: watt-hours since the reading before.
        soc: how full the car is, percent.
        currents, voltages: amperes and volts by phase, `L1` to `L3`.
    """

    at: float | None = None
    power: float | None = None
    register: float | None = None
    interval: float | None = None
    soc: float | None = None
    currents: dict[str, float] = field(factory=dict)
    voltages: dict[str, float] = field(factory=dict)


@define
class MeterValues:
    """A `MeterValues` message.

    Args:
        connector: which; 0 is the charger's main meter. -1 where it did not say.
        readings: in the message's order.
    """

    connector: int
    readings: list[Reading]


def read_values(payload: msgspec.Raw) -> MeterValues:
    """Read the payload of a `MeterValues` call.

    Args:
        payload: of the message.

    Returns:
        What it says; without readings where it says nothing that can be read.
    """
    if len(memoryview(payload)) > PAYLOAD_MOST:
        return MeterValues(-1, [])
    try:
        found = _values.decode(payload)
        return MeterValues(found.connectorId, _readings(found.meterValue))
    except (ValueError, RecursionError):
        pass
    given = _anything_in(payload)
    if not isinstance(given, dict):
        return MeterValues(-1, [])
    connector = given.get("connectorId")
    number = connector if isinstance(connector, int) and not isinstance(connector, bool) else -1
    return MeterValues(number, _readings(_loose(given.get("meterValue"))))


def read_data(payload: msgspec.Raw) -> list[Reading]:
    """Read the `transactionData` of a `StopTransaction` call.

    Args:
        payload: the JSON of that member.

    Returns:
        The readings.
    """
    if len(memoryview(payload)) > PAYLOAD_MOST:
        return []
    try:
        return _readings(_entries.decode(payload))
    except (ValueError, RecursionError):
        return _readings(_loose(_anything_in(payload)))


def number(given: object) -> float | None:
    """A figure, however it is written; None where it is none, or beyond all reason."""
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return None
    try:
        if isinstance(given, str):
            given = given.strip()[:40]
            if "," in given and "." not in given:
                given = given.replace(",", ".")
        figure = float(given)
    except (ValueError, OverflowError):
        return None
    return figure if abs(figure) <= FIGURE_MOST else None  # what is not a number fails this too


def moment(given: object) -> float | None:
    """A time as OCPP writes it: seconds since the epoch; without a zone it is UTC (J-30)."""
    if not isinstance(given, str) or not 10 <= len(given) <= 40:
        return None
    try:
        read = datetime.fromisoformat(given)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _anything_in(payload: msgspec.Raw) -> object:
    try:
        return _anything.decode(payload)
    except (ValueError, RecursionError):
        return None


def _loose(given: object) -> Iterator[_Entry]:
    """Entries whose types are not all as they should be."""
    for one in _list(given):
        if not isinstance(one, dict):
            continue
        sampled = []
        for value in _list(one.get("sampledValue", one.get("value"))):
            if isinstance(value, dict) and isinstance(value.get("value"), str | int | float):
                words = {name: _word(value.get(name)) for name in ("unit", "phase", "location", "format")}
                sampled.append(_Sampled(value["value"], _word(value.get("measurand")) or _REGISTER, **words))
        yield _Entry(sampled, _word(one.get("timestamp")))


def _list(given: Any) -> list[Any]:
    if isinstance(given, dict):
        return [given]  # one alone, as some write it
    return given[:VALUES_MOST] if isinstance(given, list) else []


def _word(given: object) -> str:
    return given if isinstance(given, str) else ""


def _readings(entries: Iterable[_Entry]) -> list[Reading]:
    found: list[Reading] = []
    room = VALUES_MOST
    for entry in entries:
        if room <= 0:
            break
        found.append(_reading(entry.sampledValue[:room], moment(entry.timestamp)))
        room -= len(entry.sampledValue) + 1
    return found


def _reading(sampled: list[_Sampled], at: float | None) -> Reading:
    whole: dict[str, float] = {}
    phases: dict[str, dict[str, float]] = {}
    for one in sampled:
        kind = _KINDS.get(one.measurand.lower())
        if kind is None or one.format == "SignedData" or one.location in ("EV", "Body"):
            if kind is None or kind[0] != "soc":
                continue  # a car's own state of charge is measured nowhere else
        name, usual = kind
        unit = (one.unit or usual).lower()
        figure = number(one.value) if unit in _FITTING[usual] else None
        if figure is None:
            continue
        figure *= _UNITS[unit]
        if not one.phase:
            whole.setdefault(name, figure)
        elif one.phase in _PHASES:
            phases.setdefault(name, {}).setdefault(_PHASES[one.phase], figure)
    for name in ("import", "export", "register", "interval"):
        if name not in whole and name in phases:
            whole[name] = sum(phases[name].values())
    reading = Reading(at, None, whole.get("register"), whole.get("interval"), whole.get("soc"))
    reading.currents = phases.get("current") or ({"L1": whole["current"]} if "current" in whole else {})
    reading.voltages = phases.get("voltage") or ({"L1": whole["voltage"]} if "voltage" in whole else {})
    if "import" in whole or "export" in whole:
        reading.power = whole.get("import", 0.0) - whole.get("export", 0.0)
    elif reading.currents and reading.voltages:
        mean = math.fsum(reading.voltages.values()) / len(reading.voltages)
        reading.power = math.fsum(a * reading.voltages.get(p, mean) for p, a in reading.currents.items())
    return reading
