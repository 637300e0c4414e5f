"""What happened: frozen values with a code and fields, never sentences; `words` has those.

A charger appears in an event by `charger` (its opaque id) and `label` (what a person may see of its identity: the
whole of it only where Basic authentication is in use). Addresses are texts, times seconds since the epoch.
"""

from typing import ClassVar

import attrs
from attrs import frozen


@frozen
class Event:
    """Something that happened; the base of all.

    Args:
        code: which sentence tells it (a class attribute).
    """

    code: ClassVar[str] = ""

    _names: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        cls._names = tuple(field.name for field in attrs.fields(cls))

    def values(self) -> dict[str, object]:
        """What belongs to it, by name."""
        return {name: getattr(self, name) for name in self._names}


@frozen
class Started(Event):
    """The listeners are open."""

    code: ClassVar[str] = "started"
    ws: tuple[int, ...]
    wss: tuple[int, ...]
    fingerprint: str
    known: int
    manager: tuple[int, ...] = ()


@frozen
class FilesTooFew(Event):
    """The system lets Edge open fewer files at once than its connections need.

    Args:
        allowed: how many it may open.
        needed: how many it would need.
        connections: of chargers, as configured.
    """

    code: ClassVar[str] = "files-too-few"
    allowed: int
    needed: int
    connections: int


@frozen
class Stopping(Event):
    """Edge was told to stop; that many sessions are being closed."""

    code: ClassVar[str] = "stopping"
    sessions: int


@frozen
class CertificateRenewed(Event):
    """The leaves were issued anew for other names or addresses; the root is the same, nobody has to trust again."""

    code: ClassVar[str] = "certificate-renewed"
    names: tuple[str, ...]


@frozen
class StoreFailed(Event):
    """A record could not be written; it is kept in memory."""

    code: ClassVar[str] = "store-failed"
    charger: str
    error: str


@frozen
class JournalFailed(Event):
    """The journal could not be written, and why; told once until it can be written again."""

    code: ClassVar[str] = "journal-failed"
    error: str


@frozen
class JournalGap(Event):
    """Stands in the journal in the place of that many entries, which the disk could not take in time."""

    code: ClassVar[str] = "journal-gap"
    count: int


@frozen
class Internal(Event):
    """A fault of Edge's own, already contained: where, and the kind of exception, never its text."""

    code: ClassVar[str] = "internal"
    place: str
    error: str


@frozen
class HandshakeFailed(Event):
    """A connection ended before it became a request: TLS trouble, wrong kind of traffic, silence.

    Args:
        address: who it was.
        secure: whether the listener was `wss`.
        cause, remedy: codes of `core.diagnosis`.
        detail: a number or a version that belongs to the cause.
    """

    code: ClassVar[str] = "handshake-failed"
    address: str
    secure: bool
    cause: str
    remedy: str
    detail: str = ""


@frozen
class RequestRefused(Event):
    """A head that could not be served, before an identity was known or looked up."""

    code: ClassVar[str] = "request-refused"
    address: str
    secure: bool
    status: int
    cause: str


@frozen
class AttemptRefused(Event):
    """Edge itself refused a charger.

    Args:
        cause: a word of `policy` (`blocked`, `password-wrong`, `held-off`, ...).
        wait: seconds of Retry-After, 0 where none was sent.
    """

    code: ClassVar[str] = "attempt-refused"
    charger: str
    label: str
    address: str
    secure: bool
    status: int
    cause: str
    wait: int = 0


@frozen
class TurnedAway(Event):
    """The central system refused the uplink, by HTTP (`status`) or after the 101 (`close` code, 0 for none)."""

    code: ClassVar[str] = "turned-away"
    charger: str
    label: str
    address: str
    uplink: str
    kind: str
    status: int
    close: int
    cause: str
    remedy: str
    detail: str = ""


@frozen
class UplinkFailed(Event):
    """The central system could not be asked."""

    code: ClassVar[str] = "uplink-failed"
    charger: str
    label: str
    uplink: str
    cause: str
    remedy: str
    detail: str = ""


@frozen
class SessionOpened(Event):
    """Both legs stand.

    Args:
        secure: whether the charger's leg is `wss`.
        password: whether the charger showed one.
        uplink: the endpoint, without the identity.
        kind: whose credentials go up: `none`, `shown`, `entered`, `pending`, `detected`.
        protocol: the subprotocol, or nothing.
        quirks: deviations that were accepted.
    """

    code: ClassVar[str] = "session-opened"
    charger: str
    label: str
    session: str
    address: str
    secure: bool
    password: bool
    uplink: str
    kind: str
    protocol: str
    quirks: tuple[str, ...] = ()


@frozen
class Served(Event):
    """The central system served the session: the proof that something works.

    Args:
        how: `result`, `call` or `stood`.
        first: whether this identity was never served before.
    """

    code: ClassVar[str] = "served"
    charger: str
    label: str
    session: str
    how: str
    first: bool


@frozen
class Learned(Event):
    """Something was learned from being served.

    Args:
        what: `wss`, `password`, `password-changed`, `own-password`, `key-set`, `key-refused`,
            `key-proved`, `key-second`, `profile-taken`, `profile-kept`.
    """

    code: ClassVar[str] = "learned"
    charger: str
    label: str
    what: str


@frozen
class SessionEnded(Event):
    """A session is over; exactly one for each that was opened.

    Args:
        outcome: a word of `core.session.OUTCOMES`.
        close: the close code that ended it, 0 for none.
        seconds: how long it stood.
        served: whether it was served.
    """

    code: ClassVar[str] = "session-ended"
    charger: str
    label: str
    session: str
    outcome: str
    close: int
    seconds: float
    served: bool


@frozen
class Alarm(Event):
    """Something a maintainer should look at.

    Args:
        what: a word of `ALARMS`.
        address: where it came from, or nothing.
    """

    code: ClassVar[str] = "alarm"
    charger: str
    label: str
    what: str
    address: str = ""


ALARMS = (
    "stopped-showing",
    "user-is-another",
    "leg-lowered",
    "secret-unused",
    "secret-refused",
    "plain-secret",
    "earlier-password",
    "moved",
    "rival",
    "clash",
    "other-host",
    "book-full",
)
"""Every word that `Alarm.what` can be."""


@frozen
class Edited(Event):
    """A maintainer changed something.

    Args:
        what: a word such as `endpoint`, `secret`, `blocked`; never a value that is secret.
        by: who.
        old, new: the value before and from now on, where one can be shown: an endpoint or an address as text, or
            words of `words.en.VALUES`, such as `none` or `entered` for a secret. Nothing where it says nothing.
    """

    code: ClassVar[str] = "edited"
    charger: str
    label: str
    what: str
    by: str
    old: str = ""
    new: str = ""
