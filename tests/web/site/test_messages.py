"""Tests of the pages about messages: `messages`, `exchanges`."""

from msgspec.structs import replace

from edge_twisted.core.roles import Role
from edge_twisted.store.errors import StoreError
from tests.scene import at_door, name_of
from tests.web.asked import CP001
from tests.web.site.chargers import HOSTILE, ChargerCase
from tests.web.site.rooms import text_of
from tests.web.test_insight import row

LIST = f"/chargers/{CP001}/messages"


class MessagePageTests(ChargerCase):
    """The list, and one message."""

    def setUp(self) -> None:
        super().setUp()
        self.known_charger()
        self.messages.write(
            row(1),
            row(2, source="central", kind="result", answers=1, seconds=0.25, text='[3,"1",{"currentTime":"x"}]'),
            row(3, action="Authorize", text='[2,"3","Authorize",{"idTag":"04A2"}]'),
            row(4, source="central", kind="error", error="GenericError", answers=3, seconds=2.0, action="Authorize"),
            row(5, action="StartTransaction", text='[2,"5","StartTransaction",{"connectorId":"one"}]'),
            replace(row(6), charger="another"),
        )

    def links(self, query: str = "") -> list[str]:
        """The numbers of the messages in the list."""
        html = self.open(LIST + query).data.decode()
        return [part.partition('"')[0] for part in html.split(f'class="message-link" href="{LIST}/')[1:]]

    def test_list(self) -> None:
        """A call and its answer are one line: direction, action, time of the answer, error; the newest first."""
        told = self.open(LIST, Role.READONLY)
        text = text_of(told)
        self.assertEqual(self.links(), ["5", "3", "1"])
        for part in ("Authorize", "GenericError", "250 ms", "no answer yet", "from charger", "Live", "Pause"):
            self.assertIn(part, text)

    def test_filters(self) -> None:
        """Search, action, side, errors and slow answers; they stay in the export's address and in the form."""
        for query, wanted in (
            ("?search=currenttime", ["2"]),
            ("?action=authorize", ["3"]),
            ("?source=central", ["4", "2"]),
            ("?errors=1", ["4"]),
            ("?slow=1", ["4"]),
            ("?search=nowhere", []),
            ("?source=x&before=x&errors=x", ["5", "3", "1"]),
        ):
            self.assertEqual(self.links(query), wanted, query)
        html = self.open(LIST + "?search=a%26b&errors=1").data.decode()
        self.assertIn(f'href="/v1/chargers/{CP001}/messages.csv?search=a%26b&amp;errors=1"', html)
        self.assertIn('value="a&amp;b"', html)
        self.assertIn('value="1" checked', html)

    def test_export(self) -> None:
        """The links of the export lead to files."""
        browser = self.browser(Role.READONLY)
        for name in ("messages.jsonl", "messages.csv"):
            told = self.send("GET", f"/chargers/{CP001}/{name}", None, *browser.headers)
            self.assertEqual(told.status, 200)
            self.assertIn("attachment", told.headers["content-disposition"])

    def test_pause(self) -> None:
        """Paused, the list ends where it was, is not live, and goes on from there."""
        html = self.open(LIST).data.decode()
        self.assertIn('href="?before=6"', html)
        self.messages.write(row(7))
        self.assertEqual(self.links("?before=6"), ["5", "3", "1"])
        told = self.open(LIST + "?before=6")
        self.assertIn("Paused", text_of(told))
        self.assertEqual(self.links(), ["7", "5", "3", "1"])

    def test_live(self) -> None:
        """New messages appear by themselves."""
        wire = self.live(LIST)
        self.assertNotIn("Heartbeats", self.part(wire, "messages"))
        self.messages.write(row(8, action="DataTransfer", text='[2,"8","DataTransfer",{}]'))
        for _ in range(4):
            self.reactor.advance(0.7)
        self.assertIn("DataTransfer", self.part(wire, "messages"))

    def test_open(self) -> None:
        """A message is laid out beside its counterpart, with what the schemas find."""
        told = self.open(f"{LIST}/3", Role.READONLY)
        text = text_of(told)
        for part in ("Request", "Authorize", "Answer: an error", "GenericError", "answered after 2 000 ms"):
            self.assertIn(part, text)
        self.assertIn("&#34;idTag&#34;: &#34;", told.data.decode())
        text = text_of(self.open(f"{LIST}/5"))
        self.assertIn("What the OCPP 1.6 schemas find", text)
        self.assertIn("connectorId", text)
        for wrong in ("99", "6", "x", "1" * 30, "%00"):
            self.assertEqual(self.open(f"{LIST}/{wrong}").status, 404, wrong)

    def test_hostile(self) -> None:
        """Text in messages can't run, and breaks nothing."""
        self.messages.write(
            row(9, action=HOSTILE, text=HOSTILE, uid=HOSTILE), row(10, kind="unreadable", error=HOSTILE)
        )
        for path in (LIST, f"{LIST}/9", f"{LIST}/10", f"{LIST}?search=%3Cscript%3E"):
            told = self.open(path)
            self.assertEqual(told.status, 200, path)
            self.assertNotIn(b"<script>", told.data)

    def test_secret_identity(self) -> None:
        """An identity that is its charger's only secret stands in no message."""
        self.serve(at_door(identity="EVB-P1234567"))
        charger = name_of(b"EVB-P1234567")
        told = '[2,"11","DataTransfer",{"vendorId":"EVB-P1234567"}]'
        self.messages.write(replace(row(11, text=told), charger=charger))
        for below in ("", "/11"):
            self.assertNotIn(b"P1234567", self.open(f"/chargers/{charger}/messages{below}").data)

    def test_unreadable(self) -> None:
        """A disk that fails is said to; no messages kept, too."""
        self.messages.fault = StoreError("broken")
        told = self.open(LIST)
        self.assertEqual(told.status, 200)
        self.messages.fault = None
        self.api.insight.messages = None
        told = self.open(LIST)
        self.assertEqual(told.status, 200)
        self.assertEqual(self.open(f"{LIST}/1").status, 503)
