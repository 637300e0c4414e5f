"""Tests of `edge_twisted.core.floods`."""

from attrs import asdict, evolve
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core import events as e
from edge_twisted.core import floods
from edge_twisted.core.floods import CROWD, FLOOD_SECONDS, FLOODS, Floods, flood_key
from tests.words.codes import event_classes

REFUSED = e.AttemptRefused("c4k2", "EVB…", "192.168.1.20", False, 403, "blocked")


def key_of(event: e.Event) -> tuple[object, ...]:
    """The key of an event."""
    return flood_key(event.code, asdict(event))


class KeyTests(SynchronousTestCase):
    """`flood_key`: which events are the same trouble."""

    def test_codes(self) -> None:
        """The codes are those of events that there are."""
        self.assertLessEqual(FLOODS, {kind.code for kind in event_classes()})

    def test_same(self) -> None:
        """What says nothing new makes no difference: a label, a wait, the scheme."""
        for changes in ({"label": "EVB-1"}, {"wait": 9}, {"secure": True}):
            self.assertEqual(key_of(evolve(REFUSED, **changes)), key_of(REFUSED), changes)

    def test_other(self) -> None:
        """Another charger, address, status or cause is other trouble, and so is another kind of event."""
        for changes in ({"charger": "x"}, {"address": "::1"}, {"status": 404}, {"cause": "lane"}):
            self.assertNotEqual(key_of(evolve(REFUSED, **changes)), key_of(REFUSED), changes)
        self.assertNotEqual(flood_key("a", {}), flood_key("b", {}))


A: tuple[object, ...] = ("a", None, None)
B: tuple[object, ...] = ("b", None, None)


class FloodsTests(SynchronousTestCase):
    """`Floods`: one of many like events, and a count."""

    def test_first(self) -> None:
        """The first is told, those that follow within a minute are counted, the next tells how many they were."""
        kept = Floods()
        self.assertEqual(kept.passed(A, 0.0), 0)
        for second in range(1, 60):
            self.assertIs(kept.passed(A, float(second)), None)
        self.assertEqual(kept.passed(A, FLOOD_SECONDS), 59)
        self.assertIs(kept.passed(A, FLOOD_SECONDS + 1), None)
        self.assertEqual(kept.passed(A, 3 * FLOOD_SECONDS), 1)
        self.assertEqual(kept.passed(A, 9 * FLOOD_SECONDS), 0)

    def test_apart(self) -> None:
        """One flood does not hold back another."""
        kept = Floods()
        kept.passed(A, 0.0)
        kept.passed(A, 1.0)
        self.assertEqual(kept.passed(B, 1.0), 0)
        self.assertEqual(kept.passed(A, FLOOD_SECONDS), 1)

    def test_bounded(self) -> None:
        """Of more floods than are remembered the one that was told longest ago is forgotten."""
        self.patch(floods, "CAPACITY", 2)
        kept = Floods()
        for name in ("a", "b", "c"):
            kept.passed((name, None, None), 0.0)
        self.assertIs(kept.passed(("c", None, None), 1.0), None)
        self.assertEqual(kept.passed(A, 1.0), 0)
        self.assertEqual(kept.passed(B, 1.0), 0)

    def test_crowd(self) -> None:
        """Whoever makes up one identity after the other is one flood beyond `CROWD` of them, and others are not."""
        kept = Floods()
        told = [kept.passed(("a", f"c{number}", "10.0.0.6"), 1.0) for number in range(3 * CROWD)]
        self.assertEqual(told.count(0), CROWD + 1)
        self.assertEqual(kept.passed(("a", "known", "10.0.0.7"), 2.0), 0)
        self.assertEqual(kept.passed(("b", "known", "10.0.0.6"), 2.0), 0)
        again = [kept.passed(("a", f"d{number}", "10.0.0.6"), FLOOD_SECONDS + 2) for number in range(CROWD + 1)]
        self.assertEqual((again[:CROWD], again[CROWD]), ([0] * CROWD, 2 * CROWD - 1))

    def test_nowhere(self) -> None:
        """Events without an address are never a crowd: an uplink that is down concerns every charger."""
        kept = Floods()
        self.assertEqual(
            [kept.passed(("a", f"c{number}", None), 1.0) for number in range(CROWD + 9)], [0] * (CROWD + 9)
        )
