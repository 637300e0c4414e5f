"""EdgeManager in a real browser: the steps for WSS and for Basic authentication, and wrong entries."""

import os
from typing import Any, Final

from edge_twisted.sandbox.security import Credentials, Security
from tests.real.browsing import EdgeCase

SECRET: Final = "Kx7-random_password.20"
SHOTS: Final = os.environ.get("EDGE_SHOTS", "")
"""A folder for pictures of the pages, for whoever wants to look at them."""


class UplinkTests(EdgeCase):
    """One browser, one Edge, one central system, chargers."""

    def setUp(self) -> None:
        super().setUp()
        self.wanted = ("422",)

    def look(self, page: Any, name: str) -> None:
        """The page is no wider than its screen; whoever wants to see it gets a picture."""
        self.fits(page)
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
        page.wait_for_load_state()

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
            page.locator(".summary:focus").wait_for()
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
            page.get_by_label("Password", exact=True).wait_for(state="hidden")
            page.get_by_label("Endpoint").fill(self.wss)
            page.get_by_label("User name and password", exact=True).check()
            page.get_by_label("Password", exact=True).fill("mistyped")
            page.get_by_label("Test although the charger is connected").check()
            page.get_by_role("button", name="Test now").click()
            page.get_by_text("The test failed").wait_for()
            page.locator("#tested:focus").wait_for()
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
            self.call(lambda: self.enter(identity, credentials=Credentials(identity.encode(), SECRET.encode())))
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
