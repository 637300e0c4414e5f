"""Tests of the contexts: real clients against the charger listeners' context."""

import socket
import ssl
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from OpenSSL import SSL
from OpenSSL.crypto import X509
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ServerEndpoint
from twisted.internet.error import ConnectionLost
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.threads import deferToThread
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.trial.unittest import SynchronousTestCase, TestCase

from edge_twisted.core.endpoint import Trust
from edge_twisted.trust.authority import Authority
from edge_twisted.trust.contexts import (
    ClientContexts,
    RootsError,
    ServerCreator,
    client_context,
    read_roots,
    received_alert,
    server_context,
)
from tests.certificates import Root
from tests.trust.handshake import (
    VERSIONS,
    End,
    Link,
    Plain,
    charger_authority,
    collected,
    copied_authority,
    plain_client,
    plain_server,
)


class StdlibClient:
    """A client of the standard library, in memory, that verifies as a charger should.

    Args:
        root_pem: the root that it trusts; empty: none.
        name: whom it believes to reach.
    """

    def __init__(self, root_pem: str, name: str) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if root_pem:
            context.load_verify_locations(cadata=root_pem)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        self.error: ssl.SSLError | None = None

    def meet(self, server: End) -> bool:
        """Shake hands with a server; say whether the client was content."""
        server.start()
        for _ in range(5):
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                self.error = error
            server.tls.dataReceived(self.outgoing.read())
            self.incoming.write(server.wire.take())
            if self.error is not None or self.tls.version() is not None and server.app.secured:
                break
        return self.error is None and server.app.secured


def creator(authority: Authority | None = None) -> ServerCreator:
    """The charger listeners' creator, without interest in alerts."""
    return ServerCreator(server_context((authority or charger_authority()).leaves, collected()[1]))


class SuitesTests(SynchronousTestCase):
    """I1 to I5: which clients get through."""

    def assert_suite(self, suite: str, key: str) -> None:
        """A TLS 1.2 client that has one suite only connects with it, and gets the leaf of that key."""
        client = plain_client(suite.encode(), SSL.TLS1_2_VERSION)
        link = Link(creator(), client)
        self.assertTrue(link.secured)
        self.assertEqual(client.connection.get_cipher_name(), suite)
        certificate = client.connection.get_peer_certificate()
        assert certificate is not None
        self.assertEqual(type(certificate.to_cryptography().public_key()).__name__, key)

    def test_ecdsa_128(self) -> None:
        """I1, S-12: TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 with the P-256 leaf."""
        self.assert_suite("ECDHE-ECDSA-AES128-GCM-SHA256", "ECPublicKey")

    def test_ecdsa_256(self) -> None:
        """I1, S-12: TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 with the P-256 leaf."""
        self.assert_suite("ECDHE-ECDSA-AES256-GCM-SHA384", "ECPublicKey")

    def test_rsa_128(self) -> None:
        """I1, S-12: TLS_RSA_WITH_AES_128_GCM_SHA256 with the RSA leaf."""
        self.assert_suite("AES128-GCM-SHA256", "RSAPublicKey")

    def test_rsa_256(self) -> None:
        """I1, S-12: TLS_RSA_WITH_AES_256_GCM_SHA384 with the RSA leaf."""
        self.assert_suite("AES256-GCM-SHA384", "RSAPublicKey")

    def test_ecdhe_rsa(self) -> None:
        """Q2: a client that knows RSA certificates only still gets forward secrecy."""
        self.assert_suite("ECDHE-RSA-AES128-GCM-SHA256", "RSAPublicKey")

    def test_forward_secrecy_first(self) -> None:
        """T-12: ECDHE is taken also where the client prefers RSA key exchange."""
        client = plain_client(b"AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256", SSL.TLS1_2_VERSION)
        self.assertTrue(Link(creator(), client).secured)
        self.assertEqual(client.connection.get_cipher_name(), "ECDHE-RSA-AES128-GCM-SHA256")

    def test_tls_13(self) -> None:
        """I2: TLS 1.3 connects."""
        client = plain_client(version=SSL.TLS1_3_VERSION)
        self.assertTrue(Link(creator(), client).secured)
        self.assertEqual(client.connection.get_protocol_version(), SSL.TLS1_3_VERSION)

    def test_tls_11(self) -> None:
        """I3: a TLS 1.1 client is refused with alert 70, and the listener learns why."""
        client = plain_client(b"AES128-SHA:@SECLEVEL=0", SSL.TLS1_1_VERSION)
        link = Link(creator(), client)
        self.assertEqual(client.alerts, [(2, 70)])
        self.assertFalse(link.client.app.secured or link.server.app.secured)
        assert link.server.app.lost is not None
        self.assertTrue(link.server.app.lost.check(SSL.Error))
        self.assertIn("unsupported protocol", str(link.server.app.lost.value))

    def test_unfit_suites(self) -> None:
        """I5, S-13: suites without encryption or without authentication are refused."""
        for suites in (
            b"NULL-SHA256:@SECLEVEL=0",
            b"ADH-AES128-GCM-SHA256:@SECLEVEL=0",
            b"AECDH-AES128-SHA:@SECLEVEL=0",
        ):
            link = Link(creator(), plain_client(suites, SSL.TLS1_2_VERSION))
            self.assertFalse(link.client.app.secured or link.server.app.secured, suites)

    def test_no_renegotiation(self) -> None:
        """T-13: a client that wants to renegotiate gets nowhere."""
        client = plain_client(version=SSL.TLS1_2_VERSION)
        link = Link(creator(), client)
        server = link.server.tls.getHandle()
        client.connection.renegotiate()
        self.assertRaises(SSL.WantReadError, client.connection.do_handshake)
        link.server.tls.dataReceived(client.connection.bio_read(65536))
        self.assertEqual(server.total_renegotiations(), 0)
        client.connection.bio_write(link.server.wire.take())
        error = self.assertRaises(SSL.Error, client.connection.do_handshake)
        self.assertIn("no renegotiation", str(error))


