"""Tests of the API about passing messages: `insight`, `observed`, `exporting`, `bundle`, over HTTP in memory."""

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from attrs import evolve
from msgspec.structs import replace
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed

from edge_twisted.config import Settings, Uplink
from edge_twisted.config_values import Root
from edge_twisted.core.steps import Leg
from edge_twisted.desk.archive import Usher
from edge_twisted.store.errors import StoreError
from edge_twisted.store.message_file import MessageFile, find, open_message
from edge_twisted.store.message_rows import Found, Row, Search
from edge_twisted.telling import GATHER_SECONDS, Telling
from edge_twisted.web import exporting
from edge_twisted.web.api import Api
from edge_twisted.web.bundle import Bundle, show_settings
from edge_twisted.web.insight import Insight, show
from tests.scene import NOW, at_door, name_of
from tests.store.test_messages import passed
from tests.web.asked import CP001, ApiCase, Told, parse

T = TypeVar("T")


class DirectMessages:
    """A store that reads and writes at once."""

    fault: Exception | None = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = MessageFile(path)
        self.listeners: list[Callable[[list[Row]], None]] = []

    @property
    def newest(self) -> int:
        """The newest number."""
        return self.file.newest()

    def write(self, *rows: Row) -> None:
        """Write, and tell those who follow."""
        self.file.write(rows)
        for listener in tuple(self.listeners):
            listener(list(rows))

    def find(self, search: Search) -> Deferred[Found]:
        """Search."""
        return fail(self.fault) if self.fault else succeed(find(self.path, search))

    def open(self, charger: str, number: int) -> Deferred[Any]:
        """Open one."""
        return succeed(open_message(self.path, charger, number))

    def work(self, job: Callable[[], T]) -> Deferred[T]:
        """Do something."""
        return maybeDeferred(job)

    def follow(self, listener: Callable[[list[Row]], None]) -> Callable[[], None]:
        """Follow."""
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)


def row(number: int, **more: Any) -> Row:
    """A message as it is kept."""
    return passed(number, CP001, **more).row()


class InsightCase(ApiCase):
    """The API with a store of messages and what they told."""

    def setUp(self) -> None:
        super().setUp()
        self.messages = DirectMessages(Path(self.mktemp()).absolute())
        self.addCleanup(self.messages.file.close)
        self.telling = Telling(self.reactor, self.time)
        self.desk.bus.subscribe(Usher(self.desk.hall, self.telling))
        self.desk.passed = self.telling.passed

    def make(self) -> Api:
        """The API as `watching` completes it."""
        api = super().make()
        book, messages = self.book, self.messages

        def line(one: Row) -> object:
            return show(one, None, book.secret(b"CP001"))

        async def chargers() -> object:
            return api.views.chargers()

        bundle = Bundle({"chargers.json": chargers}, messages, line, self.time, messages.work)  # type: ignore[arg-type]  # as the test needs it
        api.insight = Insight(
            self.telling,
            messages,  # type: ignore[arg-type]  # as much of it as is needed
            book.name,
            book.secret,
            self.registry,
            self.time,
            bundle,
        )
        api.views.observed = api.insight.observed
        return api

    def pass_(self, session: str, source: Leg, message: Any) -> None:
        """A message passes, and is looked at."""
        self.desk.passed(session, source, json.dumps(message).encode(), False)
        self.reactor.advance(GATHER_SECONDS)

    def read(self, query: str = "", ref: str = "CP001") -> Any:
        """Messages."""
        return self.get(f"/chargers/{ref}/messages{query}")

    def ids(self, query: str = "") -> list[int]:
        """Their numbers."""
        return [one["id"] for one in self.read(query)["messages"]]


