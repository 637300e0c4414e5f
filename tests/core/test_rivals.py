"""Tests of `edge_twisted.core.rivals` (design section 3.8)."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core import rivals
from edge_twisted.core.rivals import Clashes, Fold, may_challenge
from tests.scene import HERE, THERE, at_door

ELSEWHERE = "192.168.1.99"


class ChallengeTests(SynchronousTestCase):
    """'Alive: the newcomer is dialled only if it shows the incumbent's secret, or comes from the incumbent's address or
    the one where this identity was served longest'.
    """

    def test_secret(self) -> None:
        """The incumbent's secret opens from anywhere, in either form, whatever the user name."""
        incumbent = at_door(b"secret")
        for newcomer in (at_door(b"secret", address=THERE), at_door(b"736563726574", user=b"", address=THERE)):
            self.assertTrue(may_challenge(newcomer, incumbent, ""))
        for shown in (b"other", b"", None):
            self.assertFalse(may_challenge(at_door(shown, address=THERE), incumbent, ""))

    def test_nothing_is_no_secret(self) -> None:
        """That neither shows anything is no proof of anything."""
        self.assertFalse(may_challenge(at_door(address=THERE), at_door(), ""))
        self.assertFalse(may_challenge(at_door(b"x", address=THERE), at_door(), ""))

    def test_address(self) -> None:
        """The incumbent's address and the usual one do without a secret."""
        incumbent = at_door(b"secret", address=HERE)
        self.assertTrue(may_challenge(at_door(b"other", address=HERE), incumbent, ""))
        self.assertTrue(may_challenge(at_door(address=THERE), incumbent, THERE))
        self.assertFalse(may_challenge(at_door(address=THERE), incumbent, ELSEWHERE))

    def test_no_address(self) -> None:
        """Where no usual address is known, an unknown peer address is not the usual one."""
        self.assertFalse(may_challenge(at_door(address=""), at_door(), ""))


class ClashesTests(SynchronousTestCase):
    """'Three replacements within 10 minutes of an incumbent that sent data in its last 10 s: clash alarm, newcomers get
    503 for a minute.'
    """

    def test_third(self) -> None:
        """The third within 10 minutes is a clash, for a minute."""
        clashes = Clashes()
        self.assertEqual([clashes.replaced("cp", 10.0, now) for now in (0, 300, 600)], [False, False, True])
        self.assertEqual([clashes.remaining("cp", now) for now in (600, 650, 659.5, 660)], [60, 10, 0.5, 0])

    def test_slow(self) -> None:
        """Three within more than 10 minutes are none."""
        clashes = Clashes()
        for now in (0, 300, 601, 1201, 1503):
            self.assertFalse(clashes.replaced("cp", 0.0, now), now)

    def test_quiet_incumbents(self) -> None:
        """Who was silent for more than 10 s was a dead connection, and does not count."""
        clashes = Clashes()
        self.assertEqual([clashes.replaced("cp", 10.1, now) for now in range(20)], [False] * 20)

    def test_afresh(self) -> None:
        """After a clash the counting begins anew."""
        clashes = Clashes()
        self.assertEqual([clashes.replaced("cp", 0, now) for now in range(6)], [False, False, True] * 2)

    def test_apart(self) -> None:
        """Each identity has its own count and its own minute."""
        clashes = Clashes()
        for now in (0, 1, 2):
            self.assertFalse(clashes.replaced(f"cp{now}", 0, now))
        for now in (3, 4):
            clashes.replaced("cp0", 0, now)
        self.assertEqual([clashes.remaining(name, 4) for name in ("cp0", "cp1")], [60, 0])

    def test_bounded(self) -> None:
        """However many identities clash, the tables stay within their bound; the newest are kept."""
        self.patch(rivals, "CAPACITY", 10)
        clashes = Clashes()
        for number in range(50):
            for now in (0, 1, 2):
                clashes.replaced(f"cp{number}", 0, now)
            clashes.replaced(f"other{number}", 0, 2)
        self.assertLessEqual(max(len(clashes._closed), len(clashes._replaced)), 10)
        self.assertEqual([clashes.remaining(name, 2) for name in ("cp49", "cp0")], [60, 0])


class FoldTests(SynchronousTestCase):
    """'One folded alarm'."""

    def test_once_per_period(self) -> None:
        """The first is told, and then one per period."""
        fold = Fold(600)
        self.assertEqual([fold.first("a", now) for now in (0, 1, 599, 600, 601)], [True, False, False, True, False])

    def test_apart(self) -> None:
        """Different things are folded apart."""
        fold = Fold(600)
        self.assertEqual([fold.first(key, 0) for key in ("a", "b", ("a", "b"), "a")], [True, True, True, False])

    def test_bounded(self) -> None:
        """However many different things there are, the table stays within its bound."""
        self.patch(rivals, "CAPACITY", 10)
        fold = Fold(600)
        for number in range(100):
            fold.first(number, number)
        self.assertEqual(len(fold._last), 10)
        self.assertFalse(fold.first(99, 99))
