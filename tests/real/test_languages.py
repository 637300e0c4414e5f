"""EdgeManager in Dutch, German and French in a real browser: chosen, kept, live, and within a phone's width."""

import os
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred

from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Model, Plan
from edge_twisted.words.language import ENGLISH, LANGUAGES, say, speaking
from tests.real.browsing import EdgeCase

OTHERS: Final = {language: name for language, name in LANGUAGES.items() if language != ENGLISH}
PATHS: Final = ("/", "/security", "/journal", "/box", "/accounts", "/me", "/many", "/trust", "/no-such-page")
CHARGER_PATHS: Final = ("", "/story", "/messages", "/settings", "/settings/network", "/settings/network/uplink")


def said(text: str, language: str) -> str:
    """A text in a language."""
    with speaking(language):
        return say(text)


class LanguageTests(EdgeCase):
    """A box with one charger that is served and one that does not believe the box."""

    timeout = 180

    async def site(self) -> None:
        """Start everything."""
        await self.begin(heartbeat_seconds=3600)
        self.wanted = ("status of 404",)
        self.charger("CP-0001")
        wss = self.edge.endpoint("wss", "localhost")
        access = Access(wss, "CP-0002", source="127.0.0.5")
        self.fleet.add(ChargerSettings(access, BackOff(9999.0, 0.0, 0), Model("Acme", "One"), Plan(first=9999.0)))

    async def test_every_page(self) -> None:
        """Each page in each language that the browser asks for, at a phone's width: nothing is wider than the screen,
        and the folded parts neither."""
        await self.site()
        for language in OTHERS:
            await self.walk(language)

    def walk(self, language: str) -> Deferred[None]:
        """Look at every page in a language."""

        def steps(page: Any) -> None:
            page.goto(self.url())
            page.get_by_text(said("with a password", language)).or_(
                page.get_by_text(said("no password", language))
            ).first.wait_for()
            charger = page.locator("a.title").first.get_attribute("href")
            for path in (*PATHS, *(f"{charger}{below}" for below in CHARGER_PATHS)):
                page.goto(self.url(path))
                page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
                self.assertEqual(page.locator("html").get_attribute("lang"), language, path)
                self.assertIn(said("Log out", language), page.locator("footer").inner_text())
                self.fits(page)
                self.keep(page, f"{language}{path.replace(charger, '/charger').replace('/', '-')}")

        return self.browse(steps, "phone", locale=language)

    def keep(self, page: Any, name: str) -> None:
        """A picture, where somebody wants to look: the folder is in `EDGE_LOOK`."""
        folder = os.environ.get("EDGE_LOOK")
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    async def test_choice(self) -> None:
        """The choice at the foot of a page leads back to that page, is kept, and the live view speaks it by itself."""
        await self.site()

        def steps(page: Any) -> None:
            page.goto(self.url("/?sort=heard"))
            for language, name in OTHERS.items():
                page.get_by_role("button", name=name, exact=True).click()
                page.locator(f"html[lang={language}]").wait_for()
                page.wait_for_url("**/?sort=heard")
                page.goto(self.url("/journal"))
                self.assertEqual(page.locator("h1").inner_text(), said("Journal", language))
                page.goto(self.url("/?sort=heard"))
            page.get_by_text(said("Available", "fr")).first.wait_for()
            self.call(self.fleet.chargers["CP-0002"].start)
            page.get_by_text(said("Get the root certificate", "fr")).first.wait_for()

        await self.browse(steps, "phone", "desk")
