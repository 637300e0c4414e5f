"""Tests of `edge_twisted.core.pairing`."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.messages import Call, parse
from edge_twisted.core.pairing import OPEN, Asked, Pairing
from edge_twisted.core.steps import Leg


def call(id: str) -> Call:
    """A call."""
    message = parse(f'[2,"{id}","Heartbeat",{{}}]')
    assert isinstance(message, Call)
    return message


class PairingTests(SynchronousTestCase):
    """`Pairing`."""

    def setUp(self) -> None:
        self.pairing = Pairing()

    def ask(self, source: Leg, id: str, at: float = 1.0) -> Asked:
        """A call passes."""
        asked = Asked("Heartbeat", at, 7)
        self.pairing.asked(source, call(id), asked)
        return asked

    def test_pair(self) -> None:
        """An answer finds its call once, also a CALLERROR."""
        asked = self.ask(Leg.CHARGER, "a")
        self.assertIs(self.pairing.answered(Leg.CENTRAL, parse('[3,"a",{}]')), asked)
        self.assertIsNone(self.pairing.answered(Leg.CENTRAL, parse('[3,"a",{}]')))
        asked = self.ask(Leg.CENTRAL, "b")
        self.assertIs(self.pairing.answered(Leg.CHARGER, parse('[4,"b","NotSupported","",{}]')), asked)

    def test_sides(self) -> None:
        """Both sides may use the same id at once; nobody answers his own call."""
        one, other = self.ask(Leg.CHARGER, "1", 1.0), self.ask(Leg.CENTRAL, "1", 2.0)
        self.assertIs(self.pairing.answered(Leg.CHARGER, parse('[3,"1",{}]')), other)
        self.assertIsNone(self.pairing.answered(Leg.CHARGER, parse('[3,"1",{}]')))
        self.assertIs(self.pairing.answered(Leg.CENTRAL, parse('[3,"1",{}]')), one)

    def test_no_answer(self) -> None:
        """A call, and what can't be read, answer nothing."""
        self.ask(Leg.CHARGER, "a")
        for text in ('[2,"a","X",{}]', "nonsense", '[5,"a"]'):
            self.assertIsNone(self.pairing.answered(Leg.CENTRAL, parse(text)), text)

    def test_bound(self) -> None:
        """Of calls without answers only the latest are remembered; of two with one id the later counts."""
        for number in range(OPEN + 1):
            self.ask(Leg.CHARGER, str(number))
        self.assertIsNone(self.pairing.answered(Leg.CENTRAL, parse('[3,"0",{}]')))
        again = self.ask(Leg.CHARGER, "5", 9.0)
        self.assertIs(self.pairing.answered(Leg.CENTRAL, parse('[3,"5",{}]')), again)
