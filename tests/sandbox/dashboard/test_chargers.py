"""Tests of the list of chargers, and of a charger's first page."""

from edge_twisted.pages.hub import PAUSE_SECONDS
from edge_twisted.sandbox.central.known import Denied, Transaction
from edge_twisted.sandbox.dashboard import chargers
from edge_twisted.sandbox.dashboard.chargers import natural
from edge_twisted.sandbox.security import Account, Security
from tests.sandbox.dashboard.stage import NOW, DashboardCase


class ListTests(DashboardCase):
    """The list."""

    def test_empty(self) -> None:
        """Nobody there: how the first charger is connected, with an endpoint to copy."""
        text = self.page("/")
        endpoint = f"ws://127.0.0.1:{self.central.ports['ws']}"
        self.assertIn(f'data-copy="{endpoint}"', text)
        self.assertIn("let in without authentication", text)

    def test_row(self) -> None:
        """A row tells what the charger is, how it is, and how it is let in."""
        self.online()
        self.known("CP-1").findings = 3
        self.known("CP-1").powers = {1: 7360.0}
        text = self.page("/")
        for words in (
            "Acme One",
            "Online",
            "Basic authentication over HTTPS/WSS",
            "wss",
            "12 s ago",
            "7.4 kW",
            'messages?findings=1"',
        ):
            self.assertIn(words, text)

    def test_states(self) -> None:
        """The state in words."""
        known = self.known("CP-1", Account())
        for change, words in (
            (lambda: None, "Never connected"),
            (lambda: known.refusals.append(Denied(NOW, 403, False, "wss-demanded")), "Refused: came over ws"),
            (lambda: known.refusals.append(Denied(NOW, 401, True, "credentials-wrong")), "Refused: wrong password"),
            (lambda: known.refusals.append(Denied(NOW, 503, True, "refuse")), "Refused by a fault"),
            (lambda: setattr(known, "since", NOW + 1), "Offline"),
            (lambda: setattr(known, "online", True), "Connected"),
            (lambda: known.boot.update(chargePointVendor="Acme"), "Online"),
            (lambda: known.connectors.update({1: "Unavailable"}), "Out of service"),
            (lambda: known.connectors.update({1: "SuspendedEV"}), "Charging"),
            (lambda: known.connectors.update({2: "Faulted"}), "Fault"),
        ):
            change()
            self.assertIn(f"<span>{words}</span>", self.page("/"))
            self.assertIn(f"<span>{words}</span>", self.page("/chargers/CP-1"))

    def test_search(self) -> None:
        """All words must be found, in whatever column; what does not match leads back."""
        self.online("CP-1")
        self.known("CP-2", Account(Security.NONE_OVER_WSS))
        for search, found in (("acme", "CP-1"), ("cp-2", "CP-2"), ("ONE acme", "CP-1"), ("HTTPS never", "CP-2")):
            text = self.page(f"/?search={search.replace(' ', '+')}")
            self.assertEqual(text.count('scope="row"'), 1, search)
            self.assertIn(f'data-key="{found}"', text)
        self.assertIn("show all 2", self.page("/?search=nothing"))

    def test_shows(self) -> None:
        """Only those online, not connected, or in need of attention; each with its number."""
        self.online("CP-1")
        self.known("CP-2").refusals.append(Denied(NOW, 401, True, "credentials-wrong"))
        self.known("CP-3")
        for show, rows in (("online", 1), ("offline", 2), ("attention", 1), ("", 3), ("other", 3)):
            self.assertEqual(self.page(f"/?show={show}").count('scope="row"'), rows, show)

    def test_pages(self) -> None:
        """So many on a page, and a way to the others; a page that is not there is the last."""
        self.patch(chargers, "ROWS", 2)
        for number in range(5):
            self.known(f"CP-{number}")
        self.assertIn("Page 1 of 3", self.page("/"))
        self.assertIn('href="/?page=3"', self.page("/?page=2"))
        for page in ("3", "4", "999999"):
            self.assertIn("Page 3 of 3", self.page(f"/?page={page}"))
        for page in ("0", "-1", "x", "99999999999"):
            self.assertIn("Page 1 of 3", self.page(f"/?page={page}"))

    def test_order(self) -> None:
        """By identity, as a person counts."""
        names = ["CP-10", "cp-9", "5", "CP", "CP-9a"]
        self.assertEqual(sorted(names, key=natural), ["5", "CP", "cp-9", "CP-9a", "CP-10"])
        for odd in ("CP-\N{SUPERSCRIPT TWO}", "9" * 5000, ""):
            natural(odd)

    def test_never_heard(self) -> None:
        """A simulated charger that has not reached the central system stands in the list all the same."""
        self.simulate("CP-7")
        self.assertIn('data-key="CP-7"', self.page("/"))
        self.assertIn("At the charger", self.page("/chargers/CP-7"))

    def test_curve(self) -> None:
        """The power is drawn once there are values over some time."""
        self.online()
        known = self.known()
        for watts in (0.0, 4000.0, 11000.0):
            known.powers = {1: watts}
            self.central._shared.changed("CP-1")
            self.now += 10
        self.reactor.advance(PAUSE_SECONDS)
        self.assertIn("<polyline", self.page("/"))


