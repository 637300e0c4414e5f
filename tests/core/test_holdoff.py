"""Tests for `edge_twisted.core.holdoff`."""

import math

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.holdoff import CROWDED_SECONDS, EndpointTrouble, HoldOff, jittered, shortly

KEY = ("wss.example", 443, "system")


class JitteredTests(SynchronousTestCase):
    """'Edge answers at once with the remaining time plus jitter' (design section 3.9)."""

    @given(st.floats(0, 4000), st.floats(0, 1))
    def test_bounds(self, seconds: float, spread: float) -> None:
        """Never fewer seconds than remain, never more than a quarter (at least a second) above, at least 1."""
        chosen = jittered(seconds, spread)
        self.assertGreaterEqual(chosen, max(1, seconds))
        self.assertLessEqual(chosen, max(1, math.ceil(seconds + max(1, seconds / 4))))

    def test_spreads(self) -> None:
        """J-45: chargers that are told together do not come back together."""
        self.assertEqual([jittered(40, spread) for spread in (0, 0.5, 1)], [40, 45, 50])
        self.assertEqual([jittered(0, spread) for spread in (0, 1)], [1, 1])

    @given(st.floats(0, 1), st.floats(0, 1))
    def test_shortly(self, one: float, other: float) -> None:
        """'Over that 503 with Retry-After of 1 to 10 s (J-45)'."""
        self.assertIn(jittered(shortly(one), other), range(1, 11))

    def test_shortly_reaches_both_ends(self) -> None:
        """The whole range of 1 to 10 s is used."""
        self.assertEqual((jittered(shortly(0), 0), jittered(shortly(1), 1)), (1, 10))


