"""Tests of whom an uplink believes: real handshakes with servers that are wrong in one way each."""

import os
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint, connectProtocol, wrapClientTLS
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase, TestCase
from zope.interface import implementer

from edge_twisted.core.endpoint import Trust
from edge_twisted.trust import verify
from edge_twisted.trust.contexts import ClientContexts
from edge_twisted.trust.verify import Untrusted, UplinkCreator, check_leaf, pin_of
from tests.certificates import DAY, Root, self_signed
from tests.trust.handshake import GREETING, VERSIONS, Link, plain_server

HOST = "wss.example.com"
Certificate = tuple[bytes, bytes]
CERTIFICATE = Root().issue([HOST])


def pin(certificate: Certificate) -> bytes:
    """What pins a certificate."""
    return pin_of(x509.load_pem_x509_certificate(certificate[0]))


class VerifyTestCase(SynchronousTestCase):
    """An operator's root, and dials to servers that it vouches for, or not."""

    root = Root("Operator root")

    def setUp(self) -> None:
        self.trust = Trust(system=False, roots=(self.root.pem,))
        self.contexts = ClientContexts()

    def dial(
        self,
        certificate: Certificate,
        host: str = HOST,
        trust: Trust | None = None,
        version: int = SSL.TLS1_3_VERSION,
        chain: Sequence[str] = (),
    ) -> tuple[UplinkCreator, Link, list[tuple[int, int]], SSL.Connection]:
        """Dial a server that has this certificate.

        Returns:
            The dial's creator, the link, the alerts that the server received, and the server's connection.
        """
        server = plain_server(certificate, chain, version=version)
        creator = self.contexts.creator(host, trust or self.trust)
        link = Link(server, creator)
        return creator, link, server.alerts, server.connection

    def assert_accepted(
        self, certificate: Certificate, host: str = HOST, trust: Trust | None = None, **more: Any
    ) -> None:
        """In both versions of TLS the server is believed, and gets what we send."""
        for version in VERSIONS:
            creator, link, _, _ = self.dial(certificate, host, trust, version, **more)
            self.assertEqual((link.secured, creator.refusal), (True, None))

    def assert_refused(
        self, code: str, certificate: Certificate, host: str = HOST, trust: Trust | None = None, **more: Any
    ) -> None:
        """In both versions of TLS the server is refused for this cause, by an alert, before it gets a byte of ours."""
        for version in VERSIONS:
            creator, link, alerts, _ = self.dial(certificate, host, trust, version, **more)
            self.assertEqual(creator.refusal, code)
            self.assertFalse(link.client.app.secured)
            self.assertTrue(link.client_sent_nothing())
            self.assertEqual([level for level, _ in alerts], [2])
            assert link.client.app.lost is not None
            self.assertTrue(link.client.app.lost.check(SSL.Error))


