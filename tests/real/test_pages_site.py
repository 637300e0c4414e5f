"""The pages of a box at work, each looked at as `tests.real.pages` does: live view, chargers, many at once, box."""

from typing import Any, Final

from edge_twisted.sandbox.central.faults import Fault
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Model, Plan
from edge_twisted.sandbox.security import Credentials, Security
from edge_twisted.sandbox.tls import Trust
from tests.real.pages import PageCase
from tests.real.test_manager import PASSWORD

SECRET: Final = "Kx7-random_password.20"
NEVER: Final = 9999.0
CHARGING, SECURE, UNKNOWN, DOUBTING, AWAY = (f"EVB-P220000{number}" for number in range(1, 6))
ROLES: Final = (
    ("viewer", ("/", "")),
    ("readonly", ("/", "", "/settings/network/uplink", "/messages")),
    ("maintainer", ("/settings/network/uplink",)),
)
"""What each role sees otherwise than the administrator: `/` is the live view, else what is below a charger's page."""


class SitePageTests(PageCase):
    """One box with chargers of every kind."""

    timeout = 180

    def setUp(self) -> None:
        super().setUp()
        self.wanted = ("status of 4",)

    async def site(self) -> None:
        """A charger that charges, one with a password, one that the central system does not know, one that does not
        believe the box, and one that left."""
        uplink = {"dashboard": "https://dashboard.test"}
        await self.begin({"uplink": uplink}, heartbeat_seconds=3600)
        ws, wss = (self.edge.endpoint(scheme, "localhost") for scheme in ("ws", "wss"))
        self.demand(SECURE, Security.BASIC_OVER_WSS, SECRET)
        self.central.faults.start(Fault("refuse", status=404), UNKNOWN)
        shown = Credentials(SECURE.encode(), SECRET.encode())
        self.power_on(Access(ws, CHARGING, source="127.0.0.2"), 0.1)
        believing = Trust(roots=(self.edge.root,))
        self.power_on(Access(wss, SECURE, trust=believing, credentials=shown, source="127.0.0.3"))
        self.power_on(Access(ws, UNKNOWN, source="127.0.0.4"))
        self.power_on(Access(wss, DOUBTING, source="127.0.0.5"))
        self.power_on(Access(ws, AWAY, source="127.0.0.6"))

    def power_on(self, access: Access, first: float = NEVER) -> None:
        """Power a charger on that is quiet once it has come."""
        plan = Plan(first=first, length=3600, sample=2)
        model = Model("Acme", "Wallbox 22", "2.4.1")
        self.fleet.add(ChargerSettings(access, BackOff(NEVER, 0.0, 0), model, plan))
        self.fleet.chargers[access.identity].start()

    def settle(self, page: Any) -> None:
        """Wait until the live view tells of all five."""
        page.goto(self.url())
        page.locator("tbody tr").get_by_text("Charging").first.wait_for()
        page.get_by_text("A device at 127.0.0.5").wait_for()
        page.get_by_text("The central system does not know this charger's ID").wait_for()
        page.locator("tbody tr").nth(2).wait_for()
        self.call(self.fleet.chargers[AWAY].stop)
        page.locator("tbody tr").get_by_text("Not connected", exact=True).wait_for()

    def of(self, page: Any, address: str) -> str:
        """The URL of the charger that is at an address, from the live view."""
        page.goto(self.url(f"/?search={address}"))
        return self.url(page.locator("a.title").first.get_attribute("href"))

    async def test_box(self) -> None:
        """The live view with all that it can tell, many at once, the box; and to each role what it may see."""
        await self.site()
        for role, _ in ROLES:
            body = {"name": role, "role": role, "password": PASSWORD}
            self.assertEqual((await self.client.ask("POST", "/accounts", body)).status, 200)

        def steps(page: Any) -> None:
            self.settle(page)
            self.look(page, "site-live")
            self.look(page, "site-live-dark")
            page.goto(self.url("/?search=nothing"))
            page.get_by_text("No charger matches").wait_for()
            self.look(page, "nothing found", picture=False)
            for one in ("security", "journal", "box"):
                page.goto(self.url(f"/{one}"))
                self.look(page, f"site-{one}")
            page.get_by_role("button", name="Check now").click()
            page.get_by_text("What the check found").wait_for()
            self.look(page, "checked box", picture=False)
            self.many(page)
            charger = self.of(page, "127.0.0.3")
            for role, paths in ROLES:
                page.get_by_role("button", name="Log out").first.click()
                page.get_by_label("Name").fill(role)
                page.get_by_role("textbox", name="Password").fill(PASSWORD)
                page.get_by_role("button", name="Log in").click()
                page.get_by_role("link", name="My account").wait_for()
                for path in paths:
                    page.goto(self.url() if path == "/" else charger + path)
                    self.look(page, f"{path} for {role}", picture=False)

        await self.browse(steps, "desk")
        self.judge("site-")

    async def test_charger(self) -> None:
        """A charger's pages: what it is, what happened, its messages, its uplink with slips and tests."""
        await self.site()

        def steps(page: Any) -> None:
            self.settle(page)
            charger = self.of(page, "127.0.0.2")
            page.goto(charger)
            page.locator("[data-live=connectors]").get_by_text("Charging").first.wait_for()
            self.look(page, "charger-overview")
            self.look(page, "charger-overview-dark")
            page.goto(f"{charger}/messages")
            page.locator("ol.messages > li").first.wait_for()
            self.look(page, "charger-messages")
            page.get_by_role("link", name="BootNotification").click()
            page.get_by_role("heading", name="Answer: BootNotification").wait_for()
            self.look(page, "charger-message")
            for path in ("/settings", "/settings/network"):
                page.goto(charger + path)
                self.look(page, f"charger-{path.rpartition('/')[2]}")
            page.goto(f"{charger}/settings/network/uplink")
            self.look(page, "charger-uplink")
            page.get_by_label("Endpoint").fill("localhost")
            page.get_by_label("User name and password", exact=True).check()
            page.get_by_role("button", name="Save changes").click()
            page.get_by_role("alert").wait_for()
            self.look(page, "uplink refused", picture=False)
            page.goto(f"{self.of(page, '127.0.0.4')}/story")
            self.look(page, "charger-story")
            self.passwords(page, f"{self.of(page, '127.0.0.3')}/settings/network/uplink")

        await self.browse(steps, "desk")
        self.judge("charger-")

    def passwords(self, page: Any, uplink: str) -> None:
        """The uplink's page when a password is entered, tested and saved, and a root certificate, too."""
        page.goto(uplink)
        page.get_by_label("Endpoint").fill(self.wss)
        for way in ("Base64 credentials", "User name, and password in hexadecimal digits", "User name and password"):
            page.get_by_role("radio", name=way, exact=True).check()
            self.look(page, way, picture=False)
        page.get_by_label("Password", exact=True).fill("mistyped")
        page.get_by_label("Test although the charger is connected").check()
        page.get_by_role("button", name="Test now").click()
        page.get_by_text("The test failed").wait_for()
        self.look(page, "charger-uplink-test")
        page.get_by_label("Password", exact=True).fill(SECRET)
        page.get_by_label("The charger shows this same user name and password").check()
        page.get_by_role("button", name="Save changes").click()
        page.get_by_text("Saved, and in force").wait_for()
        page.get_by_text("Upload a private root certificate").click()
        page.get_by_label("Root certificate", exact=True).fill(self.root.read_text())
        page.get_by_role("button", name="Use this root certificate").click()
        page.get_by_text("Saved, and in force: only these").wait_for()
        self.look(page, "uplink with everything", picture=False)

    def many(self, page: Any) -> None:
        """Many at once: the choice, a table with mistakes, the plan, and what became of it."""
        page.goto(self.url("/many"))
        self.look(page, "site-many-choice")
        page.get_by_label("A table of chargers").check()
        page.get_by_label("Table", exact=True).fill("nothing\nthat is one\n")
        page.get_by_role("button", name="See what would happen").click()
        page.get_by_role("alert").wait_for()
        self.look(page, "table refused", picture=False)
        page.get_by_label("Table", exact=True).fill(f"identity,endpoint\n{CHARGING},not-one\n")
        page.get_by_role("button", name="See what would happen").click()
        page.get_by_text("can't be changed like this").wait_for()
        self.look(page, "plan that is wrong", picture=False)
        page.goto(self.url("/many"))
        page.get_by_label("A table of chargers").check()
        table = f"identity,endpoint\n{CHARGING},{self.wss}\n{AWAY},{self.wss}\n"
        page.get_by_label("Table", exact=True).fill(table)
        page.get_by_role("button", name="See what would happen").click()
        page.get_by_role("button", name="Change the first one").wait_for()
        self.look(page, "site-many-plan")
        page.get_by_role("button", name="Change the first one").click()
        page.get_by_role("button", name="Stop").wait_for()
        self.look(page, "many at work", picture=False)
        page.get_by_role("button", name="Stop").click()
        page.get_by_role("button", name="Go on").wait_for()
        self.look(page, "site-many-stopped")
