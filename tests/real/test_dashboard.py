"""The charger dashboard in a real browser: an operator follows the steps of the procedure, and real chargers obey."""

from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred

from edge_twisted.sandbox.authority import make_authority
from edge_twisted.sandbox.central.system import Central, CentralSettings
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Model, Plan
from edge_twisted.sandbox.dashboard.dashboard import Dashboard
from edge_twisted.sandbox.fleet import Fleet
from edge_twisted.sandbox.ledger import Ledger
from tests.real.browsing import BrowserCase

NAMED: Final = "dashboard.test"
"""A name under which the dashboard may be asked; a browser trusts it less than an address of its own machine."""


class DashboardTests(BrowserCase):
    """One browser, one dashboard, chargers."""

    def setUp(self) -> None:
        super().setUp()
        from twisted.internet import reactor

        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        authority = make_authority(self.folder)
        certificate = authority.issue(["localhost"], ["127.0.0.1"])
        self.ledger = Ledger()
        self.central = Central(
            reactor, CentralSettings(certificate, authority=authority), lambda happening: None, ledger=self.ledger
        )
        self.central.start()
        self.addCleanup(self.central.stop)
        self.fleet = Fleet(reactor, lambda happening: None, self.ledger)
        self.addCleanup(self.fleet.stop)
        self.roots = {"the central system": authority.path}
        self.dashboard = self.start()

    def sites(self) -> set[str]:
        """The dashboard's, under both of its names."""
        return {self.place(), self.place(NAMED)}

    def start(self, port: int = 0) -> Dashboard:
        """Start a dashboard."""
        from twisted.internet import reactor

        dashboard = Dashboard(
            reactor, self.central, self.fleet, self.ledger, names=[NAMED], roots=self.roots, port=port
        )
        dashboard.start()
        self.addCleanup(dashboard.stop)
        return dashboard

    def stop(self) -> Any:
        """Stop the dashboard."""
        return self.dashboard.stop()

    def charger(self, identity: str, first: float = 9999.0) -> None:
        """Power on a charger that comes over ws, and comes back soon."""
        access = Access(f"ws://localhost:{self.central.ports['ws']}", identity)
        plan = Plan(first=first, length=600, sample=0.5)
        self.fleet.add(ChargerSettings(access, BackOff(0.4, 0.0, 0), Model("Acme", "One"), plan))
        self.fleet.chargers[identity].start()

    def place(self, host: str = "127.0.0.1") -> str:
        """Host and port of the dashboard."""
        return f"{host}:{self.dashboard.port}"

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Where a page is."""
        return f"http://{self.place(host)}{path}"

    def test_procedure(self) -> Deferred[None]:
        """The dashboard's steps, at both sizes: each choice of Security is enforced on a real connection at once."""
        numbers = iter(range(9))

        def steps(page: Any) -> None:
            identity = f"CP-{next(numbers)}"
            self.call(self.charger, identity)
            page.goto(self.url())
            page.get_by_role("link", name=identity, exact=True).click()
            state = page.locator("[data-live=state]")
            state.get_by_text("Online").wait_for()
            self.save(page, "No authentication over HTTPS/WSS")
            state.get_by_text("Refused: came over ws").wait_for()
            page.get_by_role("link", name="At the charger").click()
            page.get_by_text("The server does not let it in (403)").wait_for()
            self.enter(page, trust="The root certificate of the central system", endpoint="wss")
            state.get_by_text("Online").wait_for()
            password = self.save(page, "Basic authentication over HTTPS/WSS")
            state.get_by_text("Refused: no password").wait_for()
            self.enter(page, shows=f"{identity}:wrong-password")
            state.get_by_text("Refused: wrong password").wait_for()
            page.get_by_text("wants another user name or password (401)").wait_for()
            self.enter(page, shows=f"{identity}:{password}")
            state.get_by_text("Online").wait_for()
            state.get_by_text("over wss, encrypted").wait_for()
            self.assertNotIn(password, page.content())
            self.save(page, "No authentication")
            state.get_by_text("Online").wait_for()

        return self.browse(steps, "phone", "desk")

    def save(self, page: Any, choice: str) -> str:
        """Set Security, and save with the connection closed at once.

        Returns:
            The random password, if one was made.
        """
        made = ""
        page.get_by_role("link", name="Security", exact=True).click()
        page.get_by_label(choice, exact=True).check()
        if choice.startswith("Basic"):
            page.get_by_role("button", name="Make a random password").click()
            made = page.get_by_label("User name and password").input_value().partition(":")[2]
            self.assertRegex(made, "^[!-~]{20}$")
        else:
            page.get_by_label("User name and password").wait_for(state="hidden")
        page.get_by_label("Close the connection at once").check()
        page.get_by_role("button", name="Save changes").click()
        page.get_by_text(f"Saved: “{choice}”").wait_for()
        self.assertTrue(page.get_by_label(choice, exact=True).is_checked())
        return made

    def enter(self, page: Any, shows: str = "", trust: str = "", endpoint: str = "") -> None:
        """Enter something at the charger."""
        page.get_by_role("link", name="At the charger").click()
        if shows:
            page.get_by_label("Show the one below").check()
            page.locator("#f-credentials").fill(shows)
        if trust:
            page.get_by_label(trust).check()
        if endpoint:
            page.get_by_label("Endpoint").fill(f"{endpoint}://localhost:{self.central.ports[endpoint]}")
        page.get_by_role("button", name="Save and connect").click()
        page.get_by_text("It connects anew").wait_for()

    def test_live(self) -> Deferred[None]:
        """The list follows without being loaded again; what the reader does on it is left alone."""

        def steps(page: Any) -> None:
            page.goto(self.url())
            page.evaluate("window.same = true")
            page.get_by_text("Set a charger, or Edge").wait_for()
            page.locator("#search").fill("half a wo")
            self.call(self.charger, "CP-2", 0.2)
            row = page.locator("tr[data-key=CP-2]")
            row.get_by_text("Charging").wait_for()
            row.locator("svg.curve").wait_for()
            self.assertEqual(page.locator("#search").input_value(), "half a wo")
            self.assertEqual(page.evaluate("document.activeElement.id"), "search")
            row.get_by_role("link", name="CP-2").focus()
            self.call(self.charger, "CP-1")
            page.locator("tr[data-key=CP-1]").get_by_text("Online").wait_for()
            self.assertEqual(page.evaluate("document.activeElement.textContent"), "CP-2")
            self.assertTrue(page.evaluate("window.same"))
            page.goto(self.url("/chargers/CP-2/messages"))
            page.locator("details:has(h2:text-is('Answer')) > summary").first.click()
            opened = page.locator("details[open]")
            text = opened.inner_text()
            newest = page.locator("ol.messages > li").first.get_attribute("data-key")
            page.locator(f"ol.messages > li:first-child:not([data-key='{newest}'])").wait_for()
            self.assertEqual((opened.count(), opened.inner_text()), (1, text))

        return self.browse(steps, "desk")

    def test_lost(self) -> Deferred[None]:
        """A dashboard that goes away is said to be; when it is back, the page is up to date by itself."""
        self.wanted = ("ERR_",)

        def steps(page: Any) -> None:
            page.goto(self.url())
            page.get_by_text("Set a charger, or Edge").wait_for()
            self.call(self.stop)
            page.get_by_text("Connection lost.").wait_for()
            self.call(self.charger, "CP-1")
            self.call(self.start, self.dashboard.port)
            page.locator("tr[data-key=CP-1]").get_by_text("Online").wait_for()
            page.locator("#lost:empty").wait_for(state="attached")

        return self.browse(steps, "desk")

    def test_keyboard(self) -> Deferred[None]:
        """All of it with the keyboard alone: to the charger, to Security, a choice, and Save changes."""
        self.wanted = ("422",)
        self.charger("CP-1")

        def reach(page: Any, find: str) -> None:
            for _ in range(60):
                page.keyboard.press("Tab")
                if page.evaluate(f"document.activeElement.matches({find!r})"):
                    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                    self.assertNotEqual(outline, "none", find)
                    return
            self.fail(f"the keyboard does not reach {find}")

        def steps(page: Any) -> None:
            page.goto(self.url())
            page.locator("tr[data-key=CP-1]").get_by_text("Online").wait_for()
            reach(page, "a.skip")
            page.keyboard.press("Enter")
            page.locator("#main:focus").wait_for()
            reach(page, "a[href='/chargers/CP-1']")
            page.keyboard.press("Enter")
            page.wait_for_url("**/chargers/CP-1")
            reach(page, "a[href='/chargers/CP-1/security']")
            page.keyboard.press("Enter")
            page.wait_for_url("**/security")
            reach(page, "input[name=security]")
            page.keyboard.press("ArrowDown")
            page.keyboard.press("ArrowDown")
            reach(page, "input[name=credentials]")
            page.keyboard.press("Enter")
            page.locator(".summary:focus").wait_for()
            page.keyboard.press("Tab")
            page.keyboard.press("Enter")
            page.locator("#f-credentials:focus").wait_for()
            page.keyboard.type("CP-1:a-password-by-hand")
            page.keyboard.press("Enter")
            page.get_by_text("Saved: ").wait_for()
            page.locator(".notice:focus").wait_for()

        return self.browse(steps, "desk").addCallback(lambda _: self.basic("CP-1"))

    def basic(self, identity: str) -> None:
        """Basic authentication was saved."""
        self.assertEqual(self.central.accounts[identity].security.value, "basic-over-wss")

    def test_without_script(self) -> Deferred[None]:
        """Without JavaScript everything can be done, too."""
        self.charger("CP-1")

        def steps(page: Any) -> None:
            page.goto(self.url("/chargers/CP-1/security"))
            page.get_by_label("Basic authentication over HTTPS/WSS").check()
            page.get_by_label("User name and password").fill("CP-1:by-hand")
            page.get_by_role("button", name="Save changes").click()
            page.get_by_text("Saved: ").wait_for()
            page.goto(self.url("/chargers/CP-1/actions/ClearCache"))
            page.get_by_role("button", name="Send ClearCache").click()
            page.get_by_text("ClearCache: the charger answered").wait_for()
            self.assertEqual(page.locator("[data-random]:visible, [data-copy]:visible").count(), 0)

        return self.browse(steps, "phone", java_script_enabled=False).addCallback(lambda _: self.basic("CP-1"))

    def test_other_sites(self) -> Deferred[None]:
        """Under a name of its own it works as well; a foreign name and another site's form get nowhere."""
        self.wanted = ("403", "421", "evil.test")
        self.charger("CP-1")

        def steps(page: Any) -> None:
            page.goto(self.url("/chargers/CP-1/security", NAMED))
            page.get_by_label("No authentication over HTTPS/WSS").check()
            page.get_by_role("button", name="Save changes").click()
            page.get_by_text("Saved: ").wait_for()
            target = self.url("/chargers/CP-1/security")
            page.goto("about:blank")
            page.set_content(
                f"<form method=post action='{target}'><input name=security value=none><button>go</button></form>"
            )
            with page.expect_response(target) as answer:
                page.get_by_role("button").click()
            self.assertEqual(answer.value.status, 403)
            told = page.goto(self.url("/", "evil.test"))
            self.assertEqual(told.status, 421)

        def held(_: None) -> None:
            self.assertEqual(self.central.accounts["CP-1"].security.value, "none-over-wss")

        return self.browse(steps, "desk").addCallback(held)

    def test_sizes(self) -> Deferred[None]:
        """No page is wider than the screen, from the smallest phone on."""
        self.wanted = ("404",)
        self.charger("CP-1", 0.2)
        self.charger("A-charger-with-a-very-long-identity-without-any-place-to-break-it-0123456789")
        below = ("", "/security", "/actions", "/messages", "/faults", "/ledger", "/at-the-charger", "/remove")
        paths = ["/", "/new", "/faults", "/faults/on/close", "/ledger", "/api", "/nowhere"]
        for identity in ("CP-1", "A-charger-with-a-very-long-identity-without-any-place-to-break-it-0123456789"):
            paths += [f"/chargers/{identity}{one}" for one in below]
        paths.append("/chargers/CP-1/actions/SetChargingProfile")

        def steps(page: Any) -> None:
            for width in (320, 390, 1440):
                page.set_viewport_size({"width": width, "height": 800})
                for path in paths:
                    page.goto(self.url(path))
                    self.fits(page)

        return self.browse(steps, "desk")
