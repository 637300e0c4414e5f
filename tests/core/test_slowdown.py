"""Tests of `edge_twisted.core.slowdown`."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.slowdown import CAPACITY, FORGOTTEN, FREE, MOST, Slowdown, place_of

HERE = "192.168.1.5"


class SlowdownTests(SynchronousTestCase):
    """Who guesses waits."""

    def setUp(self) -> None:
        self.slowdown = Slowdown()

    def waits(self, count: int, address: str = HERE) -> list[float]:
        """The waits before so many attempts of somebody who tries as soon as he may."""
        now, waits = 0.0, []
        for _ in range(count):
            wait = self.slowdown.begin(address, now)
            waits.append(wait)
            if wait:
                now += wait
                self.assertEqual(self.slowdown.begin(address, now), 0.0)
        return waits

    def test_grows(self) -> None:
        """Some attempts are free, then each waits twice as long as the one before, up to a bound."""
        self.assertEqual(self.waits(10), [0.0] * FREE + [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0])

    def test_never_locked(self) -> None:
        """However often somebody fails, after half a minute he may try again."""
        self.waits(200)
        self.assertEqual(MOST, 30.0)
        self.assertLessEqual(self.slowdown.begin(HERE, 1e4), MOST)

    def test_at_once(self) -> None:
        """Many attempts at once count each: all but the first few are held back."""
        waits = [self.slowdown.begin(HERE, 0.0) for _ in range(50)]
        self.assertEqual(waits.count(0.0), FREE)

    def test_held_back_costs_nothing(self) -> None:
        """An attempt that is held back does not lengthen the wait."""
        for _ in range(FREE):
            self.slowdown.begin(HERE, 0.0)
        self.assertEqual([self.slowdown.begin(HERE, 0.5) for _ in range(5)], [0.5] * 5)
        self.assertEqual(self.slowdown.begin(HERE, 1.0), 0.0)

    def test_success(self) -> None:
        """A right attempt does not count, and takes back no other."""
        for _ in range(20):
            self.assertEqual(self.slowdown.begin(HERE, 0.0), 0.0)
            self.slowdown.succeeded(HERE)
        self.waits(FREE)
        self.assertGreater(self.slowdown.begin(HERE, 0.0), 0.0)

    def test_forgotten(self) -> None:
        """Who is quiet for long begins anew."""
        self.waits(8)
        self.assertEqual([self.slowdown.begin(HERE, 1e5 + FORGOTTEN) for _ in range(FREE)], [0.0] * FREE)

    def test_others(self) -> None:
        """Another address is not slowed; but an IPv6 network of one machine counts as one."""
        self.waits(8)
        self.assertEqual(self.slowdown.begin("192.168.1.6", 0.0), 0.0)
        self.assertEqual(place_of("fd00::1:2"), place_of("fd00::ffff:ffff:ffff:1%eth0"))
        self.assertNotEqual(place_of("fd00::1"), place_of("fd00:0:0:1::1"))
        self.assertEqual(place_of("::ffff:10.0.0.1"), "10.0.0.1")
        self.assertEqual(place_of(""), "")

    def test_bounded(self) -> None:
        """The table has an end, and who fell out of it is not refused."""
        for number in range(CAPACITY + 100):
            self.slowdown.begin(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0)
        self.assertEqual(len(self.slowdown._seen), CAPACITY)
        self.assertEqual(self.slowdown.begin("10.0.0.0", 0.0), 0.0)
