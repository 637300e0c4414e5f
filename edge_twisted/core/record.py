"""What is remembered of a charger: one frozen value, sealed as a whole by the store.

A charger is remembered once it was served or approved (design section 4). Times are seconds since the epoch;
0 means never.
"""

from functools import lru_cache
from string import hexdigits
from typing import Final

from attrs import evolve, field, frozen

from edge_twisted.core.credentials import Credentials
from edge_twisted.core.endpoint import Endpoint, Trust

PLACES: Final = 8
"""How many addresses are remembered per charger."""


@frozen
class Place:
    """An address at which a charger was served, and for how long in all, in seconds."""

    address: str
    seconds: float = 0.0


@frozen
class Detected:
    """A password that the charger showed and the central system served: X in the design's tables."""

    credentials: Credentials
    at: float
    address: str


@frozen
class Entered:
    """A secret that a maintainer entered: S in the design's tables. Used at its origin only.

    Args:
        credentials: what is shown to the central system.
        scheme, host, port: the origin.
        at: when it was entered.
        digits: the password's hexadecimal digits as they were entered, while nobody knows whether the central system
            wants their bytes, as `credentials` has them, or the digits themselves (S-06, S-07); else nothing.
    """

    credentials: Credentials
    scheme: str
    host: str
    port: int
    at: float
    digits: str = field(default="", repr=False)

    @property
    def other_reading(self) -> Credentials | None:
        """The same with the digits themselves as password, while that may be meant."""
        return Credentials(self.credentials.user, self.digits.encode("ascii")) if self.digits else None

    @property
    def origin(self) -> tuple[str, str, int]:
        """(scheme, host, port), as `Endpoint.origin`."""
        return (self.scheme, self.host, self.port)


@frozen
class Window:
    """Until when, and from which address, the charger's next password is taken as its own."""

    until: float
    address: str


@frozen
class Binding:
    """From where a charger may connect without a password: its MAC on the box's own segment, else its address."""

    mac: str
    address: str

    def holds(self, address: str, mac: str) -> bool:
        """Whether a connection comes from there."""
        return mac == self.mac if self.mac else address == self.address


@frozen
class KeyChange:
    """An `AuthorizationKey` that the central system set and that has not proved itself: K in the design's tables.

    Args:
        text: the value as it stood in the ChangeConfiguration, usually hexadecimal digits.
        at: when it was set.
        first: whether it is dialled before the earlier secret; false once the earlier one was served again.
    """

    text: str = field(repr=False)
    at: float
    first: bool = True

    @property
    def password(self) -> bytes:
        """The bytes that belong on the wire: of the hexadecimal digits, else of the text (S-06, S-07)."""
        if len(self.text) % 2 == 0 and self.text.isascii() and not self.text.strip(hexdigits):
            return bytes.fromhex(self.text)
        return self.text.encode("utf-8", "surrogatepass")


@frozen
class Record:
    """Everything that is remembered of one charger.

    Args:
        identity: the decoded identity.
        id: its opaque name in logs, URLs and the store.
        approved: whether a maintainer let it in (`admission.mode = "approve"`).
        blocked: whether a maintainer shut it out.
        wss_only: whether a maintainer demands `wss` on its own leg.
        endpoint: set by hand, or None.
        trust: set by hand, or None.
        entered: S, or None.
        own: the charger's own secret where it differs from S, or None.
        earlier: the own secret before the present one: refused, with an alarm; or None.
        own_next: the window in which its next password becomes its own secret, or None.
        no_password: the permission to connect without a password, or None.
        detected: X, or None.
        pending: K, or None.
        shown: what it showed when last served, or None.
        wss_detected_at: when `uplink.wss` first served it.
        leg_secure: whether its own leg was `wss` when last served; None before.
        first_served, last_served: when.
        last_address, last_mac: from where, when last served.
        last_host: by which name or address it called this box then: its `Host`, or nothing.
        attempt_address: from where it last tried.
        places: addresses where it was served, longest first.
        security_profile: the highest `SecurityProfile` it accepted.
        profile_kept: whether it was served over `wss` after accepting a profile of 2 or more (A05.FR.09).
    """

    identity: bytes = field(repr=False)
    id: str
    approved: bool = False
    blocked: bool = False
    wss_only: bool = False
    endpoint: Endpoint | None = None
    trust: Trust | None = None
    entered: Entered | None = None
    own: Credentials | None = None
    earlier: Credentials | None = None
    own_next: Window | None = None
    no_password: Binding | None = None
    detected: Detected | None = None
    pending: KeyChange | None = None
    shown: Credentials | None = None
    wss_detected_at: float = 0.0
    leg_secure: bool | None = None
    first_served: float = 0.0
    last_served: float = 0.0
    last_address: str = ""
    last_mac: str = ""
    last_host: str = ""
    attempt_address: str = ""
    places: tuple[Place, ...] = ()
    security_profile: int = 0
    profile_kept: bool = False

    @property
    def was_served(self) -> bool:
        """Whether the central system ever served it."""
        return self.first_served > 0

    @property
    def usual_address(self) -> str:
        """The address where it was served longest, or nothing."""
        return self.places[0].address if self.places else ""


def stayed(record: Record, address: str, seconds: float) -> Record:
    """Add time served at an address.

    Args:
        record: the charger.
        address: where it was.
        seconds: how long.

    Returns:
        The record with its places, longest first, at most `PLACES`; the newest is kept even if it is the shortest.
    """
    if not seconds and any(place.address == address for place in record.places):
        return record
    times = {place.address: place.seconds for place in record.places}
    times[address] = times.get(address, 0.0) + seconds
    ordered = sorted((Place(a, s) for a, s in times.items()), key=lambda p: -p.seconds)
    if address in (place.address for place in ordered[PLACES:]):
        ordered[PLACES - 1] = Place(address, times[address])
    return evolve(record, places=tuple(ordered[:PLACES]))


@lru_cache(maxsize=8192)
def folded(identity: bytes) -> str:
    """An identity without regard to letter case: how block, clash and approval compare (design section 4)."""
    return identity.decode("utf-8", "surrogateescape").casefold()
