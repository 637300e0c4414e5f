"""Tests of a charger's TLS, with both ends in memory and on loopback."""

import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.believing import ClientSide, context_for, is_address
from edge_twisted.sandbox.charger.charger import Charger
from edge_twisted.sandbox.charger.dial import tls_of
from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings
from edge_twisted.sandbox.tls import MODERN, NOBODY, Tls, Trust, server_side
from tests.certificates import Root
from tests.sandbox.charger.server import certificate_of, start_server
from tests.sandbox.ears import Ears
from tests.sandbox.site import load_certificate

YEAR = 365 * 86_400.0


class Nothing:
    """Stands for the connection of a handshake in memory."""

    transport: Any = None

    def abortConnection(self) -> None:
        """Do nothing."""


class HandshakeTests(SynchronousTestCase):
    """What a charger offers, and what it believes."""

    def setUp(self) -> None:
        self.root = Root()
        self.trust = Trust(roots=(self.root.pem,))

    def shake(
        self,
        tls: Tls = MODERN,
        trust: Trust | None = None,
        host: str = "edge.lan",
        clock_error: float = 0.0,
        **leaf: Any,
    ) -> tuple[ClientSide, SSL.Connection, str]:
        """Run a handshake; the charger's side, the server's connection, and what went wrong."""
        pem = self.root.issue(names=["edge.lan"], addresses=["127.0.0.1"], **leaf)
        context = server_side(load_certificate(*pem)).context if not leaf.get("rsa") else _rsa_context(*pem)
        context.set_min_proto_version(SSL.TLS1_VERSION)
        context.set_cipher_list(b"ALL:!aNULL:@SECLEVEL=0")
        side = ClientSide(host, self.trust if trust is None else trust, tls, clock_error)
        client = side.clientConnectionForTLS(Nothing())  # type: ignore[arg-type]  # as the test needs it
        server = SSL.Connection(context, None)
        client.set_connect_state()
        server.set_accept_state()
        for _ in range(10):
            for one, other in ((client, server), (server, client)):
                try:
                    one.do_handshake()
                except SSL.WantReadError:
                    pass
                except SSL.Error as error:
                    return side, server, str(error)
                try:
                    other.bio_write(one.bio_read(65_536))
                except SSL.WantReadError:
                    pass
        return side, server, ""

    def test_versions(self) -> None:
        """Q1: from the least to the newest version that is set."""
        for tls, version in (
            (MODERN, "TLSv1.3"),
            (Tls(maximum="1.2"), "TLSv1.2"),
            (Tls("1.0", "1.1"), "TLSv1.1"),
            (tls_of(MODERN, Quirks(tls_1_0_only=True)), "TLSv1"),
        ):
            _, server, wrong = self.shake(tls)
            self.assertEqual((wrong, server.get_protocol_version_name()), ("", version))

    def test_ciphers(self) -> None:
        """Q2: suites for one kind of key only; and a list of one's own."""
        tls = Tls(maximum="1.2", ciphers="ECDHE-ECDSA-AES256-GCM-SHA384")
        self.assertEqual(self.shake(tls)[1].get_cipher_name(), "ECDHE-ECDSA-AES256-GCM-SHA384")
        only_ecdsa, only_rsa = tls_of(MODERN, Quirks(only_ecdsa=True)), tls_of(MODERN, Quirks(only_rsa=True))
        self.assertEqual(self.shake(only_ecdsa)[2], "")
        self.assertEqual(self.shake(only_rsa, rsa=True)[2], "")
        self.assertIn("no shared cipher", self.shake(only_rsa)[2])
        self.assertIn("no shared cipher", self.shake(only_ecdsa, rsa=True)[2])

    def test_sni(self) -> None:
        """Q6: a name is named unless that is switched off; an address never is."""
        self.assertEqual(self.shake()[1].get_servername(), b"edge.lan")
        self.assertIsNone(self.shake(tls_of(MODERN, Quirks(no_sni=True)))[1].get_servername())
        side, server, _ = self.shake(host="127.0.0.1")
        self.assertEqual((server.get_servername(), side.refusal), (None, ""))

    def test_clock(self) -> None:
        """Q3: certificates are judged by the charger's own clock; one within their time is believed."""
        age = datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
        for error in (-YEAR, YEAR, -age.total_seconds(), 200 * YEAR):
            self.assertEqual(self.shake(clock_error=error)[0].refusal, "expired", error)
        self.assertEqual(self.shake(clock_error=3600.0)[0].refusal, "")
        root = Root()
        self.assertEqual(self.shake(trust=Trust(roots=(root.pem,)))[0].refusal, "untrusted")

    def test_names(self) -> None:
        """A certificate for another name is not believed."""
        self.assertEqual(self.shake(host="other.lan")[0].refusal, "name")
        self.assertEqual(self.shake(trust=NOBODY)[0].refusal, "untrusted")

    def test_intermediate_as_root(self) -> None:
        """What the old root signed can be believed by itself (S-32)."""
        below = self.root.intermediate()
        self.root, trust = below, Trust(roots=(below.pem,))
        self.assertEqual(self.shake(trust=trust)[0].refusal, "")

    def test_shared(self) -> None:
        """Chargers that are alike share a context; a wrong clock is shared for a minute."""
        self.assertIs(context_for(self.trust, MODERN, None), context_for(Trust(roots=(self.root.pem,)), Tls(), None))
        self.assertIsNot(context_for(self.trust, MODERN, None), context_for(self.trust, MODERN, 60))

    def test_wrong_settings(self) -> None:
        """Versions and suites that do not exist."""
        for tls in (Tls(minimum="1.4"), Tls(maximum=""), Tls(ciphers="nonsense"), Tls(ciphers="ü")):
            with self.assertRaises(ValueError):
                context_for(NOBODY, tls, None)

    def test_addresses(self) -> None:
        """Addresses are told from names."""
        self.assertTrue(is_address("127.0.0.1") and is_address("::1") and not is_address("edge.lan"))

    def test_a_day(self) -> None:
        """The certificates of these tests are valid for two days, so that the clocks above mean what they say."""
        validity = self.root.certificate.not_valid_after_utc - self.root.certificate.not_valid_before_utc
        self.assertEqual(validity, timedelta(days=2))


