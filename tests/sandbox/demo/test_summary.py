"""Tests of the demo's table."""

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.demo import story
from edge_twisted.sandbox.demo.cast import make_cast
from edge_twisted.sandbox.demo.control import Event
from edge_twisted.sandbox.demo.summary import Summary

UPLINK = "wss://127.0.0.1:9"


def event(code: str, charger: str | None = None, sentence: str = "", **fields: Any) -> Event:
    """An event of Edge's."""
    return {"id": 1, "at": 0.0, "code": code, "charger": charger, "fields": fields, "sentence": sentence}


class SummaryTests(SynchronousTestCase):
    """What is known of each charger, from Edge's events and from the charger itself."""

    def setUp(self) -> None:
        self.cast = make_cast()
        self.summary = Summary(self.cast)

    def opened(self, number: int, *, secure: bool, password: bool = False, uplink: str = UPLINK) -> None:
        """A session of a charger's."""
        member = self.cast[number - 1]
        kind = "shown" if password else "none"
        fields: dict[str, Any] = {"secure": secure, "password": password, "uplink": uplink, "kind": kind}
        self.summary.hear(event("session-opened", f"id{number}", address=member.source, label="x", **fields))

    def row(self, number: int) -> tuple[str, ...]:
        """A charger's line without its name."""
        return self.summary.rows()[number - 1][1:]

    def test_nothing_yet(self) -> None:
        """At first nothing is known, and nothing decided."""
        self.assertEqual(self.row(1)[3], story.NOTHING_YET)
        self.assertFalse(self.summary.decided)
        self.assertEqual(self.summary.notes(), [])

    def test_served(self) -> None:
        """A served charger: how each leg is secured, and what Edge found."""
        self.opened(1, secure=False)
        self.assertEqual(self.row(1)[3], story.CONNECTED)
        self.summary.hear(event("served", "id1", label="CP1-…", how="result", first=True))
        self.summary.hear(event("learned", "id1", label="CP1-…", what="wss"))
        self.summary.hear(event("learned", "id1", label="CP1-…", what="wss"))
        self.summary.hear(event("learned", "id1", label="CP1-…", what="profile-kept"))
        self.assertEqual(
            self.row(1),
            ("ws: NOT encrypted, no password", "wss: encrypted, no password", "wss", "served"),
        )
        self.assertIn("found out by itself", self.summary.outcomes[self.cast[0].identity].moral())

    def test_password(self) -> None:
        """A charger with a password; that its own wss leads to wss is no find."""
        self.opened(3, secure=True, password=True)
        for what in ("wss", "password"):
            self.summary.hear(event("learned", "id3", what=what))
        self.summary.hear(event("served", "id3"))
        self.assertEqual(self.row(3), ("wss: encrypted, password", "wss: encrypted, password", "password", "served"))
        self.assertIn("password proves", self.summary.outcomes[self.cast[2].identity].moral())

    def test_trouble(self) -> None:
        """A charger that fails: Edge's own words, found by the address; decided once the charger saw it too."""
        member = self.cast[3]
        said = "The charger does not know the certificate. Load it."
        self.summary.hear(event("handshake-failed", None, said, address=member.source, cause="root-unknown"))
        outcome = self.summary.outcomes[member.identity]
        self.assertFalse(outcome.decided)
        self.summary.notice(h.Untrusting(member.identity, "untrusted"))
        self.assertTrue(outcome.decided)
        self.assertEqual(self.row(4), ("wss: broken off", "-", "", story.NOT_SERVED))
        self.assertEqual(self.summary.notes(), [f"charger 4: {said}"])
        self.assertIn("offline", outcome.moral())

    def test_trouble_that_passed(self) -> None:
        """What came right in the end is no trouble: a refusal over ws before wss was found."""
        member = self.cast[0]
        self.summary.hear(event("turned-away", "id1", "Refused.", address=member.source, label="CP1-…"))
        self.assertEqual(len(self.summary.notes()), 1)
        self.opened(1, secure=False)
        self.assertEqual(self.summary.notes(), [])

    def test_ended(self) -> None:
        """A charger whose session ended is not served any more, and Edge's words say why."""
        self.opened(2, secure=True)
        self.summary.hear(event("served", "id2"))
        self.summary.hear(event("session-ended", "id2", "Disconnected.", outcome="central-lost"))
        self.assertEqual(self.row(2)[3], story.NOT_SERVED)
        self.assertEqual(self.summary.notes(), ["charger 2: Disconnected."])

    def test_without_address(self) -> None:
        """An event without an address is found by the shown part of the ID."""
        self.summary.hear(event("uplink-failed", "id2", "No way.", label="CP2-…", uplink=UPLINK))
        self.assertEqual(self.summary.notes(), ["charger 2: No way."])

    def test_others(self) -> None:
        """Events of other chargers, and of Edge itself, are nobody's here."""
        self.summary.hear(event("served", "somebody", label="XY12…"))
        self.summary.hear(event("started", None, "Ready.", ws=[1], wss=[2]))
        self.assertEqual({row[4] for row in self.summary.rows()}, {story.NOTHING_YET})
