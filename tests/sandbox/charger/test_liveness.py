"""Tests of how a charger finds out that its connection is dead."""

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.charger.liveness import Liveness
from edge_twisted.sandbox.charger.quirks import Quirks


class LivenessTests(SynchronousTestCase):
    """The timers of a connection."""

    def live(self, **quirks: Any) -> Liveness:
        """Open a connection."""
        self.clock = Clock()
        self.did: list[str] = []
        return Liveness(
            self.clock,
            Quirks(**quirks),
            lambda payload: self.did.append("ping"),
            lambda: self.did.append("close"),
            lambda: self.did.append("cut"),
        )

    def test_pings(self) -> None:
        """J-40, Q27: own pings so often, as long as something comes; then the connection is cut."""
        live = self.live()
        live.set_interval(10)
        for _ in range(3):
            self.clock.advance(10)
            self.clock.advance(0)
            live.heard = self.clock.seconds()
        self.assertEqual(self.did, ["ping"] * 3)
        self.clock.advance(10)
        self.clock.advance(10)
        self.assertEqual(self.did[3:], ["ping", "cut"])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_interval(self) -> None:
        """The interval can be changed; 0: none."""
        live = self.live()
        live.set_interval(10)
        live.set_interval(20)
        self.clock.advance(15)
        self.assertEqual(self.did, [])
        live.set_interval(0)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_silence(self) -> None:
        """Q26: closed so long after the last octet."""
        live = self.live(closes_after_silence=110)
        self.clock.advance(60)
        live.heard = 60.0
        self.clock.advance(109)
        self.assertEqual(self.did, [])
        self.clock.advance(2)
        self.assertEqual(self.did, ["close"])

    def test_flaps(self) -> None:
        """Q31: closed after a while, the sooner the more requests come."""
        live = self.live(flaps_every=100)
        self.clock.advance(20)
        live.asked()
        self.clock.advance(39)
        self.assertEqual(self.did, [])
        self.clock.advance(2)
        self.assertEqual(self.did, ["close"])

    def test_stop(self) -> None:
        """No timer outlives the connection."""
        live = self.live(flaps_every=100, closes_after_silence=100)
        live.set_interval(5)
        live.stop()
        live.asked()
        self.assertEqual(self.clock.getDelayedCalls(), [])