class OffersTests(SynchronousTestCase):
    """What a client offers beside suites is no reason to refuse it."""

    def test_alpn(self) -> None:
        """T-14: unknown application protocols are ignored."""
        for version in VERSIONS:
            for offers in ([b"foo"], [b"h2", b"http/1.1"]):
                client = plain_client(version=version, alpn=offers)
                self.assertTrue(Link(creator(), client).secured)
                self.assertEqual(client.connection.get_alpn_proto_negotiated(), b"")

    def test_server_names(self) -> None:
        """I13: no SNI, another name, an odd one, and an address as SNI all connect."""
        for version in VERSIONS:
            for name in (None, b"other.example.com", b"my_box", b"x" * 200, b"192.168.1.5", b"::1", b"edge.lan."):
                self.assertTrue(Link(creator(), plain_client(version=version, name=name)).secured, name)

    def test_ticket(self) -> None:
        """T-13: a session is resumed by its ticket, and then no certificate travels."""
        shared = creator()
        client = plain_client(version=SSL.TLS1_2_VERSION)
        first = Link(shared, client)
        client.session = client.connection.get_session()
        second = Link(shared, client)
        self.assertTrue(second.secured)
        leaf = charger_authority().leaves[1].certificate
        self.assertGreater(len(first.server.wire.everything), len(leaf.tbs_certificate_bytes))
        self.assertLess(len(second.server.wire.everything), len(leaf.tbs_certificate_bytes))

    def test_new_ticket_keys(self) -> None:
        """T-13: a ticket of an earlier context is not taken, and the connection is made all the same."""
        shared = creator()
        client = plain_client(version=SSL.TLS1_2_VERSION)
        Link(shared, client)
        client.session = client.connection.get_session()
        shared.context = server_context(charger_authority().leaves, collected()[1])
        link = Link(shared, client)
        self.assertTrue(link.secured)
        leaf = charger_authority().leaves[1].certificate
        self.assertGreater(len(link.server.wire.everything), len(leaf.tbs_certificate_bytes))

    def test_leaf_only(self) -> None:
        """T-07: the leaf is sent without the root."""
        client = plain_client()
        Link(creator(), client)
        self.assertEqual(len(client.connection.get_peer_cert_chain() or []), 1)

    def test_small_flight(self) -> None:
        """J-47, T-07: what the server sends stays below 4 KiB, also on a box with very many addresses."""
        authority = copied_authority(Path(self.mktemp()))
        crowded = authority.renewed(
            ["edge.lan", *(f"name-{n}.site.example" for n in range(100))], [f"fd00::{n:x}" for n in range(100)]
        )
        for suite in (b"ECDHE-ECDSA-AES128-GCM-SHA256", b"ECDHE-RSA-AES128-GCM-SHA256"):
            link = Link(creator(crowded), plain_client(suite, SSL.TLS1_2_VERSION))
            self.assertTrue(link.secured)
            self.assertLess(len(link.server.wire.everything), 4096)


