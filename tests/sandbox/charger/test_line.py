"""Tests of when a charger dials again."""

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.charger import Charger
from edge_twisted.sandbox.charger.line import AGAIN_SECONDS
from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings
from tests.sandbox.ears import Ears

CLOSED, REFUSED = h.Closed("CP1", 1006), h.Refused("CP1", 503, 60)


class WaitTests(SynchronousTestCase):
    """How long it waits, and why."""

    def line(self, **quirks: Any) -> Any:
        """The line of a charger that waits 5 s."""
        settings = ChargerSettings(Access("ws://127.0.0.1:1", "CP1"), BackOff(5.0, 0.0, 2), quirks=Quirks(**quirks))
        self.clock = Clock()
        return Charger(self.clock, settings, Ears()).line

    def test_retry_after(self) -> None:
        """A Retry-After that is longer than the charger's own wait is heeded, a shorter one is not."""
        line = self.line()
        for wait, pause in ((60.0, 60.0), (1.0, 5.0)):
            line.over(REFUSED, wait)
            [call] = self.clock.getDelayedCalls()
            self.assertEqual((call.getTime(), line.next_attempt), (pause, pause))

    def test_slow(self) -> None:
        """Q29: minutes after a drop, always the same seconds after a refusal, and else as usual."""
        line = self.line(redial_after_drop=720.0, redial_after_refusal=10.0)
        line.attempt = 3
        pauses = [line.pause_after(one, 0.0) for one in (CLOSED, REFUSED, h.Failed("CP1", "dns"))]
        self.assertEqual(pauses, [720.0, 10.0, 20.0])

    def test_never(self) -> None:
        """Q30: a charger that lost its connection never comes back; one that had none tries on."""
        line = self.line(never_reconnects=True)
        line.over(CLOSED, 0.0)
        self.assertEqual((self.clock.getDelayedCalls(), line.next_attempt), ([], None))
        line.over(REFUSED, 0.0)
        self.assertEqual(line.next_attempt, 5.0)

    def test_own_will(self) -> None:
        """What a charger ends itself it begins again at once, whatever its quirks; once."""
        line = self.line(redial_after_drop=720.0)
        line.redial()
        self.assertEqual(line.next_attempt, AGAIN_SECONDS)
        self.assertEqual(line.pause_after(CLOSED, 0.0), AGAIN_SECONDS)
        self.assertEqual(line.pause_after(CLOSED, 0.0), 720.0)

    def test_stopped(self) -> None:
        """After power-off nothing begins."""
        line = self.line()
        line.stop()
        line.redial()
        line.begin()
        self.assertEqual((line.dial, self.clock.getDelayedCalls()), (None, []))
