"""Tests of `edge_twisted.web.api` and `asking`: what is asked in the wrong way gets a sentence that says so."""

import json

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.logger import capturedLogs, formatEvent
from twisted.python.failure import Failure

from edge_twisted.core.steps import Opened
from edge_twisted.store.errors import StoreError
from edge_twisted.words import en
from tests.scene import record_of
from tests.web.asked import ApiCase, parse

UPLINK = "/v1/chargers/CP001/uplink"
SWITCH = "/v1/chargers/CP001/wss-only"


class WrongTests(ApiCase):
    """Wrong input of every kind."""

    def setUp(self) -> None:
        super().setUp()
        self.remember(record_of())

    def told_no(self, refusal: tuple[int, str, str | None], method: str, path: str, body: object = None) -> None:
        """What is asked is refused with that, in words."""
        told = self.call(method, path, body)
        self.assertEqual(told.refusal, refusal, f"{method} {path} {body!r:.60}")
        self.assertEqual(told.json["message"], en.API[refusal[1]] + ".")
        self.assertEqual(told.headers["cache-control"], "no-store")

    def test_nowhere(self) -> None:
        """404 where nothing is."""
        for path in ("/", "/v1", "/v1/", "/v2/box", "/v1/box/", "/v1//box", "/v1/chargers/CP001/nothing", "/v1/%ff"):
            self.told_no((404, "not-found", None), "GET", path)
        for path in ("/v1/chargers//pin", "/v1/chargers/A/B/pin", "/v1/chargers/CP001/pin/", "/v1/chargers/CP001/PIN"):
            self.told_no((404, "not-found", None), "POST", path)

    def test_method(self) -> None:
        """405 where the address takes others, with which; also for a method that nobody knows."""
        for method, path, allowed in (
            ("DELETE", "/v1/box", "GET, HEAD"),
            ("POST", UPLINK, "PUT"),
            ("GET", SWITCH, "POST"),
            ("OPTIONS", "/v1/chargers", "GET, HEAD"),
            ("BREW", "/v1/chargers/CP001/pin", "POST"),
        ):
            self.told_no((405, "method", None), method, path)
            self.assertEqual(self.call(method, path).headers["allow"], allowed)

    def test_head(self) -> None:
        """HEAD tells the same as GET, without the body."""
        _, wire = self.begin("HEAD", "/v1/box")
        told = parse(wire.value())
        self.assertEqual((told.status, told.data), (200, b""))

    def test_no_json(self) -> None:
        """400 for what is no JSON in UTF-8."""
        for body in (
            b"{",
            b"{'on': true}",
            b"on=1",
            b"{} x",
            b'{"endpoint":"\xff"}',
            b'{"password":"\\ud800"}',
        ):
            self.told_no((400, "body-broken", None), "PUT", UPLINK, body)

    def test_no_object(self) -> None:
        """422 for JSON that is no object."""
        for body in (b"[]", b"null", b"1", b'"on"', b"true"):
            self.told_no((422, "body-no-object", None), "PUT", UPLINK, body)

    def test_deep(self) -> None:
        """JSON as deep as it fits into a body harms nobody."""
        for body in (b"[" * 60_000, b'{"on":' * 9_000, b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b"}"):
            self.assertIn(self.call("PUT", UPLINK, body).status, (400, 422))

    def test_long(self) -> None:
        """400 for a body of more than 64 KiB; one of 64 KiB is read. Both also where the length is not said before."""
        body = json.dumps({"endpoint": "x"}).encode()
        self.assertEqual(self.call("PUT", UPLINK, body + b" " * (65_536 - len(body))).status, 422)
        self.told_no((400, "body-too-large", None), "PUT", UPLINK, body + b" " * (65_537 - len(body)))
        channel, wire = self.connected()
        channel.dataReceived(f"PUT {UPLINK} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        for _ in range(9):
            channel.dataReceived(b"2000\r\n" + b" " * 0x2000 + b"\r\n")
        channel.dataReceived(b"0\r\n\r\n")
        self.assertEqual(parse(wire.value()).refusal, (400, "body-too-large", None))

    def test_endless(self) -> None:
        """Whoever sends a body without end is dropped, and nothing of it is kept."""
        channel, wire = self.connected()
        channel.dataReceived(f"PUT {UPLINK} HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999999\r\n\r\n".encode())
        for _ in range(16):
            channel.dataReceived(b" " * 65_536)
        self.assertFalse(wire.aborted)
        channel.dataReceived(b" ")
        self.assertTrue(wire.aborted)
        self.assertEqual(channel._channel.requests[0].content.getbuffer().nbytes, 65_537)

    def test_fields(self) -> None:
        """422 for a field that is missing, unknown or of the wrong kind, with its name."""
        self.told_no((422, "field-missing", "on"), "POST", SWITCH, {})
        self.told_no((422, "field-missing", "on"), "POST", SWITCH)
        self.told_no((422, "field-unknown", "off"), "POST", SWITCH, {"on": True, "off": False})
        self.told_no((422, "field-unknown", "replace_live"), "PUT", UPLINK, {"replace_live": True})
        self.told_no((422, "field-unknown", "x" * 59 + "…"), "PUT", UPLINK, {"x" * 500: 1})
        self.told_no((422, "field-wrong", "on"), "POST", SWITCH, {"on": 1})
        self.told_no((422, "field-wrong", "shows"), "PUT", UPLINK, {"password": "x", "shows": "everything"})
        for field, value in (("endpoint", 5), ("username", None), ("password", ["x"]), ("confirm_address", True)):
            self.told_no((422, "field-wrong", field), "PUT", UPLINK, {field: value})

    def test_query(self) -> None:
        """422 for a parameter that is unknown, given twice or no number: a misspelled one is never passed over."""
        self.told_no((422, "query-unknown", "limt"), "GET", "/v1/events?limt=1")
        self.told_no((422, "query-unknown", "new"), "GET", "/v1/chargers/CP001?new=1")
        self.told_no((422, "query-unknown", "limit"), "GET", "/v1/events?limit=1&limit=2")
        for value in ("", "-1", "1.5", "x", "%d9%a1", "9" * 19):
            self.told_no((422, "number", "after"), "GET", f"/v1/events?after={value}")
        for value in ("0", "1001", "x"):
            self.told_no((422, "limit", "limit"), "GET", f"/v1/events?limit={value}")
        for value in ("2", "yes", "true"):
            self.told_no((422, "switch", "follow"), "GET", f"/v1/events?follow={value}")
            self.told_no((422, "switch", "new"), "PUT", f"{UPLINK}?new={value}", {})
        self.told_no((404, "charger-unknown", "charger"), "GET", "/v1/events?charger=nobody")

    def test_forms(self) -> None:
        """A body is JSON whatever it is called, so that `curl -d` works; nothing in it counts as a parameter."""
        for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"):
            told = self.call("POST", SWITCH, {"on": True}, f"Content-Type: {kind}")
            self.assertEqual(told.status, 200, told.data)
        self.told_no((400, "body-broken", None), "POST", SWITCH, b"on=1&new=1")

    def test_odd_heads(self) -> None:
        """Odd headers change nothing."""
        for header in ("Host: exa mple", "Host: b\xfccher", "Host: ", "Cookie: \xff", "Expect: 100-continue"):
            _, wire = self.begin("GET", "/v1/box", None, header)
            self.assertIn(b"200 OK", wire.value(), header)

    def test_long_heads(self) -> None:
        """A head without end is refused, and its connection closed."""
        for head in (
            b"GET /v1/" + b"x" * 20_000 + b" HTTP/1.1\r\n",
            b"GET /v1/box HTTP/1.1\r\nX: " + b"x" * 20_000,
            b"GET /v1/box HTTP/1.1\r\n" + b"X: y\r\n" * 600,
        ):
            channel, wire = self.connected()
            channel.dataReceived(head)
            self.assertTrue(wire.disconnecting or wire.aborted)
            self.assertIn(wire.value()[:12], (b"HTTP/1.1 400", b""))


class FaultTests(ApiCase):
    """What goes wrong inside."""

    def test_internal(self) -> None:
        """500 with a fixed text for a fault of Edge's own; where it happened stands in the log."""
        self.patch(self.registry, "get", None)
        self.remember(record_of())
        with capturedLogs() as logged:
            told = self.call("GET", "/v1/chargers/CP001")
        self.assertEqual(told.refusal, (500, "internal", None))
        self.assertEqual(told.json["message"], en.API["internal"] + ".")
        [line] = [formatEvent(event) for event in logged]
        self.assertRegex(line, r"^The API failed at charger: TypeError at views\.py:\d+ ")
        self.assertNotIn("NoneType", line)  # the exception's text, which could quote a secret

    def test_journal(self) -> None:
        """503 where the journal cannot be read."""
        self.journal.fault = StoreError("the disk is gone")
        told = self.call("GET", "/v1/events")
        self.assertEqual(told.refusal, (503, "journal-unreadable", None))

    def test_left(self) -> None:
        """A client that leaves while its test dials is nobody's trouble."""
        self.result = None
        self.remember(record_of())
        channel, wire = self.begin("POST", "/v1/chargers/CP001/test", {})
        channel.connectionLost(Failure(ConnectionLost()))
        self.trial_done.callback(Opened("ocpp1.6"))
        self.assertEqual((len(self.trials), wire.value()), (1, b""))

    def test_many_at_once(self) -> None:
        """A test that dials for long holds up no other request."""
        self.result = None
        self.remember(record_of())
        _, wire = self.begin("POST", "/v1/chargers/CP001/test", {})
        self.assertEqual(self.get("/chargers/CP001")["state"], "away")
        done, self.trial_done = self.trial_done, Deferred()
        done.callback(Opened("ocpp1.6"))
        self.assertEqual(parse(wire.value()).json["outcome"], "accepted")

    def test_one_after_another(self) -> None:
        """A connection can be used again, and requests sent at once are answered in order."""
        channel, wire = self.connected()
        for path in ("/v1/box", "/v1/nothing", "/v1/chargers"):
            channel.dataReceived(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        told = [part[:3] for part in wire.value().split(b"HTTP/1.1 ")[1:]]
        self.assertEqual(told, [b"200", b"404", b"200"])