class PathTests(VerifyTestCase):
    """J1, T-30: the path has to lead to a root that this uplink trusts, and be valid now."""

    def test_good(self) -> None:
        """A certificate of the uploaded root, for the host that was dialled, is believed."""
        self.assert_accepted(self.root.issue([HOST]))

    def test_rsa(self) -> None:
        """The same with an RSA key."""
        self.assert_accepted(self.root.issue([HOST], rsa=True))

    def test_unknown_root(self) -> None:
        """J1: a root that nobody uploaded."""
        self.assert_refused("unknown-root", Root("Operator root").issue([HOST]))

    def test_unknown_root_sent_along(self) -> None:
        """J1: an unknown root is no better for being sent along."""
        other = Root("Other root")
        self.assert_refused("unknown-root", other.issue([HOST]), chain=[other.pem])

    def test_self_signed(self) -> None:
        """J1: a certificate that nobody vouches for."""
        self.assert_refused("self-signed", self_signed([HOST]))

    def test_trusted_self_signed(self) -> None:
        """A self-signed certificate that was uploaded itself is its own root; its name still counts."""
        certificate = self_signed([HOST])
        trust = Trust(system=False, roots=(certificate[0].decode(),))
        self.assert_accepted(certificate, trust=trust)
        self.assert_refused("name", certificate, "other.example.com", trust)

    def test_expired(self) -> None:
        """J1: a certificate that was good until yesterday."""
        self.assert_refused("expired", self.root.issue([HOST], starts=-2 * DAY, ends=-DAY))

    def test_not_yet_valid(self) -> None:
        """J1: a certificate that will be good from tomorrow on."""
        self.assert_refused("not-yet-valid", self.root.issue([HOST], starts=DAY, ends=2 * DAY))

    def test_first_cause_counts(self) -> None:
        """Of several faults the one nearest to the root is told."""
        certificate = Root().issue(["other.example.com"], ends=-timedelta(hours=1))
        self.assert_refused("unknown-root", certificate)

    def test_intermediate(self) -> None:
        """An intermediate leads to the root where the server sends it along, and not otherwise."""
        below = self.root.intermediate()
        self.assert_accepted(below.issue([HOST]), chain=[below.pem])
        self.assert_refused("unknown-root", below.issue([HOST]))

    def test_uploaded_intermediate(self) -> None:
        """An uploaded intermediate counts as the end of the path, without the root above it."""
        below = Root("Far root").intermediate()
        self.assert_accepted(below.issue([HOST]), trust=Trust(system=False, roots=(below.pem,)))

    def test_client_certificate(self) -> None:
        """A charger's client certificate of the same root cannot pose as the central system."""
        self.assert_refused("purpose", self.root.issue([HOST], usages=["client"]))

    def test_leaf_as_authority(self) -> None:
        """A certificate that is no authority cannot vouch for another one."""
        leaf = self.root.intermediate(ca=False)
        self.assert_refused("purpose", leaf.issue([HOST]), chain=[leaf.pem])

    def test_without_extended_usage(self) -> None:
        """A certificate without extended key usage may serve."""
        self.assert_accepted(self.root.issue([HOST], usages=[]))

    def test_nothing_trusted(self) -> None:
        """Without system roots and uploaded roots nobody is believed."""
        self.assert_refused("unknown-root", self.root.issue([HOST]), trust=Trust(system=False))

    def test_system_roots(self) -> None:
        """J4: the system's roots do not vouch for a private authority; both kinds count where both are wanted."""
        self.assert_refused("unknown-root", self.root.issue([HOST]), trust=Trust())
        self.assert_accepted(self.root.issue([HOST]), trust=Trust(roots=(self.root.pem,)))

    def test_system_roots_by_choice(self) -> None:
        """J4, T-30: a root of the system counts only for an uplink that trusts the system's roots."""
        other = Root("Root of the system")
        bundle = Path(self.mktemp())
        bundle.write_text(other.pem)
        # This is how OpenSSL is told where the system keeps its roots.
        earlier = os.environ.get("SSL_CERT_FILE")
        os.environ["SSL_CERT_FILE"] = str(bundle)
        if earlier is None:
            self.addCleanup(os.environ.pop, "SSL_CERT_FILE")
        else:
            self.addCleanup(os.environ.__setitem__, "SSL_CERT_FILE", earlier)
        self.assert_accepted(other.issue([HOST]), trust=Trust())
        self.assert_accepted(other.issue([HOST]), trust=Trust(roots=(self.root.pem,)))
        self.assert_refused("unknown-root", other.issue([HOST]))

    def test_root_of_another_uplink(self) -> None:
        """J4: a private root counts for the uplink it was uploaded for, before and after others were dialled."""
        other = Root("Other root")
        trust = Trust(system=False, roots=(other.pem,))
        for _ in range(2):
            self.assert_accepted(self.root.issue([HOST]))
            self.assert_accepted(other.issue([HOST]), trust=trust)
            self.assert_refused("unknown-root", other.issue([HOST]))
            self.assert_refused("unknown-root", self.root.issue([HOST]), trust=trust)


