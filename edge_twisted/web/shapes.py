"""What the API takes and gives, as JSON: field by field these are the schemas of the OpenAPI document.

Times are seconds since the epoch. A sentence is whole, with its full stop. Nothing that is given holds a secret.
"""

from typing import Any, Literal

from msgspec import UNSET, UnsetType

from edge_twisted.web.message_shapes import Observed
from edge_twisted.web.shape import Shape as Shape

Shows = Literal["nothing", "same", "next", "detected"]
ChargerState = Literal["connected", "away", "waiting", "refused", "blocked"]


class Session(Shape):
    """A session that stands now."""

    name: str
    since: float
    address: str
    secure: bool
    password: bool
    uplink: str
    uplink_secure: bool
    credentials: Literal["none", "shown", "entered", "pending", "detected"]
    protocol: str
    quirks: tuple[str, ...]
    served: bool


class Secret(Shape):
    """A secret that a maintainer entered: everything but the secret.

    It is used at `origin` only; `used` tells whether the charger's uplink goes there.
    """

    username: str
    origin: str
    since: float
    shows: Shows
    used: bool


class DetectedPassword(Shape):
    """A password that was detected: everything but the password."""

    username: str
    at: float
    address: str


class Detected(Shape):
    """What was learned from being served."""

    wss_at: float | None = None
    password: DetectedPassword | None = None


class PendingKey(Shape):
    """A password that the central system set over OCPP and that has not proved itself."""

    since: float
    first: bool


class RootInfo(Shape):
    """One root certificate that was uploaded for an uplink."""

    subject: str
    fingerprint: str
    ends: float


class UplinkTrust(Shape):
    """Whom an uplink believes where that was set by hand: these root certificates, and no others.

    With `cn_fallback` a certificate that has no list of names may be matched by its common name.
    """

    roots: list[RootInfo]
    cn_fallback: bool


class TrustChange(Shape):
    """The root certificates that an uplink shall believe, as PEM; null goes back to those of the configuration."""

    pem: str | None
    cn_fallback: bool = False


class LastAttempt(Shape):
    """The last attempt since Edge started; `status` 101 is a session, 0 an attempt that is under way.

    With a `cause` it came to nothing, with 101 as well: the central system closed at once, or no OCPP version fits.
    """

    at: float
    address: str
    secure: bool
    status: int
    cause: str
    sentence: str


class Charger(Shape):
    """One charger; `last_host` is what it called this box when it was last served."""

    id: str
    label: str
    state: ChargerState
    approved: bool
    blocked: bool
    wss_only: bool
    session: Session | None
    endpoint: str | None
    secret: Secret | None
    detected: Detected
    pending_key: PendingKey | None
    first_served: float | None
    last_served: float | None
    last_address: str | None
    usual_address: str | None
    last_attempt: LastAttempt | None
    observed: Observed | None = None
    trust: UplinkTrust | None = None
    last_host: str | None = None


class Chargers(Shape):
    """All of them, by label."""

    chargers: list[Charger]


class UplinkChange(Shape):
    """New values for an uplink. What is left out stays as it is; `endpoint` null goes back to what is detected.

    A secret is entered in one of three ways: `username` with `password` (text, UTF-8) or `password_hex` (bytes), or
    `basic_base64`, the base64 of `username:password`. With a secret, `shows` says what the charger itself will show.
    `confirm_address` is the charger's address as the maintainer saw it: needed where a charger that was never served
    is bound to an address, and taken only if that is still its address.
    """

    endpoint: str | None | UnsetType = UNSET
    username: str | UnsetType = UNSET
    password: str | UnsetType = UNSET
    password_hex: str | UnsetType = UNSET
    basic_base64: str | UnsetType = UNSET
    clear_secret: bool = False
    shows: Shows | UnsetType = UNSET
    confirm_address: str | UnsetType = UNSET

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"  # it holds secrets


class TestRequest(UplinkChange):
    """Values to try without saving them; `replace_live` accepts that a live session may be replaced."""

    replace_live: bool = False


class TestResult(Shape):
    """What the central system said to a test."""

    outcome: Literal["accepted", "refused", "failed"]
    status: int
    cause: str
    remedy: str
    sentence: str


class Switch(Shape):
    """On or off."""

    on: bool


class Moved(Shape):
    """The address to which a charger moved, as the maintainer saw it: taken only if it last tried from there."""

    address: str | UnsetType = UNSET


class Forgotten(Shape):
    """A charger that is remembered no more."""

    forgotten: str


class Choice(Shape):
    """One answer to the question what the charger itself will show.

    `at` and `address` say when and from where the charger was seen that the answer is about; `confirm` whether that
    address is needed as `confirm_address`, because it may be somebody else's.
    """

    value: Shows
    sentence: str
    usable: bool
    preselected: bool
    at: float | None
    address: str | None
    confirm: bool


class Problem(Shape, omit_defaults=True):
    """Why a request was not carried out.

    `error` is a word for programs, `message` a sentence for people, `field` the field that is wrong, `choices` the
    answers to the question that has to be answered first, `address` the one that has to be confirmed first.
    """

    error: str
    message: str
    field: str | None = None
    choices: list[Choice] | None = None
    address: str | None = None


class Happening(Shape):
    """One event of the journal."""

    id: int
    at: float
    code: str
    charger: str | None
    fields: dict[str, Any]
    sentence: str


class Happenings(Shape):
    """Events, newest last."""

    events: list[Happening]


class Ports(Shape):
    """The ports that were really taken."""

    ws: list[int]
    wss: list[int]
    manager: list[int]


class Uplinks(Shape):
    """The configured endpoints."""

    ws: str
    wss: str
    secure: str


class CertificateInfo(Shape):
    """The box's own certificates."""

    fingerprint: str
    root_ends: float
    leaf_ends: float
    names: list[str]
    addresses: list[str]


class Numbers(Shape):
    """How many chargers."""

    known: int
    connected: int


class Box(Shape):
    """The box."""

    version: str
    state_directory: str
    ports: Ports
    uplink: Uplinks
    admission: str
    certificate: CertificateInfo
    chargers: Numbers
    now: float


class Check(Shape):
    """One thing that the doctor looked at; `remedy` is empty where nothing has to be done."""

    name: str
    ok: bool
    sentence: str
    remedy: str


class Checks(Shape):
    """All that the doctor looked at."""

    checks: list[Check]
