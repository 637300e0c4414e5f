"""Tests of a charger's clock."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.charger.watch import Watch, seconds_of, timestamp

NOW = 1_767_225_600.0


class WatchTests(SynchronousTestCase):
    """Right, wrong, or at 1970."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(NOW)

    def test_times(self) -> None:
        """Times are written and read as OCPP has them; nonsense is none."""
        self.assertEqual(timestamp(NOW), "2026-01-01T00:00:00.000Z")
        self.assertEqual(timestamp(-5), "1970-01-01T00:00:00.000Z")
        for text in ("2026-01-01T00:00:00Z", "2026-01-01T01:00:00.000+01:00", "2026-01-01T00:00:00"):
            self.assertEqual(seconds_of(text), NOW)
        for nonsense in ("", "soon", None, 5, "2026-99-01T00:00:00Z"):
            self.assertIsNone(seconds_of(nonsense))

    def test_right(self) -> None:
        """A right clock goes with the time, and is not set."""
        watch = Watch(self.clock.seconds)
        self.assertEqual((watch.now(), watch.error), (NOW, 0.0))
        self.assertEqual(watch.set("1999-01-01T00:00:00Z"), 0.0)
        self.clock.advance(5)
        self.assertEqual(watch.now(), NOW + 5)

    def test_wrong(self) -> None:
        """Q3: one that is wrong for ever stays so."""
        watch = Watch(self.clock.seconds, error=-86_400)
        watch.set("2026-01-01T00:00:00Z")
        self.assertEqual(watch.text(), "2025-12-31T00:00:00.000Z")

    def test_1970(self) -> None:
        """Q3: one without a battery begins at 1970, until it is told the time; and again with the next power-on."""
        watch = Watch(self.clock.seconds, at_1970=True)
        self.clock.advance(60)
        self.assertEqual(watch.text(), "1970-01-01T00:01:00.000Z")
        self.assertEqual(watch.set("nonsense"), 0.0)
        self.assertGreater(watch.set("2026-01-01T00:00:00Z"), 1e9)
        self.assertEqual(watch.now(), NOW)
        watch.power_on()
        self.assertEqual(watch.now(), 0.0)