class NameTests(VerifyTestCase):
    """J1 to J3, T-31, T-32: the certificate has to name the host that was dialled (RFC 9525)."""

    def test_letter_case(self) -> None:
        """Letter case makes no difference."""
        self.assert_accepted(self.root.issue(["WSS.Example.COM"]))

    def test_one_of_many(self) -> None:
        """One matching name among others is enough."""
        self.assert_accepted(self.root.issue(["a.example.com", HOST], ["192.0.2.1"], emails=["ops@example.com"]))

    def test_wrong_name(self) -> None:
        """J1: a certificate for another host, for the domain above, or for a host below."""
        for name in ("ws.example.com", "example.com", "a.wss.example.com", "wss.example.com.evil.example"):
            self.assert_refused("name", self.root.issue([name]))

    def test_common_name_does_not_count(self) -> None:
        """J2: a CN without a SAN is refused, whether it matches or not."""
        self.assert_refused("no-name", self.root.issue(common_names=[HOST]))
        self.assert_refused("no-name", self.root.issue(common_names=["other.example.com"]))

    def test_common_name_beside_another_name(self) -> None:
        """A matching CN does not help where the SAN names others."""
        self.assert_refused("name", self.root.issue(["other.example.com"], common_names=[HOST]))

    def test_email_only(self) -> None:
        """T-31: a SAN with an e-mail address only names no host."""
        self.assert_refused("no-name", self.root.issue(emails=[f"ops@{HOST}"], common_names=[HOST]))

    def test_star(self) -> None:
        """T-31: the SAN `*` names no host, and spoils a certificate that has a good name as well."""
        self.assert_refused("name", self.root.issue(["*"]))
        self.assert_refused("name", self.root.issue([HOST, "*"]))

    def test_wildcard(self) -> None:
        """J3: a wildcard stands for one whole label."""
        certificate = self.root.issue(["*.example.com"])
        self.assert_accepted(certificate)
        self.assert_refused("name", certificate, "example.com")
        self.assert_refused("name", certificate, "a.b.example.com")

    def test_wild_wildcards(self) -> None:
        """J3: a partial wildcard, one in the middle, one for a whole top level, and two of them match nothing."""
        for name in ("w*.example.com", "*s.example.com", "wss.*.com", "*.com", "*.*.com", "wss.example.*"):
            self.assert_refused("name", self.root.issue([name]))

    def test_address(self) -> None:
        """J3, T-32: an address is matched by an iPAddress entry, in any spelling."""
        certificate = self.root.issue(addresses=["192.0.2.1", "2001:db8::1"])
        for host in ("192.0.2.1", "2001:db8::1", "2001:db8:0:0::1"):
            self.assert_accepted(certificate, host)
        self.assert_refused("name", certificate, "192.0.2.2")
        self.assert_refused("name", certificate, HOST)

    def test_address_with_scope(self) -> None:
        """The scope id of a link-local address is of this box only, and does not count."""
        self.assert_accepted(self.root.issue(addresses=["fe80::1"]), "fe80::1%eth0")

    def test_address_as_a_name(self) -> None:
        """T-32: an address written as a DNS name, or as CN, does not count."""
        self.assert_refused("name", self.root.issue(["192.0.2.1"]), "192.0.2.1")
        self.assert_refused("no-name", self.root.issue(common_names=["192.0.2.1"]), "192.0.2.1")

    def test_unreadable_names(self) -> None:
        """T-31: whatever goes wrong while the names are read means refused."""
        self.assert_refused("broken", self.root.issue([HOST], uris=["urn:uuid:0"]))

    def test_any_failure_means_refused(self) -> None:
        """T-31: an exception that nobody thought of means refused as well, and ends on no other connection."""

        def fail(*args: object) -> None:
            raise ZeroDivisionError

        self.patch(verify, "verify_service_identity", fail)
        self.assert_refused("broken", self.root.issue([HOST]))
        self.patch(verify, "check_leaf", fail)
        self.assert_refused("broken", self.root.issue([HOST]))


