"""What is known of a charger, as `core.observe` finds it: boot facts, connectors, transactions."""

from attrs import define, field, frozen


@frozen
class Boot:
    """What a BootNotification told.

    Args:
        status: the central system's answer; nothing until it came.
    """

    at: float
    vendor: str = ""
    model: str = ""
    firmware: str = ""
    serial: str = ""
    box_serial: str = ""
    meter: str = ""
    iccid: str = ""
    status: str = ""


@define
class Transaction:
    """A transaction that is under way.

    Args:
        id: the central system's number; None until it answered.
        card: the last three characters of the card; the whole of it is never kept.
        started: when, seconds since the epoch.
        meter_start: watt-hours of the register then; None where it did not say.
        accepted: the central system's word on the card; nothing until it answered.
    """

    id: int | None
    card: str
    started: float
    meter_start: float | None = None
    accepted: str = ""


@define
class Connector:
    """One connector; 0 is the charger as a whole, and its main meter.

    Args:
        status, error, info, vendor_error: the last StatusNotification's; nothing before one came.
        status_at: when that came.
        metered_at: when power or register were read last, seconds since the epoch.
        power: watts; None where unknown.
        register: watt-hours.
    """

    number: int
    status: str = ""
    error: str = ""
    info: str = ""
    vendor_error: str = ""
    status_at: float = 0.0
    transaction: Transaction | None = None
    metered_at: float = 0.0
    power: float | None = None
    register: float | None = None
    register_at: float = 0.0
    soc: float | None = None
    currents: dict[str, float] = field(factory=dict)
    voltages: dict[str, float] = field(factory=dict)
    tells_power: bool = False
