"""Tests of who hears of changes, and of who is known."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.central.answers import Answers
from edge_twisted.sandbox.central.faults import Faults
from edge_twisted.sandbox.central.shared import LISTENERS, STRANGER, Shared
from edge_twisted.sandbox.ledger import Ledger
from edge_twisted.sandbox.security import Account, Security


def shared(strangers: bool = True) -> Shared:
    """Something to share."""
    return Shared(Clock(), lambda happening: None, lambda: 0.0, Ledger(), Answers(30), Faults(), strangers)


class SharedTests(SynchronousTestCase):
    """Without connections."""

    def test_account(self) -> None:
        """J-07: strangers are let in or not, as set; what can't be an identity never is."""
        account = Account(Security.NONE_OVER_WSS)
        for strangers in (True, False):
            one = shared(strangers)
            one.roll.save("CP1", account)
            one.roll.see("seen")
            self.assertEqual(one.account("CP1"), account)
            for identity in ("seen", "new"):
                self.assertEqual(one.account(identity), STRANGER if strangers else None)
            for identity in ("", "x" * 256):
                self.assertIsNone(one.account(identity))

    def test_watch(self) -> None:
        """All who watch hear; until they don't want to any more."""
        one = shared()
        first: list[str] = []
        second: list[str] = []
        no_more = one.watch(first.append)
        one.watch(second.append)
        one.changed("A")
        no_more()
        no_more()
        one.changed("")
        self.assertEqual((first, second), (["A"], ["A", ""]))

    def test_one_fails(self) -> None:
        """One who fails is logged, and does not keep the others from hearing."""
        one = shared()
        heard: list[str] = []
        one.watch(lambda identity: [][1])
        one.watch(heard.append)
        one.changed("A")
        self.assertEqual((heard, len(self.flushLoggedErrors(IndexError))), (["A"], 1))

    def test_bounded(self) -> None:
        """So many may watch."""
        one = shared()
        for _ in range(LISTENERS):
            no_more = one.watch(lambda identity: None)
        self.assertRaises(ValueError, one.watch, lambda identity: None)
        no_more()
        one.watch(lambda identity: None)
