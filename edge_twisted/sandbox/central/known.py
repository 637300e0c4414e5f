"""What the central system knows of each charger: bounded, for anybody who reaches a port can say that he is one."""

from collections import deque
from typing import Final, Literal

from attrs import Factory, define, field, frozen

from edge_twisted.sandbox.security import Account

MESSAGES: Final = 200
"""Messages of a charger that are kept."""
KEPT: Final = 200_000
"""Characters of them that are kept."""
TEXT: Final = 16_000
"""Characters that are kept of one."""
WORD: Final = 255
"""Characters that are kept of anything else that a charger says."""
REFUSALS: Final = 10
TRANSACTIONS: Final = 50
"""Transactions of a charger that are kept, ended ones included."""
CONNECTORS: Final = 64
STRANGERS: Final = 1000
"""Identities without an account that are kept, as long as they are offline."""
ACCOUNTS: Final = 10_000


def word(text: str) -> str:
    """What is kept of a short text from outside; it can be written as UTF-8 whatever it holds."""
    return text[:WORD].encode("utf-8", "backslashreplace").decode()


@frozen
class Exchange:
    """One message, or what should have been one.

    Args:
        at: seconds since the epoch.
        by: who sent it.
        kind: what it is.
        id: of the message; empty where there is none.
        action: what was asked; of an answer, what it answers, empty if nothing.
        text: as a person may see it, and no more of it than `TEXT` characters.
        findings: what OCPP does not allow in it.
        answered_after: of an answer: seconds since its request was sent or came.
    """

    at: float
    by: Literal["charger", "central"]
    kind: Literal["call", "result", "error", "unreadable"]
    id: str
    action: str
    text: str
    findings: tuple[str, ...] = ()
    answered_after: float | None = None


@frozen
class Denied:
    """A handshake that got another answer than 101.

    Args:
        at: seconds since the epoch.
        status: of HTTP; 0: it was no HTTP.
        secure: whether it came over `wss`.
        why: as in `security.Refusal`, or the kind of the fault.
    """

    at: float
    status: int
    secure: bool
    why: str


@define(eq=False)
class Transaction:
    """A charging session, as its charger tells it.

    Args:
        id: the central system's number for it.
        connector: where; 0: the charger did not say it in a way that can be read.
        card: whose (`idTag`).
        start: seconds since the epoch, by the charger's clock where it tells it.
        meter_start: in Wh.
        meter_now: in Wh, as last told.
        stop: when it ended; None: it goes on.
        meter_stop: in Wh.
        reason: why it ended, in OCPP's words.
    """

    id: int
    connector: int
    card: str
    start: float
    meter_start: int
    meter_now: float
    stop: float | None = None
    meter_stop: int | None = None
    reason: str = ""

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.stop is None


@define(eq=False)
class Known:
    """What is known of one charger.

    Args:
        identity: as decoded from the URL.
        account: what the dashboard says of it; None: it is a stranger.
        online: whether it is connected.
        secure: whether its last connection was over `wss`.
        since: when that began, in seconds since the epoch; None: it never was connected.
        heard: when its last message came.
        protocol: the version of that connection; empty where none was named.
        agent: the `User-Agent` of that connection.
        boot: the fields of its last BootNotification.
        connectors: their status, by number; 0 is the charger as a whole.
        transactions: by number, oldest first.
        powers: what each connector last said it delivers, in W.
        messages: the last ones, oldest first.
        refusals: the last handshakes that were refused.
        findings: how many there were in its messages.
    """

    identity: str
    account: Account | None = None
    online: bool = False
    secure: bool = False
    since: float | None = None
    heard: float | None = None
    protocol: str = ""
    agent: str = ""
    boot: dict[str, str] = Factory(dict)
    connectors: dict[int, str] = Factory(dict)
    transactions: dict[int, Transaction] = Factory(dict)
    powers: dict[int, float] = Factory(dict)
    messages: deque[Exchange] = Factory(deque)
    refusals: deque[Denied] = Factory(lambda: deque(maxlen=REFUSALS))
    findings: int = 0
    _characters: int = field(default=0, init=False)

    @property
    def power(self) -> float | None:
        """What all its connectors deliver, in W; None: it never said."""
        return sum(self.powers.values()) if self.powers else None

    def note(self, exchange: Exchange) -> None:
        """Keep a message; the oldest make room."""
        self.messages.append(exchange)
        self._characters += len(exchange.text)
        if exchange.by == "charger":
            self.heard = exchange.at
            self.findings += len(exchange.findings)
        while len(self.messages) > MESSAGES or (self._characters > KEPT and len(self.messages) > 1):
            self._characters -= len(self.messages.popleft().text)


class Roll:
    """All that are known, in order of first appearance.

    Attributes:
        chargers: by identity.
    """

    def __init__(self) -> None:
        self.chargers: dict[str, Known] = {}
        self._strangers: dict[str, None] = {}

    def see(self, identity: str) -> Known:
        """The charger of an identity; a new one, if need be, for which the oldest offline stranger makes room."""
        known = self.chargers.get(identity)
        if known is None:
            known = self.chargers[identity] = Known(identity)
            self._strangers[identity] = None
            self._make_room(identity)
        return known

    def save(self, identity: str, account: Account) -> None:
        """Set a charger's account.

        Raises:
            ValueError: there are too many.
        """
        if len(self.chargers) - len(self._strangers) >= ACCOUNTS and self._is_stranger(identity):
            raise ValueError(f"There are {ACCOUNTS} chargers on the dashboard, and no more fit; remove one first.")
        self.see(identity).account = account
        self._strangers.pop(identity, None)

    def remove(self, identity: str) -> None:
        """Take a charger's account away; it is forgotten unless it is connected."""
        known = self.chargers.get(identity)
        if known is None:
            return
        known.account = None
        if known.online:
            self._strangers[identity] = None
        else:
            self._strangers.pop(identity, None)
            del self.chargers[identity]

    def _is_stranger(self, identity: str) -> bool:
        return identity not in self.chargers or identity in self._strangers

    def _make_room(self, newest: str) -> None:
        if len(self._strangers) <= STRANGERS:
            return
        for identity in self._strangers:
            if not self.chargers[identity].online and identity != newest:
                del self._strangers[identity], self.chargers[identity]
                return
