"""The faults of an open connection that begin after a while: close, reset, stop reading."""

from collections.abc import Callable
from typing import Any, Final

from twisted.internet.interfaces import IDelayedCall

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.faults import Fault
from edge_twisted.sandbox.central.shared import Leg, Shared

TIMED: Final = ("close", "reset", "stop-reading")
AT_ONCE: Final = 0.1
"""Seconds that a reset waits at least, so that the 101 is out before."""


class Misbehaving:
    """What goes wrong on one connection.

    Args:
        shared: what all connections have in common.
        leg: the connection.
    """

    def __init__(self, shared: Shared, leg: Leg) -> None:
        self._shared = shared
        self._leg = leg
        self._timers: dict[str, IDelayedCall] = {}
        self._paused = False

    def begin(self) -> None:
        """The connection is open."""
        for kind in TIMED:
            self.changed(kind)

    def changed(self, kind: str) -> None:
        """A fault of this kind began, changed or ended; one that begins takes hold of open connections, too."""
        if kind not in TIMED:
            return
        self._stop(kind)
        fault = self._shared.faults.find([kind], self._leg.identity)
        if fault is not None:
            seconds = max(fault.seconds, AT_ONCE) if kind == "reset" else fault.seconds
            if seconds:
                self.after(kind, seconds, lambda: self._do(fault))
            else:
                self._do(fault)
        elif kind == "stop-reading" and self._paused:
            self._paused = False
            self._leg.transport.resumeProducing()

    def after(self, kind: str, seconds: float, do: Callable[[], Any]) -> None:
        """Do something later, unless the connection is gone by then.

        Args:
            kind: of the fault.
            seconds: until then.
            do: what.
        """

        def now() -> None:
            self._timers.pop(kind, None)
            do()

        self._stop(kind)
        self._timers[kind] = self._shared.reactor.callLater(seconds, now)

    def end(self) -> None:
        """The connection is gone."""
        for kind in tuple(self._timers):
            self._stop(kind)

    def _do(self, fault: Fault) -> None:
        self._shared.tell(h.Misbehaved(self._leg.identity, fault.kind))
        match fault.kind:
            case "close":
                self._leg.leave(fault.code, fault.reason)
            case "reset":
                self._leg.transport.abortConnection()
            case "stop-reading":
                self._paused = True
                self._leg.transport.pauseProducing()

    def _stop(self, kind: str) -> None:
        timer = self._timers.pop(kind, None)
        if timer is not None and timer.active():
            timer.cancel()
