"""Tests of the connection story: `story`, `telltale`, `fresh`."""

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.config import Settings, Uplink
from edge_twisted.core import events as e
from edge_twisted.core.events import ALARMS
from edge_twisted.core.policy import Refusal
from edge_twisted.core.roles import Role
from edge_twisted.core.steps import Answered, End, Tried
from edge_twisted.store.entries import Entry
from edge_twisted.store.errors import StoreError
from edge_twisted.web.site.telltale import concerns, tell
from tests.scene import HERE, at_door
from tests.web.asked import CP001, parse
from tests.web.site.chargers import HOSTILE, ChargerCase
from tests.web.site.rooms import text_of

DASHBOARD = "https://example.evc-net.com"
STORY = f"/chargers/{CP001}/story"


class StoryTests(ChargerCase):
    """The page."""

    settings = Settings(uplink=Uplink(dashboard=DASHBOARD))

    def refused_by(self, status: int) -> None:
        """The central system refuses the charger, and the desk is told of every dial."""
        name, plan = self.planned(at_door())
        tried = tuple(Tried(dial, Answered(status)) for dial in plan.dials)
        self.desk.ended(name, End("turned-away", tried, refusal=Refusal(status, "turned-away")), 0.0)

    def test_certificate(self) -> None:
        """A charger that came over ws and now refuses the certificate: its story has that, by its address, with the
        remedy; what happened at other addresses is not in it."""
        self.leave(self.known_charger())
        self.desk.bus.publish(e.HandshakeFailed(HERE, True, "root-unknown", "load-root", "48"))
        self.desk.bus.publish(e.HandshakeFailed("192.168.1.99", True, "tls-too-old", "update-charger-tls", "TLS 1.0"))
        text = text_of(self.open(STORY, Role.READONLY))
        for part in (
            "No connection over wss",
            "does not know the certificate",
            "Load the box's root certificate",
            HERE,
        ):
            self.assertIn(part, text)
        self.assertNotIn("TLS 1.0", text)
        self.assertLess(text.index("No connection over wss"), text.index("Disconnected"))
        self.assertIn("Served by the central system", text)

    def test_dashboard(self) -> None:
        """Where the central system refuses, the remedy names the dashboard's step, and leads there."""
        self.refused_by(404)
        _, wire = self.begin("GET", STORY, None, *self.shown(Role.READONLY))
        told = parse(wire.value())
        text = text_of(told)
        self.assertIn("Add the charger to the charger dashboard", text)
        self.assertIn(f'<a href="{DASHBOARD}" target="_blank" rel="noreferrer noopener">', told.data.decode())

    def test_only_trouble(self) -> None:
        """What went well can be left out."""
        self.leave(self.known_charger())
        self.assertIn("Served by the central system", text_of(self.open(STORY)))
        self.assertNotIn("Served by the central system", text_of(self.open(f"{STORY}?only=trouble")))

    def test_unreadable(self) -> None:
        """A disk that fails is said to; the rest of the page is there."""
        self.known_charger()
        self.journal.fault = StoreError("broken")
        told = self.open(STORY)
        self.assertEqual(told.status, 200)
        self.assertIn("The journal can't be read", text_of(told))

    def test_hostile(self) -> None:
        """Text from outside in the journal can't run, and breaks nothing."""
        self.known_charger()
        self.desk.bus.publish(e.HandshakeFailed(HERE, True, HOSTILE, HOSTILE, HOSTILE))
        told = self.open(STORY)
        self.assertEqual(told.status, 200)
        self.assertNotIn(b"<script>", told.data)

    def test_live(self) -> None:
        """It goes on by itself, also with what has no ID."""
        self.leave(self.known_charger())
        wire = self.live(STORY)
        self.assertNotIn("No connection over wss", self.part(wire, "story"))
        self.desk.bus.publish(e.HandshakeFailed(HERE, True, "root-unknown", "load-root", "48"))
        for _ in range(4):
            self.reactor.advance(1.0)
        self.assertIn("No connection over wss", self.part(wire, "story"))


class TellTests(SynchronousTestCase):
    """How entries become lines."""

    def entry(self, number: int, code: str, **fields: Any) -> Entry:
        """An entry of the journal."""
        return Entry(number, float(number), code, "c", fields)

    def test_repeated(self) -> None:
        """What repeats itself is one line with its number and its times; folded entries count."""
        failed = {"uplink": "ws://x", "cause": "uplink-dns", "remedy": "check-dns"}
        refused = {"address": HERE, "secure": False, "status": 502, "cause": "central-failed"}
        entries = []
        for number in range(0, 20, 2):
            entries += [
                self.entry(number, "uplink-failed", **failed),
                self.entry(number + 1, "attempt-refused", **refused),
            ]
        entries.append(self.entry(30, "uplink-failed", **failed, folded=4))
        lines = tell(entries)
        self.assertEqual(
            [(line.title, line.count, line.first, line.at) for line in lines],
            [
                ("The central system could not be reached", 15, 0.0, 30.0),
                ("Edge did not let it in (502)", 10, 1.0, 19.0),
            ],
        )

    def test_every_code(self) -> None:
        """Each kind of entry has its line, whatever is missing in it; nothing raises."""
        codes = ["handshake-failed", "request-refused", "attempt-refused", "turned-away", "uplink-failed"]
        codes += [
            "session-opened",
            "served",
            "learned",
            "session-ended",
            "alarm",
            "edited",
            "journal-gap",
            "of-tomorrow",
        ]
        for code in codes:
            for line in tell([self.entry(1, code)]):
                self.assertTrue(line.title and line.where, code)
        for what in ALARMS:
            [line] = tell([self.entry(1, "alarm", what=what)])
            self.assertNotIn("no words", line.remedy)

    def test_edited(self) -> None:
        """A person's change is told with who, before and after, without the charger's name."""
        given = {"label": "CP001", "what": "endpoint", "by": "account:anna", "old": "ws://a", "new": "wss://b"}
        [line] = tell([self.entry(1, "edited", **given)])
        self.assertEqual(line.text, "Anna changed the endpoint of its uplink; before: ws://a; now: wss://b.")

    def test_concerns(self) -> None:
        """Entries with an ID belong to that charger only, those without to whoever is at the address."""
        mine, other = self.entry(1, "served"), Entry(2, 0.0, "served", "d", {})
        nobody = Entry(3, 0.0, "handshake-failed", None, {"address": HERE})
        self.assertEqual([concerns(one, "c", {HERE}) for one in (mine, other, nobody)], [True, False, True])
        self.assertFalse(concerns(nobody, "c", {"192.168.1.99"}))
        self.assertFalse(concerns(Entry(4, 0.0, "login-refused", None, {"address": HERE}), "c", {HERE}))
