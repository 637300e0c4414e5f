"""Many chargers: powered on one after the other, and off together."""

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IDelayedCall

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.charger import DRAW, Charger
from edge_twisted.sandbox.charger.settings import ChargerSettings
from edge_twisted.sandbox.ledger import Ledger


class Fleet:
    """All chargers of a scenario.

    Args:
        reactor: for sockets and time.
        tell: hears what happens; must not raise.
        ledger: where their messages are written; None: nowhere.
        clock: seconds since the epoch.
        draw: a number from 0 to 1.

    Attributes:
        chargers: by identity, in the order in which they were added.
    """

    def __init__(
        self,
        reactor: Any,
        tell: Callable[[h.Happening], None],
        ledger: Ledger | None = None,
        clock: Callable[[], float] = time.time,
        draw: Callable[[], float] = DRAW,
    ) -> None:
        self.chargers: dict[str, Charger] = {}
        self._reactor = reactor
        self._tell = tell
        self._ledger = ledger
        self._clock = clock
        self._draw = draw
        self._waiting: list[IDelayedCall] = []
        self._stopped: Deferred[Any] | None = None

    def add(self, *settings: ChargerSettings) -> None:
        """Add chargers; they are off until `start`.

        Args:
            settings: what they are.

        Raises:
            ValueError: there is one with the same identity.
        """
        for one in settings:
            if one.access.identity in self.chargers:
                raise ValueError(f"two chargers have the identity {one.access.identity}")
            charger = Charger(self._reactor, one, self._tell, self._clock, self._draw, self._ledger)
            self.chargers[charger.identity] = charger

    def start(self, spread: float = 0.0) -> None:
        """Power all on.

        Args:
            spread: seconds from the first to the last.
        """
        for number, charger in enumerate(self.chargers.values()):
            delay = spread * number / max(1, len(self.chargers) - 1)
            self._waiting.append(self._reactor.callLater(delay, charger.start))

    def stop(self) -> Deferred[Any]:
        """Power all off; done when all connections are gone."""
        for waiting in self._waiting:
            if waiting.active():
                waiting.cancel()
        self._waiting.clear()
        if self._stopped is None:
            self._stopped = DeferredList([charger.stop() for charger in self.chargers.values()])
        return self._stopped
