"""EdgeManager in a real browser: the steps for WSS and for Basic authentication, wrong entries, many at once."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread, deferToThread
from twisted.trial.unittest import SkipTest, TestCase

from edge_twisted.sandbox.authority import make_authority
from edge_twisted.sandbox.central.system import Central, CentralSettings
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Model, Plan
from edge_twisted.sandbox.fleet import Fleet
from edge_twisted.sandbox.security import Account, Credentials, Security
from tests.real.ctl import edgectl
from tests.real.harness import start_edge
from tests.real.test_dashboard import CHROMIUM, FLAGS, SIZES
from tests.real.test_manager import PASSWORD, Client

WAIT_MS: Final = 15_000
SECRET: Final = "Kx7-random_password.20"
SHOTS: Final = os.environ.get("EDGE_SHOTS", "")
"""A folder for pictures of the pages, for whoever wants to look at them."""


class UplinkTests(TestCase):
    """One browser, one Edge, one central system, chargers."""

    timeout = 100

    async def begin(self) -> None:
        """Start Edge before a central system, with an administrator who is logged in."""
        try:
            import playwright  # noqa: F401 - only whether it is there
        except ImportError:
            raise SkipTest("playwright is not installed") from None
        if CHROMIUM is None:
            raise SkipTest("chromium is not installed")
        from twisted.internet import reactor

        folder = Path(self.mktemp())
        folder.mkdir()
        authority = make_authority(folder)
        certificate = authority.issue(["localhost"], ["127.0.0.1"])
        self.root = authority.path
        self.central = Central(reactor, CentralSettings(certificate, authority=authority), lambda happening: None)
        self.central.start()
        self.addCleanup(self.central.stop)
        self.ws, self.wss = (f"{scheme}://localhost:{self.central.ports[scheme]}" for scheme in ("ws", "wss"))
        uplink = {"roots": [str(authority.path.absolute())]}
        self.edge = await start_edge(self, ws=self.ws, wss=self.wss, settings={"uplink": uplink})
        self.fleet = Fleet(reactor, lambda happening: None, None)
        self.addCleanup(self.fleet.stop)
        label = (await edgectl(self.edge, "label", "--json")).json
        self.client = Client(self.edge)
        set_up = {"code": label["code"], "name": "anna", "password": PASSWORD}
        self.client.take(await self.client.ask("POST", "/setup", set_up))
        self.noise: list[str] = []

    def charger(self, identity: str, shows: str = "") -> None:
        """Power a charger on, or give it another password: it comes over ws, and comes back soon."""
        if identity in self.fleet.chargers:
            charger = self.fleet.chargers[identity]
            credentials = Credentials(identity.encode(), shows.encode())
            charger.change(evolve(charger.settings, access=evolve(charger.settings.access, credentials=credentials)))
            return
        access = Access(f"ws://127.0.0.1:{self.edge.ports['ws'][0]}", identity, source="127.0.0.2")
        plan = Plan(first=9999.0, length=600, sample=0.5)
        self.fleet.add(ChargerSettings(access, BackOff(0.4, 0.0, 0), Model("Acme", "One"), plan))
        self.fleet.chargers[identity].start()

    def demand(self, identity: str, security: Security, password: str = "") -> None:
        """The step on the central system's dashboard: set Security, and save."""
        credentials = Credentials(identity.encode(), password.encode()) if password else None
        self.central.save(identity, Account(security, credentials))

    def call(self, what: Callable[..., Any], *given: Any) -> Any:
        """Do something in the reactor, from the browser's thread."""
        from twisted.internet import reactor

        return blockingCallFromThread(reactor, what, *given)  # type: ignore[arg-type]  # it is one, mypy sees the module

    def browse(self, steps: Callable[[Any], None], *sizes: str, **context: Any) -> Deferred[None]:
        """Carry steps out in a new browser, at each size, and see that nothing was wrong on the way."""

        def run() -> None:
            from playwright.sync_api import sync_playwright

            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
                for size in sizes:
                    width, height = SIZES[size]
                    view: Any = {"width": width, "height": height}
                    shown = browser.new_context(viewport=view, ignore_https_errors=True, **context)
                    shown.set_default_timeout(WAIT_MS)
                    cookie: Any = {
                        "name": "__Host-edge",
                        "value": self.client.cookie,
                        "url": self.url(),
                        "secure": True,
                    }
                    shown.add_cookies([cookie])
                    page = shown.new_page()
                    page.on("console", self._console)
                    page.on("pageerror", lambda error: self.noise.append(str(error)))
                    page.on("request", lambda request: self._request(request.url))
                    steps(page)
                    shown.close()
                browser.close()

        return deferToThread(run).addCallback(lambda _: self.assertEqual(self.noise, []))

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning") and "422" not in message.text:
            self.noise.append(message.text)

    def _request(self, url: str) -> None:
        if urlsplit(url).netloc not in (urlsplit(self.url()).netloc, ""):
            self.noise.append(f"asked {url}")

    def url(self, path: str = "/") -> str:
        """Where a page is."""
        return f"https://localhost:{self.edge.ports['manager'][0]}{path}"

    def look(self, page: Any, name: str) -> None:
        """The page is no wider than its screen; whoever wants to see it gets a picture."""
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        self.assertLessEqual(wide, 0, page.url)
        if SHOTS:
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                path = f"{SHOTS}/{name}-{page.viewport_size['width']}-{scheme}.png"
                page.screenshot(path=path, full_page=True)

    def to_uplink(self, page: Any) -> None:
        """From the live view to the uplink of the newest charger, as the procedure says."""
        page.goto(self.url())
        page.locator("a[href^='/chargers/']").first.click()
        page.get_by_role("navigation", name="Views").get_by_role("link", name="Settings").click()
        self.look(page, "settings")
        page.get_by_role("link", name="Open network interfaces").click()
        self.look(page, "network")
        page.get_by_role("link", name="Uplink interface").click()
        page.get_by_role("heading", name="Uplink interface").wait_for()

    def forget(self, page: Any) -> None:
        """Begin with another charger."""
        page.get_by_text("Forget this charger").first.click()
        page.get_by_role("button", name="Forget this charger").click()
        page.get_by_text("Forgotten.").wait_for()

    async def test_wss(self) -> None:
        """The steps for WSS: the endpoint is set, after a slip of the hand, and the page shows that it holds."""
        await self.begin()
        numbers = iter(range(9))

        def steps(page: Any) -> None:
            identity = f"EVB-P{next(numbers)}"
            self.call(self.charger, identity)
            page.goto(self.url())
            page.locator("a[href^='/chargers/']").first.wait_for()
            self.to_uplink(page)
            now = page.locator("[data-live=now]")
            now.get_by_text(self.ws).wait_for()
            self.look(page, "uplink")
            self.call(self.demand, identity, Security.NONE_OVER_WSS)
            page.get_by_label("Endpoint").fill("localhost")
            page.get_by_role("button", name="Save changes").click()
            page.get_by_text("The endpoint must begin with ws:// or wss://").last.wait_for()
            self.assertTrue(page.evaluate("document.activeElement.matches('.summary')"))
            self.look(page, "uplink-wrong")
            page.get_by_role("button", name=f"Enter {self.wss}").click()
            page.get_by_role("button", name="Save changes").click()
            page.get_by_text("Saved, and in force").wait_for()
            now.get_by_text(self.wss).wait_for()
            now.get_by_text("WSS", exact=True).wait_for()
            page.get_by_text("anna changed the endpoint of its uplink").wait_for()
            self.call(self.fleet.chargers[identity].stop)
            self.forget(page)

        await self.browse(steps, "phone", "desk")

    async def test_basic(self) -> None:
        """The steps for Basic authentication: a wrong password is tested, corrected without typing the rest, and saved;
        then the charger itself is given it, and both ways hold."""
        await self.begin()
        numbers = iter(range(9))

        def steps(page: Any) -> None:
            identity = f"EVB-P{next(numbers)}"
            self.call(self.charger, identity)
            page.goto(self.url())
            page.locator("a[href^='/chargers/']").first.wait_for()
            self.call(self.demand, identity, Security.BASIC_OVER_WSS, SECRET)
            self.to_uplink(page)
            self.assertFalse(page.get_by_label("Password", exact=True).is_visible())
            page.get_by_label("Endpoint").fill(self.wss)
            page.get_by_label("User name and password", exact=True).check()
            page.get_by_label("Password", exact=True).fill("mistyped")
            page.get_by_label("Test although the charger is connected").check()
            page.get_by_role("button", name="Test now").click()
            page.get_by_text("The test failed").wait_for()
            self.assertTrue(page.evaluate("document.activeElement.id === 'tested'"))
            self.assertEqual(page.get_by_label("Password", exact=True).input_value(), "mistyped")
            self.look(page, "uplink-test")
            page.get_by_label("Password", exact=True).fill(SECRET)
            page.get_by_label("Test although the charger is connected").check()
            page.get_by_role("button", name="Test now").click()
            page.get_by_text("The test worked").wait_for()
            page.get_by_label("The charger shows this same user name and password").check()
            page.get_by_role("button", name="Save changes").click()
            page.get_by_text("Saved, and in force").wait_for()
            self.assertNotIn(SECRET, page.content())
            now = page.locator("[data-live=now]")
            now.get_by_text("the charger shows none").wait_for()
            self.call(self.charger, identity, SECRET)
            now.get_by_text("password entered here").wait_for()
            self.look(page, "uplink-entered")
            self.call(self.fleet.chargers[identity].stop)
            self.forget(page)

        await self.browse(steps, "phone", "desk")

    async def test_without_script(self) -> None:
        """Without JavaScript a password can be entered, too; and a root certificate is taken and given back."""
        await self.begin()

        def steps(page: Any) -> None:
            self.call(self.charger, "EVB-P0")
            page.goto(self.url())
            while not page.locator("a[href^='/chargers/']").count():
                page.reload()
            self.to_uplink(page)
            page.get_by_text("Upload a private root certificate").click()
            page.get_by_label("Root certificate", exact=True).fill(self.root.read_text())
            page.get_by_role("button", name="Use this root certificate").click()
            page.get_by_text("Saved, and in force: only these").wait_for()
            self.look(page, "uplink-root")
            page.get_by_role("button", name="Back to the system's").click()
            page.get_by_text("of Edge's configuration count again").wait_for()
            self.call(self.demand, "EVB-P0", Security.BASIC_OVER_WSS, SECRET)
            page.get_by_label("User name and password", exact=True).check()
            page.get_by_label("Password", exact=True).fill(SECRET)
            page.get_by_label("The charger shows this same user name and password").check()
            page.get_by_role("button", name="Save changes").click()
            page.get_by_text("Saved, and in force").wait_for()
            page.get_by_text("user name EVB-P0").first.wait_for()

        await self.browse(steps, "phone", java_script_enabled=False)

    async def test_ten(self) -> None:
        """Ten chargers move to WSS: a dry run, a first one, then the rest, while the page follows by itself."""
        await self.begin()
        for number in range(10):
            self.charger(f"EVB-P{number}")
        ways = iter((("list", "Endpoint of the chargers that you choose"), ("detected", "Back to the detected")))

        def steps(page: Any) -> None:
            way, words = next(ways)
            page.goto(self.url("/many"))
            while page.locator("label:has-text(' connected,')").count() < 10:
                page.wait_for_timeout(200)
                page.reload()
            page.get_by_label(words).check()
            if way == "list":
                page.get_by_label("Endpoint", exact=True).fill(self.wss)
            page.get_by_role("button", name="Choose all").click()
            self.look(page, "many")
            page.get_by_role("button", name="See what would happen").click()
            page.get_by_text("10 chargers would be changed").wait_for()
            self.look(page, "many-planned")
            page.get_by_role("button", name="Change the first one").click()
            page.get_by_role("button", name="Change the rest (9)").wait_for()
            self.look(page, "many-tried")
            page.get_by_role("button", name="Change the rest (9)").click()
            page.get_by_text("Done: 10 chargers are changed").wait_for()
            self.look(page, "many-done")

        await self.browse(steps, "phone", "desk")
        found = [one for one in self.central.chargers.values() if one.online]
        self.assertEqual((len(found), {one.secure for one in found}), (10, {True}))
