"""What a charger is, and what is entered in it: values, and nothing that runs."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from attrs import Factory, field, frozen

from edge_twisted.sandbox.charger.bounds import at_least, not_empty
from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.security import Credentials
from edge_twisted.sandbox.tls import MODERN, NOBODY, Tls, Trust

LONGEST_WAIT: Final = 86_400.0
"""The most seconds that any wait of a charger's can be set to."""
CONNECTORS: Final = 16
"""Connectors that a charger has at most."""


@frozen
class Access:
    """What is entered in a charger so that it can connect.

    Args:
        endpoint: `ws://` or `wss://`, host, port, and a path if any; without the identity.
        identity: its OCPP communication id, not encoded.
        trust: whom it believes over wss.
        credentials: for Basic authentication.
        protocols: the OCPP versions that it offers.
        source: the local address that it comes from; empty for any.
        tls: which TLS it speaks.
        secure_endpoint: where it goes over wss when its security profile is raised (S-31); empty: the same host over
            wss.
    """

    endpoint: str
    identity: str = field(validator=not_empty)
    trust: Trust = NOBODY
    credentials: Credentials | None = None
    protocols: tuple[str, ...] = ("ocpp1.6",)
    source: str = ""
    tls: Tls = MODERN
    secure_endpoint: str = ""

    @property
    def url(self) -> str:
        """The endpoint with the identity (J-01)."""
        return f"{self.endpoint.rstrip('/')}/{quote(self.identity, safe='')}"

    @property
    def secure(self) -> bool:
        """Whether it goes over wss."""
        return self.endpoint.lower().startswith("wss:")


@frozen
class BackOff:
    """How long a charger waits before it connects again (J-45). All in seconds.

    Args:
        least: after the first failure.
        spread: what is added at most, at random.
        doublings: how often the wait doubles.
    """

    least: float = field(default=2.0, validator=at_least(0, LONGEST_WAIT))
    spread: float = field(default=1.0, validator=at_least(0, LONGEST_WAIT))
    doublings: int = field(default=4, validator=at_least(0, 30))

    def wait(self, attempt: int, drawn: float) -> float:
        """The wait after an attempt.

        Args:
            attempt: 1 for the first since the charger was last connected.
            drawn: a number from 0 to 1.

        Returns:
            Seconds.
        """
        doubled: float = self.least * 2 ** min(attempt - 1, self.doublings)
        return min(doubled + self.spread * drawn, LONGEST_WAIT)


@frozen
class Ping:
    """How a charger finds out that its connection is dead. All in seconds.

    Args:
        every: between two pings of its own (`WebSocketPingInterval`, J-40); 0: it sends none. Without a pong until the
            next one is due it cuts the connection.
        answers: whether it answers pings.
    """

    every: float = field(default=0.0, validator=at_least(0, LONGEST_WAIT))
    answers: bool = True


@frozen
class Transactions:
    """How a charger keeps what belongs to a transaction (J-50, J-51).

    Args:
        attempts: how often a message may fail until it is given up (`TransactionMessageAttempts`).
        retry_seconds: the wait after the first failure; twice that after the second, and so on
            (`TransactionMessageRetryInterval`).
        answer_seconds: how long an answer may take; for all messages.
        capacity: messages that are kept at most.
    """

    attempts: int = field(default=3, validator=at_least(1, 1000))
    retry_seconds: float = field(default=60.0, validator=at_least(0, LONGEST_WAIT))
    answer_seconds: float = field(default=30.0, validator=at_least(0.01, LONGEST_WAIT))
    capacity: int = field(default=500, validator=at_least(1, 10_000))


@frozen
class Model:
    """What a charger says that it is."""

    vendor: str = "Sandbox"
    name: str = "Simulated charger"
    firmware: str = "1.0.0"
    serial: str = ""


@frozen
class Plan:
    """When a car comes, and how long it charges. All in seconds.

    Args:
        first: from the boot to the first car.
        length: of a charging session.
        sample: between two meter values.
        pause: from one car to the next.
        card: the driver's card (`idTag`).
        amperes: what the car takes of each of the three phases when it takes most.
        register: what the meter shows before the first car, in Wh.
    """

    first: float = field(default=5.0, validator=at_least(0, LONGEST_WAIT))
    length: float = field(default=60.0, validator=at_least(0.01, LONGEST_WAIT))
    sample: float = field(default=10.0, validator=at_least(0.01, LONGEST_WAIT))
    pause: float = field(default=60.0, validator=at_least(0.01, LONGEST_WAIT))
    card: str = field(default="04A2B3C4D5E680", validator=not_empty)
    amperes: float = field(default=16.0, validator=at_least(0, 1000))
    register: float = field(default=1_200_000.0, validator=at_least(0, 1e12))


@frozen
class ChargerSettings:
    """What a charger is.

    Args:
        access: what was entered in it to connect.
        back_off: how it comes back.
        model: what it says that it is.
        plan: when it charges; None: only by hand and when the central system asks for it.
        connectors: how many it has.
        ping: how it finds a dead connection.
        transactions: how it keeps what belongs to a transaction.
        security_profile: the white paper's; None: what its access amounts to.
        clock_error: seconds by which its clock is ahead, or behind where negative; it is never set right.
        white_paper: whether it knows the security white paper's messages.
        keys: configuration keys that differ from the usual ones at its first power-on, by name.
        quirks: how it deviates from the standards.
    """

    access: Access
    back_off: BackOff = BackOff()
    model: Model = Model()
    plan: Plan | None = Plan()
    connectors: int = field(default=1, validator=at_least(1, CONNECTORS))
    ping: Ping = Ping()
    transactions: Transactions = Transactions()
    security_profile: int | None = None
    clock_error: float = 0.0
    white_paper: bool = True
    keys: Mapping[str, str] = Factory(dict)
    quirks: Quirks = Quirks()

    @property
    def profile(self) -> int:
        """The security profile to begin with: 0 to 3."""
        if self.security_profile is not None:
            return self.security_profile
        return 0 if self.access.credentials is None else 2 if self.access.secure else 1
