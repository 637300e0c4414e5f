"""What being served teaches, and what a maintainer enters: records in, records out (design section 4)."""

from collections.abc import Collection
from typing import Final, Literal

from attrs import evolve

from edge_twisted.core.credentials import Credentials, same_password
from edge_twisted.core.endpoint import Endpoint
from edge_twisted.core.policy import Attempt, Dial, Rules, shows_key
from edge_twisted.core.record import Binding, Detected, Entered, KeyChange, Record, Window

Shows = Literal["nothing", "same", "next", "detected"]
"""What the charger itself will show once S is entered: the question that is always asked."""

WINDOW: Final = 600.0
"""Seconds in which the charger's next password is taken as its own."""


class EntryError(ValueError):
    """Something a maintainer entered that can't be taken.

    Args:
        code: says why.
        address: of the charger as it is now, where that has to be confirmed.
    """

    def __init__(self, code: str, address: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.address = address


def served(rules: Rules, record: Record, attempt: Attempt, dial: Dial, now: float) -> tuple[Record, tuple[str, ...]]:
    """Learn from a session that was served.

    Args:
        rules: the configuration.
        record: what was remembered.
        attempt: what the charger showed, and from where.
        dial: what the central system accepted.
        now: seconds since the epoch.

    Returns:
        What is remembered from now on, and what was learned, as words of `events.Learned`.
    """
    learned: list[str] = []
    new = evolve(
        record,
        first_served=record.first_served or now,
        last_served=now,
        last_address=attempt.address,
        last_mac=attempt.mac,
        last_host=attempt.request.host,
        leg_secure=attempt.secure,
        shown=attempt.shown,
    )
    if dial.endpoint == rules.wss and dial.endpoint.secure and record.endpoint is None and not record.wss_detected_at:
        new = evolve(new, wss_detected_at=now)
        learned.append("wss")
    if attempt.secure and record.security_profile >= 2 and not record.profile_kept:
        new = evolve(new, profile_kept=True)
        learned.append("profile-kept")
    if dial.kind in ("entered", "pending") and record.entered and record.entered.origin == dial.endpoint.origin:
        if dial.kind == "entered" and dial.credentials and record.entered.digits:
            new = evolve(new, entered=evolve(record.entered, credentials=dial.credentials, digits=""))
        new, own = _own_secret(new, attempt)
        learned += own
    if dial.kind == "shown" and dial.credentials:
        before = record.detected
        if before is None or before.credentials != dial.credentials:
            learned.append("password" if before is None else "password-changed")
            new = evolve(new, detected=Detected(dial.credentials, now, attempt.address))
    if record.pending:
        new, key = _key_judged(new, record.pending, dial, attempt, now)
        learned += key
    return new, tuple(learned)


def _own_secret(record: Record, attempt: Attempt) -> tuple[Record, list[str]]:
    entered, shown = record.entered, attempt.shown
    if entered is None or shown is None:
        return record, []
    if same_password(shown.password, entered.credentials.password):
        changed = record.own is not None or record.no_password is not None or record.own_next is not None
        new = evolve(record, own=None, no_password=None, own_next=None, earlier=record.own or record.earlier)
        return new, ["own-password"] if changed else []
    if record.own and same_password(shown.password, record.own.password):
        return record, []
    # Nothing else let it in but the window, which may have closed since: being served can take minutes.
    window = record.own_next
    if window and window.address == attempt.address and not shows_key(record.pending, shown):
        new = evolve(record, own=shown, own_next=None, no_password=None, earlier=record.own or entered.credentials)
        return new, ["own-password"]
    return record, []


def _key_judged(
    record: Record, pending: KeyChange, dial: Dial, attempt: Attempt, now: float
) -> tuple[Record, list[str]]:
    """K served: it replaces S and X. The earlier one served: it goes first, K stays second."""
    if dial.credentials is None:
        return record, []
    # X served in place of K proves nothing of K, not even where they are the same: the charger showed another form.
    if dial.kind == "pending" or (dial.kind != "detected" and shows_key(pending, dial.credentials)):
        entered = record.entered
        if entered and entered.origin == dial.endpoint.origin:
            proved = evolve(entered, credentials=dial.credentials, at=now)
            # A charger that has not taken K over yet goes on with what it shows; that stays its own secret till then.
            own = None if shows_key(pending, attempt.shown) else attempt.shown or record.own
            earlier = record.own or entered.credentials
            return evolve(record, entered=proved, own=own, earlier=earlier, pending=None), ["key-proved"]
        return (
            evolve(record, detected=Detected(dial.credentials, now, attempt.address), pending=None),
            ["key-proved"],
        )
    if pending.first:
        return evolve(record, pending=evolve(pending, first=False)), ["key-second"]
    return record, []


def enter_secret(
    rules: Rules,
    record: Record,
    credentials: Credentials,
    shows: Shows | None,
    now: float,
    confirmed: str | None = None,
    digits: str = "",
) -> Record:
    """Enter S, with the answer to the question what the charger itself will show.

    Args:
        rules: the configuration.
        record: what is remembered.
        credentials: S.
        shows: the answer.
        now: seconds since the epoch.
        confirmed: the address that the maintainer saw and confirmed, or None; needed where a charger that was never
            served is bound to an address.
        digits: S's password as hexadecimal digits, where it was entered so: both readings are tried, and the one that
            the central system takes is kept.

    Returns:
        The record with S bound to its origin.

    Raises:
        EntryError: `shows-missing` (the API's 409), `nothing-detected`, `no-place` (no address to bind a permission
            to), `no-usual-address`, `confirm-address`, `address-changed` (another one than was confirmed),
            `plain-secret`.
    """
    endpoint = record.endpoint or rules.wss
    if not endpoint.secure and not endpoint.is_private_literal:
        raise EntryError("plain-secret")
    entered = Entered(credentials, *endpoint.origin, at=now, digits=digits)
    new = evolve(record, entered=entered, own=None, earlier=None, own_next=None, no_password=None, pending=None)
    if shows is None:
        raise EntryError("shows-missing")
    if shows == "nothing":
        return evolve(new, no_password=_binding(record, confirmed))
    if shows == "next":
        if not record.usual_address and not record.attempt_address:
            raise EntryError("no-usual-address")
        address = _confirmed(record.usual_address, record.attempt_address, confirmed)
        return evolve(new, own=record.own or record.shown, own_next=Window(now + WINDOW, address))
    if shows == "detected":
        earlier = record.shown or (record.detected.credentials if record.detected else None)
        if earlier is None:
            raise EntryError("nothing-detected")
        return evolve(new, own=earlier)
    return new


def _binding(record: Record, confirmed: str | None) -> Binding:
    """The MAC on the box's own segment, else the address of the last served session, else of the last attempt."""
    if not record.last_address and not record.attempt_address:
        raise EntryError("no-place")
    address = _confirmed(record.last_address, record.attempt_address, confirmed)
    return Binding(record.last_mac if record.last_address else "", address)


def _confirmed(served_at: str, tried_from: str, confirmed: str | None) -> str:
    """Where a charger was served, else from where it last tried, which may be a stranger's and must be confirmed.

    Whoever confirmed an address gets exactly that one, whatever happened since he saw it.
    """
    address = served_at or tried_from
    if confirmed is None and not served_at:
        raise EntryError("confirm-address", address)
    if confirmed is not None and confirmed != address:
        raise EntryError("address-changed", address)
    return address


def enter_endpoint(record: Record, endpoint: Endpoint | None, own: Collection[tuple[str, int]] = frozenset()) -> Record:
    """Set an endpoint by hand, or go back to what is detected (None).

    Args:
        record: what is remembered.
        endpoint: where the uplink shall go.
        own: (host, port) of Edge's own listeners, as `Rules.own`.

    Returns:
        The record; S stays bound to the origin it was entered for.

    Raises:
        EntryError: `loop` where it points at Edge itself (L3); `plain-secret` where credentials would travel
            unencrypted to a public place.
    """
    if endpoint and (endpoint.host, endpoint.port) in own:
        raise EntryError("loop")
    sends = record.entered or record.detected or record.shown
    if endpoint and sends and not endpoint.secure and not endpoint.is_private_literal:
        raise EntryError("plain-secret")
    return evolve(record, endpoint=endpoint)


def allow_again(record: Record, confirmed: str | None) -> Record:
    """Let a charger without a password connect from where it last tried: the alarm's one action, 'it moved'.

    Args:
        record: what is remembered, with the address of its last attempt.
        confirmed: the address that the maintainer saw and confirmed, or None.

    Returns:
        The record with the permission bound to that address.

    Raises:
        EntryError: `not-allowed-before` where it has no such permission, `no-place` where it has not tried,
            `confirm-address`, `address-changed` (another one than was confirmed).
    """
    if record.no_password is None:
        raise EntryError("not-allowed-before")
    if not record.attempt_address:
        raise EntryError("no-place")
    return evolve(record, no_password=Binding("", _confirmed("", record.attempt_address, confirmed)))


def pin_detected(rules: Rules, record: Record, now: float) -> Record:
    """Make X to S in one action, for central systems that check no passwords.

    Args:
        rules: the configuration.
        record: what is remembered.
        now: seconds since the epoch.

    Returns:
        The record with S = X, which the charger itself shows.

    Raises:
        EntryError: `nothing-detected`, or as `enter_secret`.
    """
    if record.detected is None:
        raise EntryError("nothing-detected")
    return enter_secret(rules, record, record.detected.credentials, "same", now)


def key_set(record: Record, text: str, now: float) -> Record:
    """The central system sets `AuthorizationKey` to K: pending until K or the earlier secret is served."""
    # An earlier K that the charger took over, while the central system still takes S, stays the charger's own secret.
    own = record.shown if record.entered and shows_key(record.pending, record.shown) else record.own
    return evolve(record, own=own, pending=KeyChange(text, now))


def key_refused(record: Record) -> Record:
    """The charger answered Rejected, NotSupported or a CALLERROR: K is gone."""
    return evolve(record, pending=None)
