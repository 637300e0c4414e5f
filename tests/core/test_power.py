"""Tests of `edge_twisted.core.power`."""

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.power import HELD_SECONDS, HOURS, POINT_SECONDS, POINTS, History

START = 1_700_000_100.0 // 3600 * 3600
"""The begin of an hour."""
TIMES = st.floats(0, 1e10)


class HistoryTests(SynchronousTestCase):
    """`History`."""

    def setUp(self) -> None:
        self.history = History()

    def test_mean(self) -> None:
        """A point is the mean over the time in which something was known."""
        self.history.level(START, 1000.0)
        self.history.level(START + 60, 3000.0)
        self.history.level(START + 120, None)
        self.assertEqual(self.history.points(START + 299, 1), [2000.0])
        self.assertEqual(self.history.points(START + 700, 3), [2000.0, None, None])

    def test_across(self) -> None:
        """A level holds over the border of two points."""
        self.history.level(START + 200, 6000.0)
        self.assertEqual(self.history.points(START + 400, 2), [6000.0, 6000.0])

    def test_held(self) -> None:
        """A charger that says nothing more is not believed for longer than a while."""
        self.history.level(START, 6000.0)
        points = self.history.points(START + 7200)
        self.assertEqual(points.count(6000.0), HELD_SECONDS // POINT_SECONDS)
        self.history.level(START + 7200, None)
        self.assertEqual(self.history.points(START + 7200), points)

    def test_day(self) -> None:
        """Only the last 24 hours are kept."""
        for hour in range(30):
            for point in range(12):
                self.history.level(START + hour * 3600 + point * 300, float(hour))
            self.history.energy(START + hour * 3600, START + hour * 3600 + 3600, 100.0 + hour)
        now = START + 30 * 3600 - 1
        points, hours = self.history.points(now), self.history.hours(now)
        self.assertEqual((len(points), len(hours)), (POINTS, HOURS))
        self.assertEqual((points[0], points[-1]), (6.0, 29.0))
        self.assertEqual([round(hour or 0) for hour in hours], [100 + hour for hour in range(6, 30)])

    def test_energy(self) -> None:
        """Energy is spread over the hours in which it was drawn."""
        self.history.energy(START + 1800, START + 5400, 10_000.0)
        self.assertEqual(self.history.hours(START + 5400)[-2:], [5000.0, 5000.0])

    def test_mistakes(self) -> None:
        """A register that goes backwards or leaps tells nothing."""
        for amount in (-5.0, 0.0, 1e9, float("nan")):
            self.history.energy(START, START + 60, amount)
        self.assertEqual(self.history.hours(START + 60), [None] * HOURS)

    def test_clock_set_back(self) -> None:
        """A clock that was days ahead does not stop the record for days."""
        self.history.energy(START + 864000, START + 864060, 50.0)
        self.history.energy(START, START + 60, 70.0)
        self.assertEqual(self.history.hours(START + 60)[-1], 70.0)

    def test_restart(self) -> None:
        """What was dumped comes back, as JSON."""
        self.history.level(START, 4000.0)
        self.history.level(START + 600, None)
        self.history.energy(START, START + 600, 700.0)
        again = History()
        again.load(json.loads(json.dumps(self.history.dump(START + 700))))
        self.assertEqual(again.points(START + 900), self.history.points(START + 900))
        self.assertEqual(again.hours(START + 900), self.history.hours(START + 900))

    def test_restart_broken(self) -> None:
        """What can't be read is left out."""
        odd = {"at": START, "power": "x", "energy": [None, "y"]}
        for dumped in ({}, {"at": "x"}, {"at": 1e300, "power": [1]}, odd):
            history = History()
            history.load(dumped)
            self.assertEqual(history.points(START), [None] * POINTS)

    @given(st.lists(st.tuples(TIMES, st.none() | st.floats(-1e12, 1e12), TIMES), max_size=30), TIMES)
    def test_anything(self, steps: list[tuple[float, float | None, float]], now: float) -> None:
        """Whatever comes, in whatever order of times, nothing raises and the size stays."""
        history = History()
        for at, level, other in steps:
            history.level(at, level)
            history.energy(other, at, level or 0.0)
        self.assertEqual((len(history.points(now)), len(history.hours(now))), (POINTS, HOURS))
