"""Tests of a charger's first page: `charger`, `charger_frame`, `plot`, `states`."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.roles import Role
from edge_twisted.core.steps import Leg
from edge_twisted.web.message_shapes import Power
from edge_twisted.web.site.charger import hours_of
from edge_twisted.web.site.plot import HEIGHT, WIDTH, bar_plot, curve_plot, top_of
from tests.scene import at_door, name_of
from tests.web.asked import CP001
from tests.web.site.chargers import ChargerCase
from tests.web.site.rooms import text_of


class ChargerPageTests(ChargerCase):
    """The page."""

    def test_page(self) -> None:
        """What the charger is, what its connectors do, its session, and its last 24 hours, with a table."""
        name = self.known_charger()
        self.boots(name, firmwareVersion="1.2.3", chargePointSerialNumber="SN-9")
        self.tells(name, "SuspendedEV")
        start = {"connectorId": 1, "idTag": "04A2B3C4D5", "meterStart": 500}
        self.pass_(name, Leg.CHARGER, [2, "2", "StartTransaction", start])
        self.pass_(name, Leg.CENTRAL, [3, "2", {"transactionId": 9, "idTagInfo": {"status": "Accepted"}}])
        self.draws(name, 7200)
        self.now += 700
        self.draws(name, 7200)
        told = self.open(f"/chargers/{CP001}", Role.VIEWER)
        text, html = text_of(told), told.data.decode()
        for part in ("CP001", "Acme", "1.2.3", "SN-9", "Paused by the car", "No. 9", "card …", "7.2 kW", "Mean power"):
            self.assertIn(part, text)
        self.assertNotIn("04A2B3C4D5", html)
        self.assertIn('role="img" aria-label="Power over the last 24 hours', html)

    def test_tabs(self) -> None:
        """A tab that the role can't open is not there."""
        self.known_charger()
        for role, wanted in ((Role.VIEWER, False), (Role.READONLY, True)):
            html = self.open(f"/chargers/{CP001}", role).data.decode()
            for tab in ("story", "messages"):
                self.assertEqual(f'href="/chargers/{CP001}/{tab}"' in html, wanted, (role, tab))
            self.assertEqual(self.open(f"/chargers/{CP001}/story", role).status, 200 if wanted else 403)
            self.assertEqual(self.open(f"/chargers/{CP001}/messages", role).status != 403, wanted)

    def test_nothing_known(self) -> None:
        """A charger of which nothing is known yet has a page, too."""
        self.turned_away_by(404)
        text = text_of(self.open(f"/chargers/{CP001}"))
        self.assertIn("Not let in", text)
        self.assertIn("Nothing yet.", text)
        self.assertIn("No meter values", text)

    def test_no_charger(self) -> None:
        """Where there is none of that id, the page says so; nobody without an account gets that far."""
        self.assertEqual(self.open("/chargers/0123456789abcdef").status, 404)
        self.assertEqual(self.open("/chargers/%2e%2e%2f%00").status, 404)
        self.known_charger()
        self.assertEqual(self.open(f"/chargers/{CP001}", None).status, 303)

    def test_secret_identity(self) -> None:
        """The identity that is a charger's only secret stands nowhere on its page."""
        name = self.serve(at_door(identity="EVB-P1234567"))
        self.boots(name, chargePointSerialNumber="EVB-P1234567")
        for below in ("", "/story"):
            self.assertNotIn(b"P1234567", self.open(f"/chargers/{name_of(b'EVB-P1234567')}{below}").data)

    def test_live(self) -> None:
        """State and connectors follow by themselves; a charger that is forgotten ends the page."""
        name = self.known_charger()
        wire = self.live(f"/chargers/{CP001}", Role.VIEWER)
        self.tells(name, "Charging")
        self.reactor.advance(6.0)
        self.reactor.advance(1.0)
        self.assertIn("Charging", self.part(wire, "state"))
        self.assertIn("Connector 1", self.part(wire, "connectors"))
        self.leave(name)
        self.desk.forget(b"CP001", "account:anna")
        self.reactor.advance(1.0)
        self.assertIn("gone", [kind for kind, _ in self.heard_by(wire)])
        self.assertEqual(self.open(f"/chargers/{CP001}").status, 404)


class PlotTests(SynchronousTestCase):
    """How values become lines, areas and bars."""

    def test_curve(self) -> None:
        """A gap ends a line; a single value is seen; nothing known is no plot; all of it lies in the picture."""
        self.assertIsNone(curve_plot([None, None]))
        found = curve_plot([1.0, 2.0, None, 4.0, None])
        assert found is not None
        self.assertEqual(len(found.lines), 2)
        for line in found.lines:
            for point in line.split():
                x, y = map(float, point.split(","))
                self.assertTrue(0 <= x <= WIDTH and 0 <= y <= HEIGHT, point)

    def test_single(self) -> None:
        """A value that stands alone at the right end is seen."""
        found = curve_plot([None, None, 3.0])
        assert found is not None
        first, last = (float(point.partition(",")[0]) for point in found.lines[0].split())
        self.assertTrue(first < last <= WIDTH)

    def test_bars(self) -> None:
        """Each value that is not zero is a bar of its height."""
        found = bar_plot([0.0, None, 5.0, 10.0])
        assert found is not None
        self.assertEqual([bar[3] for bar in found.bars], [HEIGHT / 2, HEIGHT])

    def test_top(self) -> None:
        """A scale ends at a round figure."""
        self.assertEqual(
            [top_of(value) for value in (0.1, 1.1, 7.4, 11.0, 22.0, 43.0, 350.0)], [0.1, 2, 10, 20, 25, 50, 500]
        )

    def test_hours(self) -> None:
        """The table has a line for each hour of which something is known, the latest first."""
        power = Power(0.0, 300, [None] * 12 + [1000.0, 3000.0] + [None] * 10, 0.0, 3600, [None, 150.0])
        [hour] = hours_of(power)
        self.assertEqual((hour.at, hour.power, hour.energy), (3600.0, 2000.0, 150.0))
