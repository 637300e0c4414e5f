"""What happens at the sandbox's two ends, as values; whoever tells it finds the words in `story`."""

from attrs import frozen

from edge_twisted.sandbox.security import Refusal


@frozen
class Happening:
    """Something that happened with one charger.

    Args:
        identity: the charger's whole identity: the sandbox may know it, since it made it up.
    """

    identity: str


# --- at the central system -------------------------------------------------------------------------------------------


@frozen
class Let(Happening):
    """The central system answered a handshake with 101."""

    secure: bool
    protocol: str


@frozen
class TurnedAway(Happening):
    """The central system refused a handshake."""

    secure: bool
    refusal: Refusal


@frozen
class Answered(Happening):
    """The central system answered a request.

    Args:
        action: what was asked.
        error: the code of the CALLERROR; empty for a result.
    """

    action: str
    error: str = ""


@frozen
class Garbled(Happening):
    """The central system got something that is no message."""


@frozen
class Left(Happening):
    """A charger's connection to the central system is over, with this close code (1006: it broke off)."""

    code: int


@frozen
class Misbehaved(Happening):
    """The central system did wrong, as it was told to.

    Args:
        fault: the kind, as in `faults.FAULTS`.
    """

    fault: str


@frozen
class Found(Happening):
    """The central system found something in a charger's message that OCPP does not allow.

    Args:
        action: of the message, as in its exchange.
        finding: a short sentence.
    """

    action: str
    finding: str


# --- at a charger ----------------------------------------------------------------------------------------------------


@frozen
class Dialling(Happening):
    """The charger connects.

    Args:
        url: the endpoint, without the identity.
        attempt: 1 for the first since it was last connected.
    """

    url: str
    attempt: int


@frozen
class Connected(Happening):
    """The charger has its 101."""

    protocol: str


@frozen
class Refused(Happening):
    """The charger got an HTTP answer that is no 101.

    Args:
        status: as it came.
        wait: seconds of Retry-After; 0 where there was none.
    """

    status: int
    wait: int


@frozen
class Untrusting(Happening):
    """The charger did not accept the certificate that it was shown.

    Args:
        why: `untrusted`, `expired`, `name`.
    """

    why: str


@frozen
class Failed(Happening):
    """No connection came about for another reason.

    Args:
        why: `dns`, `refused`, `unreachable`, `timeout`, `tls`, `broken` (cut off), `answer` (no proper WebSocket).
        detail: of `tls`, OpenSSL's words; else empty.
    """

    why: str
    detail: str = ""


@frozen
class Closed(Happening):
    """The charger's connection is over, with this close code (1005: none was given, 1006: it broke off)."""

    code: int


@frozen
class Booted(Happening):
    """The central system answered the charger's BootNotification with this status."""

    status: str


@frozen
class Charging(Happening):
    """A charging session began.

    Args:
        transaction: the central system's number for it.
    """

    transaction: int


@frozen
class Charged(Happening):
    """A charging session is over.

    Args:
        transaction: as before.
        energy: in Wh.
    """

    transaction: int
    energy: int


@frozen
class GaveUp(Happening):
    """The charger gave a message up that belonged to a transaction, or a security event.

    Args:
        action: of the request.
        why: `attempts` (it failed too often), `full` (too many were waiting), `reset` (lost in a reboot).
    """

    action: str
    why: str


@frozen
class Commanded(Happening):
    """The charger answered a request of the central system.

    Args:
        action: what was asked.
        answer: the answer's status, the code of a CALLERROR, or nothing where the answer has neither.
    """

    action: str
    answer: str


@frozen
class Rebooting(Happening):
    """The charger reboots.

    Args:
        why: `soft` or `hard` (the central system asked for it), `power` (its power was off and on), `quirk`.
    """

    why: str


@frozen
class KeyChanged(Happening):
    """The charger accepted a new password over OCPP (S-30)."""


@frozen
class ProfileChanged(Happening):
    """The charger has another security profile (S-31).

    Args:
        profile: from now on.
        fallback: whether it went back, since it could not connect on the higher one.
    """

    profile: int
    fallback: bool


@frozen
class Noticed(Happening):
    """The charger noted a security event (S-35).

    Args:
        type: as the white paper names it.
        critical: whether it must be told in any case.
    """

    type: str
    critical: bool