class CommonNameTests(VerifyTestCase):
    """J2, T-31: the explicit option for certificates made to the letter of A00.FR.510."""

    def setUp(self) -> None:
        super().setUp()
        self.trust = Trust(system=False, roots=(self.root.pem,), cn_fallback=True)

    def test_accepted(self) -> None:
        """J2: with the option a matching CN is believed, in any letter case."""
        self.assert_accepted(self.root.issue(common_names=[HOST]))
        self.assert_accepted(self.root.issue(common_names=[HOST.upper()]))

    def test_wrong(self) -> None:
        """Another CN, a wildcard, part of a name and a CN that hides something behind the name are refused."""
        for name in ("other.example.com", "*.example.com", "example.com", f"{HOST}\0.evil.example", f"{HOST} "):
            self.assert_refused("name", self.root.issue(common_names=[name]))

    def test_one_only(self) -> None:
        """There has to be exactly one CN."""
        self.assert_refused("name", self.root.issue(common_names=[HOST, "other.example.com"]))
        self.assert_refused("name", self.root.issue(common_names=["other.example.com", HOST]))
        self.assert_refused("name", self.root.issue())

    def test_only_without_alternative_names(self) -> None:
        """As soon as there is a SAN, also one that names no host, the CN does not count."""
        self.assert_refused("name", self.root.issue(["other.example.com"], common_names=[HOST]))
        self.assert_refused("no-name", self.root.issue(emails=["ops@example.com"], common_names=[HOST]))

    def test_alternative_names_still_count(self) -> None:
        """The option does not replace the SAN."""
        self.assert_accepted(self.root.issue([HOST], common_names=["something else"]))

    def test_never_with_system_roots(self) -> None:
        """The option has no effect where the system's roots count."""
        trust = Trust(system=True, roots=(self.root.pem,), cn_fallback=True)
        self.assert_refused("no-name", self.root.issue(common_names=[HOST]), trust=trust)

    def test_path_still_counts(self) -> None:
        """The option does not replace the path."""
        self.assert_refused("unknown-root", Root().issue(common_names=[HOST]))


class PinTests(VerifyTestCase):
    """T-33: pinned keys narrow what is believed, and widen nothing."""

    def pinned(self, *pins: bytes) -> Trust:
        """The operator's root with these pins."""
        return Trust(system=False, roots=(self.root.pem,), pins=pins)

    def test_right(self) -> None:
        """A pinned key is believed; so is the second pin."""
        certificate = self.root.issue([HOST])
        self.assert_accepted(certificate, trust=self.pinned(pin(certificate)))
        self.assert_accepted(certificate, trust=self.pinned(bytes(32), pin(certificate)))

    def test_wrong(self) -> None:
        """Another key with the same name and the same root is refused, and so is part of a pin."""
        certificate = self.root.issue([HOST])
        self.assert_refused("pin", certificate, trust=self.pinned(pin(self.root.issue([HOST]))))
        self.assert_refused("pin", certificate, trust=self.pinned(pin(certificate)[:31]))

    def test_path_and_name_still_count(self) -> None:
        """A pin replaces neither the path nor the name."""
        stranger, misnamed = Root().issue([HOST]), self.root.issue(["other.example.com"])
        self.assert_refused("unknown-root", stranger, trust=self.pinned(pin(stranger)))
        self.assert_refused("name", misnamed, trust=self.pinned(pin(misnamed)))


class ConnectionTests(VerifyTestCase):
    """What an uplink's handshake says, and what a dial knows afterwards."""

    def test_server_name(self) -> None:
        """T-32: names are sent as SNI, addresses never."""
        *_, connection = self.dial(self.root.issue([HOST]))
        self.assertEqual(connection.get_servername(), HOST.encode())
        for host in ("192.0.2.1", "2001:db8::1"):
            *_, connection = self.dial(self.root.issue(addresses=[host]), host)
            self.assertIsNone(connection.get_servername())

    def test_old_tls(self) -> None:
        """J9, S-11: a central system that speaks TLS 1.1 only is refused before a byte is sent; no word on trust."""
        server = plain_server(self.root.issue([HOST], rsa=True), (), b"AES128-SHA:@SECLEVEL=0", SSL.TLS1_1_VERSION)
        creator = self.contexts.creator(HOST, self.trust)
        link = Link(server, creator)
        self.assertTrue(link.client_sent_nothing())
        self.assertFalse(link.client.app.secured)
        self.assertIsNone(creator.refusal)
        self.assertEqual(creator.alert, 70)

    def test_dials_do_not_mix(self) -> None:
        """Two dials that share a context have causes of their own."""
        good, bad = self.contexts.creator(HOST, self.trust), self.contexts.creator(HOST, self.trust)
        Link(plain_server(self_signed([HOST])), bad)
        Link(plain_server(self.root.issue([HOST])), good)
        self.assertEqual((good.refusal, bad.refusal), (None, "self-signed"))

    def test_second_use(self) -> None:
        """A creator that dials again begins anew."""
        creator = self.contexts.creator(HOST, self.trust)
        Link(plain_server(self_signed([HOST])), creator)
        self.assertTrue(Link(plain_server(self.root.issue([HOST])), creator).secured)
        self.assertIsNone(creator.refusal)

    def test_server_refuses(self) -> None:
        """J5, J6, T-22: one that wants a client certificate refuses by alert, in TLS 1.3 after our handshake."""
        for version, alert in zip(VERSIONS, (40, 116), strict=True):
            server = plain_server(self.root.issue([HOST]), version=version)
            server.context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *args: True)
            creator = self.contexts.creator(HOST, self.trust)
            link = Link(server, creator)
            self.assertIsNotNone(link.client.app.lost)
            self.assertEqual((creator.refusal, creator.alert), (None, alert))

    def test_nothing_secret_in_repr(self) -> None:
        """What a log might show of a creator is short: host and outcome."""
        self.assertEqual(
            repr(self.contexts.creator(HOST, self.trust)), f"UplinkCreator(host='{HOST}', refusal=None, alert=None)"
        )