class HoldOffTests(SynchronousTestCase):
    """'Hold-off per (host, port, trust) for DNS, TCP and TLS failures: 1 s, doubling to 30 s, reset by success.'"""

    def setUp(self) -> None:
        """An endpoint's hold-off."""
        self.gate = HoldOff(1, 30, 100)

    def dial(self, now: float, spread: float = 0.5) -> float:
        """Ask for a slot."""
        return self.gate.enter(KEY, now, spread)

    def breaks(self, now: float, began: float) -> None:
        """A dial fails and ends."""
        self.gate.failed(KEY, now, began=began)
        self.gate.leave(KEY, began)

    def test_doubles(self) -> None:
        """C4, H5: '1 s, doubling to 30 s'."""
        now, lengths = 0.0, []
        for _ in range(7):
            self.assertEqual(self.dial(now), 0)
            self.breaks(now, now)
            lengths.append(self.gate.remaining(KEY, now))
            now += lengths[-1]
        self.assertEqual(lengths, [1, 2, 4, 8, 16, 30, 30])

    def test_everybody_waits(self) -> None:
        """'During a hold-off Edge answers at once with the remaining time'."""
        self.gate.failed(KEY, 0)
        self.assertEqual(self.dial(0.25), 0.75)
        self.assertEqual(self.dial(0.5), 0.5)

    def test_one_probe(self) -> None:
        """'After it one probing dial': while it is out, others are told to come back shortly."""
        self.gate.failed(KEY, 0)
        self.assertEqual(self.dial(1), 0)
        self.assertEqual(self.dial(1, spread=0), 1)
        self.assertIn(jittered(self.dial(500, spread=1), 1), range(1, 11))

    def test_success_opens(self) -> None:
        """'Then at most 64 at once': the probe's success lets 63 more out beside it, and no more."""
        self.gate.failed(KEY, 0)
        self.dial(1)
        self.gate.succeeded(KEY, 1)
        self.assertEqual([self.dial(1) for _ in range(63)], [0] * 63)
        self.assertGreaterEqual(self.dial(1), 1)
        self.gate.leave(KEY, 1)
        self.assertEqual(self.dial(1), 0)

    def test_no_bound_without_a_hold_off(self) -> None:
        """Nobody is dropped where nothing failed: all chargers of a site may be dialled at once after a power cut."""
        self.assertEqual([self.dial(0) for _ in range(2000)], [0] * 2000)

    def test_crowd_passes(self) -> None:
        """The bound of 64 ends with the time in which those who were held off come back."""
        self.gate.failed(KEY, 0)
        self.dial(1)
        self.gate.succeeded(KEY, 1)
        self.gate.leave(KEY, 1)
        self.assertEqual([self.dial(2) for _ in range(64)], [0] * 64)
        self.assertGreater(self.dial(1 + CROWDED_SECONDS - 0.1), 0)
        self.assertEqual(self.dial(1 + CROWDED_SECONDS), 0)

    def test_reset_by_success(self) -> None:
        """'Reset by success': the next failure begins with 1 s again."""
        for now in (0, 10, 20):
            self.gate.failed(KEY, now)
        self.gate.succeeded(KEY, 20)
        self.assertEqual(self.gate.remaining(KEY, 20), 0)
        self.gate.failed(KEY, 30)
        self.assertEqual(self.gate.remaining(KEY, 30), 1)

    def test_failed_probe(self) -> None:
        """H5: a probe that fails doubles the hold-off, and one more probe goes out after it."""
        self.gate.failed(KEY, 0)
        self.dial(1)
        self.breaks(3, began=1)
        self.assertEqual(self.gate.remaining(KEY, 3), 2)
        self.assertEqual(self.dial(5), 0)
        self.assertGreaterEqual(self.dial(5), 1)

    def test_probe_without_verdict(self) -> None:
        """A probe whose charger went away does not wedge the gate: the next one is the probe, with no new hold-off."""
        self.gate.failed(KEY, 0)
        self.dial(1)
        self.assertGreater(self.dial(2), 0)
        self.gate.leave(KEY, 1)
        self.assertEqual(self.dial(2), 0)
        self.assertGreater(self.dial(2), 0)

    def test_probe_beside_earlier_dials(self) -> None:
        """Dials from before the hold-off that are still out change nothing: one probe, and another when it is over."""
        self.dial(0)
        self.gate.failed(KEY, 0)
        self.assertEqual(self.dial(1), 0)
        self.assertGreater(self.dial(1), 0)
        self.gate.leave(KEY, 1)
        self.assertEqual(self.dial(2), 0)
        self.assertGreater(self.dial(2), 0)

    def test_failed_probe_that_is_still_out(self) -> None:
        """A probe that failed is no probe any more, even if its slot comes back late."""
        self.gate.failed(KEY, 0)
        self.dial(1)
        self.gate.failed(KEY, 1, began=1)
        self.assertEqual(self.dial(3), 0)
        self.gate.leave(KEY, 1)
        self.assertGreater(self.dial(3), 0)

    def test_failures_of_one_moment_count_once(self) -> None:
        """64 dials that fail one after another are one failure of the endpoint, not 64 doublings."""
        for _ in range(64):
            self.dial(0)
        for number in range(64):
            self.breaks(10 + number / 10, began=0)
            self.assertLessEqual(self.gate.remaining(KEY, 10 + number / 10), 1)
        self.assertEqual(self.dial(20), 0)
        self.breaks(20, began=20)
        self.assertEqual(self.gate.remaining(KEY, 20), 2)

    def test_late_failure_leaves_the_probe_alone(self) -> None:
        """A dial that began before the hold-off and ends while the probe is out neither doubles nor replaces it."""
        self.dial(0)
        self.dial(0)
        self.breaks(1, began=0)
        self.assertEqual(self.dial(2), 0)
        self.breaks(3, began=0)
        self.assertEqual(self.gate.remaining(KEY, 3), 0)
        self.assertGreaterEqual(self.dial(3), 1)
        self.gate.leave(KEY, 2)
        self.assertEqual(self.dial(3), 0)

    def test_retry_after(self) -> None:
        """C7: 'A Retry-After is honoured up to 10 minutes'; a shorter one does not shorten the hold-off."""
        self.gate.failed(KEY, 0, at_least=120)
        self.assertEqual(self.gate.remaining(KEY, 0), 120)
        self.gate.failed(KEY, 200, at_least=86_400)
        self.assertEqual(self.gate.remaining(KEY, 200), 600)
        self.gate.failed(KEY, 1000, at_least=1)
        self.assertEqual(self.gate.remaining(KEY, 1000), 4)

    def test_retry_after_during_hold_off(self) -> None:
        """A longer Retry-After that comes in during a hold-off lengthens it, without doubling anything."""
        self.gate.failed(KEY, 0)
        self.gate.failed(KEY, 0.5, at_least=60)
        self.assertEqual(self.gate.remaining(KEY, 0.5), 60)
        self.gate.failed(KEY, 100)
        self.assertEqual(self.gate.remaining(KEY, 100), 2)

    def test_for_one_charger(self) -> None:
        """'That charger is held off, doubling to 5 minutes, until an edit': the same without slots."""
        charger = HoldOff(10, 300, 100)
        now, lengths = 0.0, []
        for _ in range(7):
            charger.failed("CP001", now)
            lengths.append(charger.remaining("CP001", now))
            now += lengths[-1]
        self.assertEqual(lengths, [10, 20, 40, 80, 160, 300, 300])
        self.assertEqual(charger.remaining("CP002", 0), 0)
        charger.reset("CP001")
        self.assertEqual(charger.remaining("CP001", 0), 0)

    def test_table_is_bounded(self) -> None:
        """Keys without a dial out make room for newer ones; a key whose dial is out is never forgotten."""
        gate = HoldOff(1, 30, 4)
        gate.failed(KEY, 0)
        self.assertEqual(gate.enter(KEY, 1, 0), 0)
        self.assertEqual(len(gate), 1)
        for number in range(100):
            gate.failed(number, 1)
        self.assertEqual(len(gate), 5)
        self.assertGreaterEqual(gate.enter(KEY, 1, 0), 1)
        self.assertEqual(gate.remaining(99, 1), 1)
        self.assertEqual(gate.remaining(0, 1), 0)

    def test_nothing_is_kept_of_what_is_well(self) -> None:
        """A key that never failed leaves nothing behind when its dials are over."""
        self.dial(0)
        self.gate.leave(KEY, 0)
        self.gate.leave(KEY, 0)
        self.assertEqual(len(self.gate), 0)

    @given(
        st.lists(
            st.tuples(st.sampled_from(("enter", "leave", "fail", "well")), st.integers(0, 2), st.floats(0, 40)),
            max_size=200,
        )
    )
    def test_never_wedged(self, steps: list[tuple[str, int, float]]) -> None:
        """Whatever happened, once all dials are over and the longest wait is past, a dial may begin."""
        gate = HoldOff(1, 30, 2, at_once=3)
        now = 0.0
        out: list[tuple[int, float]] = []
        for what, key, pause in steps:
            now += pause
            if what == "enter" and gate.enter(key, now, 0.5) == 0:
                out.append((key, now))
            elif what == "well":
                gate.succeeded(key, now)
            elif what in ("leave", "fail") and out:
                gone, began = out.pop(0)
                if what == "fail":
                    gate.failed(gone, now, began=began)
                gate.leave(gone, began)
        for gone, began in out:
            gate.leave(gone, began)
        self.assertEqual([gate.enter(key, now + 30, 0.5) for key in range(3)], [0, 0, 0])


