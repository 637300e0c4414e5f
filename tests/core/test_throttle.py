"""Tests for `edge_twisted.core.throttle`."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.throttle import Throttle

KEY = ("192.0.2.7", b"CP001")


def refused(throttle: Throttle, key: object = KEY, start: float = 0.0) -> float:
    """Fail as often as it takes to be refused; return when that was."""
    for attempt in range(throttle.failures):
        throttle.failed(key, start + attempt)
    return start + throttle.failures - 1


class ThrottleTests(SynchronousTestCase):
    """'Failed attempts are counted per (address, identity)' (design section 4)."""

    def test_nine_failures_are_free(self) -> None:
        """Nine failed attempts within 5 minutes refuse nobody."""
        throttle = Throttle()
        for now in range(9):
            throttle.failed(KEY, now)
        self.assertEqual(throttle.retry_after(KEY, 9), 0)

    def test_tenth_failure_refuses(self) -> None:
        """The tenth failed attempt within 5 minutes refuses the key for 30 s."""
        throttle = Throttle()
        now = refused(throttle)
        self.assertEqual(throttle.retry_after(KEY, now), 30)
        self.assertEqual(throttle.retry_after(KEY, now + 29), 1)
        self.assertEqual(throttle.retry_after(KEY, now + 30), 0)

    def test_slow_failures_are_free(self) -> None:
        """Ten failures refuse only if all of them lie within the window, wherever it begins."""
        throttle = Throttle()
        for attempt in range(100):
            throttle.failed(KEY, attempt * 34)
            self.assertEqual(throttle.retry_after(KEY, attempt * 34), 0)
        throttle.failed(KEY, 99 * 34 + 1)
        self.assertEqual(throttle.retry_after(KEY, 99 * 34 + 1), 30)

    def test_refusal_doubles(self) -> None:
        """Each failure after a refusal doubles it, 30 s to 300 s."""
        throttle = Throttle()
        now = refused(throttle)
        lengths = []
        for _ in range(6):
            lengths.append(throttle.retry_after(KEY, now))
            now += lengths[-1]
            throttle.failed(KEY, now)
        self.assertEqual(lengths, [30, 60, 120, 240, 300, 300])

    def test_failures_during_refusal_do_not_lengthen_it(self) -> None:
        """A failure that is reported during a refusal was under way before it, and changes nothing."""
        throttle = Throttle()
        now = refused(throttle)
        for _ in range(50):
            throttle.failed(KEY, now + 5)
        self.assertEqual(throttle.retry_after(KEY, now + 5), 25)

    def test_quiet_is_forgiven(self) -> None:
        """After a whole quiet window counting begins anew."""
        throttle = Throttle()
        start = refused(throttle) + 30 + 300
        for attempt in range(9):
            throttle.failed(KEY, start + attempt)
        self.assertEqual(throttle.retry_after(KEY, start + 8), 0)
        throttle.failed(KEY, start + 9)
        self.assertEqual(throttle.retry_after(KEY, start + 9), 30)

    def test_success_forgets(self) -> None:
        """A success ends a refusal and forgets what was counted: 'never for a right secret'."""
        throttle = Throttle()
        now = refused(throttle)
        throttle.succeeded(KEY)
        self.assertEqual(throttle.retry_after(KEY, now), 0)
        throttle.failed(KEY, now)
        throttle.succeeded(KEY)
        self.assertEqual(len(throttle), 0)

    def test_keys_are_separate(self) -> None:
        """Failures from another address, or for another identity, refuse nobody else."""
        throttle = Throttle()
        now = refused(throttle)
        self.assertEqual(throttle.retry_after(("192.0.2.8", b"CP001"), now), 0)
        self.assertEqual(throttle.retry_after(("192.0.2.7", b"CP002"), now), 0)

    def test_full_table_does_not_free_an_attacker(self) -> None:
        """A refused key survives any number of made-up keys that did not earn a refusal themselves."""
        throttle = Throttle(capacity=40)
        now = refused(throttle)
        for number in range(10_000):
            throttle.failed(number, now)
        self.assertEqual(throttle.retry_after(KEY, now), 30)

    def test_refused_keys_are_pushed_out_only_by_refused_keys(self) -> None:
        """Pushing a refused key out takes a quarter of the table, ten failures for each place."""
        throttle = Throttle(capacity=40)
        now = refused(throttle)
        for number in range(9):
            refused(throttle, number)
        self.assertGreater(throttle.retry_after(KEY, now), 0)
        refused(throttle, 9)
        self.assertEqual(throttle.retry_after(KEY, now), 0)

    def test_full_table_stops_no_genuine_charger(self) -> None:
        """In a table full of other keys an unknown one may try, and its failures still count."""
        throttle = Throttle(capacity=40)
        for number in range(1_000):
            refused(throttle, number)
        self.assertEqual(throttle.retry_after(KEY, 9), 0)
        self.assertEqual(throttle.retry_after(KEY, refused(throttle)), 30)

    @given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 100)), max_size=300))
    def test_bounded(self, attempts: list[tuple[int, float]]) -> None:
        """The table never exceeds its capacity, and no refusal its longest time."""
        throttle = Throttle(failures=2, capacity=8)
        now = 0.0
        for key, step in attempts:
            now += step
            throttle.failed(key, now)
            self.assertLessEqual(len(throttle), 8)
            self.assertLessEqual(throttle.retry_after(key, now), 300)

    def test_shows_no_key(self) -> None:
        """No identity appears in its repr."""
        throttle = Throttle()
        throttle.failed(KEY, 0)
        self.assertNotIn("CP001", repr(throttle))
