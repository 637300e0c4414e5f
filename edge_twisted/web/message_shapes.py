"""What the API tells of passing messages; the rules of `shapes` hold here too."""

from edge_twisted.web.shape import Shape


class Boot(Shape):
    """What a charger told about itself when it started; `status` is the central system's answer, or nothing yet."""

    at: float
    vendor: str
    model: str
    firmware: str
    serial: str
    box_serial: str
    meter: str
    iccid: str
    status: str


class Transaction(Shape):
    """A transaction under way; of `card` only the end is ever shown. `energy` is watt-hours so far."""

    id: int | None
    card: str
    started: float
    energy: float | None
    accepted: str


class Connector(Shape):
    """One connector; 0 is the charger as a whole. Watts, watt-hours, percent, amperes and volts."""

    number: int
    status: str
    error: str
    info: str
    vendor_error: str
    status_at: float | None
    transaction: Transaction | None
    metered_at: float | None
    power: float | None
    register: float | None
    soc: float | None
    currents: dict[str, float]
    voltages: dict[str, float]


class LastMessage(Shape):
    """The last message that passed; an answer has the action of what it answers."""

    at: float
    source: str
    action: str


class Observed(Shape):
    """What a charger's messages told; `power` in watts, `curve` its means of 5 minutes over the last 2 hours."""

    boot: Boot | None
    connectors: list[Connector]
    heartbeat_at: float | None
    heartbeat_seconds: int | None
    last_message: LastMessage | None
    power: float | None
    curve: list[float | None]


class Power(Shape):
    """The last 24 hours: mean watts of each 5 minutes, watt-hours of each hour; null where nothing is known."""

    power_from: float
    power_seconds: int
    power: list[float | None]
    energy_from: float
    energy_seconds: int
    energy: list[float | None]


class Message(Shape):
    """One message that passed, without passwords and with cards shortened.

    `answers` is the id of the call that it answers, `answered_by` that of its own answer; `seconds` how long the answer
    took, at both. `size` counts the octets that passed.
    """

    id: int
    at: float
    source: str
    kind: str
    uid: str
    action: str
    answers: int | None
    answered_by: int | None
    seconds: float | None
    error: str
    size: int
    text: str


class Messages(Shape):
    """Messages, newest last. `more` is where to go on: as `before`, or `after` where that was given; null: no more."""

    messages: list[Message]
    more: int | None


class Finding(Shape):
    """What is odd about a message by the OCPP 1.6 schemas; a hint, since the message was passed on as it came."""

    place: str
    sentence: str


class OpenMessage(Shape):
    """One message laid out, with its counterpart and hints."""

    message: Message
    layout: str
    other: Message | None
    findings: list[Finding]
