"""May this charger connect, and over what, to where: the tables of the design's section 4 as pure functions."""

from collections.abc import Iterator
from typing import Final, Literal

from attrs import evolve, field, frozen

from edge_twisted.core.credentials import Credentials, is_hex_of, same_password
from edge_twisted.core.endpoint import Endpoint, Trust
from edge_twisted.core.record import KeyChange, Record
from edge_twisted.core.request import Request

Kind = Literal["none", "shown", "entered", "pending", "detected"]
SUPPORTED: Final = ("ocpp1.6", "ocpp1.5")
"""Subprotocols that are carried; the central system chooses among those the charger offered (J-14, J-15)."""


@frozen
class Rules:
    """What the configuration says about uplinks and admission.

    Args:
        ws, wss: the two configured endpoints.
        trust: whom they are trusted by, where a charger has no trust of its own.
        always: `uplink.secure = "always"`.
        approve: `admission.mode = "approve"`.
        own: (host, port) of every listener of Edge itself, under each of its names and addresses.
    """

    ws: Endpoint
    wss: Endpoint
    trust: Trust = Trust()
    always: bool = False
    approve: bool = False
    own: frozenset[tuple[str, int]] = frozenset()


@frozen
class Attempt:
    """One charger at the door.

    Args:
        request: what it asked.
        secure: whether its own leg is `wss`.
        address: its address.
        mac: its hardware address where it stands on the box's own segment, else nothing.
    """

    request: Request
    secure: bool
    address: str
    mac: str = ""
    identity: bytes = field(init=False, eq=False, repr=False)
    """The decoded identity."""

    @identity.default
    def _identity(self) -> bytes:
        return self.request.claim.identity

    @property
    def shown(self) -> Credentials | None:
        """The credentials it showed."""
        return self.request.shown


@frozen
class World:
    """What must be known beside the record.

    Args:
        known: whether the identity is remembered.
        blocked, approved: of any identity that differs at most in letter case.
        other_user: whether the shown user name is another known identity.
        throttled: seconds to wait because of failed attempts, 0 for none.
    """

    known: bool = False
    blocked: bool = False
    approved: bool = False
    other_user: bool = False
    throttled: float = 0.0


@frozen
class Refusal:
    """An answer that Edge gives itself.

    Args:
        status: the HTTP status.
        code: why; a word from `words`.
        wait: seconds for Retry-After; 0: none.
        alarm: a word of `events.ALARMS`, or nothing.
    """

    status: int
    code: str
    wait: float = 0.0
    alarm: str = ""