class AlertTests(TestCase):
    """What the server sees of a charger that does not believe it."""

    timeout = 60

    async def seen(self, quirks: Quirks) -> bytes:
        """What the charger sends behind its ClientHello, to a server that it does not believe."""
        from twisted.internet import reactor

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        pem, key = Root().issue(addresses=["127.0.0.1"])
        path = self.mktemp()
        with open(path, "wb") as file:  # noqa: PTH123 - a file of the test's
            file.write(pem + key)
        context.load_cert_chain(path)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        got: list[bytes] = []
        gone: Deferred[None] = Deferred()

        class Shaker(Protocol):
            def connectionMade(self) -> None:
                self.into, self.out = ssl.MemoryBIO(), ssl.MemoryBIO()
                self.tls = context.wrap_bio(self.into, self.out, server_side=True)

            def dataReceived(self, data: bytes) -> None:
                got.append(data)
                self.into.write(data)
                try:
                    self.tls.do_handshake()
                except ssl.SSLError:
                    pass
                assert self.transport is not None
                self.transport.write(self.out.read())

            def connectionLost(self, reason: Failure = connectionDone) -> None:
                gone.callback(None)

        port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(Factory.forProtocol(Shaker))
        self.addCleanup(port.stopListening)
        ears = Ears()
        access = Access(f"wss://127.0.0.1:{port.getHost().port}", "CP1")
        charger = Charger(reactor, ChargerSettings(access, BackOff(60.0), plan=None, quirks=quirks), ears)
        self.addCleanup(charger.stop)
        charger.start()
        self.assertEqual((await ears.next(h.Untrusting)).why, "untrusted")
        await gone
        return b"".join(got[1:])

    async def test_alert(self) -> None:
        """T-20: it sends the alert that belongs to it (48, unknown CA)."""
        self.assertEqual(await self.seen(Quirks()), bytes([21, 3, 3, 0, 2, 2, 48]))

    async def test_silent(self) -> None:
        """Q4: it hangs up without one."""
        self.assertEqual(await self.seen(Quirks(silent_distrust=True)), b"")

    async def test_clock_at_1970(self) -> None:
        """Q3: a charger without a battery believes nothing over wss; after it learned the time over ws, it does."""
        from twisted.internet import reactor

        root = Root()
        secure, plain = await start_server(self, certificate_of(root, ["127.0.0.1"])), await start_server(self)
        trust, ears = Trust(roots=(root.pem,)), Ears()
        quirks = Quirks(clock_at_1970=True)
        settings = ChargerSettings(Access(secure.endpoint, "CP1", trust), BackOff(0.01, 0, 0), plan=None, quirks=quirks)
        charger = Charger(reactor, settings, ears)
        self.addCleanup(charger.stop)
        charger.start()
        self.assertEqual((await ears.next(h.Untrusting)).why, "expired")
        self.assertLess(charger.works.watch.now(), 60)
        charger.change(
            ChargerSettings(Access(plain.endpoint, "CP1", trust), BackOff(0.01, 0, 0), plan=None, quirks=quirks)
        )
        await ears.next(h.Booted)
        self.assertGreater(charger.works.watch.now(), 1e9)
        self.assertIn("SettingSystemTime", [one.type for one in ears.all(h.Noticed)])


def _rsa_context(pem: bytes, key: bytes) -> SSL.Context:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate(x509.load_pem_x509_certificate(pem))
    context.use_privatekey(load_pem_private_key(key, None))  # type: ignore[arg-type]  # as the test needs it
    return context