class CheckLeafTests(SynchronousTestCase):
    """The check of names and pins as a function."""

    @given(st.text(max_size=40))
    def test_any_host(self, host: str) -> None:
        """Whatever the host is, the check ends with `Untrusted` or nothing, and never believes a stranger."""
        certificate = x509.load_pem_x509_certificate(CERTIFICATE[0])
        try:
            check_leaf(certificate, host, Trust(system=False, cn_fallback=True))
        except Untrusted as refused:
            self.assertIn(refused.code, ("name", "broken"))
        else:
            self.assertEqual(host.strip().lower(), HOST)


@implementer(IHandshakeListener)
class Dialler(Protocol):
    """Says its greeting at once, and tells how it ended."""

    def __init__(self) -> None:
        self.secured = False
        self.ended: Deferred[None] = Deferred()

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(GREETING)

    def handshakeCompleted(self) -> None:
        self.secured = True

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.ended.callback(None)


class SocketTests(TestCase):
    """Ring 3 in small: the creator under Twisted's own client endpoint, over a real socket."""

    async def dial(self, certificate: Certificate, trust: Trust) -> tuple[UplinkCreator, Dialler, bytes]:
        """Dial a server on 127.0.0.1; returns the creator, the client, and what the server was told."""
        heard = bytearray()

        class Server(Protocol):
            def dataReceived(self, data: bytes) -> None:
                assert self.transport is not None
                heard.extend(data)
                self.transport.write(b"101")

            def connectionLost(self, reason: Failure = connectionDone) -> None:
                gone.callback(None)

        gone: Deferred[None] = Deferred()
        factory = TLSMemoryBIOFactory(plain_server(certificate), False, Factory.forProtocol(Server))
        port = await TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(factory)
        self.addCleanup(port.stopListening)
        creator = ClientContexts().creator("127.0.0.1", trust)
        endpoint = wrapClientTLS(creator, TCP4ClientEndpoint(reactor, "127.0.0.1", port.getHost().port))
        client = await connectProtocol(endpoint, Dialler())
        await client.ended
        await gone
        return creator, client, bytes(heard)

    async def test_believed(self) -> None:
        """J3: a server with the right address in its SAN gets what we send."""
        root = Root()
        trust = Trust(system=False, roots=(root.pem,))
        creator, client, heard = await self.dial(root.issue(addresses=["127.0.0.1"]), trust)
        self.assertEqual((client.secured, heard, creator.refusal), (True, GREETING, None))

    async def test_refused(self) -> None:
        """J1: a server with another name gets nothing, and the cause is there when the connection is lost."""
        root = Root()
        trust = Trust(system=False, roots=(root.pem,))
        creator, client, heard = await self.dial(root.issue(["localhost"]), trust)
        self.assertEqual((client.secured, heard, creator.refusal), (False, b"", "name"))