class TrustingClientTests(SynchronousTestCase):
    """I6 to I8: a client that verifies, made by others."""

    def setUp(self) -> None:
        self.numbers, on_alert = collected()
        self.server = End(ServerCreator(server_context(charger_authority().leaves, on_alert)), False, b"")
        self.root_pem = charger_authority().root_pem.decode()

    def test_names_and_addresses(self) -> None:
        """A client with our root is content, by name and by address."""
        for name in ("edge.lan", "box.local", "127.0.0.1", "::1"):
            server = End(creator(), False, b"")
            self.assertTrue(StdlibClient(self.root_pem, name).meet(server), name)

    def test_without_our_root(self) -> None:
        """I6, T-20: a client without our root refuses with alert 48."""
        self.assertFalse(StdlibClient("", "edge.lan").meet(self.server))
        self.assertEqual(self.numbers, [48])

    def test_wrong_name(self) -> None:
        """I8, T-20: a client that looks for another name refuses with alert 42."""
        self.assertFalse(StdlibClient(self.root_pem, "other.lan").meet(self.server))
        self.assertEqual(self.numbers, [42])

    def test_wrong_address(self) -> None:
        """I8: a client that reaches us by an address that is not in the SAN refuses with alert 42."""
        self.assertFalse(StdlibClient(self.root_pem, "10.9.8.7").meet(self.server))
        self.assertEqual(self.numbers, [42])

    def test_wrong_clock(self) -> None:
        """I7, T-04: a client whose clock stands in 1970, or in 2037, is content."""
        for when in (datetime(1970, 1, 1, 0, 1), datetime(2000, 1, 1), datetime(2037, 12, 31)):  # noqa: DTZ001 (OpenSSL takes no zone)
            client = plain_client()
            store = client.context.get_cert_store()
            assert store is not None
            store.add_cert(X509.from_cryptography(charger_authority().root))
            store.set_time(when)
            client.context.set_verify(SSL.VERIFY_PEER)
            self.assertTrue(Link(creator(), client).secured, when)


