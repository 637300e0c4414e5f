"""Tests of the demo's texts."""

import ast
import re
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

import edge_twisted.sandbox.demo
from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.demo import story
from edge_twisted.sandbox.security import CHOICES, Account, Credentials, Refusal, Security

DEMO = Path(edge_twisted.sandbox.demo.__file__).parent
BASIC = Account(Security.BASIC_OVER_WSS, Credentials(b"CP1", b"secret"))


def documented(kind: type[h.Happening]) -> set[str]:
    """The codes that a happening's docstring lists for `why`."""
    found = re.search(r"why: (.*)\n", kind.__doc__ or "")
    assert found is not None
    return set(re.findall(r"`([a-z]+)`", found[1]))


class CodesTests(SynchronousTestCase):
    """Every code has its words, and every word a code."""

    def test_refusals(self) -> None:
        """Why the central system refuses."""
        text = (DEMO.parent / "security.py").read_text(encoding="utf-8")
        self.assertEqual(set(re.findall(r'Refusal\(\d+, "([a-z-]+)"\)', text)), set(story.WRONG))

    def test_trust(self) -> None:
        """Why a charger does not believe a server."""
        self.assertEqual(documented(h.Untrusting), set(story.UNTRUSTED))

    def test_failures(self) -> None:
        """Why no connection came about."""
        self.assertEqual(documented(h.Failed), set(story.FAILED))

    def test_security(self) -> None:
        """The dashboard's three choices, in its words."""
        self.assertEqual(set(CHOICES), set(Security))


class SentencesTests(SynchronousTestCase):
    """What is said."""

    def test_central(self) -> None:
        """The central system tells whom it let in, whom it refused and why, and what it could not answer."""
        said = story.central_says("charger 1", Account(), h.TurnedAway("CP1", False, Refusal(403, "wss-demanded")))
        self.assertEqual(said, "Refused charger 1 with 403: it came over ws, and its Security setting demands wss.")
        self.assertIn("password are right", story.central_says("charger 1", BASIC, h.Let("CP1", True, "ocpp1.6")))
        self.assertIn("no password", story.central_says("charger 1", Account(), h.Let("CP1", False, "")))
        self.assertIn(
            "MakeCoffee", story.central_says("x", Account(), h.Answered("CP1", "MakeCoffee", "NotImplemented"))
        )
        self.assertEqual(story.central_says("x", Account(), h.Answered("CP1", "Heartbeat")), "")

    def test_charger(self) -> None:
        """A charger tells how it connects, and every way in which that can fail."""
        self.assertEqual(
            story.charger_says(None, h.Dialling("CP1", "ws://edge.lan", 1)),
            "Connects to ws://edge.lan: unencrypted, without a password.",
        )
        self.assertEqual(
            story.charger_says(BASIC.credentials, h.Dialling("CP1", "wss://edge.lan", 1)),
            "Connects to wss://edge.lan: encrypted, with a user name and password.",
        )
        told = [
            h.Dialling("CP1", "ws://edge.lan", 2),
            h.Refused("CP1", 503, 7),
            *(h.Untrusting("CP1", why) for why in story.UNTRUSTED),
            *(h.Failed("CP1", why) for why in story.FAILED),
            h.Closed("CP1", 1001),
            h.Booted("CP1", "Pending"),
            h.Charging("CP1", 1),
            h.Charged("CP1", 1, 200),
        ]
        said = [story.charger_says(None, happening) for happening in told]
        self.assertEqual(len(set(said)), len(told))
        self.assertTrue(all(text.endswith(".") for text in said), said)
        self.assertEqual(story.charger_says(None, h.Booted("CP1", "Accepted")), "")

    def test_no_secret(self) -> None:
        """No sentence holds an identity as a whole, or a password."""
        identity = "CP1-ABCDEFGHIJ"
        self.assertEqual(story.label(identity), "CP1-…")
        said = story.dashboard("charger 1", identity, BASIC) + story.charger_says(
            BASIC.credentials, h.Dialling(identity, "wss://edge.lan", 1)
        )
        self.assertNotIn(identity, said)
        self.assertNotIn("secret", said)

    def test_morals(self) -> None:
        """What was seen is said for each combination, differently."""
        said = {
            story.moral("charger 1", served, secure, onward, password)
            for served in (True, False)
            for secure in (True, False)
            for onward in (True, False)
            for password in (True, False)
        }
        self.assertEqual(len(said), 1 + 2 * 3)

    def test_texts_stand_here(self) -> None:
        """No other module of the demo holds a sentence for people: docstrings and programmers' errors apart."""
        from tests.words.codes import sentences

        found = []
        for path in sorted(DEMO.glob("*.py")):
            if path.name != "story.py":
                tree = ast.parse(path.read_text(encoding="utf-8"))
                found += [f"{path.name}:{line}: {text}" for line, text in sentences(tree)]
        self.assertEqual(found, [])
