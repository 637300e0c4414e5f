"""What can happen to a session, and what it can order: the words between `core.session` and whoever drives it."""

import enum
from typing import Final

from attrs import field, frozen

from edge_twisted.core.policy import Dial, Plan, Refusal, Unsupported

OUTCOMES: Final = (
    "refused",
    "turned-away",
    "uplink-failed",
    "unsupported",
    "left",
    "charger-closed",
    "charger-lost",
    "charger-broke",
    "central-closed",
    "central-lost",
    "central-broke",
    "charger-silent",
    "central-silent",
    "charger-slow",
    "central-slow",
    "replaced",
    "changed",
    "stopping",
    "internal",
)
"""How a session can end."""


class Leg(enum.Enum):
    """One of the two WebSockets."""

    CHARGER = "charger"
    CENTRAL = "central"

    __hash__ = object.__hash__  # there is one of each; Enum's own is in Python, and legs are looked up all the time

    @property
    def other(self) -> "Leg":
        """The other one."""
        return Leg.CENTRAL if self is Leg.CHARGER else Leg.CHARGER


# --- what a dial comes to -------------------------------------------------------------------------------------------


@frozen
class Answered:
    """The central system answered the handshake by HTTP, without accepting it.

    Args:
        status: 100 to 599.
        wait: its Retry-After in seconds, at most 600; None where it sent none.
        location: where a redirect leads; never followed, and it may hold the identity.
    """

    status: int
    wait: float | None = None
    location: str = field(default="", repr=False)


@frozen
class Failed:
    """There was no answer.

    Args:
        kind: `dns`, `refused`, `unreachable`, `timeout`, `tls`, `reset`, `not-http` or `handshake`; `cancelled` where
            nobody waits for it any more.
        detail: what belongs to it, such as `expired`.
        number: of the alert, with the detail `alert`.
    """

    kind: str
    detail: str = ""
    number: int = 0


@frozen
class Opened:
    """A valid 101, with the subprotocol that the central system chose, if any."""

    protocol: str | None


Result = Answered | Failed | Opened


@frozen
class Tried:
    """One dial and what came of it."""

    dial: Dial
    result: Result


# --- events ---------------------------------------------------------------------------------------------------------


@frozen
class Decided:
    """What the desk says to the attempt.

    Args:
        verdict: a plan, or why there is none.
        same_secret: whether a session of this identity stands whose charger showed exactly what this one shows.
    """

    verdict: Plan | Refusal | Unsupported
    same_secret: bool = False


@frozen
class DialEnded:
    """The dial that was commanded came to a result."""

    result: Result


@frozen
class Displaced:
    """The earlier session of this identity is closed, as commanded."""


@frozen
class Allowed:
    """Whether the further dial that was asked for may be made; a refusal where its endpoint has no place for it now."""

    refusal: Refusal | None = None


@frozen
class Cleared:
    """The desk knows the opened session; or it gives a refusal after all."""

    refusal: Refusal | None = None


@frozen
class Shut:
    """A leg ended by itself.

    Args:
        leg: which.
        how: `closed` (a close frame came), `lost` (it vanished or reset), `broke` (it broke the protocol; `code` is
            what it is told), `silent` (no sign of life) or `slow` (took nothing for too long).
        code: of the close frame; None where it had none.
        reason: of the close frame, UTF-8.
    """

    leg: Leg
    how: str
    code: int | None = None
    reason: bytes = b""


@frozen
class Ordered:
    """Edge itself ends the session: `replaced`, `changed`, `stopping` or `internal`."""

    why: str


@frozen
class WasServed:
    """The central system served this session."""


Event = Decided | DialEnded | Displaced | Allowed | Cleared | Shut | Ordered | WasServed

# --- commands -------------------------------------------------------------------------------------------------------


@frozen
class Try:
    """Dial, and say what came of it within `seconds`."""

    dial: Dial
    seconds: float


@frozen
class Ask:
    """Ask the desk for a place for this further dial; it answers with `Allowed`."""

    dial: Dial


@frozen
class Displace:
    """Have the earlier session of this identity closed, then say `Displaced`."""


@frozen
class Clear:
    """Tell the desk that the uplink accepted; it answers with `Cleared`."""

    tried: tuple[Tried, ...]


@frozen
class Accept:
    """Answer the charger with 101 and relay."""

    protocol: str | None


@frozen
class AcceptAndClose:
    """Answer the charger with 101 without a subprotocol and close at once (J-11)."""


@frozen
class Refuse:
    """Answer the charger by HTTP and be rid of it."""

    refusal: Refusal


@frozen
class Close:
    """Close a leg: code and reason as they may go on the wire, None for an empty close; gone after 2 s."""

    leg: Leg
    code: int | None
    reason: bytes = b""


@frozen
class Drop:
    """End a leg's connection without a word."""

    leg: Leg


@frozen
class End:
    """The one end of this attempt.

    Args:
        outcome: one of `OUTCOMES`.
        tried: all dials with their results.
        close: the close code that ended it, 0 for none.
        opened: whether both legs stood.
        served: whether it was served.
        turned_away: whether the central system closed after the 101 before anything was served.
        unfinished: the dial for which no time or no place was left, or None.
        refusal: what the charger was answered by HTTP, or None.
    """

    outcome: str
    tried: tuple[Tried, ...] = ()
    close: int = 0
    opened: bool = False
    served: bool = False
    turned_away: bool = False
    unfinished: Dial | None = None
    refusal: Refusal | None = None


Command = Try | Ask | Displace | Clear | Accept | AcceptAndClose | Refuse | Close | Drop | End
