"""Tests of the page `At the charger`: what an installer can do in front of a simulated one."""

from pathlib import Path

from edge_twisted.sandbox.authority import make_authority
from edge_twisted.sandbox.dashboard.at_charger import is_endpoint
from edge_twisted.sandbox.dashboard.dashboard import Dashboard
from edge_twisted.sandbox.security import Credentials
from edge_twisted.sandbox.tls import NOBODY, SYSTEM, Trust
from tests.pages.browser import Browser
from tests.sandbox.dashboard.stage import SECRET, DashboardCase

PAGE = "/chargers/CP-1/at-the-charger"
SAME = {"endpoint": "ws://localhost:9", "trust": "keep", "shows": "keep"}


class AtChargerTests(DashboardCase):
    """The page."""

    def setUp(self) -> None:
        super().setUp()
        self.simulate("CP-1", connectors=2)
        self.charger = self.fleet.chargers["CP-1"]
        folder = Path(self.mktemp())
        folder.mkdir()
        self.authority = make_authority(folder)

    def test_shown(self) -> None:
        """Its own view, and what is entered in it."""
        text = self.page(PAGE)
        for words in ("Not connected", "ws://localhost:9", "no root certificate", "no car", "Plug in a car"):
            self.assertIn(words, text)

    def test_endpoint(self) -> None:
        """Another endpoint is entered."""
        self.assertIn("connects anew", self.sent(PAGE, **{**SAME, "endpoint": "wss://edge.lan:8443/ocpp"}))
        self.assertEqual(self.charger.settings.access.endpoint, "wss://edge.lan:8443/ocpp")

    def test_password(self) -> None:
        """User name and password are entered, kept, and taken away; they are not shown again."""
        self.sent(PAGE, **{**SAME, "shows": "entered", "credentials": f"me:{SECRET}"})
        self.assertEqual(self.charger.settings.access.credentials, Credentials(b"me", SECRET.encode()))
        self.assertNotIn(SECRET, self.page(PAGE))
        self.sent(PAGE, **SAME)
        self.assertIsNotNone(self.charger.settings.access.credentials)
        self.sent(PAGE, **{**SAME, "shows": "nothing"})
        self.assertIsNone(self.charger.settings.access.credentials)

    def test_trust(self) -> None:
        """A root is installed as PEM, or all are taken away."""
        for fields, trust in (
            ({"trust": "root", "root": self.authority.pem}, Trust(roots=(self.authority.pem,))),
            ({"trust": "keep"}, Trust(roots=(self.authority.pem,))),
            ({"trust": "system"}, SYSTEM),
            ({"trust": "nobody"}, NOBODY),
        ):
            self.sent(PAGE, **{**SAME, **fields})
            self.assertEqual(self.charger.settings.access.trust, trust)

    def test_known_root(self) -> None:
        """A root certificate that is at hand is installed by its name; one that is not there yet says so."""
        roots = {"Edge": Path("/nowhere/root.pem"), "the central system": self.authority.path}
        other = Dashboard(self.reactor, self.central, self.fleet, self.ledger, roots=roots)
        other.start()
        self.browser = Browser(self.reactor.tcpServers[-1][1])
        self.assertIn("The root certificate of Edge", self.page(PAGE))
        self.sent(PAGE, **{**SAME, "trust": "root-1"})
        self.assertEqual(self.charger.settings.access.trust, Trust(roots=(self.authority.pem,)))
        self.assertIn("/nowhere/root.pem can&#39;t be read", self.wrong(PAGE, **{**SAME, "trust": "root-0"}))

    def test_wrong(self) -> None:
        """What is wrong is said beside its field, and nothing is entered."""
        for fields, name in (
            ({"endpoint": "http://x"}, "endpoint"),
            ({"trust": "root", "root": "nonsense"}, "root"),
            ({"shows": "entered", "credentials": "x"}, "credentials"),
        ):
            self.assertIn(f'id="e-{name}"', self.wrong(PAGE, **{**SAME, **fields}))
        self.assertEqual(self.charger.settings.access.trust, NOBODY)

    def test_endpoints(self) -> None:
        """What a charger can go to, and what not."""
        for good in ("ws://a", "wss://a:1/b/c", "ws://[::1]:80", "ws://127.0.0.1:9000/"):
            self.assertTrue(is_endpoint(good), good)
        for bad in (
            "",
            "a",
            "ws://",
            "ws:///x",
            "ws://a:b",
            "ws://a:0",
            "ws://a:99999",
            "ws://u:p@a",
            "ws://a?x",
            "ws://a#x",
            "ws://a b",
            "ws://\u00e4",
            "ws://[x",
        ):
            self.assertFalse(is_endpoint(bad), bad)

    def test_cars(self) -> None:
        """A car is plugged in and unplugged; a connector that it has not is refused."""
        self.assertIn("plugged in at connector 2", self.sent(f"{PAGE}/plug-in", connector="2", card="CARD"))
        self.assertIn("is unplugged", self.sent(f"{PAGE}/unplug", connector="2"))
        for number in ("0", "3", "x", "-1", "9999"):
            self.assertIn("from 1 to 2", self.sent(f"{PAGE}/plug-in", connector=number))

    def test_power(self) -> None:
        """It is switched off and on."""
        self.assertIn("switched off and on", self.sent(f"{PAGE}/power-cycle"))

    def test_none(self) -> None:
        """A charger that is not simulated has nobody in front of it."""
        self.known("CP-2")
        told = self.browser.get("/chargers/CP-2/at-the-charger")
        self.assertEqual(told.status, 404)
        self.assertIn("not one of the simulated chargers", told.text)
        self.assertNotIn("At the charger", self.page("/chargers/CP-2"))
