"""EdgeManager in a real browser: the live view changes by itself, the story of a charger tells the remedy, messages."""

from typing import Any, Final

from edge_twisted.sandbox.central.faults import Fault
from tests.real.browsing import SOURCE, EdgeCase

DASHBOARD: Final = "https://dashboard.test"


class LiveViewTests(EdgeCase):
    """One browser, one Edge, one central system, chargers."""

    async def site(self) -> None:
        """Start everything; EdgeManager knows where the central system's dashboard is."""
        await self.begin({"uplink": {"dashboard": DASHBOARD}})

    def to_edge(self, identity: str, scheme: str) -> None:
        """Set a charger to Edge over ws or wss; it does not know the box's root certificate."""
        self.enter(identity, endpoint=f"{scheme}://127.0.0.1:{self.edge.ports[scheme][0]}")

    async def test_live(self) -> None:
        """The first charger appears by itself, then its state, power and curve; nothing is loaded again, and what the
        reader does is left alone. Without JavaScript the same is there."""
        await self.site()

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
        await self.site()
        self.charger("CP-1")

        def steps(page: Any) -> None:
            page.goto(self.url())
            page.locator("tbody tr").get_by_text("Available").wait_for()
            page.locator("tbody tr a.title").click()
            page.get_by_role("link", name="Story", exact=True).click()
            story = page.locator("[data-live=story]")
            story.get_by_text("Served by the central system").first.wait_for()
            self.call(self.to_edge, "CP-1", "wss")
            story.get_by_text("No connection over wss").first.wait_for()
            story.get_by_text("Load the box's root certificate (root.pem) into the charger").first.wait_for()
            self.fits(page)
            page.goto(self.url())
            page.get_by_text(f"A device at {SOURCE}").wait_for()
            page.get_by_text("was connected from this address before").wait_for()
            self.fits(page)
            self.call(self.to_edge, "CP-1", "ws")
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
        await self.site()
        self.charger("CP-1", 0.2)

        def steps(page: Any) -> None:
            page.goto(self.url())
            page.locator("tbody tr").get_by_text("Charging").first.wait_for()
            page.locator("tbody tr a.title").click()
            page.get_by_role("link", name="Messages", exact=True).click()
            lines = page.locator("ol.messages > li")
            lines.first.wait_for()
            newest = lines.first.get_attribute("data-key")
            page.locator(f"ol.messages > li:first-child:not([data-key='{newest}'])").wait_for()
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
