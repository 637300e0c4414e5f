"""Tests of many chargers at once."""

from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Plan
from edge_twisted.sandbox.fleet import Fleet
from edge_twisted.sandbox.ledger import Ledger
from tests.sandbox.charger.server import start_server
from tests.sandbox.ears import Ears


class FleetTests(TestCase):
    """Powered on one after the other, and off together."""

    timeout = 60

    async def test_all(self) -> None:
        """All come online, charge, and are gone in the end; each is in the ledger."""
        from twisted.internet import reactor

        server, ears, ledger = await start_server(self), Ears(), Ledger()
        fleet = Fleet(reactor, ears, ledger)
        self.addCleanup(fleet.stop)
        plan = Plan(first=0.01, length=0.05, sample=0.02, pause=60)
        fleet.add(*(ChargerSettings(Access(server.endpoint, f"CP{number}"), plan=plan) for number in range(10)))
        fleet.start(spread=0.2)
        await ears.next(h.Charged, 10)
        self.assertEqual(list(fleet.chargers), [f"CP{number}" for number in range(10)])
        self.assertEqual(set(ledger.identities), set(fleet.chargers))
        self.assertTrue(all(charger.state.online for charger in fleet.chargers.values()))
        await fleet.stop()
        self.assertFalse(any(charger.state.online for charger in fleet.chargers.values()))
        await fleet.stop()

    def test_spread(self) -> None:
        """They begin evenly over the time that is given; what has not begun, never does after a stop."""
        clock, ears = Clock(), Ears()
        fleet = Fleet(clock, ears)
        settings = [ChargerSettings(Access("ws://127.0.0.1:1", f"CP{number}"), BackOff(60.0)) for number in range(3)]
        fleet.add(*settings)
        fleet.start(spread=10.0)
        self.assertEqual([call.getTime() for call in clock.getDelayedCalls()], [0.0, 5.0, 10.0])
        self.successResultOf(fleet.stop())
        self.assertEqual((clock.getDelayedCalls(), ears.heard), ([], []))

    def test_twice(self) -> None:
        """Two chargers of one identity are a mistake."""
        fleet = Fleet(Clock(), Ears())
        with self.assertRaises(ValueError):
            fleet.add(*[ChargerSettings(Access("ws://127.0.0.1:1", "CP1"))] * 2)