class StrangersTests(DashboardCase):
    """A central system that refuses strangers."""

    strangers = "refuse"

    def test_empty(self) -> None:
        """It says that a charger must be added first."""
        self.assertIn('<a href="/new">add it</a> first', self.page("/"))


class AddTests(DashboardCase):
    """Adding a charger."""

    def test_add(self) -> None:
        """It is on the dashboard, and its page follows."""
        text = self.sent("/new", identity=" CP-5 ", security="basic-over-wss", credentials="user:pass:word")
        self.assertIn("CP-5 is on the dashboard now", text)
        account = self.central.accounts["CP-5"]
        assert account.credentials is not None
        self.assertEqual((account.credentials.user, account.credentials.password), (b"user", b"pass:word"))

    def test_wrong(self) -> None:
        """What is wrong is said beside its field, and in a summary that leads there; what was entered stays."""
        self.known("CP-1")
        for fields, name, words in (
            ({"identity": ""}, "identity", "Enter the charger"),
            ({"identity": "CP-1"}, "identity", "already"),
            ({"identity": ".."}, "identity", "can be printed"),
            ({"identity": "a\nb"}, "identity", "can be printed"),
            ({"identity": "x" * 101}, "identity", "at most 100"),
            ({"security": "other"}, "security", "Choose one"),
            ({"security": "basic-over-wss"}, "credentials", "username:password"),
            ({"security": "basic-over-wss", "credentials": "user"}, "credentials", "colon"),
            ({"security": "basic-over-wss", "credentials": "user:"}, "credentials", "no password"),
            ({"security": "basic-over-wss", "credentials": "u:" + "x" * 500}, "credentials", "at most 500"),
            ({"security": "basic-over-wss", "credentials": "u:a\nb"}, "credentials", "can&#39;t be typed"),
        ):
            text = self.wrong("/new", **{"identity": "CP-<5>", "security": "none", **fields})
            self.assertIn(f'<a href="#f-{name}">', text)
            self.assertRegex(text, f'aria-describedby="[^"]*e-{name}"')
            self.assertIn('aria-invalid="true"', text)
            self.assertIn(words, text)
            self.assertIn("<title>Please check", text)
        self.assertIn('value="CP-&lt;5&gt;"', self.wrong("/new", identity="CP-<5>", security=""))
        self.assertEqual(list(self.central.accounts), ["CP-1"])


class OverviewTests(DashboardCase):
    """A charger's first page."""

    def test_facts(self) -> None:
        """What it is, its connectors, its sessions, and why it was refused."""
        self.online()
        known = self.known()
        known.connectors = {0: "Available", 1: "Charging"}
        known.transactions = {
            7: Transaction(7, 1, "CARD", NOW, 1000, 3500.0),
            6: Transaction(6, 1, "CARD", NOW, 0, 500.0, NOW, 2000, "Local"),
        }
        known.refusals.append(Denied(NOW, 403, False, "wss-demanded"))
        text = self.page("/chargers/CP-1")
        for words in ("Acme", "Whole charger", "2.50 kWh", "2.00 kWh", "Ended: Local", "Set the charger to wss"):
            self.assertIn(words, text)

    def test_disconnect(self) -> None:
        """Its connection is closed; where there is none, that is said."""
        leg = self.online()
        self.assertIn("was closed", self.sent("/chargers/CP-1/disconnect"))
        self.assertEqual(leg.left, [1000])
        del self.central.connected["CP-1"]
        self.assertIn("nothing to close", self.sent("/chargers/CP-1/disconnect"))

    def test_remove(self) -> None:
        """It is asked once more, then it is gone, with its faults and its connection."""
        self.known("CP-1")
        self.browser.call("POST", "/api/chargers/CP-1/faults", {"kind": "garbage"})
        self.assertIn("Remove CP-1 from the dashboard?", self.page("/chargers/CP-1/remove"))
        self.assertIn("was removed", self.sent("/chargers/CP-1/remove"))
        self.assertIsNone(self.central.known("CP-1"))
        self.assertEqual(dict(self.central.faults.all), {})
