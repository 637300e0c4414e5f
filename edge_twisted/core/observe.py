"""What passing messages tell about a charger: boot facts, connectors, transactions, meters, the last message.

Pure and bounded: one `Observed` per charger, changed by each message that passed. Only what is needed is decoded, and
whatever a message holds, nothing here raises.
"""

from collections.abc import Callable
from typing import Final

import msgspec
from attrs import define, evolve, field

from edge_twisted.core.facts import Boot, Connector, Transaction
from edge_twisted.core.messages import Call, CallResult, Message, fields
from edge_twisted.core.meters import PAYLOAD_MOST, Reading, number, read_data, read_values
from edge_twisted.core.meters import moment as read_moment
from edge_twisted.core.pairing import Asked
from edge_twisted.core.power import HELD_SECONDS, History
from edge_twisted.core.redaction import CUT, clean
from edge_twisted.core.steps import Leg

CONNECTORS: Final = 64
"""Connectors of one charger that are kept; more are made up."""
TEXT: Final = 100
"""Characters of one text from outside."""
LATE_SECONDS: Final = 86_400.0
"""How old a reading may be by its own time; older, or from the future, and its time is not believed."""
QUEUED_SECONDS: Final = 120.0
"""A reading that is older was kept by the charger while it was away, and says nothing of its power now."""
STEP_SECONDS: Final = (10.0, 3600.0)
"""Between two readings of a register that tell a power: at least, at most."""
IDLE: Final = frozenset({"Available", "Unavailable", "Faulted", "Finishing"})
"""States of a connector in which nothing is drawn."""


@define
class Observed:
    """What is known of a charger from its messages.

    Args:
        boot: facts; None before a BootNotification passed.
        connectors: by number.
        heartbeat_at: when the last Heartbeat passed; 0: never.
        interval: seconds between two, as the central system asked; 0 where it did not say.
        last_at, last_from, last_action: the last message: when, `charger` or `central`, which.
        history: its power and energy.
    """

    boot: Boot | None = None
    connectors: dict[int, Connector] = field(factory=dict)
    heartbeat_at: float = 0.0
    interval: int = 0
    last_at: float = 0.0
    last_from: str = ""
    last_action: str = ""
    history: History = field(factory=History, repr=False)

    def power(self, now: float) -> float | None:
        """Watts that the charger draws now; None where nobody knows.

        Args:
            now: seconds since the epoch.
        """
        known = {
            connector.number: connector.power
            for connector in self.connectors.values()
            if connector.power is not None and now - connector.metered_at <= HELD_SECONDS
        }
        if 0 in known:
            return known[0]
        return sum(known.values()) if known else None

    def left(self, at: float) -> None:
        """The charger is gone: what it draws is not known any more."""
        self.history.level(at, None)
        for connector in self.connectors.values():
            connector.power = None

    def see(self, source: Leg, message: Message, asked: Asked | None, at: float) -> object:
        """Take a message that passed.

        Args:
            source: the leg it came from.
            message: the message.
            asked: the call that it answers, or None; its action is what `last_action` was for the call.
            at: when, seconds since the epoch.

        Returns:
            For a call: what to hand back in `Asked.note` with its answer.
        """
        self.last_at, self.last_from = at, source.word
        if isinstance(message, Call):
            self.last_action = clean(message.action, TEXT)
            take = _CALLS.get(message.action) if source is Leg.CHARGER else None
            return take(self, message.payload, at) if take and _small(message.payload) else None
        self.last_action = asked.action if asked else ""
        if isinstance(message, CallResult) and asked and source is Leg.CENTRAL and _small(message.payload):
            answer = _RESULTS.get(asked.action)
            if answer:
                answer(self, message.payload, asked.note)
        return None

    def connector(self, given: object) -> Connector | None:
        """The connector of that number, new where it is not known yet; None where there can't be one."""
        if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given < 1_000_000:
            return None
        found = self.connectors.get(given)
        if found is None and len(self.connectors) < CONNECTORS:
            found = self.connectors[given] = Connector(given)
        return found


def _small(payload: msgspec.Raw) -> bool:
    return len(memoryview(payload)) <= PAYLOAD_MOST


def _text(given: object) -> str:
    return clean(given, TEXT) if isinstance(given, str) else ""


