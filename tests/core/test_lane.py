"""Tests for `edge_twisted.core.lane`."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.holdoff import jittered
from edge_twisted.core.lane import Lane, RefusalCache

HERE, THERE = "192.0.2.7", "192.0.2.8"


class LaneTests(SynchronousTestCase):
    """'Identities never served share a lane' (design section 3.9)."""

    def test_at_once(self) -> None:
        """'`limits.unserved_dials` at once': with all slots taken the next one comes back within 1 to 10 s."""
        lane = Lane(4, 100, share=1)
        self.assertEqual([lane.enter(HERE, 0, 0.5) for _ in range(4)], [0] * 4)
        for spread in (0.0, 1.0):
            self.assertIn(jittered(lane.enter(HERE, 0, spread), spread), range(1, 11))

    def test_slot_is_held_until_leave(self) -> None:
        """'A slot held from dial to HTTP answer'."""
        lane = Lane(1, 100)
        lane.enter(HERE, 0, 0)
        self.assertGreater(lane.enter(THERE, 9, 0), 0)
        lane.leave(HERE)
        self.assertEqual(lane.enter(THERE, 9, 0), 0)

    def test_one_address_uses_half_the_slots(self) -> None:
        """'One address may use half of it': the other half stays for everybody else."""
        lane = Lane(8, 100)
        self.assertEqual([lane.enter(HERE, 0, 0) for _ in range(5)], [0, 0, 0, 0, 1])
        self.assertEqual([lane.enter(THERE, 0, 0) for _ in range(5)], [0, 0, 0, 0, 1])

    def test_one_address_uses_half_the_budget(self) -> None:
        """'One address may use half of it' of the hour's dials too."""
        lane = Lane(8, 10)
        for address, expected in ((HERE, 5), (THERE, 5)):
            taken = 0
            for _ in range(10):
                if lane.enter(address, 0, 0) == 0:
                    lane.leave(address)
                    taken += 1
            self.assertEqual(taken, expected)

    def test_budget_comes_back(self) -> None:
        """'`limits.unserved_per_hour`': a dial is free again an hour after it was made; no wait is over 600 s."""
        lane = Lane(8, 2, share=1)
        for now in (0, 1800):
            self.assertEqual(lane.enter(HERE, now, 0), 0)
            lane.leave(HERE)
        self.assertEqual(lane.enter(HERE, 1801, 0), 600)
        self.assertEqual(lane.enter(THERE, 3500, 0), 100)
        self.assertEqual(lane.enter(HERE, 3600, 0), 0)
        self.assertGreater(lane.enter(THERE, 3601, 0), 0)

    def test_made_up_identities(self) -> None:
        """'10,000 made-up identities must not make the operator ban the site.'"""
        lane = Lane(16, 5000)
        dialled = 0
        for number in range(10_000):
            if lane.enter(HERE, number / 10, 0) == 0:
                dialled += 1
                lane.leave(HERE)
        self.assertEqual(dialled, 2500)
        self.assertEqual(lane.enter(THERE, 1000, 0), 0)

    def test_first_power_on(self) -> None:
        """'200 new chargers at their first power-on must come online', here behind one router, a second per dial."""
        lane = Lane(16, 5000)
        waiting = dict.fromkeys(range(200), 0.0)
        out: list[tuple[float, int]] = []
        now = 0.0
        while waiting or out:
            for ended in [one for one in out if one[0] <= now]:
                out.remove(ended)
                lane.leave(HERE)
            for charger, when in list(waiting.items()):
                if when <= now:
                    wait = lane.enter(HERE, now, (charger % 10) / 10)
                    if wait:
                        waiting[charger] = now + jittered(wait, (charger % 7) / 7)
                    else:
                        del waiting[charger]
                        out.append((now + 1, charger))
            now += 0.5
        self.assertLess(now, 120)

    @given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.floats(0, 900)), max_size=200))
    def test_bounds(self, steps: list[tuple[bool, int, float]]) -> None:
        """Never more slots or dials per hour than allowed, per address or in all, and no wait over 600 s."""
        lane = Lane(4, 6)
        now = 0.0
        out: list[str] = []
        made: list[tuple[float, str]] = []
        for enters, number, pause in steps:
            now += pause
            address = str(number)
            if enters:
                wait = lane.enter(address, now, 0.5)
                self.assertTrue(wait == 0 or 1 <= wait <= 600)
                if wait == 0:
                    out.append(address)
                    made.append((now, address))
            elif address in out:
                out.remove(address)
                lane.leave(address)
            recent = [where for when, where in made if now - when < 3600]
            self.assertTrue(len(out) <= 4 and out.count(address) <= 2)
            self.assertTrue(len(recent) <= 6 and recent.count(address) <= 3)


class RefusalCacheTests(SynchronousTestCase):
    """'Their refusals are cached for a minute, after ten for 5 minutes, per identity and credentials.'"""

    def test_cached_for_a_minute(self) -> None:
        """'Their refusals are cached for a minute'."""
        cache = RefusalCache(10)
        cache.refused(("CP001", b"digest"), "CP001", 404, 100)
        self.assertEqual(cache.get(("CP001", b"digest"), 130), (404, 30))
        self.assertIsNone(cache.get(("CP001", b"digest"), 160))

    def test_after_ten(self) -> None:
        """'After ten for 5 minutes'."""
        cache = RefusalCache(10)
        lengths = []
        for number in range(12):
            cache.refused("key", "CP001", 401, number * 1000)
            found = cache.get("key", number * 1000)
            lengths.append(found[1] if found else 0)
        self.assertEqual(lengths, [60] * 10 + [300] * 2)

    def test_per_identity_and_credentials(self) -> None:
        """'Per identity and credentials': the same identity with another password is dialled."""
        cache = RefusalCache(10)
        cache.refused(("CP001", b"one"), "CP001", 401, 0)
        self.assertIsNone(cache.get(("CP001", b"other"), 0))

    def test_forgotten(self) -> None:
        """'Forgotten at any edit or test of that identity', whatever it showed, and its count with it; others stay."""
        cache = RefusalCache(10)
        for _ in range(11):
            cache.refused("one", "CP001", 401, 0)
        cache.refused("two", "CP001", 404, 0)
        cache.refused("three", "CP002", 404, 0)
        cache.forget("CP001")
        self.assertEqual([cache.get(key, 0) for key in ("one", "two")], [None, None])
        self.assertEqual(cache.get("three", 0), (404, 60))
        cache.refused("one", "CP001", 401, 0)
        self.assertEqual(cache.get("one", 0), (401, 60))
        cache.forget("CP009")

    def test_bounded(self) -> None:
        """The cache never exceeds its capacity; the key refused longest ago makes room."""
        cache = RefusalCache(5)
        for number in (*range(95), 90, 95):
            cache.refused(number, number % 3, 404, 0)
        self.assertEqual(len(cache), 5)
        self.assertIsNotNone(cache.get(90, 0))
        self.assertIsNone(cache.get(91, 0))
        for identity in range(3):
            cache.forget(identity)
        self.assertEqual(len(cache), 0)

    def test_shows_no_key(self) -> None:
        """No identity appears in its repr."""
        cache = RefusalCache(5)
        cache.refused(("CP001", b""), "CP001", 404, 0)
        self.assertNotIn("CP001", repr(cache))