@frozen
class Dial:
    """One uplink handshake to try.

    Args:
        endpoint: where to.
        trust: whom to believe there.
        credentials: what to show, or None.
        kind: whose credentials they are.
        ours: whether Edge adds a secret of its own, so that the charger is not at fault where it is refused (W-23).
        digits: whether it is the second reading of a password that was entered in hexadecimal digits.
    """

    endpoint: Endpoint
    trust: Trust
    credentials: Credentials | None = field(repr=False)
    kind: Kind
    ours: bool = False
    digits: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What an attempt remembers of it: the endpoint, and whose credentials in which reading."""
        return (str(self.endpoint), f"{self.kind}-digits" if self.digits else self.kind)

    @property
    def target(self) -> tuple[str, int, Trust]:
        """What a hold-off is kept for: host, port and trust."""
        return (self.endpoint.host, self.endpoint.port, self.trust)

    def is_like(self, other: "Dial | None") -> bool:
        """Whether a session on the one may go on as the other: same uplink, trust and secret (Q29)."""
        mine = (self.endpoint, self.trust, self.credentials)
        return other is not None and mine == (other.endpoint, other.trust, other.credentials)


@frozen
class Plan:
    """What to dial, in order; the next one only where the one before was turned away by an HTTP answer.

    Args:
        dials: at least one.
        protocols: what is offered to the central system.
        alarms: words of `events.ALARMS` that this attempt raises.
        served_before: whether this identity was served before.
    """

    dials: tuple[Dial, ...]
    protocols: tuple[str, ...]
    alarms: tuple[str, ...] = ()
    served_before: bool = False


@frozen
class Unsupported:
    """No subprotocol in common: 101 without the header, then close (J-11)."""


def decide(
    rules: Rules, record: Record | None, attempt: Attempt, world: World, now: float
) -> Refusal | Unsupported | Plan:
    """Go through the checks in the design's order, from the identity to the credentials, and plan the dials.

    Args:
        rules: the configuration.
        record: what is remembered of the charger, or None.
        attempt: the charger at the door.
        world: what else must be known.
        now: seconds since the epoch.

    Returns:
        The first check that fails as a refusal, or what to dial.
    """
    claim = attempt.request.claim
    if claim.trailing_slash and not world.known and not (attempt.shown and attempt.shown.user == attempt.identity):
        return Refusal(404, "trailing-slash")
    if world.blocked:
        return Refusal(403, "blocked")
    record = record or Record(identity=attempt.identity, id="")
    if not attempt.secure and (record.wss_only or (record.security_profile >= 2 and record.profile_kept)):
        return Refusal(403, "wss-only")
    if world.throttled > 0 and not knows_secret(record, attempt.shown):
        return Refusal(429, "throttled", world.throttled)
    if rules.approve and not world.approved:
        return Refusal(404, "approval")
    if attempt.request.broken_authorization:
        return Refusal(401, "authorization-broken")
    plan = _plan(rules, record, attempt, now)
    if isinstance(plan, Plan):
        if not plan.protocols:
            return Unsupported()
        if world.other_user:
            plan = evolve(plan, alarms=(*plan.alarms, "user-is-another"))
        if record.leg_secure and not attempt.secure:
            plan = evolve(plan, alarms=(*plan.alarms, "leg-lowered"))
    return plan


def usual_dial(rules: Rules, record: Record) -> Dial:
    """What a charger's next attempt would probably be dialled with, for a test without it.

    Args:
        rules: the configuration.
        record: the charger.

    Returns:
        S at its origin, else X, else nothing; where they go by the rules for the uplink.
    """
    trust = record.trust or rules.trust
    secret = record.detected.credentials if record.detected else None
    always = rules.always or record.leg_secure or record.wss_detected_at
    endpoint = record.endpoint or (rules.wss if always or secret or applies(record, rules.wss) else rules.ws)
    if record.entered and applies(record, endpoint):
        return Dial(endpoint, trust, record.entered.credentials, "entered", True)
    return Dial(endpoint, trust, secret, "detected" if secret else "none")


def knows_secret(record: Record, shown: Credentials | None) -> bool:
    """Whether what is shown is a secret that is known to be this charger's: never throttled, and no stranger.

    Args:
        record: the charger.
        shown: what it showed.

    Returns:
        Whether the password is S, the own secret, X or K.
    """
    if shown is None:
        return False
    known = [c.password for c in (record.own, record.shown) if c]
    known += [held.credentials.password for held in (record.entered, record.detected) if held]
    matches = [same_password(shown.password, password) for password in known]
    return any(matches) or shows_key(record.pending, shown)


def shows_key(pending: KeyChange | None, shown: Credentials | None) -> bool:
    """Whether the charger shows K, as bytes or as its hexadecimal text."""
    return bool(pending and shown and same_password(shown.password, pending.password))


def applies(record: Record, endpoint: Endpoint) -> bool:
    """Whether S may be used at this endpoint: it is used at its own origin only."""
    return record.entered is not None and record.entered.origin == endpoint.origin


def _plan(rules: Rules, record: Record, attempt: Attempt, now: float) -> Refusal | Plan:
    trust = record.trust or rules.trust
    dials: list[Dial] = []
    alarms: list[str] = []
    for endpoint in _targets(rules, record, attempt):
        if applies(record, endpoint):
            refusal = _stranger(record, attempt, now)
            if refusal:
                return refusal
            found: Iterator[tuple[Kind, Credentials | None]] = _with_secret(record, attempt.shown)
        else:
            found = _without_secret(record, attempt.shown)
        for kind, credentials in found:
            if credentials and not endpoint.secure and not endpoint.is_private_literal:
                return Refusal(502, "plain-secret", 60, alarm="plain-secret")
            digits = kind == "entered" and record.entered is not None and credentials != record.entered.credentials
            dials.append(Dial(endpoint, trust, credentials, kind, applies(record, endpoint), digits))
    if record.entered and not any(dial.endpoint.origin == record.entered.origin for dial in dials):
        alarms.append("secret-unused")
    if record.detected and not attempt.shown and not record.entered:
        alarms.append("stopped-showing")
    return Plan(tuple(dials), _protocols(attempt.request), tuple(alarms), record.was_served)


def _targets(rules: Rules, record: Record, attempt: Attempt) -> tuple[Endpoint, ...]:
    if record.endpoint:
        return (record.endpoint,)
    if rules.always or attempt.secure or record.wss_detected_at:
        return (rules.wss,)
    if applies(record, rules.wss):
        return (rules.wss,)
    if attempt.shown and not rules.ws.secure and not rules.ws.is_private_literal:
        return (rules.wss,)
    return (rules.ws,) if rules.ws == rules.wss else (rules.ws, rules.wss)


def _stranger(record: Record, attempt: Attempt, now: float) -> Refusal | None:
    """The rows of the credentials table that answer 401; S is entered and applies."""
    shown, entered = attempt.shown, record.entered
    if shown is None:
        if record.no_password and record.no_password.holds(attempt.address, attempt.mac):
            return None
        if record.no_password:
            return Refusal(401, "moved", alarm="moved")
        return Refusal(401, "password-missing")
    window = record.own_next
    own = [c.password for c in (entered and entered.credentials, record.own) if c]
    matches = [same_password(shown.password, password) for password in own]
    if any(matches) or shows_key(record.pending, shown):
        return None
    if window and now < window.until and attempt.address == window.address:
        return None
    former = [c.password for c in (record.earlier, record.detected and record.detected.credentials) if c]
    matches = [same_password(shown.password, password) for password in former]
    return Refusal(401, "password-wrong", alarm="earlier-password" if any(matches) else "")


def _with_secret(record: Record, shown: Credentials | None) -> Iterator[tuple[Kind, Credentials | None]]:
    assert record.entered is not None
    readings = (record.entered.credentials, record.entered.other_reading)
    entered: list[tuple[Kind, Credentials]] = [("entered", reading) for reading in readings if reading]
    if record.pending is None:
        yield from entered
        return
    password = record.pending.password
    if shown and is_hex_of(shown.password, password):
        password = shown.password
    pending: tuple[Kind, Credentials] = ("pending", Credentials(record.entered.credentials.user, password))
    yield from (pending, *entered) if record.pending.first else (*entered, pending)


def _without_secret(record: Record, shown: Credentials | None) -> Iterator[tuple[Kind, Credentials | None]]:
    if shown is None:
        yield "none", None
    elif record.pending and shows_key(record.pending, shown) and record.detected:
        pair: list[tuple[Kind, Credentials]] = [("pending", shown), ("detected", record.detected.credentials)]
        yield from pair if record.pending.first else pair[::-1]
    else:
        yield ("pending" if shows_key(record.pending, shown) else "shown"), shown


def _protocols(request: Request) -> tuple[str, ...]:
    if not request.protocols:
        return ("ocpp1.6",)
    return tuple(protocol for protocol in request.protocols if protocol in SUPPORTED)
