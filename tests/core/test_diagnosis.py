"""Tests for `edge_twisted.core.diagnosis`."""

import contextlib
import datetime
import re
import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL, crypto
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.clienthello import Hello
from edge_twisted.core.diagnosis import (
    CAUSES,
    DISTRUST,
    REMEDIES,
    STAGES,
    Diagnosis,
    from_alert,
    from_handshake,
    from_uplink,
    version_name,
)

OURS = (0xC02B, 0xC02C, 0x009C, 0x009D, 0x1301)
MODERN = Hello(0x0303, (0x0304, 0x0303), OURS, signatures=(0x0403, 0x0804))


def codes(diagnosis: Diagnosis) -> tuple[str, str]:
    """Cause and remedy."""
    return (diagnosis.cause, diagnosis.remedy)


class CodesTests(SynchronousTestCase):
    """'From what was seen to a cause and a remedy, as codes' (design section 2)."""

    def test_codes(self) -> None:
        """Causes and remedies are kebab-case words, each once."""
        for listed in (CAUSES, REMEDIES, STAGES):
            self.assertEqual(len(listed), len(set(listed)))
            for code in listed:
                self.assertTrue(re.fullmatch("[a-z]+(-[a-z]+)*", code), code)

    @given(
        st.integers(-1, 300),
        st.sampled_from((*STAGES, "else")),
        st.none() | st.just(MODERN) | st.builds(Hello, st.integers(0, 0xFFFF)),
        st.lists(st.text(max_size=30), max_size=3),
    )
    def test_complete_charger_side(self, number: int, stage: str, hello: Hello | None, reasons: list[str]) -> None:
        """Whatever is seen of a charger, cause and remedy are among those listed."""
        for diagnosis in (from_alert(number), from_handshake(stage, hello, reasons, OURS)):
            self.assertIn(diagnosis.cause, CAUSES)
            self.assertIn(diagnosis.remedy, REMEDIES)
            self.assertTrue(diagnosis.detail.isprintable())

    @given(
        st.sampled_from(("dns", "refused", "timeout", "reset", "tls", "http", "not-http", "handshake", "else")),
        st.integers(-1, 999),
        st.text() | st.sampled_from(("alert", "name", "expired", "https://[x/y")),
    )
    def test_complete_uplink_side(self, kind: str, status: int, detail: str) -> None:
        """Whatever is seen of the central system, cause and remedy are among those listed."""
        diagnosis = from_uplink(kind, status, detail)
        self.assertIn(diagnosis.cause, CAUSES)
        self.assertIn(diagnosis.remedy, REMEDIES)
        self.assertTrue(diagnosis.detail.isprintable())
        self.assertLessEqual(len(diagnosis.detail), 220)


class AlertTests(SynchronousTestCase):
    """'A TLS alert that means "I don't trust your certificate" becomes an event, by alert number, never by text.'"""

    def test_table(self) -> None:
        """I6, I7, I8: standards section 5.3, row by row; the number is the detail."""
        for number, cause, remedy in (
            (48, "root-unknown", "load-root"),
            (46, "certificate-unknown", "load-root"),
            (45, "certificate-expired", "check-charger-clock"),
            (42, "certificate-bad", "check-name"),
            (43, "certificate-unsupported", "update-charger-tls"),
            (44, "certificate-revoked", "check-charger-trust"),
            (49, "access-denied", "check-charger-trust"),
            (51, "certificate-signature", "reload-root"),
            (40, "tls-no-agreement", "update-charger-tls"),
            (71, "tls-no-agreement", "update-charger-tls"),
            (70, "tls-version", "update-charger-tls"),
            (80, "charger-fault", "restart-charger"),
            (90, "certificate-probably-refused", "load-root"),
            (0, "certificate-probably-refused", "load-root"),
            (109, "alert-other", "read-charger-log"),
        ):
            self.assertEqual(from_alert(number), Diagnosis(cause, remedy, str(number)))

    def test_distrust(self) -> None:
        """40, 70 and 71 are 'suites, key size, TLS version - not trust', and 80 is a fault of the charger."""
        for number in range(256):
            distrusts = from_alert(number).cause.startswith(("certificate-", "root-", "access-"))
            self.assertEqual(number in DISTRUST, distrusts)


