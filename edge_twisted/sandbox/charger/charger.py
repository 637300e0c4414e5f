"""A simulated charger: it connects, says what chargers say, and comes back when it is cut off."""

import time
from collections.abc import Callable
from random import SystemRandom
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.dial import Access, ChargerLeg, Dial
from edge_twisted.sandbox.charger.dialogue import Dialogue
from edge_twisted.sandbox.charger.routine import Model, Plan, Routine

DRAW: Final = SystemRandom().random


@frozen
class BackOff:
    """How long a charger waits before it connects again (J-45). All in seconds.

    Args:
        least: after the first failure.
        spread: what is added at most, at random.
        doublings: how often the wait doubles.
    """

    least: float = 2.0
    spread: float = 1.0
    doublings: int = 4

    def wait(self, attempt: int, drawn: float) -> float:
        """The wait after an attempt.

        Args:
            attempt: 1 for the first since the charger was last connected.
            drawn: a number from 0 to 1.

        Returns:
            Seconds.
        """
        doubled: float = self.least * 2 ** min(attempt - 1, self.doublings)
        return doubled + self.spread * drawn


@frozen
class ChargerSettings:
    """What a charger is.

    Args:
        access: what was entered in it to connect.
        back_off: how it comes back.
        model: what it says that it is.
        plan: when it charges; None: never.
    """

    access: Access
    back_off: BackOff = BackOff()
    model: Model = Model()
    plan: Plan | None = Plan()


class Charger:
    """A charger from power-on (`start`) to power-off (`stop`).

    Args:
        reactor: for sockets and time.
        settings: what it is.
        tell: hears what happens; must not raise.
        clock: seconds since the epoch.
        draw: a number from 0 to 1.
    """

    def __init__(
        self,
        reactor: Any,
        settings: ChargerSettings,
        tell: Callable[[h.Happening], None],
        clock: Callable[[], float] = time.time,
        draw: Callable[[], float] = DRAW,
    ) -> None:
        self._reactor = reactor
        self._settings = settings
        self._identity = settings.access.identity
        self._tell = tell
        self._draw = draw
        self._attempt = 0
        self._dial: Dial | None = None
        self._waiting: IDelayedCall | None = None
        self._stopped: Deferred[None] | None = None
        self._dialogue = Dialogue(reactor, self._silent)
        self._routine = Routine(
            self._identity, reactor, self._dialogue, tell, clock, draw, settings.model, settings.plan
        )

    def start(self) -> None:
        """Power on: connect, now and again."""
        self._waiting = None
        self._attempt += 1
        self._tell(h.Dialling(self._identity, self._settings.access.endpoint, self._attempt))
        self._dial = Dial(self._reactor, self._settings.access, self._settings.model.name, self)
        self._dial.begin()

    def stop(self) -> Deferred[None]:
        """Power off; done when the connection is gone, within `quiet.LINGER` seconds."""
        self._routine.stop()
        if self._waiting is not None and self._waiting.active():
            self._waiting.cancel()
        if self._stopped is None:
            self._stopped = Deferred() if self._dial is not None else succeed(None)
            if self._dial is not None:
                self._dial.leave()
        return self._stopped

    # --- what a dial tells -------------------------------------------------------------------------------------------

    def opened(self, leg: ChargerLeg) -> None:
        """The 101 came."""
        self._attempt = 0
        self._tell(h.Connected(self._identity, leg.websocket_protocol_in_use or ""))
        self._dialogue.attach(leg.say)
        self._routine.connected()

    def received(self, payload: bytes) -> None:
        """A message came."""
        self._dialogue.received(payload)

    def over(self, happening: h.Happening, wait: float) -> None:
        """The dial or its connection is over; the next one follows.

        Args:
            happening: what came of it.
            wait: seconds that the other side asked for, at least.
        """
        self._dial = None
        self._dialogue.detach()
        self._tell(happening)
        if self._stopped is not None:
            if not self._stopped.called:
                self._stopped.callback(None)
            return
        pause = max(wait, self._settings.back_off.wait(max(1, self._attempt), self._draw()))
        self._waiting = self._reactor.callLater(pause, self.start)

    def _silent(self) -> None:
        if self._dial is not None:
            self._dial.cut()
