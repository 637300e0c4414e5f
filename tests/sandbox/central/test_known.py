"""Tests of what is kept of chargers, and how much."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.central import known
from edge_twisted.sandbox.central.known import KEPT, MESSAGES, STRANGERS, TEXT, Exchange, Known, Roll, word
from edge_twisted.sandbox.security import Account


def exchange(text: str = "", *findings: str) -> Exchange:
    """A message of a charger."""
    return Exchange(5.0, "charger", "call", "1", "Heartbeat", text, findings)


class KnownTests(SynchronousTestCase):
    """One charger."""

    def test_messages(self) -> None:
        """The last messages are kept: so many, and so many characters."""
        one = Known("CP1")
        for number in range(MESSAGES + 5):
            one.note(exchange(str(number)))
        self.assertEqual((len(one.messages), one.messages[0].text), (MESSAGES, "5"))
        for _ in range(MESSAGES):
            one.note(exchange("x" * TEXT))
        self.assertEqual(len(one.messages), KEPT // TEXT)

    def test_counted(self) -> None:
        """A charger's findings are counted, and when it was last heard; not the central system's own."""
        one = Known("CP1")
        one.note(exchange("", "a", "b"))
        one.note(Exchange(9.0, "central", "call", "1", "Reset", "", ("c",)))
        self.assertEqual((one.findings, one.heard), (2, 5.0))

    def test_word(self) -> None:
        """A text from outside is cut, and can be written whatever it holds."""
        self.assertEqual(word("ä" * 300), "ä" * 255)
        word("\ud800").encode()


class RollTests(SynchronousTestCase):
    """All chargers."""

    def setUp(self) -> None:
        self.roll = Roll()

    def test_order(self) -> None:
        """Chargers stand in the order of their first appearance, and stay the same objects."""
        first = self.roll.see("B")
        self.roll.save("A", Account())
        self.roll.save("B", Account())
        self.assertEqual(list(self.roll.chargers), ["B", "A"])
        self.assertIs(self.roll.see("B"), first)

    def test_strangers(self) -> None:
        """The oldest stranger that is offline makes room; whoever is online or on the dashboard stays."""
        self.roll.save("account", Account())
        self.roll.see("online").online = True
        for number in range(STRANGERS + 10):
            self.roll.see(str(number))
        self.assertEqual(len(self.roll.chargers), STRANGERS + 1)
        self.assertEqual(list(self.roll.chargers)[:3], ["account", "online", "11"])

    def test_all_online(self) -> None:
        """Where all strangers are online, none is dropped: their number is the connections'."""
        for number in range(STRANGERS + 10):
            self.roll.see(str(number)).online = True
        self.assertEqual(len(self.roll.chargers), STRANGERS + 10)

    def test_remove(self) -> None:
        """A charger that is removed is forgotten, unless it is connected: then it is a stranger."""
        for identity in ("A", "B"):
            self.roll.save(identity, Account())
        self.roll.see("B").online = True
        for identity in ("A", "B", "C"):
            self.roll.remove(identity)
        self.assertEqual(list(self.roll.chargers), ["B"])
        self.assertIsNone(self.roll.chargers["B"].account)
        self.roll.see("B").online = False
        for number in range(STRANGERS):
            self.roll.see(str(number))
        self.assertNotIn("B", self.roll.chargers)

    def test_accounts(self) -> None:
        """There are so many accounts at most; those that are there can be changed all the same."""
        self.patch(known, "ACCOUNTS", 2)
        self.roll.save("A", Account())
        self.roll.save("B", Account())
        self.roll.see("C")
        for identity in ("C", "D"):
            self.assertRaises(ValueError, self.roll.save, identity, Account())
        self.roll.save("A", Account())
        self.roll.remove("A")
        self.roll.save("C", Account())
