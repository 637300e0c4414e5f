"""What Autobahn knows behind its handshake is what all connections of a factory are given."""

from typing import Any
from unittest.mock import patch

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.wire import settled
from edge_twisted.wire.charger import ChargerLeg
from edge_twisted.wire.settled import ONE_CONNECTION, UNUSED, knowledge, settle, walk_through
from edge_twisted.wire.uplink import UplinkLeg
from tests.wire.memory import Site


class SettledTests(SynchronousTestCase):
    """Both kinds of legs."""

    def setUp(self) -> None:
        site = Site(hot=False)
        self.addCleanup(site.end)
        self.factories: dict[Any, Any] = {ChargerLeg: site.factories[True], UplinkLeg: site.line.dialler._pattern}

    def test_there(self) -> None:
        """An Autobahn that keeps anything else of a connection fails here; Edge would go the plain way."""
        for kind, factory in self.factories.items():
            made: Any = settle(kind, factory)
            self.assertTrue(made.settled, kind)
            self.assertTrue(issubclass(made, kind))

    def test_complete(self) -> None:
        """Each name is shared, one connection's, or unused; all of the latter are real."""
        names: set[str] = set()
        for factory in self.factories.values():
            kept = walk_through(factory)
            names |= set(kept)
            self.assertEqual(set(kept), set(knowledge(kept)) | (set(kept) & (ONE_CONNECTION | UNUSED)))
        self.assertEqual(set(), (ONE_CONNECTION | UNUSED) - names)

    def test_shared(self) -> None:
        """Nothing is shared that a connection could write into, but what nobody reads."""
        for factory in self.factories.values():
            shared = knowledge(walk_through(factory))
            writable = {name for name, value in shared.items() if type(value) not in settled._SIMPLE}
            self.assertEqual({"is_closed", "send_queue", "trafficStats"}, writable)
            self.assertRaises(AttributeError, lambda shared=shared: shared["send_queue"].append(b""))

    def test_fall_back(self) -> None:
        """What is not known, or goes wrong, means the plain way, and is told in the log."""
        for kind, factory in self.factories.items():
            with patch.object(settled, "UNUSED", frozenset()):
                self.assertIs(kind, settle(kind, factory))
            with patch.object(settled, "OPEN", -1):
                self.assertIs(kind, settle(kind, factory))

    def test_one_by_one(self) -> None:
        """What one connection comes to know, another does not."""
        site = Site()
        self.addCleanup(site.end)
        (one, _), (other, _) = site.open(), site.open(b"/CP002")
        one.close(1000)
        site.advance(3)
        other.say(b'[2,"1","Heartbeat",{}]')
        self.assertEqual([b'[2,"1","Heartbeat",{}]'], site.centrals[1].texts)
        self.assertIsNone(other.lost)
