"""How a charger finds out that its connection is dead, and what it does with one that is not."""

from collections.abc import Callable
from typing import Final

from twisted.internet.interfaces import IDelayedCall, IReactorTime

from edge_twisted.sandbox.charger.quirks import Quirks

PING: Final = b"charger"


class Liveness:
    """The timers of one open connection.

    Args:
        clock: for them.
        quirks: how the charger deviates.
        ping: sends a ping with this payload.
        close: closes the connection.
        cut: cuts it off.

    Attributes:
        heard: when the last octet came, in the clock's seconds.
    """

    def __init__(
        self,
        clock: IReactorTime,
        quirks: Quirks,
        ping: Callable[[bytes], None],
        close: Callable[[], None],
        cut: Callable[[], None],
    ) -> None:
        self.heard = clock.seconds()
        self._clock = clock
        self._quirks = quirks
        self._ping = ping
        self._close = close
        self._cut = cut
        self._every = 0.0
        self._pinged: float | None = None
        self._pinging: IDelayedCall | None = None
        self._silence: IDelayedCall | None = None
        self._flap: IDelayedCall | None = None
        if quirks.closes_after_silence:
            self._silence = clock.callLater(quirks.closes_after_silence, self._look)
        if quirks.flaps_every:
            self._flap = clock.callLater(quirks.flaps_every, self._flapped)

    def set_interval(self, seconds: float) -> None:
        """Send own pings so often from now on.

        Args:
            seconds: 0: none.
        """
        if seconds == self._every:
            return
        self._every = seconds
        _stop(self._pinging)
        self._pinged = None
        self._pinging = self._clock.callLater(seconds, self._send_ping) if seconds else None

    def asked(self) -> None:
        """A request came: it shortens what is left of a connection that flaps (Q31)."""
        if self._flap is not None and self._flap.active():
            self._flap.reset(max(0.0, self._flap.getTime() - self._clock.seconds()) / 2)

    def stop(self) -> None:
        """The connection is gone."""
        for timer in (self._pinging, self._silence, self._flap):
            _stop(timer)
        self._every = 0.0

    def _send_ping(self) -> None:
        if self._pinged is not None and self.heard < self._pinged:
            self._cut()
            return
        self._pinged = self._clock.seconds()
        self._pinging = self._clock.callLater(self._every, self._send_ping)
        self._ping(PING)

    def _look(self) -> None:
        left = self.heard + self._quirks.closes_after_silence - self._clock.seconds()
        if left > 0:
            self._silence = self._clock.callLater(left, self._look)
        else:
            self._close()

    def _flapped(self) -> None:
        self._close()


def _stop(timer: IDelayedCall | None) -> None:
    if timer is not None and timer.active():
        timer.cancel()
