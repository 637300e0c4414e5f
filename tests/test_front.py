"""Tests of `edge_twisted.front`: plain requests on the chargers' port."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.request import Plain
from edge_twisted.front import Front


class FrontTests(SynchronousTestCase):
    """What somebody gets who asks for no WebSocket."""

    def answer(self, host: str, *, port: int = 8443, html: bool = True) -> str:
        """What comes for `GET /`."""
        asked = Plain("GET", "/", html, host, False)
        return Front(b"PEM", b"DER", lambda: port).answer(asked).decode()

    def test_manager(self) -> None:
        """426 with `Upgrade` for a plain GET from a program, a short page that leads to EdgeManager for a browser.

        The link has the name or address by which the browser came, since that is what it can find.
        """
        for host, link in (
            ("edge.lan", "https://edge.lan:8443/"),
            ("192.168.1.2:80", "https://192.168.1.2:8443/"),
            ("[fe80::1]:8080", "https://[fe80::1]:8443/"),
        ):
            told = self.answer(host)
            self.assertTrue(told.startswith("HTTP/1.1 200 "), told)
            self.assertIn(f'<a href="{link}">EdgeManager</a>', told)
        told = self.answer("edge.lan", html=False)
        self.assertTrue(told.startswith("HTTP/1.1 426 "), told)
        self.assertIn("Upgrade: websocket", told)

    def test_none(self) -> None:
        """There is no link where there is no EdgeManager, or where the Host is nobody's name."""
        self.assertNotIn("EdgeManager", self.answer("edge.lan", port=0))
        for host in ("", 'x"><script>', "a b", "user@host", "host:x", "[::1", "x" * 300):
            told = self.answer(host)
            self.assertNotIn("EdgeManager", told, host)
            self.assertNotIn("script", told)