class EndpointTroubleTests(SynchronousTestCase):
    """'The whole endpoint when three identities served before saw them with no other HTTP answer between.'"""

    def test_three_identities(self) -> None:
        """'503, 429 and time-outs hold off that charger only; the whole endpoint when three identities' saw them."""
        trouble = EndpointTrouble()
        seen = [trouble.saw(KEY, identity, True, True) for identity in (1, 1, 2, 2, 3, 4)]
        self.assertEqual(seen, [False, False, False, False, True, True])

    def test_other_answer_between(self) -> None:
        """'With no other HTTP answer between': one of them, to whomever, and counting begins anew."""
        trouble = EndpointTrouble()
        for identity in (1, 2):
            trouble.saw(KEY, identity, True, True)
        self.assertFalse(trouble.saw(KEY, 9, False, False))
        self.assertEqual([trouble.saw(KEY, identity, True, True) for identity in (3, 4, 5)], [False, False, True])

    def test_only_identities_served_before(self) -> None:
        """Strangers who are answered 429 hold the endpoint off for nobody, not even after others did."""
        trouble = EndpointTrouble()
        self.assertFalse(any(trouble.saw(KEY, identity, False, True) for identity in range(100)))
        for identity in (1, 2, 3):
            trouble.saw(KEY, identity, True, True)
        self.assertFalse(trouble.saw(KEY, 4, False, True))

    def test_endpoints_are_separate(self) -> None:
        """Trouble at one endpoint is none at another."""
        trouble = EndpointTrouble()
        self.assertFalse(any(trouble.saw(endpoint, endpoint, True, True) for endpoint in (1, 2, 3)))

    def test_bounded(self) -> None:
        """The table never exceeds its capacity."""
        trouble = EndpointTrouble(capacity=5)
        for endpoint in range(100):
            trouble.saw(endpoint, 1, True, True)
        self.assertEqual(len(trouble), 5)