class HandshakeTests(SynchronousTestCase):
    """'Explain, never serve' (design section 3.1)."""

    def test_too_old(self) -> None:
        """I3: 'TLS too old', from the hello whatever OpenSSL calls it, and named."""
        for version, name in ((0x0300, "SSL 3.0"), (0x0301, "TLS 1.0"), (0x0302, "TLS 1.1")):
            for stage in ("tls", "eof", "timeout"):
                diagnosis = from_handshake(stage, Hello(version, suites=OURS), ["anything"])
                self.assertEqual(diagnosis, Diagnosis("tls-too-old", "update-charger-tls", name))

    def test_no_common_suite(self) -> None:
        """T-21: a hello that offers none of our suites, or can check neither kind of certificate."""
        other = Hello(0x0303, suites=(0x0005, 0x000A))
        self.assertEqual(from_handshake("tls", other, [], OURS).cause, "no-common-suite")
        self.assertEqual(from_handshake("eof", other, []).cause, "certificate-probably-refused")
        neither = Hello(0x0303, suites=OURS, signatures=(0x0807,))
        expected = Diagnosis("no-common-suite", "update-charger-tls", "signatures")
        self.assertEqual(from_handshake("tls", neither, [], OURS), expected)

    def test_left_in_mid_handshake(self) -> None:
        """I9: 'FIN in mid-handshake: shown as "probably refused"' once our certificate went out, else only as left."""
        self.assertEqual(codes(from_handshake("eof", MODERN)), ("certificate-probably-refused", "load-root"))
        self.assertEqual(codes(from_handshake("eof", None)), ("left-early", "check-network"))
        reasons = ["unexpected eof while reading"]
        self.assertEqual(from_handshake("tls", MODERN, reasons).cause, "certificate-probably-refused")

    def test_wrong_port(self) -> None:
        """I10, Q7: 'plain `ws://` to the wss port; TLS to the ws port: recognised, named'."""
        self.assertEqual(codes(from_handshake("plain-on-tls", None)), ("plain-on-tls-port", "use-wss-url"))
        self.assertEqual(codes(from_handshake("tls", None, ["http request"])), ("plain-on-tls-port", "use-wss-url"))
        self.assertEqual(codes(from_handshake("tls-on-plain", MODERN)), ("tls-on-plain-port", "use-wss-port"))

    def test_timeout(self) -> None:
        """I17: a handshake that stalls."""
        self.assertEqual(codes(from_handshake("timeout", None)), ("handshake-timeout", "check-network"))
        self.assertEqual(codes(from_handshake("timeout", MODERN)), ("handshake-timeout", "check-network"))

    def test_probe(self) -> None:
        """Q41: 'connects and sends zero bytes: quiet counter', nobody has to do anything."""
        self.assertEqual(codes(from_handshake("silent", None)), ("port-probe", "nothing-to-do"))

    def test_no_request(self) -> None:
        """A peer that leaves before its request is complete."""
        self.assertEqual(codes(from_handshake("head", MODERN)), ("no-request", "read-charger-log"))

    def test_other(self) -> None:
        """Whatever else OpenSSL says is passed on, cleaned."""
        diagnosis = from_handshake("tls", None, ["Decode\nerror\u202e"])
        self.assertEqual(diagnosis, Diagnosis("tls-other", "read-charger-log", "decode error"))

    def test_words_of_openssl(self) -> None:
        """T-21: the reasons that OpenSSL really gives are recognised where no hello was read."""
        for client, cause in (
            (ssl.TLSVersion.TLSv1_2, "no-common-suite"),
            (ssl.TLSVersion.TLSv1_1, "tls-too-old"),
            (None, "plain-on-tls-port"),
        ):
            self.assertEqual(from_handshake("tls", None, reasons_of_openssl(client)).cause, cause)

    def test_version_names(self) -> None:
        """Versions have the names people know."""
        names = [version_name(number) for number in (0x0002, 0x0200, 0x0300, 0x0301, 0x0304)]
        self.assertEqual(names, ["SSL 0.2", "SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.3"])