class ObservedTests(InsightCase):
    """What the shapes of chargers hold of passing messages."""

    def test_nothing_yet(self) -> None:
        """Of a charger whose messages were never seen nothing is told."""
        self.turned_away_by(404)
        self.assertIsNone(self.get("/chargers/CP001")["observed"])

    def test_observed(self) -> None:
        """Boot facts, connectors, transaction, power and the last message are told, in list and detail."""
        name = self.known_charger()
        self.pass_(name, Leg.CHARGER, [2, "1", "BootNotification", {"chargePointVendor": "Acme"}])
        self.pass_(name, Leg.CENTRAL, [3, "1", {"status": "Accepted", "interval": 60}])
        start = {"connectorId": 1, "idTag": "04A2B3C4D5", "meterStart": 500}
        self.pass_(name, Leg.CHARGER, [2, "2", "StartTransaction", start])
        self.pass_(name, Leg.CENTRAL, [3, "2", {"transactionId": 9, "idTagInfo": {"status": "Accepted"}}])
        sampled = [{"value": "7.2", "measurand": "Power.Active.Import", "unit": "kW"}, {"value": "1500"}]
        self.pass_(
            name, Leg.CHARGER, [2, "3", "MeterValues", {"connectorId": 1, "meterValue": [{"sampledValue": sampled}]}]
        )
        found = self.get("/chargers/CP001")["observed"]
        self.assertEqual(
            (found["boot"]["vendor"], found["boot"]["status"], found["heartbeat_seconds"]), ("Acme", "Accepted", 60)
        )
        [connector] = found["connectors"]
        transaction = connector["transaction"]
        self.assertEqual((transaction["id"], transaction["card"], transaction["energy"]), (9, "…4D5", 1000.0))
        self.assertEqual((found["power"], len(found["curve"])), (7200.0, 24))
        self.assertEqual(found["last_message"]["action"], "MeterValues")
        self.assertEqual(self.get("/chargers")["chargers"][0]["observed"], found)
        self.leave(name)
        self.reactor.advance(GATHER_SECONDS)
        found = self.get("/chargers/CP001")["observed"]
        self.assertIsNone(found["power"])
        self.assertEqual(found["boot"]["vendor"], "Acme")

    def test_identity_as_serial(self) -> None:
        """A serial number that is the charger's only secret is not told."""
        name = self.serve(at_door(identity="EVB-P1234567"))
        boot = {"chargePointSerialNumber": "EVB-P1234567", "chargePointModel": "Model evb-p1234567"}
        self.pass_(name, Leg.CHARGER, [2, "1", "BootNotification", boot])
        told = self.call("GET", f"/v1/chargers/{name_of(b'EVB-P1234567')}")
        self.assertNotIn(b"P1234567", told.data.upper())
        self.assertEqual(told.json["observed"]["boot"]["serial"], "EVB…")

    def test_power(self) -> None:
        """The last 24 hours are told in points and hours, also of a charger that told nothing."""
        name = self.known_charger()
        found = self.get("/chargers/CP001/power")
        self.assertEqual((len(found["power"]), len(found["energy"])), (288, 24))
        sampled = [{"value": "1000", "measurand": "Power.Active.Import"}]
        self.pass_(
            name, Leg.CHARGER, [2, "3", "MeterValues", {"connectorId": 1, "meterValue": [{"sampledValue": sampled}]}]
        )
        self.now += 60
        found = self.get("/chargers/CP001/power")
        self.assertEqual(found["power"][-1], 1000.0)
        self.assertEqual(found["power_from"] + 287 * 300, (NOW + self.now) // 300 * 300)


class MessagesTests(InsightCase):
    """The messages of a charger."""

    def setUp(self) -> None:
        super().setUp()
        self.known_charger()
        self.messages.write(
            row(1),
            row(2, source="central", kind="result", answers=1, seconds=0.25, text='[3,"1",{"currentTime":"x"}]'),
            row(3, action="Authorize", text='[2,"3","Authorize",{"idTag":"04A2B3C4D5"}]'),
            row(4, source="central", kind="error", error="GenericError", answers=3, seconds=2.0, action="Authorize"),
            replace(row(5), charger="another"),
        )

    def test_list(self) -> None:
        """They come newest last, calls with their answers; those of others are not among them."""
        found = self.read()
        self.assertEqual([one["id"] for one in found["messages"]], [1, 2, 3, 4])
        first, second, third, _ = found["messages"]
        self.assertEqual((first["answered_by"], first["seconds"]), (2, 0.25))
        self.assertEqual((second["answers"], second["seconds"]), (1, 0.25))
        self.assertEqual((third["error"], third["answered_by"]), ("GenericError", 4))
        self.assertIsNone(found["more"])

    def test_filters(self) -> None:
        """Each filter finds what it should."""
        for query, wanted in (
            ("?source=central", [2, 4]),
            ("?action=authorize", [3, 4]),
            ("?search=currenttime", [2]),
            ("?errors=1", [4]),
            ("?slow=1000", [4]),
            (f"?since={int(NOW) + 2}&until={int(NOW) + 3}", [2, 3]),
            ("?limit=1", [4]),
            ("?before=3", [1, 2]),
            ("?after=2", [3, 4]),
            ("?after=1&limit=1", [2]),
        ):
            self.assertEqual(self.ids(query), wanted, query)
        self.assertEqual(self.read("?limit=1")["more"], 4)
        self.assertEqual(self.read("?after=1&limit=1")["more"], 2)

    def test_wrong(self) -> None:
        """A wrong value is refused by its name."""
        for query, field in (("source=x", "source"), ("slow=-1", "slow"), ("errors=2", "errors"), ("since=x", "since")):
            told = self.call("GET", f"/v1/chargers/CP001/messages?{query}")
            self.assertEqual((told.status, told.json["field"]), (422, field))

    def test_open(self) -> None:
        """A message opens laid out, with its counterpart and hints."""
        found = self.get("/chargers/CP001/messages/2")
        self.assertEqual(found["layout"], '[\n  3,\n  "1",\n  {\n    "currentTime": "x"\n  }\n]')
        self.assertEqual((found["other"]["id"], found["findings"]), (1, []))
        found = self.get("/chargers/CP001/messages/3")
        self.assertEqual((found["other"]["id"], found["message"]["answered_by"]), (4, 4))
        self.messages.write(row(6, text='[2,"6","Heartbeat",{"odd":1}]'))
        [finding] = self.get("/chargers/CP001/messages/6")["findings"]
        self.assertEqual(finding, {"place": "", "sentence": "OCPP 1.6 has no field odd here."})

    def test_open_nothing(self) -> None:
        """A message that is not there, of another charger or no number at all is not found."""
        for number in ("5", "99", "x", "-1", "9" * 30, "%E2%91%A0"):
            told = self.call("GET", f"/v1/chargers/CP001/messages/{number}")
            self.assertEqual(told.refusal, (404, "message-unknown", None), number)

    def test_identity_became_secret(self) -> None:
        """An identity that was kept while a password stood beside it is hidden once it is the only secret again."""
        self.messages.write(row(7, text='[2,"7","X",{"serial":"CP001"}]'))
        self.assertIn("CP001", self.read()["messages"][-1]["text"])
        record = self.known()
        self.remember(evolve(record, detected=None, shown=None, own=None))
        self.assertEqual(self.book.secret(b"CP001"), b"CP001")
        told = self.call("GET", f"/v1/chargers/{CP001}/messages")
        self.assertNotIn(b"CP001", told.data)

    def test_export_lines(self) -> None:
        """An export has all messages, oldest first, a JSON object a line."""
        self.patch(exporting, "PAGE", 3)
        told = self.call("GET", "/v1/chargers/CP001/messages.jsonl?source=charger")
        self.assertEqual([json.loads(line)["id"] for line in told.data.splitlines()], [1, 3])
        self.assertIn("attachment", told.headers["content-disposition"])

    def test_export_table(self) -> None:
        """A table has a head and no formulas."""
        self.messages.write(row(6, action="=cmd()", text='say "hi", please'))
        told = self.call("GET", "/v1/chargers/CP001/messages.csv")
        lines = list(csv.DictReader(io.StringIO(told.data.decode())))
        self.assertEqual([line["id"] for line in lines], ["1", "2", "3", "4", "6"])
        self.assertEqual((lines[4]["action"], lines[4]["text"]), ("'=cmd()", 'say "hi", please'))
        self.assertEqual((lines[1]["seconds"], lines[1]["answers"]), ("0.25", "1"))

    def test_export_slowly(self) -> None:
        """A client that takes nothing makes the export wait."""
        self.patch(exporting, "PAGE", 2)
        self.messages.write(*(row(number) for number in range(10, 20)))
        _, wire = self.begin("GET", "/v1/chargers/CP001/messages.jsonl")
        self.assertEqual(parse(wire.value()).data.count(b"\n"), 14)
        original = exporting.Tap.open

        def clogged(tap: exporting.Tap) -> None:
            original(tap)
            tap.pauseProducing()

        self.patch(exporting.Tap, "open", clogged)
        _, wire = self.begin("GET", "/v1/chargers/CP001/messages.jsonl")
        self.assertNotIn(b'"id"', wire.value())
        wire.resume()
        self.assertEqual(parse(wire.value()).data.count(b"\n"), 14)

    def test_store_fails(self) -> None:
        """Where the store can't be read, that is answered."""
        self.messages.fault = StoreError("x")
        for path in ("messages", "messages.csv", "messages.jsonl"):
            self.assertEqual(self.call("GET", f"/v1/chargers/CP001/{path}").status, 503)
        self.assertEqual(exporting._running, [])

    def follow(self, query: str = "") -> Any:
        """A client that follows."""
        _, wire = self.begin("GET", f"/v1/chargers/CP001/messages?follow=1{query}")
        return wire

    def lines(self, wire: Any) -> list[int]:
        """The numbers that a client was told."""
        return [json.loads(line)["id"] for line in parse(wire.value()).data.splitlines()]

    def test_follow(self) -> None:
        """Whoever follows is told what passes from now on, as far as he asked for it."""
        wire = self.follow("&action=Heartbeat")
        self.messages.write(row(6), row(7, action="X"), replace(row(8), charger="another"), row(9))
        self.assertEqual(self.lines(wire), [6, 9])

    def test_follow_from(self) -> None:
        """Whoever follows from a number on misses nothing and is told nothing twice."""
        self.patch(exporting, "PAGE", 2)
        wire = self.follow("&after=1")
        self.messages.write(row(6))
        self.assertEqual(self.lines(wire), [2, 3, 4, 6])

    def test_follow_slowly(self) -> None:
        """A client that follows and takes nothing is dropped in the end, and no longer heard."""
        self.patch(exporting, "BACKLOG_BYTES", 1000)
        wire = self.follow()
        wire.pause()
        for number in range(6, 20):
            self.messages.write(row(number))
        self.assertTrue(wire.aborted)

    def test_follow_ends(self) -> None:
        """Once a client is gone nobody writes to it."""
        channel, _ = self.begin("GET", "/v1/chargers/CP001/messages?follow=1")
        self.assertEqual(len(self.messages.listeners), 1)
        from twisted.internet.error import ConnectionDone
        from twisted.python.failure import Failure

        channel.connectionLost(Failure(ConnectionDone()))
        self.assertEqual(self.messages.listeners, [])


class BundleTests(InsightCase):
    """The support bundle."""

    def bundle(self) -> tuple[Told, dict[str, bytes]]:
        """The bundle and its files."""
        told = self.call("GET", "/v1/bundle")
        self.assertEqual(told.status, 200)
        with zipfile.ZipFile(io.BytesIO(told.data)) as archive:
            return told, {name: archive.read(name) for name in archive.namelist()}

    def test_bundle(self) -> None:
        """It holds what it should, the messages of the last day only."""
        self.known_charger()
        self.messages.write(row(1, at=NOW - 200_000), row(2, at=self.time() - 60), row(3, at=self.time()))
        _, files = self.bundle()
        self.assertEqual(sorted(files), ["edge/chargers.json", "edge/messages.jsonl"])
        self.assertEqual([json.loads(line)["id"] for line in files["edge/messages.jsonl"].splitlines()], [2, 3])
        self.assertEqual(json.loads(files["edge/chargers.json"])[0]["id"], CP001)

    def test_bounded(self) -> None:
        """Of too many messages the latest are in it."""
        self.patch(__import__("edge_twisted.web.bundle", fromlist=["x"]), "MESSAGES", 3)
        self.known_charger()
        self.messages.write(*(row(number, at=self.time()) for number in range(1, 9)))
        _, files = self.bundle()
        self.assertEqual([json.loads(line)["id"] for line in files["edge/messages.jsonl"].splitlines()], [6, 7, 8])

    def test_one_at_a_time(self) -> None:
        """While one is being made, another is refused; afterwards it is not."""
        self.known_charger()
        bundle = self.make().insight.bundle
        assert bundle is not None
        bundle._busy = True
        self.site  # noqa: B018 - the API comes into being
        self.api.insight.bundle = bundle
        self.assertEqual(self.call("GET", "/v1/bundle").refusal, (503, "not-yet", None))
        bundle._busy = False
        self.bundle()

    def test_settings(self) -> None:
        """The settings are told in full, certificates by their file."""
        settings = Settings(uplink=Uplink(roots=(Root(Path("/a/root.pem"), "PEM"),), pins=(b"\x01" * 32,)))
        found = show_settings(settings)
        self.assertEqual(found["uplink"]["roots"], ["/a/root.pem"])
        self.assertEqual(found["uplink"]["pins"], ["01" * 32])
        self.assertEqual((found["listen"]["from"], found["uplink"]["ws"]), (["private"], "ws://ws.evc-net.com"))
        json.dumps(found)


class OffTests(ApiCase):
    """An API without any of it."""

    def test_off(self) -> None:
        """Where messages are not kept, that is said."""
        self.known_charger()
        for path in ("chargers/CP001/messages", "chargers/CP001/messages/1", "chargers/CP001/messages.csv", "bundle"):
            self.assertEqual(self.call("GET", f"/v1/{path}").refusal, (503, "messages-off", None))
        self.assertEqual(self.get("/chargers/CP001/power")["power"], [None] * 288)
        self.assertIsNone(self.get("/chargers/CP001")["observed"])
