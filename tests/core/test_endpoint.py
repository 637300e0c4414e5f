"""Tests of endpoints."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.endpoint import Endpoint, EndpointError, parse_endpoint


class ParseEndpointTests(SynchronousTestCase):
    """The text a maintainer enters."""

    def test_l2_defaults(self) -> None:
        """L2: a bare endpoint gets its scheme's port."""
        self.assertEqual(parse_endpoint("ws://ws.evc-net.com"), Endpoint(False, "ws.evc-net.com", 80))
        self.assertEqual(parse_endpoint("wss://wss.evc-net.com/"), Endpoint(True, "wss.evc-net.com", 443))

    def test_l2_whole(self) -> None:
        """L2: port and path are read; scheme and host are compared in lower case, a path is not."""
        endpoint = parse_endpoint(" WSS://Central.Example.:8443/OCPP/a%20b// ")
        self.assertEqual(endpoint, Endpoint(True, "central.example", 8443, "/OCPP/a%20b"))
        self.assertEqual(str(endpoint), "wss://central.example:8443/OCPP/a%20b")
        self.assertEqual(endpoint.origin, ("wss", "central.example", 8443))

    def test_address_literals(self) -> None:
        """Address literals are written in one way; IPv6 has brackets in text and none in the host."""
        endpoint = parse_endpoint("ws://[FD00:0::1]:8080/x")
        self.assertEqual((endpoint.host, endpoint.authority), ("fd00::1", "[fd00::1]:8080"))
        self.assertEqual(parse_endpoint("ws://[::1]").authority, "[::1]")
        self.assertEqual(parse_endpoint("ws://10.0.0.1:80").authority, "10.0.0.1")

    def test_refused(self) -> None:
        """L2, W-33: what cannot be an endpoint is refused, with the reason."""
        for text, code in (
            ("", "scheme"),
            ("central.example", "scheme"),
            ("http://central.example", "scheme"),
            ("//central.example", "scheme"),
            ("ws://", "host"),
            ("ws:///ocpp", "host"),
            ("ws://-a.example", "host"),
            ("ws://a..example", "host"),
            ("ws://a.example..", "host"),
            ("ws://" + "a" * 64, "host"),
            ("ws://" + "a." * 127 + "a", "host"),
            ("ws://a,b", "host"),
            ("ws://h/..", "syntax"),
            ("ws://h/%2e%2E/x", "syntax"),
            ("ws://h/a//b", "syntax"),
            ("ws://h/a%4", "syntax"),
            ("ws://[::1", "syntax"),
            ("ws://h:0", "port"),
            ("ws://h:65536", "port"),
            ("ws://h:", "port"),
            ("ws://h:x", "port"),
            ("ws://::1/", "port"),
            ("ws://user@h", "user"),
            ("wss://user:pw@h/x", "user"),
            ("ws://h/x?y=1", "query"),
            ("ws://h/x?", "query"),
            ("ws://h/x#", "query"),
            ("ws://h/a b", "characters"),
            ("ws://h/ä", "characters"),
            ("ws://h\\@i", "characters"),
            ("ws://h/\x7f", "characters"),
        ):
            self.assertEqual(self.assertRaises(EndpointError, parse_endpoint, text).code, code, text)

    def test_limits(self) -> None:
        """The longest host has 253 characters, the longest label 63, the longest endpoint 1000."""
        host = "a." * 126 + "a"
        self.assertEqual(parse_endpoint(f"ws://{host}").host, host)
        self.assertEqual(parse_endpoint("ws://" + "a" * 63).host, "a" * 63)
        text = "ws://h/".ljust(1000, "a")
        self.assertEqual(str(parse_endpoint(text)), text)
        self.assertEqual(self.assertRaises(EndpointError, parse_endpoint, text + "a").code, "syntax")

    def test_brackets(self) -> None:
        """Nothing may stand beside or between the brackets but an IPv6 address: another host would be dialled."""
        for text in ("ws://a[::1]", "ws://[::1]a", "ws://[::1]a:80", "ws://[fe80::1%25eth0]", "ws://[v1.a]"):
            self.assertEqual(self.assertRaises(EndpointError, parse_endpoint, text).code, "host", text)
        for text in ("ws://[1.2.3.4]", "ws://[central.example]", "ws://[::g]"):
            self.assertRaises(EndpointError, parse_endpoint, text)

    def test_numeric_names(self) -> None:
        """A name that a resolver reads as an IPv4 address is refused: it hides where it leads."""
        for text in ("ws://2130706433", "ws://127.1", "ws://0x7f000001", "ws://0x7f.0x1", "ws://127.0.0.256"):
            self.assertEqual(self.assertRaises(EndpointError, parse_endpoint, text).code, "host", text)

    def test_identity(self) -> None:
        """An endpoint whose last segment is the identity is refused, encoded or not; elsewhere it may stand."""
        for text, identity in (
            ("ws://h/ocpp/CP001", b"CP001"),
            ("ws://h/CP001/", b"CP001"),
            ("ws://h/RDAM%20123", b"RDAM 123"),
            ("ws://h/A%2fB", b"A/B"),
        ):
            self.assertEqual(self.assertRaises(EndpointError, parse_endpoint, text, identity).code, "identity", text)
        self.assertEqual(parse_endpoint("ws://h/CP001/x", b"CP001").path, "/CP001/x")
        self.assertEqual(parse_endpoint("ws://h", b"h").path, "")

    def test_error_text(self) -> None:
        """W-33: the error says nothing of the text: it may hold a password."""
        error = self.assertRaises(EndpointError, parse_endpoint, "wss://user:hunter2@h/x")
        self.assertNotIn("hunter2", repr(error) + str(error))

    @given(st.one_of(st.text(max_size=60), st.text("ws:/[]@.%0a1 ?#-x", max_size=30).map("ws://".__add__)))
    def test_any_text(self, text: str) -> None:
        """Any text is an endpoint that reads back as itself, or an `EndpointError`."""
        try:
            endpoint = parse_endpoint(text)
        except EndpointError:
            return
        self.assertEqual(parse_endpoint(str(endpoint)), endpoint)


class PrivateLiteralTests(SynchronousTestCase):
    """Where credentials may go unencrypted (design section 4)."""

    def private(self, host: str) -> bool:
        """Whether a host is such a place."""
        return parse_endpoint(f"ws://{host}").is_private_literal

    def test_private(self) -> None:
        """Private, link-local, loopback and 100.64/10 literals are, and `localhost`."""
        for host in (
            "localhost",
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "100.64.0.1",
            "[::1]",
            "[fd00::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
        ):
            self.assertTrue(self.private(host), host)

    def test_not_private(self) -> None:
        """Public and reserved addresses and every name are not: a name can lead anywhere."""
        for host in (
            "8.8.8.8",
            "172.32.0.1",
            "0.0.0.0",
            "203.0.113.5",
            "240.0.0.1",
            "[::]",
            "[2001:db8::1]",
            "[::ffff:8.8.8.8]",
            "localhost.example",
            "edge.lan",
        ):
            self.assertFalse(self.private(host), host)