class AlertTests(SynchronousTestCase):
    """T-20: what is a refusal, and whom it reaches."""

    def refused(self, on_alert: Any, version: int) -> Link:
        """A handshake with a client that knows no root at all."""
        client = plain_client(version=version)
        client.context.set_verify(SSL.VERIFY_PEER)
        return Link(ServerCreator(server_context(charger_authority().leaves, on_alert)), client)

    def test_peer_is_known(self) -> None:
        """T-20: the connection leads to the peer's address, and the alert comes before the loss."""
        seen: list[tuple[int, str, object]] = []

        def on_alert(connection: SSL.Connection, number: int) -> None:
            tls = connection.get_app_data()
            seen.append((number, tls.transport.getPeer().host, tls.wrappedProtocol.lost))

        for version in VERSIONS:
            seen.clear()
            link = self.refused(on_alert, version)
            self.assertEqual(seen, [(48, "192.0.2.7", None)])
            assert link.server.app.lost is not None
            self.assertTrue(link.server.app.lost.check(SSL.Error))

    def test_failing_listener(self) -> None:
        """What `on_alert` raises is logged and does not disturb the connection's end."""

        def on_alert(connection: SSL.Connection, number: int) -> None:
            raise ZeroDivisionError

        link = self.refused(on_alert, SSL.TLS1_3_VERSION)
        self.assertEqual(len(self.flushLoggedErrors(ZeroDivisionError)), 1)
        self.assertIsNotNone(link.server.app.lost)

    def test_orderly_close(self) -> None:
        """The close_notify of a peer that goes is no refusal."""
        for version in VERSIONS:
            numbers, on_alert = collected()
            link = Link(
                ServerCreator(server_context(charger_authority().leaves, on_alert)), plain_client(version=version)
            )
            link.client.tls.loseConnection()
            link.run()
            self.assertIsNotNone(link.server.app.lost)
            self.assertEqual(numbers, [])

    def test_levels(self) -> None:
        """A fatal alert counts in every version; in TLS 1.3 a warning counts too, but for the two that end nothing."""
        old, new = plain_client(version=SSL.TLS1_2_VERSION), plain_client(version=SSL.TLS1_3_VERSION)
        Link(creator(), old)
        Link(creator(), new)
        fatal, warning = 2 << 8, 1 << 8
        self.assertEqual(received_alert(old.connection, 0x4004, fatal | 46), 46)
        self.assertIsNone(received_alert(old.connection, 0x4004, warning | 46))
        self.assertEqual(received_alert(new.connection, 0x4004, warning | 46), 46)
        self.assertIsNone(received_alert(new.connection, 0x4004, warning | 0))
        self.assertIsNone(received_alert(new.connection, 0x4004, warning | 90))
        self.assertIsNone(received_alert(new.connection, 0x4008, fatal | 46))  # one that we sent


class SwapTests(SynchronousTestCase):
    """I11: new leaves while chargers are connected."""

    def test_swap_under_a_live_connection(self) -> None:
        """I11, T-03: the old connection goes on, a new one gets the new leaf, and the same root vouches for both."""
        authority = copied_authority(Path(self.mktemp()))
        shared = creator(authority)
        first_client, second_client = plain_client(), plain_client()
        for client in (first_client, second_client):
            store = client.context.get_cert_store()
            assert store is not None
            store.add_cert(X509.from_cryptography(authority.root))
            client.context.set_verify(SSL.VERIFY_PEER)
        first = Link(shared, first_client)
        renewed = authority.renewed(["edge.lan"], ["10.0.0.7"])
        shared.context = server_context(renewed.leaves, collected()[1])
        first.client.tls.write(b"still here")
        first.run()
        self.assertTrue(first.server.app.received.endswith(b"still here"))
        second = Link(shared, second_client)
        self.assertTrue(second.secured)
        addresses = []
        for client in (first_client, second_client):
            found = client.connection.get_peer_certificate()
            assert found is not None
            names = found.to_cryptography().extensions.get_extension_for_class(x509.SubjectAlternativeName).value
            addresses.append([str(address) for address in names.get_values_for_type(x509.IPAddress)])
        self.assertEqual(addresses, [["127.0.0.1", "::1"], ["10.0.0.7"]])

    def test_used_context_is_never_changed(self) -> None:
        """T-03: a context that made a connection cannot be changed, so that a renewal has to swap it."""
        shared = creator()
        Link(shared, plain_client())
        leaf = charger_authority().leaves[0].certificate
        self.assertRaises(ValueError, shared.context.use_certificate, X509.from_cryptography(leaf))


class SocketTests(TestCase):
    """Ring 3 in small: a real client over a real socket."""

    async def test_stdlib_client(self) -> None:
        """A client of the standard library talks to a listener on 127.0.0.1."""

        class Echo(Protocol):
            def dataReceived(self, data: bytes) -> None:
                assert self.transport is not None
                self.transport.write(data)

            def connectionLost(self, reason: Any = None) -> None:
                ended.callback(None)

        ended: Deferred[None] = Deferred()
        factory = TLSMemoryBIOFactory(creator(), False, Factory.forProtocol(Echo))
        port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(factory)
        self.addCleanup(port.stopListening)
        address = port.getHost()

        def talk() -> bytes:
            context = ssl.create_default_context(cadata=charger_authority().root_pem.decode())
            with socket.create_connection(("127.0.0.1", address.port), 10) as plain:
                with context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                    secure.sendall(b"ping")
                    return secure.recv(100)

        self.assertEqual(await deferToThread(talk), b"ping")
        await ended


