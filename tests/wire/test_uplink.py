"""The uplink leg: what goes up, and how odd answers are read."""

from edge_twisted.core.endpoint import Endpoint
from tests.wire import frames
from tests.wire.memory import Central, Charger, Site, basic, request
from tests.wire.test_bridge import SiteTestCase

V6 = Endpoint(False, "::1", 9000, "/ocpp")


class RequestTests(SiteTestCase):
    """The request that the central system sees."""

    def seen(self, **kwargs: Endpoint) -> Central:
        """The central system's connection for a plain charger."""
        site = self.site(**kwargs)
        site.open()
        return site.centrals[-1]

    def test_path(self) -> None:
        """The uplink's path is the endpoint's path, `/`, and the charger's own last segment."""
        self.assertEqual(b"/ocpp/CP001", self.seen(ws=V6).path)

    def test_ipv6_host(self) -> None:
        """An IPv6 endpoint stands in brackets in `Host`."""
        self.assertEqual(b"[::1]:9000", self.seen(ws=V6).header(b"host"))

    def test_default_port(self) -> None:
        """A default port is left out of `Host`, as other clients do."""
        self.assertEqual(b"ws.example.com", self.seen().header(b"host"))

    def test_credentials(self) -> None:
        """D1: the vector of J-62 goes up octet for octet."""
        site = self.site()
        vector = b"Basic QUwxMDAwOgABAgMEBQYH////////////////"
        site.ask(b"/AL1000", authorization=vector)
        self.assertEqual(vector, site.centrals[-1].authorization)

    def test_no_credentials(self) -> None:
        """A charger that shows nothing is shown as showing nothing."""
        self.assertIsNone(self.seen().authorization)

    def test_agent(self) -> None:
        """Q24: the charger's own `User-Agent` goes up, and no other does."""
        site = self.site()
        charger = site.connect()
        charger.raw(request().replace(b"Host:", b"User-Agent: Box/1.0\r\nHost:"))
        self.assertEqual(b"Box/1.0", site.centrals[-1].header(b"user-agent"))
        self.assertIsNone(self.seen().header(b"user-agent"))

    def test_fresh_key(self) -> None:
        """Each dial has a key of its own, not the charger's."""
        keys = {self.seen().header(b"sec-websocket-key") for _ in range(3)}
        self.assertEqual(3, len(keys))
        self.assertNotIn(b"dGhlIHNhbXBsZSBub25jZQ==", keys)


class AnswerTests(SiteTestCase):
    """Answers that stock Autobahn stumbles over."""

    def answered(self, data: bytes) -> tuple[Site, Charger]:
        """What becomes of a charger where the central system sends these bytes."""
        site = self.site()
        site.answer = lambda central: central.raw(data)
        return site, site.ask()

    def test_http_1_0(self) -> None:
        """An HTTP/1.0 answer's status and Retry-After survive."""
        _, charger = self.answered(b"HTTP/1.0 503 Busy\r\nRetry-After: 77\r\n\r\n")
        self.assertEqual(503, charger.status)
        self.assertEqual(b"77", charger.header(b"retry-after"))

    def test_latin_1(self) -> None:
        """Bytes beyond ASCII in a header do no harm."""
        _, charger = self.answered(b"HTTP/1.1 404 Nicht gefunden \xfc\r\nX: \xe9\r\n\r\n")
        self.assertEqual(404, charger.status)

    def test_endless_head(self) -> None:
        """A head over 16 KiB ends the dial: 502."""
        site, charger = self.answered(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000)
        self.assertEqual(502, charger.status)
        self.assertEqual(["uplink-not-http"], [event.cause for event in site.told("uplink-failed")])

    def test_no_http(self) -> None:
        """Something that is no HTTP ends the dial: 502."""
        _, charger = self.answered(b"220 mail.example.com ESMTP\r\n\r\n")
        self.assertEqual(502, charger.status)

    def test_closed_without_an_answer(self) -> None:
        """A central system that closes without an answer: 502."""
        site = self.site()
        site.answer = lambda central: central.leave()
        self.assertEqual(502, site.ask().status)
        self.assertEqual(["uplink-reset"], [event.cause for event in site.told("uplink-failed")])

    def test_interim(self) -> None:
        """1xx answers before the real one are skipped."""
        site = self.site()

        def answer(central: Central) -> None:
            central.raw(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            central.accept()

        site.answer = answer
        self.assertEqual(101, site.ask().status)

    def test_interim_for_ever(self) -> None:
        """1xx answers without end are no answer: 502."""
        _, charger = self.answered(b"HTTP/1.1 100 Continue\r\n\r\n" * 100)
        self.assertEqual(502, charger.status)

    def test_wrong_accept(self) -> None:
        """A 101 without the right proof is no WebSocket: 502."""
        _, charger = self.answered(
            b"HTTP/1.1 101 X\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm8=\r\n\r\n"
        )
        self.assertEqual(502, charger.status)

    def test_extension(self) -> None:
        """A 101 with an extension that nobody offered is refused: 502."""
        site = self.site()

        def answer(central: Central) -> None:
            write = central.raw
            central.raw = lambda data: write(  # type: ignore[method-assign]  # the test listens in
                data.replace(
                    b"Upgrade: websocket", b"Upgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate"
                )
            )
            central.accept()

        site.answer = answer
        self.assertEqual(502, site.ask().status)

    def test_messages_behind_the_answer(self) -> None:
        """Messages right behind the 101 reach the charger, after its own 101."""
        site = self.site()
        site.answer = lambda central: central.accept(more=frames.frame(frames.TEXT, b"[2,1]", masked=False))
        charger = site.ask()
        self.assertEqual(101, charger.status)
        self.assertEqual([b"[2,1]"], charger.texts)

    def test_masked_answer(self) -> None:
        """W-02: a masked frame of the central system is a breach of the protocol."""
        charger, central = self.site().open()
        central.raw(frames.frame(frames.TEXT, b"[2]", masked=True))
        self.assertEqual([(1002, b"")], central.closes)
        self.assertEqual([(1001, b"")], charger.closes)


class RefusedSecretTests(SiteTestCase):
    """Headers are made from bytes, never from text."""

    def test_header_injection(self) -> None:
        """D2: CR and LF in a password stay inside the base64."""
        site = self.site()
        shown = basic(b"CP001", b"a\r\nX: 1\r\n\r\n")
        site.open(authorization=shown)
        self.assertEqual(shown, site.centrals[-1].authorization)
        self.assertIsNone(site.centrals[-1].header(b"x"))