def short_card(given: object) -> str:
    """A card as it may be kept: its last three characters, and of a short one fewer."""
    text = given if isinstance(given, str) else ""
    shown = min(3, len(text) // 3)
    return CUT + clean(text[len(text) - shown :], 3) if shown else CUT


# --- what the charger says -------------------------------------------------------------------------------------------


def _boot(observed: Observed, payload: msgspec.Raw, at: float) -> None:
    said = fields(payload)
    observed.boot = Boot(
        at,
        vendor=_text(said.get("chargePointVendor")),
        model=_text(said.get("chargePointModel")),
        firmware=_text(said.get("firmwareVersion")),
        serial=_text(said.get("chargePointSerialNumber")),
        box_serial=_text(said.get("chargeBoxSerialNumber")),
        meter=_text(said.get("meterType")),
        iccid=_text(said.get("iccid")),
    )


def _heartbeat(observed: Observed, payload: msgspec.Raw, at: float) -> None:
    observed.heartbeat_at = at


def _status(observed: Observed, payload: msgspec.Raw, at: float) -> None:
    said = fields(payload)
    connector = observed.connector(said.get("connectorId"))
    if connector is None:
        return
    connector.status, connector.error = _text(said.get("status")), _text(said.get("errorCode"))
    connector.info, connector.vendor_error = _text(said.get("info")), _text(said.get("vendorErrorCode"))
    connector.status_at = at
    if connector.number and connector.status in IDLE and connector.power:
        connector.power, connector.metered_at = 0.0, at
        observed.history.level(at, observed.power(at))


def _start(observed: Observed, payload: msgspec.Raw, at: float) -> int | None:
    said = fields(payload)
    connector = observed.connector(said.get("connectorId"))
    if connector is None:
        return None
    began, meter = _when(read_moment(said.get("timestamp")), at), number(said.get("meterStart"))
    connector.transaction = Transaction(None, short_card(said.get("idTag")), began, meter)
    if meter is not None:
        _register(observed, connector, meter, began)
    return connector.number


def _stop(observed: Observed, payload: msgspec.Raw, at: float) -> None:
    said = fields(payload)
    number_given, ended = said.get("transactionId"), _when(read_moment(said.get("timestamp")), at)
    for connector in observed.connectors.values():
        if connector.transaction is None or connector.transaction.id != number_given or number_given is None:
            continue
        if isinstance(said.get("transactionData"), list):
            for reading in read_data(_member(payload, "transactionData")):
                if reading.register is not None:
                    _register(observed, connector, reading.register, _when(reading.at, at))
        meter = number(said.get("meterStop"))
        if meter is not None:
            _register(observed, connector, meter, ended)
        connector.transaction = None
        if connector.power is not None:
            connector.power, connector.metered_at = 0.0, at
        observed.history.level(at, observed.power(at))


def _member(payload: msgspec.Raw, name: str) -> msgspec.Raw:
    try:
        return msgspec.json.decode(payload, type=dict[str, msgspec.Raw])[name]
    except (ValueError, KeyError, RecursionError):
        return msgspec.Raw(b"[]")


def _meter_values(observed: Observed, payload: msgspec.Raw, at: float) -> None:
    found = read_values(payload)
    connector = observed.connector(found.connector)
    if connector is None:
        return
    for reading in found.readings:
        _read(observed, connector, reading, at)


def _read(observed: Observed, connector: Connector, reading: Reading, at: float) -> None:
    when = _when(reading.at, at)
    power = reading.power
    connector.tells_power = connector.tells_power or power is not None
    if reading.register is not None:
        drawn = _register(observed, connector, reading.register, when)
        if not connector.tells_power:
            power = drawn
    elif reading.interval is not None and connector.register is None:
        observed.history.energy(when, when, reading.interval)
    if at - when > QUEUED_SECONDS:
        return
    if reading.soc is not None:
        connector.soc = reading.soc
    if reading.currents:
        connector.currents = reading.currents
    if reading.voltages:
        connector.voltages = reading.voltages
    if power is not None:
        connector.power, connector.metered_at = power, at
        observed.history.level(at, observed.power(at))


def _register(observed: Observed, connector: Connector, figure: float, at: float) -> float | None:
    """Take a register; the watts that it tells of, where another reading came shortly before."""
    before, since = connector.register, connector.register_at
    if before is not None and at < since:
        return None
    connector.register, connector.register_at = figure, at
    if before is None or figure < before:
        return None
    others = (other for other in observed.connectors.values() if other is not connector)
    if connector.number or all(other.register is None for other in others):  # the main meter counts them all again
        observed.history.energy(since, at, figure - before)
    elapsed = at - since
    return (figure - before) * 3600 / elapsed if STEP_SECONDS[0] <= elapsed <= STEP_SECONDS[1] else None


def _when(told: float | None, at: float) -> float:
    """The charger's own time where it can be right, else ours."""
    return told if told is not None and at - LATE_SECONDS <= told <= at else at


# --- what the central system answers ---------------------------------------------------------------------------------


def _booted(observed: Observed, payload: msgspec.Raw, note: object) -> None:
    said, boot = fields(payload), observed.boot
    if boot is None:
        return
    status = _text(said.get("status"))
    observed.boot = evolve(boot, status=status)
    interval = said.get("interval")
    if status == "Accepted" and isinstance(interval, int) and 0 <= interval < 10_000_000:
        observed.interval = int(interval)


def _started(observed: Observed, payload: msgspec.Raw, note: object) -> None:
    said = fields(payload)
    connector = observed.connectors.get(note) if isinstance(note, int) else None
    given, info = said.get("transactionId"), said.get("idTagInfo")
    if connector is None or connector.transaction is None:
        return
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) < 1 << 62:
        connector.transaction.id = given
    if isinstance(info, dict):
        connector.transaction.accepted = _text(info.get("status"))


_CALLS: Final[dict[str, Callable[[Observed, msgspec.Raw, float], object]]] = {
    "BootNotification": _boot,
    "Heartbeat": _heartbeat,
    "StatusNotification": _status,
    "StartTransaction": _start,
    "StopTransaction": _stop,
    "MeterValues": _meter_values,
}
_RESULTS: Final[dict[str, Callable[[Observed, msgspec.Raw, object], None]]] = {
    "BootNotification": _booted,
    "StartTransaction": _started,
}
