"""Tests of the request for an upgrade, byte for byte."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.charger.request import request_of, target_of
from edge_twisted.sandbox.charger.settings import Access
from edge_twisted.sandbox.security import Credentials

KEY = b"AAAAAAAAAAAAAAAAAAAAAA=="
PLAIN = Access("ws://edge.lan:8081/ocpp/", "CP 1", credentials=Credentials(b"CP 1", b"pass:word\xff"))


class RequestTests(SynchronousTestCase):
    """How the request deviates with each switch."""

    def request(self, access: Access = PLAIN, malformed: bool = False, **quirks: Any) -> list[bytes]:
        """The lines of the request, without the empty ones at its end."""
        written = request_of(access, "Model", KEY, Quirks(**quirks), malformed=malformed)
        self.assertTrue(written.endswith(b"\r\n\r\n"))
        return written.split(b"\r\n")[:-2]

    def target(self, **quirks: Any) -> bytes:
        """What is asked for."""
        return self.request(**quirks)[0].split(b" ", 1)[1].rsplit(b" ", 1)[0]

    def test_usual(self) -> None:
        """J-01, J-62: all that the standards ask for, once, and the password as bytes."""
        self.assertEqual(
            self.request(),
            [
                b"GET /ocpp/CP%201 HTTP/1.1",
                b"Host: edge.lan:8081",
                b"Upgrade: websocket",
                b"Connection: Upgrade",
                b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
                b"Sec-WebSocket-Version: 13",
                b"Sec-WebSocket-Protocol: ocpp1.6",
                b"Authorization: Basic Q1AgMTpwYXNzOndvcmT/",
                b"User-Agent: Model",
            ],
        )

    def test_vector(self) -> None:
        """J-62: the test vector of the key as bytes."""
        key = bytes.fromhex("0001020304050607FFFFFFFFFFFFFFFFFFFFFFFF")
        access = Access("ws://edge.lan", "AL1000", credentials=Credentials(b"AL1000", key))
        self.assertIn(b"Authorization: Basic QUwxMDAwOgABAgMEBQYH////////////////", self.request(access))

    def test_host(self) -> None:
        """A usual port is not named; an IPv6 address stands in brackets."""
        for endpoint, host in (
            ("wss://edge.lan", b"edge.lan"),
            ("wss://edge.lan:443", b"edge.lan"),
            ("ws://edge.lan:443", b"edge.lan:443"),
            ("ws://[::1]:9000", b"[::1]:9000"),
        ):
            self.assertIn(b"Host: " + host, self.request(Access(endpoint, "CP1")))

    def test_paths(self) -> None:
        """Q15 to Q18: the identity in the path."""
        cases: tuple[tuple[dict[str, Any], bytes], ...] = (
            ({"extra_slashes": 1}, b"/ocpp//CP%201"),
            ({"extra_slashes": 2, "trailing_slash": True}, b"/ocpp///CP%201/"),
            ({"path_prefix": "/steve/central/"}, b"/steve/central/ocpp/CP%201"),
            ({"url_as_path": True}, b"/ws://edge.lan:8081/ocpp/CP%201"),
            ({"no_identity_in_path": True}, b"/ocpp"),
            ({"unencoded_identity": True}, b"/ocpp/CP 1"),
        )
        for quirks, target in cases:
            self.assertEqual(self.target(**quirks), target, quirks)
        access = Access("ws://edge.lan", "A-1_b|ü")
        self.assertEqual(target_of(access, Quirks()), b"/A-1_b%7C%C3%BC")
        self.assertEqual(target_of(access, Quirks(percent_encoded_identity=True)), b"/A%2D1%5Fb%7C%C3%BC")
        self.assertEqual(target_of(access, Quirks(unencoded_identity=True)), "/A-1_b|ü".encode())
        self.assertEqual(target_of(Access("ws://edge.lan", "A"), Quirks(no_identity_in_path=True)), b"/")

    def test_authorization(self) -> None:
        """Q12, Q13: the password without a user, the user without a password, and all in lower case."""
        lines: tuple[tuple[dict[str, Any], bytes], ...] = (
            ({"empty_user": True}, b"Authorization: Basic OnBhc3M6d29yZP8="),
            ({"empty_password": True}, b"Authorization: Basic Q1AgMTo="),
            ({"lower_case_authorization": True}, b"authorization: basic Q1AgMTpwYXNzOndvcmT/"),
        )
        for quirks, line in lines:
            self.assertIn(line, self.request(**quirks), quirks)
        self.assertIn(b"Authorization: Basic Q1AxOg==", self.request(Access("ws://e", "CP1"), empty_password=True))
        self.assertNotIn(b"uthorization", b"".join(self.request(Access("ws://e", "CP1"))))

    def test_headers(self) -> None:
        """Q19 to Q24: headers that are missing, odd or more."""
        text = b"\n".join(self.request(no_subprotocol=True, no_connection_header=True))
        self.assertNotIn(b"Sec-WebSocket-Protocol", text)
        self.assertNotIn(b"Connection:", text)
        self.assertIn(b"Sec-WebSocket-Protocol: ocpp2.0.1, ocpp1.6", self.request(offers_2_0_1=True))
        self.assertIn(b"Origin: https://github.com", self.request(origin="https://github.com"))
        self.assertIn(b"Origin: http://edge.lan", self.request(origin="address"))
        self.assertIn(b"Host: edge.lan", self.request(host_without_port=True))
        self.assertIn(b"X-A: b: c", self.request(extra_header="X-A: b: c"))
        self.assertEqual(self.request(http_1_0=True)[0], b"GET /ocpp/CP%201 HTTP/1.0")

    def test_malformed(self) -> None:
        """Q22: a request without a version, and a header without a colon."""
        lines = self.request(malformed=True)
        self.assertEqual(lines[:2], [b"GET /ocpp/CP%201", b"Sec-WebSocket"])

    @given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))
    def test_any_identity(self, identity: str) -> None:
        """An encoded identity never breaks the request."""
        access = Access("ws://edge.lan", identity)
        for quirks in (Quirks(), Quirks(percent_encoded_identity=True)):
            target = target_of(access, quirks)
            self.assertTrue(target.isascii() and b" " not in target and b"\r" not in target and b"\n" not in target)
            self.assertEqual(target.count(b"/"), 1)
