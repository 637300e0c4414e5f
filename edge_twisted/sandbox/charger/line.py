"""A charger's line to the central system: it dials, waits, and dials again (J-45)."""

from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.dial import Dial
from edge_twisted.sandbox.charger.leg import ChargerLeg
from edge_twisted.sandbox.charger.settings import Access, ChargerSettings

ORPHANS: Final = 4
"""Connections that are left open at most (Q11)."""
AGAIN_SECONDS: Final = 0.05
"""Until a charger dials again that ended its connection itself."""


class User(Protocol):
    """Whose line it is: the charger."""

    @property
    def settings(self) -> ChargerSettings:
        """What the charger is."""

    @property
    def access(self) -> Access:
        """What the next attempt connects with."""

    @property
    def clock_error(self) -> float:
        """Seconds that the charger's clock is ahead."""

    def opened(self, leg: ChargerLeg) -> None:
        """Hear of the 101."""

    def received(self, payload: bytes, binary: bool) -> None:
        """Take a message."""

    def closed(self, happening: h.Happening) -> None:
        """Hear what an attempt, or the connection that came of it, came to."""


class Nobody:
    """Owns a connection that a charger has left open and forgotten (Q11)."""

    def __init__(self, orphans: deque[Dial]) -> None:
        self._orphans = orphans
        self.dial: Dial | None = None

    def opened(self, leg: ChargerLeg) -> None:
        """Hear of nothing."""

    def received(self, payload: bytes, binary: bool) -> None:
        """Take nothing."""

    def over(self, happening: h.Happening, wait: float) -> None:
        """Be forgotten for good."""
        if self.dial is not None and self.dial in self._orphans:
            self._orphans.remove(self.dial)


class Line:
    """The line.

    Args:
        reactor: for sockets and time.
        user: the charger.
        tell: hears what happens.
        draw: a number from 0 to 1.

    Attributes:
        attempt: the number of the present attempt; 0 while it is connected.
        dial: the present attempt, or the connection that came of it.
    """

    def __init__(
        self, reactor: Any, user: User, tell: Callable[[h.Happening], None], draw: Callable[[], float]
    ) -> None:
        self.attempt = 0
        self.dial: Dial | None = None
        self._reactor = reactor
        self._user = user
        self._tell = tell
        self._draw = draw
        self._numbers = 0
        self._waiting: IDelayedCall | None = None
        self._stopped: Deferred[None] | None = None
        self._soon: float | None = None
        self._orphans: deque[Dial] = deque()

    @property
    def leg(self) -> ChargerLeg | None:
        """The connection, if there is an open one."""
        leg = self.dial.leg if self.dial is not None else None
        return leg if leg is not None and leg.opened else None

    @property
    def next_attempt(self) -> float | None:
        """Seconds until the next attempt; None: none is waited for."""
        if self._waiting is None or not self._waiting.active():
            return None
        left: float = self._waiting.getTime() - self._reactor.seconds()
        return max(0.0, left)

    def begin(self) -> None:
        """Connect now."""
        if self._waiting is not None and self._waiting.active():
            self._waiting.cancel()
        self._waiting = None
        if self.dial is not None or self._stopped is not None:
            return
        self.attempt += 1
        self._numbers += 1
        user, access = self._user, self._user.access
        settings = user.settings
        self._tell(h.Dialling(access.identity, access.endpoint, self.attempt))
        self.dial = Dial(
            self._reactor,
            access,
            settings.model.name,
            self,
            settings.quirks,
            settings.ping.answers,
            user.clock_error,
            self._numbers,
        )
        self.dial.begin()

    def redial(self, seconds: float = AGAIN_SECONDS, *, abrupt: bool = False) -> None:
        """End what there is, and connect anew.

        Args:
            seconds: how soon.
            abrupt: cut the connection instead of closing it.
        """
        self._soon, self.attempt = seconds, 0
        if self.dial is None:
            self._wait(seconds)
        elif self._user.settings.quirks.keeps_old_socket:
            self._abandon()
        elif abrupt:
            self.dial.cut()
        else:
            self.dial.leave()

    def cut(self) -> None:
        """The connection seems to be dead: end it."""
        if self.dial is not None and self._user.settings.quirks.keeps_old_socket and self.leg is not None:
            self._abandon()
        elif self.dial is not None:
            self.dial.cut()

    def stop(self) -> Deferred[None]:
        """Power off; done when the connection is gone, within `quiet.LINGER` seconds."""
        if self._waiting is not None and self._waiting.active():
            self._waiting.cancel()
        for dial in list(self._orphans):
            dial.cut()
        if self._stopped is None:
            self._stopped = Deferred() if self.dial is not None else succeed(None)
            if self.dial is not None:
                self.dial.leave()
        return self._stopped

    # --- what a dial tells -------------------------------------------------------------------------------------------

    def opened(self, leg: ChargerLeg) -> None:
        """The 101 came."""
        self.attempt = 0
        self._user.opened(leg)

    def received(self, payload: bytes, binary: bool) -> None:
        """A message came."""
        self._user.received(payload, binary)

    def over(self, happening: h.Happening, wait: float) -> None:
        """The dial or its connection is over; the next one follows.

        Args:
            happening: what came of it.
            wait: seconds that the other side asked for, at least.
        """
        self.dial = None
        self._tell(happening)
        self._user.closed(happening)
        if self._stopped is not None:
            if not self._stopped.called:
                self._stopped.callback(None)
            return
        pause = self.pause_after(happening, wait)
        if pause is not None:
            self._wait(pause)

    def pause_after(self, happening: h.Happening, wait: float) -> float | None:
        """How long to wait before the next attempt.

        Args:
            happening, wait: as for `over`.

        Returns:
            Seconds; None: for ever (Q30).
        """
        quirks, soon = self._user.settings.quirks, self._soon
        self._soon = None
        if soon is not None:
            return soon
        if isinstance(happening, h.Closed):
            if quirks.never_reconnects:
                return None
            if quirks.redial_after_drop:
                return quirks.redial_after_drop
        if isinstance(happening, h.Refused) and quirks.redial_after_refusal:
            return quirks.redial_after_refusal
        return max(wait, self._user.settings.back_off.wait(max(1, self.attempt), self._draw()))

    def _wait(self, seconds: float) -> None:
        if self._waiting is not None and self._waiting.active():
            self._waiting.cancel()
        if self._stopped is None:
            self._waiting = self._reactor.callLater(seconds, self.begin)

    def _abandon(self) -> None:
        """Leave the connection open, as if it were gone (Q11)."""
        dial = self.dial
        assert dial is not None
        nobody = Nobody(self._orphans)
        nobody.dial, dial.owner, dial.pongs = dial, nobody, False
        if dial.leg is not None and dial.leg.live is not None:
            dial.leg.live.stop()
        self._orphans.append(dial)
        if len(self._orphans) > ORPHANS:
            self._orphans[0].cut()
        self.over(h.Closed(dial.access.identity, 1006), 0.0)