class RootsTests(SynchronousTestCase):
    """Reading roots as a maintainer gives them."""

    def test_bundle(self) -> None:
        """A text may hold more than one certificate, and text around them."""
        one, other = Root("One"), Root("Other")
        self.assertEqual(
            read_roots([f"# ours\n{one.pem}\n{other.pem}", one.pem]),
            [one.certificate, other.certificate, one.certificate],
        )

    def test_nonsense(self) -> None:
        """Text without a readable certificate is refused; the message says which, and does not repeat it."""
        good = Root().pem
        broken: Sequence[str] = (
            "",
            "nonsense",
            good[:100],
            good.replace("MII", "!!!"),
            "\ud800",
            good.replace("M", "A"),
        )
        for text in broken:
            error = self.assertRaises(RootsError, read_roots, [good, text])
            self.assertEqual(str(error), "root 2 is not a PEM certificate")


class ClientContextsTests(SynchronousTestCase):
    """Contexts of the uplinks are shared, and bounded in number."""

    def setUp(self) -> None:
        self.trust = Trust(system=False, roots=(Root().pem,))

    def test_shared(self) -> None:
        """Two dials to one host share a context, but nothing else."""
        contexts = ClientContexts()
        first, second = contexts.creator("a.example", self.trust), contexts.creator("a.example", self.trust)
        self.assertIs(first.context, second.context)
        self.assertIsNot(first, second)

    def test_not_shared(self) -> None:
        """Another host, or another trust, has another context."""
        contexts = ClientContexts()
        other = Trust(system=False, roots=(Root().pem,))
        found = {
            contexts.creator(host, trust).context
            for host in ("a.example", "b.example")
            for trust in (self.trust, other)
        }
        self.assertEqual(len(found), 4)

    def test_bounded(self) -> None:
        """The context that was unused for longest is dropped first."""
        contexts = ClientContexts(limit=2)
        first, second = contexts.creator("a.example", self.trust), contexts.creator("b.example", self.trust)
        contexts.creator("a.example", self.trust)
        contexts.creator("c.example", self.trust)
        self.assertIs(contexts.creator("a.example", self.trust).context, first.context)
        self.assertIsNot(contexts.creator("b.example", self.trust).context, second.context)

    def test_bad_root(self) -> None:
        """A root that cannot be read is an error when the dial is prepared, and nothing is kept."""
        contexts = ClientContexts()
        for _ in range(2):
            self.assertRaises(RootsError, contexts.creator, "a.example", Trust(system=False, roots=("nonsense",)))

    def test_bad_host(self) -> None:
        """What is neither a name nor an address is an error when the dial is prepared."""
        for host in ("", "a b", "12345"):
            self.assertRaises(ValueError, ClientContexts().creator, host, self.trust)

    def test_strangers_are_refused(self) -> None:
        """A connection that no creator made is never content: nobody knows whom it wants."""
        root = Root()
        stranger = Plain(client_context(Trust(system=False, roots=(root.pem,))))
        link = Link(plain_server(root.issue(["a.example"])), stranger)
        self.assertFalse(link.client.app.secured)
        self.assertTrue(link.client_sent_nothing())


class VanishedTests(SynchronousTestCase):
    """What the listener learns of a peer that vanishes."""

    def test_vanished_in_the_handshake(self) -> None:
        """I9: a peer that goes in mid-handshake is a lost connection and no error of ours."""
        server = End(creator(), False, b"")
        server.start()
        client = End(plain_client(), True, b"")
        client.start()
        server.tls.dataReceived(client.wire.take()[:50])
        server.close()
        assert server.app.lost is not None
        self.assertFalse(server.app.secured)
        self.assertTrue(server.app.lost.check(ConnectionLost))
