"""Tests of how the story is told."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.demo.cast import make_cast
from edge_twisted.sandbox.demo.narrator import FOLD_SECONDS, FOLDED, Narrator
from edge_twisted.sandbox.demo.terminal import Terminal
from edge_twisted.sandbox.security import Refusal
from tests.sandbox.demo.test_summary import event
from tests.sandbox.demo.test_terminal import Screen


class NarratorTests(SynchronousTestCase):
    """Who says what, and how often."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.screen = Screen()
        self.cast = make_cast()
        terminal = Terminal(self.screen, self.clock.seconds, {})
        self.narrator = Narrator(terminal, self.clock.seconds, self.cast)

    def said(self) -> list[str]:
        """The lines so far, without their times."""
        return [line[6:] for line in self.screen.lines()]

    def test_edge(self) -> None:
        """Edge's events are told in Edge's own words."""
        self.narrator.edge(event("started", None, "Edge is ready."))
        self.assertEqual(self.said(), ["Edge            Edge is ready."])

    def test_folded(self) -> None:
        """Trouble that stays the same is told once in five minutes; another cause at once."""
        for cause in ("root-unknown", "root-unknown", "tls-version", "root-unknown"):
            self.narrator.edge(event("handshake-failed", None, cause, address="127.0.0.14", cause=cause))
        self.assertEqual([line.split()[-1] for line in self.said()], ["root-unknown", "tls-version"])
        self.clock.advance(FOLD_SECONDS + 1)
        self.narrator.edge(event("handshake-failed", None, "again", address="127.0.0.14", cause="root-unknown"))
        self.assertEqual(len(self.said()), 3)

    def test_fold_is_bounded(self) -> None:
        """Only so many troubles are remembered."""
        for number in range(FOLDED + 10):
            self.narrator.edge(event("handshake-failed", None, "x", address=str(number)))
        self.assertLessEqual(len(self.narrator._told), FOLDED)

    def test_good_news(self) -> None:
        """What goes well is told each time."""
        for _ in range(2):
            self.narrator.edge(event("served", "id1", "Served."))
        self.assertEqual(len(self.said()), 2)

    def test_charger(self) -> None:
        """A charger speaks by its number; the same failure, and that it tries again, are told once."""
        identity = self.cast[3].identity
        for attempt in (1, 2, 3):
            self.narrator.charger(h.Dialling(identity, "wss://127.0.0.1:1", attempt))
            self.narrator.charger(h.Untrusting(identity, "untrusted"))
        self.narrator.charger(h.Connected(identity, "ocpp1.6"))
        self.assertEqual({line.split("  ")[0] for line in self.said()}, {"charger 4"})
        self.assertEqual(len(self.said()), 3)

    def test_central(self) -> None:
        """The central system tells of the demo's chargers by number, and of others without a name."""
        self.narrator.central(h.TurnedAway(self.cast[0].identity, False, Refusal(403, "wss-demanded")))
        self.narrator.central(h.Let("SECRET-IDENTITY", False, "ocpp1.6"))
        text = "\n".join(self.said())
        self.assertIn("Refused charger 1 with 403", text)
        self.assertIn("Let a charger that is not on the dashboard in over ws", text)
        self.assertNotIn("SECRET", text)

    def test_dashboard(self) -> None:
        """The dashboard is told, one line for each charger, with no identity as a whole."""
        self.narrator.dashboard()
        text = "\n".join(self.said())
        self.assertEqual(text.count("Security ="), 6)
        self.assertFalse([member for member in self.cast if member.identity in text])

    def test_silent(self) -> None:
        """At the end nothing more is told."""
        self.narrator.silent = True
        self.narrator.edge(event("served", "id1", "Served."))
        self.narrator.charger(h.Closed(self.cast[0].identity, 1001))
        self.narrator.central(h.TurnedAway(self.cast[0].identity, False, Refusal(403, "wss-demanded")))
        self.assertEqual(self.said(), [])
