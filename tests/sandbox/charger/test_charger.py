"""Tests of the simulated charger, on loopback and on a clock."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase, TestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.charger import BackOff, Charger, ChargerSettings
from edge_twisted.sandbox.charger.dial import Access
from edge_twisted.sandbox.charger.routine import Plan
from edge_twisted.sandbox.security import Account, Security
from tests.sandbox.ears import Ears
from tests.sandbox.site import start_central, start_charger


class BackOffTests(SynchronousTestCase):
    """How long a charger waits."""

    def test_wait(self) -> None:
        """J-45: the least wait, doubled so many times and no more, and a random part."""
        back_off = BackOff(least=2.0, spread=1.0, doublings=2)
        self.assertEqual([back_off.wait(attempt, 0.0) for attempt in range(1, 6)], [2, 4, 8, 8, 8])
        self.assertEqual(back_off.wait(1, 0.5), 2.5)


class ChargerTests(TestCase):
    """A charger that is cut off, refused, and powered off."""

    timeout = 60

    async def test_charges(self) -> None:
        """It connects, boots, and charges a car."""
        central, _ = start_central(self)
        endpoint = f"ws://127.0.0.1:{central.ports['ws']}"
        _, ears = start_charger(self, Access(endpoint, "CP1"), Plan(first=0.05, length=0.2, sample=0.1))
        self.assertEqual(await ears.next(h.Charging), h.Charging("CP1", 1))
        self.assertEqual((await ears.next(h.Charged)).transaction, 1)
        kinds = [type(happening) for happening in ears.heard]
        self.assertEqual(kinds, [h.Dialling, h.Connected, h.Booted, h.Charging, h.Charged])

    async def test_comes_back(self) -> None:
        """Cut off, it tells the close code and connects again; it boots once only (J-44)."""
        central, heard = start_central(self)
        _, ears = start_charger(self, Access(f"ws://127.0.0.1:{central.ports['ws']}", "CP1"))
        await ears.next(h.Booted)
        central.connected["CP1"].sendClose(4001, "go away")
        self.assertEqual(await ears.next(h.Closed), h.Closed("CP1", 4001))
        await ears.next(h.Connected, 2)
        central.connected["CP1"].transport.abortConnection()
        self.assertEqual(await ears.next(h.Closed, 2), h.Closed("CP1", 1006))
        await ears.next(h.Connected, 3)
        await heard.next(h.Let, 3)
        self.assertEqual(len(ears.all(h.Booted)), 1)
        self.assertEqual([dialling.attempt for dialling in ears.all(h.Dialling)], [1, 1, 1])

    async def test_refused_until_let_in(self) -> None:
        """Refused, it counts its attempts and tries on; let in, it counts anew."""
        central, _ = start_central(self)
        central.accounts["CP1"] = Account(Security.NONE_OVER_WSS)
        _, ears = start_charger(self, Access(f"ws://127.0.0.1:{central.ports['ws']}", "CP1"))
        await ears.next(h.Refused, 2)
        central.accounts["CP1"] = Account()
        await ears.next(h.Booted)
        attempts = [dialling.attempt for dialling in ears.all(h.Dialling)]
        self.assertEqual(attempts, list(range(1, len(attempts) + 1)))
        self.assertGreater(len(attempts), 2)

    async def test_stop(self) -> None:
        """Powered off, it closes its connection with 1000 and does not come back."""
        central, heard = start_central(self)
        charger, ears = start_charger(self, Access(f"ws://127.0.0.1:{central.ports['ws']}", "CP1"))
        await ears.next(h.Booted)
        await charger.stop()
        self.assertEqual((await heard.next(h.Left)).code, 1000)
        self.assertEqual(len(ears.all(h.Dialling)), 1)

    async def test_stop_while_waiting(self) -> None:
        """Powered off between two attempts, it makes no other."""
        access = Access(f"ws://127.0.0.1:{dead_port()}", "CP1")
        charger, ears = start_charger(self, access, back_off=BackOff(least=60.0))
        self.assertEqual((await ears.next(h.Failed)).why, "refused")
        await charger.stop()
        self.assertEqual(len(ears.all(h.Dialling)), 1)

    async def test_stop_while_connecting(self) -> None:
        """Powered off in the middle of an attempt, it gives it up; a second stop is the same one."""
        central, _ = start_central(self)
        charger, ears = start_charger(self, Access(f"ws://127.0.0.1:{central.ports['ws']}", "CP1"))
        first, second = charger.stop(), charger.stop()
        await first
        await second
        self.assertEqual(ears.all(h.Connected), [])


class WaitTests(SynchronousTestCase):
    """How long a charger waits that was told to."""

    def test_retry_after(self) -> None:
        """A Retry-After that is longer than the charger's own wait is heeded, a shorter one is not."""
        clock, ears = Clock(), Ears()
        charger = Charger(clock, ChargerSettings(Access("ws://127.0.0.1:1", "CP1"), BackOff(5.0, 0.0, 0)), ears)
        for wait, pause in ((60.0, 60.0), (1.0, 5.0)):
            charger.over(h.Refused("CP1", 503, int(wait)), wait)
            [call] = clock.getDelayedCalls()
            self.assertEqual(call.getTime() - clock.seconds(), pause)
            call.cancel()


def dead_port() -> int:
    """A port of loopback that nobody listens on."""
    import socket

    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
