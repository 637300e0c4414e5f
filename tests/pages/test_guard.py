"""Tests of `edge_twisted.pages.guard`: whoever is not meant, or does not ask for itself, changes nothing."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource

from edge_twisted.pages.guard import Guard
from edge_twisted.pages.headers import HEADERS
from edge_twisted.pages.site import PagesSite
from tests.pages.browser import Browser


class Everything(Resource):
    """Answers whatever is asked."""

    isLeaf = True

    def render(self, request: object) -> bytes:
        """Answer."""
        return b"done"


class GuardTests(SynchronousTestCase):
    """The guard in front of a site."""

    def setUp(self) -> None:
        self.browser = Browser(PagesSite(Everything(), Guard({"localhost", "Edge.lan", "192.0.2.7"}), Clock()))

    def status(self, method: str = "GET", **headers: str) -> int:
        """How a request is answered."""
        return self.browser.ask(method, "/", b"", **headers).status

    def test_hosts(self) -> None:
        """A name that is known, or the address that was reached, with any port."""
        for host in (
            "localhost",
            "LOCALHOST:8080",
            "localhost.:80",
            "edge.lan:1",
            "127.0.0.1",
            "127.0.0.1:8080",
            "[::ffff:127.0.0.1]:80",
            "192.0.2.7:99",
        ):
            self.assertEqual(self.status(Host=host), 200, host)

    def test_foreign_hosts(self) -> None:
        """421 for any other: a name that somebody has pointed here can't reach anything (DNS rebinding)."""
        for host in (
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "evil.example.localhost:80",
            "127.0.0.1.evil.example",
            "127.0.0.2",
            "[::1]",
            "[::1",
            "[]",
            "2130706433",
            "127.1",
            "localhost:80:80",
            "localhost:x",
            "user@localhost",
            ":80",
            "\xfclocalhost",
        ):
            self.assertEqual(self.status(Host=host), 421, host)
            self.assertEqual(self.status("POST", Host=host, Sec_Fetch_Site="same-origin"), 421, host)

    def test_no_host(self) -> None:
        """400 without a Host header, and with two."""
        self.assertEqual(self.status(Host=""), 400)
        channel, wire = self.browser.connect()
        channel.dataReceived(b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
        self.assertIn(b" 400 ", wire.value().split(b"\r\n")[0])

    def test_changes(self) -> None:
        """A change from our own page, from the reader, or from a program is carried out."""
        for headers in (
            {"Sec_Fetch_Site": "same-origin"},
            {"Sec_Fetch_Site": "none"},
            {"Sec_Fetch_Site": "same-origin", "Origin": "null"},
            {"Origin": "http://localhost:8080"},
            {"Origin": "HTTP://LocalHost:8080"},
            {},
        ):
            for method in ("POST", "PUT", "DELETE"):
                self.assertEqual(self.status(method, **headers), 200, headers)

    def test_foreign_changes(self) -> None:
        """403 for a change from any other page, that of another port or scheme included."""
        for headers in (
            {"Sec_Fetch_Site": "cross-site"},
            {"Sec_Fetch_Site": "same-site"},
            {"Sec_Fetch_Site": "cross-site", "Origin": "http://localhost:8080"},
            {"Sec_Fetch_Site": ""} | {"Origin": "null"},
            {"Origin": "http://localhost"},
            {"Origin": "http://localhost:8081"},
            {"Origin": "https://localhost:8080"},
            {"Origin": "http://evil.example"},
            {"Origin": "http://localhost:8080.evil.example"},
        ):
            for method in ("POST", "PUT", "DELETE"):
                self.assertEqual(self.status(method, **headers), 403, headers)
            self.assertEqual(self.status("GET", **headers), 200, headers)

    def test_methods(self) -> None:
        """405 for a method that nobody needs."""
        for method in ("OPTIONS", "TRACE", "PATCH", "BREW"):
            self.assertEqual(self.status(method), 405)

    def test_headers(self) -> None:
        """Every answer, a refusal too, has the headers that keep a browser in bounds, and tells no software."""
        for told in (
            self.browser.get("/"),
            self.browser.get("/", Host="evil.example"),
            self.browser.ask("POST", "/", Sec_Fetch_Site="cross-site"),
        ):
            for name, value in HEADERS.items():
                self.assertEqual(told.headers[name.decode()], value.decode())
            self.assertNotIn("server", told.headers)
            self.assertNotIn("unsafe", told.headers["content-security-policy"])
