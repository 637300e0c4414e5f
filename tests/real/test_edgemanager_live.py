"""EdgeManager in a real browser: the live view changes by itself, the story of a charger tells the remedy, messages."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread, deferToThread
from twisted.trial.unittest import SkipTest, TestCase

from edge_twisted.sandbox.authority import make_authority
from edge_twisted.sandbox.central.faults import Fault
from edge_twisted.sandbox.central.system import Central, CentralSettings
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Model, Plan
from edge_twisted.sandbox.fleet import Fleet
from tests.real.ctl import edgectl
from tests.real.harness import start_edge
from tests.real.test_dashboard import CHROMIUM, FLAGS, SIZES
from tests.real.test_manager import PASSWORD, Client

WAIT_MS: Final = 10_000
DASHBOARD: Final = "https://dashboard.test"
SOURCE: Final = "127.0.0.2"
"""Where the charger comes from: an address of its own, as on a site."""


class LiveViewTests(TestCase):
    """One browser, one Edge, one central system, chargers."""

    timeout = 100

    async def begin(self) -> None:
        """Start Edge before a central system, with an administrator who is logged in."""
        try:
            import playwright  # noqa: F401 - only whether it is there
        except ImportError:
            raise SkipTest("playwright is not installed") from None
        if CHROMIUM is None or shutil.which("chromium") is None:
            raise SkipTest("chromium is not installed")
        from twisted.internet import reactor

        folder = Path(self.mktemp())
        folder.mkdir()
        authority = make_authority(folder)
        certificate = authority.issue(["localhost"], ["127.0.0.1"])
        self.central = Central(reactor, CentralSettings(certificate, authority=authority), lambda happening: None)
        self.central.start()
        self.addCleanup(self.central.stop)
        ws, wss = (f"{scheme}://localhost:{self.central.ports[scheme]}" for scheme in ("ws", "wss"))
        uplink = {"roots": [str(authority.path.absolute())], "dashboard": DASHBOARD}
        self.edge = await start_edge(self, ws=ws, wss=wss, settings={"uplink": uplink})
        self.fleet = Fleet(reactor, lambda happening: None, None)
        self.addCleanup(self.fleet.stop)
        label = (await edgectl(self.edge, "label", "--json")).json
        self.client = Client(self.edge)
        self.client.take(
            await self.client.ask("POST", "/setup", {"code": label["code"], "name": "anna", "password": PASSWORD})
        )
        self.noise: list[str] = []

    def charger(self, identity: str, first: float = 9999.0) -> None:
        """Power on a charger that comes over ws, and comes back soon."""
        access = Access(f"ws://127.0.0.1:{self.edge.ports['ws'][0]}", identity, source=SOURCE)
        plan = Plan(first=first, length=600, sample=0.5)
        self.fleet.add(ChargerSettings(access, BackOff(0.4, 0.0, 0), Model("Acme", "One"), plan))
        self.fleet.chargers[identity].start()

    def to_wss(self, identity: str) -> None:
        """Set a charger to wss that does not know the box's root certificate."""
        charger = self.fleet.chargers[identity]
        endpoint = f"wss://127.0.0.1:{self.edge.ports['wss'][0]}"
        charger.change(evolve(charger.settings, access=evolve(charger.settings.access, endpoint=endpoint)))

    def call(self, what: Callable[..., Any], *given: Any) -> Any:
        """Do something in the reactor, from the browser's thread."""
        from twisted.internet import reactor

        running: Any = reactor
        return blockingCallFromThread(running, what, *given)

    def browse(self, steps: Callable[[Any], None], *sizes: str, **context: Any) -> Deferred[None]:
        """Carry steps out in a new browser, at each size, and see that nothing was wrong on the way."""

        def run() -> None:
            from playwright.sync_api import sync_playwright

            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
                for size in sizes:
                    width, height = SIZES[size]
                    shown = browser.new_context(
                        viewport={"width": width, "height": height}, ignore_https_errors=True, **context
                    )
                    shown.set_default_timeout(WAIT_MS)
                    cookie: Any = {
                        "name": "__Host-edge",
                        "value": self.client.cookie,
                        "url": self.url(),
                        "secure": True,
                    }
                    shown.add_cookies([cookie | {"secure": True}])
                    page = shown.new_page()
                    page.on("console", self._console)
                    page.on("pageerror", lambda error: self.noise.append(str(error)))
                    page.on("request", lambda request: self._request(request.url))
                    steps(page)
                    shown.close()
                browser.close()

        return deferToThread(run).addCallback(lambda _: self.assertEqual(self.noise, []))

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.noise.append(message.text)

    def _request(self, url: str) -> None:
        if urlsplit(url).netloc not in (urlsplit(self.url()).netloc, ""):
            self.noise.append(f"asked {url}")

    def url(self, path: str = "/") -> str:
        """Where a page is."""
        return f"https://localhost:{self.edge.ports['manager'][0]}{path}"

    def fits(self, page: Any) -> None:
        """No page is wider than its screen."""
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        self.assertLessEqual(wide, 0, page.url)

    async def test_live(self) -> None:
        """The first charger appears by itself, then its state, power and curve; nothing is loaded again, and what the
        reader does is left alone. Without JavaScript the same is there."""
        await self.begin()

        def steps(page: Any) -> None:
            page.goto(self.url())
            page.get_by_text("No charger has connected yet").wait_for()
            self.fits(page)
            page.evaluate("window.same = true")
            self.call(self.charger, "CP-1", 0.2)
            row = page.locator("tbody tr")
            row.get_by_text("Charging").first.wait_for()
            row.get_by_text("kW").wait_for()
            row.get_by_role("link").first.focus()
            self.call(self.charger, "XY-2")
            page.locator("tbody tr").nth(1).get_by_text("Available").wait_for()
            self.assertTrue(page.evaluate("document.activeElement.matches('a.title')"))
            self.call(self.fleet.chargers["XY-2"].stop)
            page.locator("tbody tr").nth(1).get_by_text("Not connected", exact=True).wait_for()
            self.assertTrue(page.evaluate("window.same"))
            self.fits(page)
            row.get_by_role("link").first.click()
            page.get_by_text("Acme").first.wait_for()
            page.locator("svg[aria-label^='Power over']").wait_for()
            page.get_by_text("Energy so far").wait_for()
            self.fits(page)

        def plain(page: Any) -> None:
            page.goto(self.url())
            page.locator("tbody tr").first.get_by_text("Charging").wait_for()
            page.locator("#search").fill("nothing of it")
            page.get_by_role("button", name="Search and sort").click()
            page.get_by_text("No charger matches").wait_for()

        await self.browse(steps, "desk")
        await self.browse(plain, "phone", java_script_enabled=False)

    async def test_story(self) -> None:
        """A charger rejects the box's certificate: its page and the live view say so, with the remedy; when it comes
        back, that is told, too. Where the central system refuses, the remedy leads to the dashboard."""
        await self.begin()
        self.charger("CP-1")

        def steps(page: Any) -> None:
            page.goto(self.url())
            page.locator("tbody tr").get_by_text("Available").wait_for()
            page.locator("tbody tr a.title").click()
            page.get_by_role("link", name="Story", exact=True).click()
            story = page.locator("[data-live=story]")
            story.get_by_text("Served by the central system").first.wait_for()
            self.call(self.to_wss, "CP-1")
            story.get_by_text("No connection over wss").first.wait_for()
            story.get_by_text("Load the box's root certificate (root.pem) into the charger").first.wait_for()
            self.fits(page)
            page.goto(self.url())
            page.get_by_text(f"A device at {SOURCE}").wait_for()
            page.get_by_text("was connected from this address before").wait_for()
            self.fits(page)
            charger = self.fleet.chargers["CP-1"]
            back = evolve(charger.settings.access, endpoint=f"ws://127.0.0.1:{self.edge.ports['ws'][0]}")
            self.call(charger.change, evolve(charger.settings, access=back))
            page.locator("tbody tr").get_by_text("Available").wait_for()
            page.get_by_text(f"A device at {SOURCE}").wait_for(state="detached")
            self.call(self.central.faults.start, Fault("refuse", status=404), "CP-1")
            self.call(self.central.disconnect, "CP-1")
            page.locator("tbody tr").get_by_text("The central system does not know this charger's ID").wait_for()
            page.locator("tbody tr a.title").click()
            page.get_by_role("link", name="Story", exact=True).click()
            story.get_by_text("Add the charger to the charger dashboard").first.wait_for()
            link = story.get_by_role("link", name="Open the charger dashboard").first
            self.assertEqual(link.get_attribute("href"), DASHBOARD)
            self.fits(page)
            self.call(self.central.faults.clear)
            page.locator("[data-live=state]").get_by_text("Available").wait_for()

        await self.browse(steps, "phone", "desk")

    async def test_messages(self) -> None:
        """Messages appear as they pass; paused they stand still; one is opened beside its answer."""
        await self.begin()
        self.charger("CP-1", 0.2)

        def steps(page: Any) -> None:
            page.goto(self.url())
            page.locator("tbody tr").get_by_text("Charging").first.wait_for()
            page.locator("tbody tr a.title").click()
            page.get_by_role("link", name="Messages", exact=True).click()
            lines = page.locator("ol.messages > li")
            lines.first.wait_for()
            count = lines.count()
            lines.nth(count + 1).wait_for()
            self.fits(page)
            page.get_by_role("link", name="Pause").click()
            page.get_by_text("Paused").wait_for()
            self.assertEqual(page.locator("body[data-live-from]").count(), 1)
            first = lines.first.get_attribute("data-key")
            page.wait_for_timeout(1500)
            self.assertEqual(lines.first.get_attribute("data-key"), first)
            page.locator("summary", has_text="More filters").click()
            page.locator("#action").fill("BootNotification")
            page.get_by_role("button", name="Search").click()
            page.get_by_role("link", name="BootNotification").first.click()
            page.get_by_role("heading", name="Request: BootNotification").wait_for()
            page.get_by_role("heading", name="Answer: BootNotification").wait_for()
            page.get_by_text("chargePointVendor").first.wait_for()
            self.fits(page)

        await self.browse(steps, "phone", "desk")
