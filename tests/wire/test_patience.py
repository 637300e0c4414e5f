"""A dial has its time, whatever Edge itself does meanwhile."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.wire.patience import LATE_SECONDS, Patience
from tests.wire.test_bridge import SiteTestCase


class PatienceTests(SynchronousTestCase):
    """The clock of one dial."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.over: list[float] = []
        self.patience = Patience(self.clock, 10.0, lambda: self.over.append(self.clock.seconds()))

    def test_over(self) -> None:
        """It is over after its time, also where Edge comes round a little late."""
        self.clock.pump([9.9])
        self.assertEqual([], self.over)
        self.clock.advance(0.1 + LATE_SECONDS)
        self.assertEqual([11.0], self.over)
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_late(self) -> None:
        """Time in which Edge did not come round is given back, once, and never more than there was."""
        self.clock.advance(14)
        self.assertEqual([], self.over)
        self.clock.pump([3.9])
        self.assertEqual([], self.over)
        self.clock.advance(60)
        self.assertEqual(1, len(self.over))

    def test_very_late(self) -> None:
        """After an hour of sleep a dial has its time once more."""
        self.clock.advance(3600)
        self.clock.pump([9.9])
        self.assertEqual([], self.over)
        self.clock.advance(0.1)
        self.assertEqual(1, len(self.over))

    def test_stop(self) -> None:
        """A dial that came to something is not given up, and leaves no timer."""
        self.patience.stop()
        self.patience.stop()
        self.clock.advance(60)
        self.assertEqual(([], []), (self.over, self.clock.getDelayedCalls()))


class OwnFaultTests(SiteTestCase):
    """A whole site dials, and Edge itself does not come round for too long."""

    def test_late_edge(self) -> None:
        """The answers are there when Edge comes round: nobody is refused, and the central system isn't held off."""
        site = self.site()
        names = [b"/CP%03d" % number for number in range(5)]
        for charger, central in [site.served(name) for name in names]:
            charger.leave()
            central.leave()
        site.advance(3)
        site.answer = lambda central: None
        chargers = [site.ask(name) for name in names]
        site.clock.advance(17)
        for central in site.centrals[-5:]:
            central.accept()
        self.assertEqual([101] * 5, [charger.status for charger in chargers])
        site.answer = lambda central: central.accept()
        self.assertEqual(101, site.ask(b"/CP009").status)
        self.assertEqual([], site.told("uplink-failed"))

    def test_late_central(self) -> None:
        """The same answers, late by the central system's own fault: 504, and it is held off."""
        site = self.site()
        names = [b"/CP%03d" % number for number in range(5)]
        for charger, central in [site.served(name) for name in names]:
            charger.leave()
            central.leave()
        site.advance(3)
        site.answer = lambda central: None
        chargers = [site.ask(name) for name in names]
        site.advance(10.5)
        self.assertEqual([504] * 5, [charger.status for charger in chargers])
        self.assertEqual(503, site.ask(b"/CP009").status)
