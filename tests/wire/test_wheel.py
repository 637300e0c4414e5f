"""One timer for many looks."""

from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.wire.wheel import STEPS, Wheel
from tests.wire.test_bridge import SiteTestCase


class WheelTests(SynchronousTestCase):
    """Looks come when they are due."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.wheel = Wheel(self.clock, 24.0)
        self.seen: list[tuple[str, float]] = []

    def _add(self, name: str) -> object:
        return self.wheel.add(lambda: self.seen.append((name, self.clock.seconds())))

    def test_interval(self) -> None:
        """Each look comes once an interval, the first one after an interval: not a step sooner, nor a step later."""
        self._add("a")
        self.clock.pump([1.0] * 5)
        self._add("b")
        self.clock.pump([1.0] * 60)
        self.assertEqual([24.0, 48.0], [at for name, at in self.seen if name == "a"])
        self.assertEqual([29.0, 53.0], [at for name, at in self.seen if name == "b"])

    def test_one_timer(self) -> None:
        """However many there are, there is one timer; with the last one gone, there is none."""
        ends = [self.wheel.add(lambda: None) for _ in range(100)]
        self.assertEqual((1, 100), (len(self.clock.getDelayedCalls()), len(self.wheel)))
        for end in ends:
            end()
            end()
        self.assertEqual((0, 0), (len(self.clock.getDelayedCalls()), len(self.wheel)))
        self._add("again")
        self.clock.pump([1.0] * 24)
        self.assertEqual(1, len(self.seen))

    def test_ended_meanwhile(self) -> None:
        """Who ends all others in his look, and himself, is the last one of that step."""
        ends: list[Callable[[], None]] = []

        def end_all() -> None:
            self.seen.append(("end", self.clock.seconds()))
            for end in ends:
                end()

        ends += [self.wheel.add(end_all)]
        self.clock.pump([1.0] * 60)
        self.assertEqual(([("end", 24.0)], []), (self.seen, self.clock.getDelayedCalls()))

    def test_fault(self) -> None:
        """A look that fails is told without its text, and harms no other."""

        def fail() -> None:
            raise ValueError("secret")

        self.wheel.add(fail)
        self._add("other")
        self.clock.pump([1.0] * STEPS)
        self.assertEqual(["other"], [name for name, _ in self.seen])
        self.assertEqual([], self.flushLoggedErrors())

    def test_late(self) -> None:
        """That Edge itself was late is remembered; a little is nothing."""
        self._add("a")
        self.clock.pump([1.5] * 3)
        self.assertEqual(float("-inf"), self.wheel.back)
        self.clock.advance(100)
        self.assertEqual(self.clock.seconds(), self.wheel.back)


class OwnFaultTests(SiteTestCase):
    """Edge slept, and with it the whole box."""

    def test_nobody_is_dropped(self) -> None:
        """Legs that answered pings before are asked anew; who stays silent then is dropped."""
        site = self.site()
        charger, central = site.served()
        site.advance(70)
        for one in (charger, central):
            one.say(b"", 10)
        site.advance(1)
        site.clock.advance(600)
        site.net.flush()
        self.assertEqual((None, None), (charger.lost, central.lost))
        site.advance(18)
        self.assertEqual((None, None), (charger.lost, central.lost))
        site.advance(60)
        self.assertIsNotNone(charger.lost)
