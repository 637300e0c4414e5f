"""What a charger's requests tell about it; they may hold anything, and what is not as it should be is left out."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from edge_twisted.sandbox.central.known import CONNECTORS, TRANSACTIONS, Known, Transaction, word
from edge_twisted.sandbox.framing import Call, Payload, Result

BOOT: Final = (
    "chargePointVendor",
    "chargePointModel",
    "chargePointSerialNumber",
    "chargeBoxSerialNumber",
    "firmwareVersion",
    "iccid",
    "imsi",
    "meterType",
    "meterSerialNumber",
)
ENERGY: Final = "Energy.Active.Import.Register"
"""The measurand of a value that names none."""
POWER: Final = "Power.Active.Import"
KILO: Final = {"kWh": 1000.0, "kW": 1000.0}


def learn(known: Known, call: Call, answer: Result, now: float) -> tuple[str, ...]:
    """Take in what a request tells.

    Args:
        known: the charger; changed by this.
        call: its request.
        answer: what it is answered; who is refused tells nothing.
        now: seconds since the epoch.

    Returns:
        Findings: what does not fit what the charger said before.
    """
    payload = call.payload
    match call.action:
        case "BootNotification":
            known.boot = {name: _word(payload.get(name)) for name in BOOT if name in payload}
        case "StatusNotification":
            _status(known, payload)
        case "StartTransaction":
            _start(known, answer.payload["transactionId"], payload, now)
        case "MeterValues":
            return tuple(_meter(known, payload))
        case "StopTransaction":
            return tuple(_stop(known, payload, now))
    return ()


def _status(known: Known, payload: Payload) -> None:
    number, status = _whole(payload.get("connectorId")), _word(payload.get("status"))
    if number is not None and status and (number in known.connectors or len(known.connectors) < CONNECTORS):
        known.connectors[number] = status


def _start(known: Known, number: int, payload: Payload, now: float) -> None:
    meter = _whole(payload.get("meterStart")) or 0
    known.transactions[number] = Transaction(
        number,
        _whole(payload.get("connectorId")) or 0,
        _word(payload.get("idTag")),
        _moment(payload.get("timestamp"), now),
        meter,
        meter,
    )
    while len(known.transactions) > TRANSACTIONS:
        ended = next((one.id for one in known.transactions.values() if not one.running), None)
        del known.transactions[next(iter(known.transactions)) if ended is None else ended]


def _stop(known: Known, payload: Payload, now: float) -> Iterator[str]:
    number = _whole(payload.get("transactionId"))
    transaction = known.transactions.get(-1 if number is None else number)
    if transaction is None:
        yield from _stranger(number)
        return
    meter = _whole(payload.get("meterStop"))
    transaction.stop = _moment(payload.get("timestamp"), now)
    transaction.meter_stop = meter
    transaction.reason = _word(payload.get("reason")) or "Local"
    if meter is not None:
        transaction.meter_now = meter
        if meter < transaction.meter_start:
            yield f"meterStop: {meter} Wh is less than the {transaction.meter_start} Wh of its start"
    if transaction.connector in known.powers:
        known.powers[transaction.connector] = 0.0


def _meter(known: Known, payload: Payload) -> Iterator[str]:
    connector = _whole(payload.get("connectorId"))
    transaction = None
    if "transactionId" in payload:
        number = _whole(payload["transactionId"])
        transaction = known.transactions.get(-1 if number is None else number)
        if transaction is None:
            yield from _stranger(number)
    values = payload.get("meterValue")
    if not isinstance(values, list) or not values or not isinstance(values[-1], dict):
        return
    energy, power = _read(values[-1].get("sampledValue"), ENERGY), _read(values[-1].get("sampledValue"), POWER)
    if energy is not None and transaction is not None and transaction.running:
        transaction.meter_now = energy
    if power is not None and connector is not None and (connector in known.powers or len(known.powers) < CONNECTORS):
        known.powers[connector] = power


def _stranger(number: int | None) -> Iterator[str]:
    """What the schema finds is not found twice."""
    if number is not None:
        yield f"transactionId: {number} was not given to this charger"


def _read(samples: Any, measurand: str) -> float | None:
    """One measurand of a sample in Wh or W: the value without a phase, else the sum of those with one."""
    whole: float | None = None
    phases: float | None = None
    for sample in samples if isinstance(samples, list) else ():
        if not isinstance(sample, dict) or sample.get("measurand", ENERGY) != measurand:
            continue
        if sample.get("location", "Outlet") != "Outlet" or sample.get("format", "Raw") != "Raw":
            continue
        value = _number(sample.get("value"))
        if value is None:
            continue
        unit = sample.get("unit")
        value *= KILO.get(unit, 1.0) if isinstance(unit, str) else 1.0
        if sample.get("phase") is None:
            whole = value
        else:
            phases = (phases or 0.0) + value
    return phases if whole is None else whole


def _number(value: Any) -> float | None:
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _whole(value: Any) -> int | None:
    small = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    return value if small else None


def _word(value: Any) -> str:
    return word(value) if isinstance(value, str) else ""


def _moment(value: Any, now: float) -> float:
    if not isinstance(value, str):
        return now
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return now
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
