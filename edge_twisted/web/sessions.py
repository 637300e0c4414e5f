"""Sessions of people who logged in: in memory, bounded, known by a hash of their cookie, and over at their time."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Final

from attrs import define, field

from edge_twisted.core.redaction import clean

IDLE_SECONDS: Final = 30 * 60.0
"""After which a session ends in which nobody asks anything."""
WHOLE_SECONDS: Final = 12 * 3600.0
"""After which any session ends, but that of a screen."""
SCREEN_SECONDS: Final = 30 * 86400.0
"""After which a session ends that may stay as long as somebody looks at a live page with it: a screen on a wall."""
SESSIONS: Final = 1000
"""Sessions at once; beyond, the one that was idle for longest ends."""
OF_ONE: Final = 20
"""Sessions of one account at once."""
AGENT_CHARACTERS: Final = 120


@define(eq=False)
class Ends:
    """Tells those who answer without end when who asked may no longer hear it."""

    _waiting: dict[str, set[Callable[[], None]]] = field(init=False, factory=dict)

    def watch(self, key: str, ended: Callable[[], None]) -> Callable[[], None]:
        """Wait for the end of a session or a token.

        Args:
            key: which.
            ended: called once.

        Returns:
            A function that waits no more.
        """
        self._waiting.setdefault(key, set()).add(ended)

        def forget() -> None:
            waiting = self._waiting.get(key, set())
            waiting.discard(ended)
            if not waiting:
                self._waiting.pop(key, None)

        return forget

    def ended(self, key: str) -> None:
        """It is over."""
        for tell in self._waiting.pop(key, set()):
            tell()


@define(eq=False)
class Session:
    """One session.

    Args:
        id: names it; no secret.
        account: the key of the account.
        digest: SHA-256 of the cookie.
        cross_site_token: what every change must show besides.
        began, used: seconds that never jump.
        created, seen: seconds since the epoch.
        address, agent: from where it was opened, and with which browser, as that says.
        screen: whether it may be that of a screen on a wall, which nobody touches for days.
        new_factor: a second factor that waits for its first code.
        watched: live pages that are open with it.
    """

    id: str
    account: str
    digest: bytes = field(repr=False)
    cross_site_token: str = field(repr=False)
    began: float
    used: float
    created: float
    seen: float
    address: str
    agent: str
    screen: bool = False
    new_factor: str = field(default="", repr=False)
    watched: int = field(init=False, default=0)

    @property
    def whole(self) -> float:
        """How long it lasts at most, in seconds."""
        return SCREEN_SECONDS if self.screen else WHOLE_SECONDS

    @property
    def stays(self) -> bool:
        """Whether it is used without being asked anything."""
        return self.screen and self.watched > 0

    @property
    def ends(self) -> float:
        """When it ends at the latest, in seconds since the epoch."""
        return self.created + self.whole

    @property
    def key(self) -> str:
        """Under which `Ends` knows it."""
        return f"session:{self.id}"


@define(eq=False)
class Sessions:
    """All of them.

    Args:
        clock: seconds that never jump.
        time: seconds since the epoch.
        ends: told of those that end.
    """

    clock: Callable[[], float]
    time: Callable[[], float]
    ends: Ends = field(factory=Ends)
    _sessions: dict[bytes, Session] = field(init=False, factory=dict, repr=False)  # the longest unused first

    def __len__(self) -> int:
        return len(self._sessions)

    def begin(self, account: str, address: str, agent: str, *, screen: bool = False) -> tuple[str, Session]:
        """Open a session.

        Args:
            account: the key of who logged in.
            address: from where.
            agent: what the browser calls itself.
            screen: as for `Session`.

        Returns:
            (what goes into the cookie: 256 random bits, the session).
        """
        cookie, now, at = secrets.token_urlsafe(32), self.clock(), self.time()
        session = Session(
            secrets.token_hex(6),
            account,
            _digest(cookie),
            secrets.token_urlsafe(32),
            now,
            now,
            at,
            at,
            address,
            clean(agent, AGENT_CHARACTERS),
            screen,
        )
        own = self.of(account)
        if len(own) >= OF_ONE:
            self.end(_spared(own))
        elif len(self._sessions) >= SESSIONS:
            self.end(_spared(list(self._sessions.values())))
        self._sessions[session.digest] = session
        return cookie, session

    def find(self, cookie: str) -> Session | None:
        """The session of a cookie, which is used by that; None where there is none, or no longer."""
        session = self._sessions.get(_digest(cookie))
        if session is None:
            return None
        if self._is_over(session):
            self.end(session)
            return None
        session.used, session.seen = self.clock(), self.time()
        self._sessions[session.digest] = self._sessions.pop(session.digest)
        return session

    def watch(self, session: Session) -> Callable[[], None]:
        """A live page is open with a session.

        Returns:
            A function that tells that it no longer is: from then on the session is idle; to be called once.
        """
        session.watched += 1

        def gone() -> None:
            session.watched -= 1
            if session.screen:
                session.used, session.seen = self.clock(), self.time()

        return gone

    def of(self, account: str) -> list[Session]:
        """The sessions of an account, the longest unused first."""
        return [session for session in self._sessions.values() if session.account == account]

    def end(self, session: Session) -> None:
        """End a session; one that is over already may be ended again."""
        self._sessions.pop(session.digest, None)
        self.ends.ended(session.key)

    def end_all(self, account: str) -> None:
        """End every session of an account."""
        for session in self.of(account):
            self.end(session)

    def sweep(self) -> None:
        """End those whose time is over; to be called now and then."""
        for session in [one for one in self._sessions.values() if self._is_over(one)]:
            self.end(session)

    def _is_over(self, session: Session) -> bool:
        now = self.clock()
        idle = not session.stays and now - session.used >= IDLE_SECONDS
        return idle or now - session.began >= session.whole


def _spared(sessions: list[Session]) -> Session:
    """Which one makes room: the longest unused, but a screen that somebody looks at only where there is no other."""
    return next((session for session in sessions if not session.stays), sessions[0])


def _digest(cookie: str) -> bytes:
    return hashlib.sha256(cookie.encode("utf-8", "replace")).digest()