class UplinkTests(SynchronousTestCase):
    """'To tell the installer what is wrong, in plain words, where it can't' (design section 1)."""

    def test_network(self) -> None:
        """C4, C5: each way not to reach the central system is told apart."""
        kinds = ("dns", "refused", "unreachable", "timeout", "reset", "not-http", "handshake")
        for kind in kinds:
            self.assertEqual(from_uplink(kind, detail="x\x00y"), from_uplink(kind, detail="xy"))
            self.assertEqual(from_uplink(kind).cause, f"uplink-{kind}")
        self.assertEqual(from_uplink("else").cause, "uplink-other")

    def test_tls(self) -> None:
        """J1, J2: 'refused, clear cause in the UI', one for each reason of the verification."""
        words = "unknown-root self-signed expired not-yet-valid name no-name purpose pin broken alert version".split()
        causes = [from_uplink("tls", detail=word).cause for word in words]
        self.assertEqual(len(set(causes)), len(words))
        self.assertNotIn("uplink-tls-other", causes)
        self.assertEqual(codes(from_uplink("tls", detail="self-signed")), ("uplink-self-signed", "upload-root"))
        self.assertEqual(codes(from_uplink("tls", detail="not-yet-valid")), ("uplink-not-yet-valid", "check-box-clock"))
        self.assertEqual(from_uplink("tls", detail="odd\n").detail, "odd")

    def test_alerts(self) -> None:
        """J5, J6: an alert of the central system, by number; 116 means that it wants a client certificate."""
        self.assertEqual(from_uplink("tls", 116, "alert").cause, "uplink-wants-certificate")
        self.assertEqual(from_uplink("tls", 70, "alert").cause, "uplink-tls-version")
        expected = Diagnosis("uplink-alert", "ask-operator-tls", "40")
        self.assertEqual(from_uplink("tls", 40, "alert"), expected)

    def test_http(self) -> None:
        """C1, C2, C7, W-23: each status that a central system refuses with; the status is the detail."""
        for status, cause, remedy in (
            (401, "uplink-unauthorized", "check-dashboard-password"),
            (403, "uplink-forbidden", "check-dashboard-charger"),
            (404, "uplink-identity-unknown", "add-to-dashboard"),
            (429, "uplink-busy", "wait"),
            (503, "uplink-unavailable", "wait"),
            (500, "uplink-fault", "ask-operator"),
            (400, "uplink-status-other", "check-endpoint"),
            (200, "uplink-status-other", "check-endpoint"),
        ):
            self.assertEqual(from_uplink("http", status, "Sorry, CP001"), Diagnosis(cause, remedy, str(status)))

    def test_redirect(self) -> None:
        """C6, W-20: the target is shown, without what may hold the identity or credentials."""
        redirect = from_uplink("http", 302, "https://user:pw@new.example:8443/ocpp/CP001?x=CP001")
        self.assertEqual(redirect, Diagnosis("uplink-redirect", "enter-target", "302 https://new.example:8443"))
        for location in ("/ocpp/CP001", "", "https://[CP001/", "CP001"):
            self.assertEqual(from_uplink("http", 301, location).detail, "301")


def reasons_of_openssl(highest: ssl.TLSVersion | None) -> list[str]:
    """Let a server with an ECDSA certificate fail on a client that can only do RSA, or on plain HTTP."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "edge.lan")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start.replace(year=2037))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.use_certificate(crypto.X509.from_cryptography(builder.sign(key, hashes.SHA256())))
    context.use_privatekey(crypto.load_privatekey(crypto.FILETYPE_PEM, pem))
    server = SSL.Connection(context, None)
    server.set_accept_state()
    if highest is None:
        server.bio_write(b"GET /CP001 HTTP/1.1\r\nHost: edge.lan\r\n\r\n")
    else:
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.minimum_version = ssl.TLSVersion.TLSv1
        client.maximum_version = highest
        client.set_ciphers("AES128-GCM-SHA256:AES128-SHA:@SECLEVEL=0")
        client.check_hostname = False
        outgoing = ssl.MemoryBIO()
        with contextlib.suppress(ssl.SSLWantReadError):
            client.wrap_bio(ssl.MemoryBIO(), outgoing).do_handshake()
        server.bio_write(outgoing.read())
    try:
        server.do_handshake()
    except SSL.Error as error:
        return [str(part[-1]) for part in error.args[0]]
    raise AssertionError("the handshake went on")
