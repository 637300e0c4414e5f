"""Tests of `edge_twisted.pages.site`: nobody can fill memory, and a path arrives as it was sent."""

from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.resource import Resource

from edge_twisted.pages import site
from edge_twisted.pages.bounded import BODY_BYTES, PATIENCE_BYTES
from edge_twisted.pages.guard import Guard
from edge_twisted.pages.site import Door, PagesSite
from tests.pages.browser import Browser


class Echo(Resource):
    """Tells what it was asked."""

    isLeaf = True

    def render(self, request: Any) -> bytes:
        """Answer."""
        told = f"{len(request.content.read())} {'form' if request.form else 'other'} "
        return told.encode() + b"|".join(request.postpath)


class SiteTests(SynchronousTestCase):
    """A site in front of something that tells what it got."""

    def setUp(self) -> None:
        self.site = PagesSite(Echo(), Guard(), Clock())
        self.browser = Browser(self.site)

    def test_path(self) -> None:
        """What is encoded in a segment stays in it."""
        self.assertEqual(self.browser.get("/a%2Fb/%25/c?x=/y").data, b"0 other a%2Fb|%25|c")

    def test_body(self) -> None:
        """Of a body just so much is kept as shows that it is too long."""
        self.assertEqual(self.browser.ask("POST", "/", b"x" * BODY_BYTES).data[:6], b"65536 ")
        self.assertEqual(self.browser.ask("POST", "/", b"x" * (BODY_BYTES + 500)).data[:6], b"65537 ")

    def test_endless(self) -> None:
        """Who sends a body without end is dropped."""
        channel, wire = self.browser.connect()
        channel.dataReceived(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9999999999\r\n\r\n")
        for _ in range(PATIENCE_BYTES // 65536):
            channel.dataReceived(b" " * 65536)
        self.assertFalse(wire.aborted)
        channel.dataReceived(b" ")
        self.assertTrue(wire.aborted)

    def test_form(self) -> None:
        """A form is known as such; Twisted reads neither it nor a file by itself."""
        kind = "application/x-www-form-urlencoded; charset=UTF-8"
        self.assertIn(b"form", self.browser.ask("POST", "/", b"a=1", Content_Type=kind).data)
        twice = f"{kind}\r\nContent-Type: text/plain"
        self.assertIn(b"other", self.browser.ask("POST", "/", b"a=1", Content_Type=twice).data)
        kind = "multipart/form-data; boundary=x"
        self.assertIn(b"other", self.browser.ask("POST", "/", b"--x", Content_Type=kind).data)

    def test_connections(self) -> None:
        """There are only so many connections, and each that ends makes room; all can be cut."""
        self.patch(site, "CONNECTIONS", 2)
        door = Door(self.site)
        first, *others = (Browser(door).connect() for _ in range(3))
        self.assertEqual([wire.aborted for _, wire in (first, *others)], [False, False, True])
        first[0].connectionLost(Failure(ConnectionDone()))
        others[1][0].connectionLost(Failure(ConnectionDone()))
        _, last = Browser(door).connect()
        self.assertFalse(last.aborted)
        door.cut()
        self.assertTrue(last.aborted)

    def test_head(self) -> None:
        """A head without end is refused, and its connection closed."""
        for head in (b"GET /" + b"x" * 40_000, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 900):
            channel, wire = self.browser.connect()
            channel.dataReceived(head)
            self.assertTrue(wire.disconnecting)
