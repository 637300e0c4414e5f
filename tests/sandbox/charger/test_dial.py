"""Tests of what an attempt to connect comes to, on loopback."""

from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.trial.unittest import SynchronousTestCase, TestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.authority import ServerCertificate
from edge_twisted.sandbox.charger.settings import Access, BackOff
from edge_twisted.sandbox.security import Credentials
from edge_twisted.sandbox.tls import NOBODY, SYSTEM, Trust
from tests.certificates import Root
from tests.sandbox.charger.test_charger import dead_port
from tests.sandbox.ears import Ears, tick
from tests.sandbox.site import authority, elsewhere, expired, start_central, start_charger

SECRET = Credentials(b"CP1", b"secret")


class Says(Protocol):
    """Answers anything with the same text, then closes."""

    text = b""
    got: list[bytes]

    def dataReceived(self, data: bytes) -> None:
        """Answer."""
        assert self.transport is not None
        self.got.append(data)
        self.transport.write(self.text)
        self.transport.loseConnection()


class DialTests(TestCase):
    """What is told of each end."""

    timeout = 60

    async def answered(self, text: bytes, scheme: str = "ws") -> Ears:
        """Have a charger connect to somebody who answers with a text."""
        from twisted.internet import reactor

        factory = Factory.forProtocol(type("Said", (Says,), {"text": text, "got": []}))
        port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(factory)
        self.addCleanup(port.stopListening)
        access = Access(f"{scheme}://127.0.0.1:{port.getHost().port}", "CP1")
        return start_charger(self, access, back_off=BackOff(60.0))[1]

    async def untrusting(self, certificate: ServerCertificate, trust: Trust, host: str = "127.0.0.1") -> str:
        """Why a charger does not believe a central system."""
        central, heard = start_central(self, certificate=certificate)
        access = Access(f"wss://{host}:{central.ports['wss']}", "CP1", trust, SECRET)
        _, ears = start_charger(self, access, back_off=BackOff(60.0))
        why = (await ears.next(h.Untrusting)).why
        while central.legs:
            await tick()
        self.assertEqual(heard.heard, [])
        return why

    async def test_untrusted(self) -> None:
        """With no root at all, the system's, or another one, the charger refuses, and shows no password."""
        for trust in (NOBODY, SYSTEM, Trust(roots=(Root().pem,))):
            self.assertEqual(await self.untrusting(authority(self).issue([], ["127.0.0.1"]), trust), "untrusted")

    async def test_expired(self) -> None:
        """A certificate that is not valid any more is told as such."""
        root = Root()
        self.assertEqual(await self.untrusting(expired(root), Trust(roots=(root.pem,))), "expired")

    async def test_other_name(self) -> None:
        """A certificate for another name or address is refused before anything is said, password included."""
        root = Root()
        for host in ("127.0.0.1", "localhost"):
            self.assertEqual(await self.untrusting(elsewhere(root), Trust(roots=(root.pem,)), host), "name")

    async def test_name(self) -> None:
        """A certificate for the name in the endpoint is believed."""
        ca = authority(self)
        central, _ = start_central(self, certificate=ca.issue(["localhost"], []))
        access = Access(f"wss://localhost:{central.ports['wss']}", "CP1", Trust(roots=(ca.pem,)))
        await start_charger(self, access)[1].next(h.Booted)

    async def test_refused(self) -> None:
        """An HTTP answer is told with its status and its Retry-After in seconds; dates and nonsense count as none."""
        for wait, told in (("7", 7), ("99999", 600), ("Wed, 21 Oct 2015 07:28:00 GMT", 0), ("-1", 0)):
            text = f"HTTP/1.1 503 Busy\r\nRetry-After: {wait}\r\n\r\n".encode()
            refused = await (await self.answered(text)).next(h.Refused)
            self.assertEqual((refused.status, refused.wait), (503, told))

    async def test_no_websocket(self) -> None:
        """An answer that is none of a WebSocket server is told as such."""
        for text in (b"nonsense\r\n\r\n", b"HTTP/1.1 101 Yes\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n"):
            self.assertEqual((await (await self.answered(text)).next(h.Failed)).why, "answer", text)

    async def test_broken(self) -> None:
        """A connection that ends without an answer is told as such; so is an answer without an end."""
        for text in (b"", b"HTTP/1.1 101", b"x" * 100_000):
            self.assertEqual((await (await self.answered(text)).next(h.Failed)).why, "broken", text[:20])

    async def test_no_connection(self) -> None:
        """Nobody there, and a name that does not exist."""
        for endpoint, why in ((f"wss://127.0.0.1:{dead_port()}", "refused"), ("ws://nowhere.invalid", "dns")):
            _, ears = start_charger(self, Access(endpoint, "CP1"), back_off=BackOff(60.0))
            self.assertEqual((await ears.next(h.Failed)).why, why)

    async def test_no_tls(self) -> None:
        """A server that speaks no TLS is told as such."""
        self.assertEqual((await (await self.answered(b"HTTP/1.1 400 No\r\n\r\n", "wss")).next(h.Failed)).why, "tls")

    async def test_source(self) -> None:
        """A charger can come from an address of its own."""
        central, heard = start_central(self)
        access = Access(f"ws://127.0.0.1:{central.ports['ws']}", "CP1", source="127.0.0.77")
        start_charger(self, access)
        await heard.next(h.Let)
        self.assertEqual(central.connected["CP1"].transport.getPeer().host, "127.0.0.77")


class AccessTests(SynchronousTestCase):
    """What is entered in a charger."""

    def test_url(self) -> None:
        """J-01: the identity is the last segment, percent-encoded; a path and a slash at its end are kept apart."""
        for endpoint, url in (
            ("ws://edge.lan", "ws://edge.lan/RDAM%20123%2FA"),
            ("wss://edge.lan:443/ocpp/", "wss://edge.lan:443/ocpp/RDAM%20123%2FA"),
        ):
            self.assertEqual(Access(endpoint, "RDAM 123/A").url, url)

    def test_no_secret_in_repr(self) -> None:
        """The password is in no repr."""
        self.assertNotIn("secret", repr(Access("ws://edge.lan", "CP1", credentials=SECRET)))
