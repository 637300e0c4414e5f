"""Forty chargers in a real browser: to WSS, then each to a password of its own, up to the first that fails."""

from typing import Any, Final

from twisted.internet.task import deferLater

from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Plan
from edge_twisted.sandbox.security import Security
from tests.real.browsing import EdgeCase

COUNT: Final = 40
NAMES: Final = [f"EVB-P22{number:05}" for number in range(COUNT)]
BROKEN: Final = 3
"""The charger whose password the operator mistyped."""
FOLLOW: Final = """
  window.told = new Set();
  const look = () => {
    const found = document.querySelector('[data-live=progress]')?.textContent.match(/(\\d+) of 40/);
    if (found) window.told.add(Number(found[1]));
  };
  new MutationObserver(look).observe(document, {subtree: true, childList: true, characterData: true});
"""
"""How far the page said it was, from its first moment on."""


def password(number: int) -> str:
    """The password of a charger."""
    return f"a-random-password-{number:02}"


class ManyTests(EdgeCase):
    """One Edge, forty chargers."""

    timeout = 150

    def power_on(self) -> None:
        """Power all on; they come back at once."""
        for number, name in enumerate(NAMES):
            access = Access(self.edge.endpoint("ws"), name, source=f"127.0.2.{1 + number % 4}")
            self.fleet.add(ChargerSettings(access, BackOff(0.1, 0.0, 0), plan=Plan(first=9999.0)))
        self.fleet.start(spread=1.0)

    async def online(self) -> None:
        """Wait until all are served."""
        from twisted.internet import reactor

        while True:
            found = (await self.client.ask("GET", "/chargers")).json["chargers"]
            if sum(bool(one["session"] and one["session"]["served"]) for one in found) == COUNT:
                return
            await deferLater(reactor, 0.2)

    async def test_forty(self) -> None:
        """A dry run, a first one, then the rest, while the page follows by itself; then their passwords as a CSV file,
        where one is wrong: those before it are changed, those behind it are left alone. A table with a mistake in it
        is still there to be mended."""
        await self.begin()
        self.power_on()
        await self.online()

        def to_wss(page: Any) -> None:
            page.goto(self.url("/many"))
            page.get_by_label("Endpoint", exact=True).fill(self.wss)
            page.get_by_role("button", name="Choose all").click()
            self.first(page)
            self.assertEqual(self.secure(), 1)
            page.add_init_script(FOLLOW)
            self.rest(page)
            page.get_by_text(f"Done: {COUNT} chargers are changed").wait_for(timeout=90_000)
            self.assertGreater(page.evaluate("window.told.size"), COUNT // 4)
            self.fits(page)
            self.assertEqual(self.secure(), COUNT)
            page.goto(self.url("/many"))
            page.get_by_label("Back to the detected").check()
            page.get_by_role("button", name="Choose all").click()
            self.first(page)
            self.rest(page)
            page.get_by_text(f"Done: {COUNT} chargers are changed").wait_for(timeout=90_000)
            self.assertEqual(self.secure(), COUNT)

        await self.browse(to_wss, "phone")
        for number, name in enumerate(NAMES):
            self.demand(name, Security.BASIC_OVER_WSS, password(number))
        self.wanted = ("422",)

        def passwords(page: Any) -> None:
            lines = [f"{name},{name},{password(number)},nothing" for number, name in enumerate(NAMES)]
            lines[BROKEN] = lines[BROKEN].replace("random", "mistyped")
            table = "\n".join(["identity,user,password,charger shows", *lines]).encode()
            page.goto(self.url("/many"))
            page.get_by_label("A table of chargers").check()
            page.locator("#f-table").fill(wrong := "identity,password\nCP-1,geheim,same")
            page.get_by_role("button", name="See what would happen").click()
            page.get_by_role("link", name="more columns than the first line").wait_for()
            self.assertEqual(page.locator("#f-table").input_value(), wrong)
            page.locator("#f-file").set_input_files({"name": "list.csv", "mimeType": "text/csv", "buffer": table})
            page.wait_for_function("() => document.querySelector('#f-table').value.endsWith('nothing')")
            self.first(page)
            self.rest(page)
            page.get_by_text(f"Chargers changed: {BROKEN} of {COUNT}; they stay so").wait_for(timeout=30_000)
            states = page.locator("td[data-label=State]").all_inner_texts()
            wanted = ["Works"] * BROKEN + ["Failed"] + ["Waiting"] * (COUNT - BROKEN - 1)
            self.assertEqual([state.strip() for state in states], wanted)
            content = page.content()
            for number in range(COUNT):
                self.assertNotIn(password(number), content)
            page.get_by_role("link", name="Look at its uplink").click()
            page.get_by_role("heading", name="Uplink interface").wait_for()

        await self.browse(passwords, "desk")
        chargers = (await self.client.ask("GET", "/chargers")).json["chargers"]
        entered = [one for one in chargers if one["secret"] is not None]
        self.assertEqual(len(entered), BROKEN + 1)

    def first(self, page: Any) -> None:
        """See what would happen, of which nothing happens, and change the first one."""
        before = self.secure()
        page.get_by_role("button", name="See what would happen").click()
        page.get_by_text(f"Chargers that would be changed as below: {COUNT}.").wait_for()
        self.fits(page)
        self.assertEqual(self.secure(), before)
        page.get_by_role("button", name="Change the first one").click()
        page.get_by_text("The first one worked.").wait_for()

    def rest(self, page: Any) -> None:
        """Change the rest."""
        page.get_by_role("button", name=f"Change the rest ({COUNT - 1})").click()
        page.get_by_role("button", name=f"Change the rest ({COUNT - 1})").wait_for(state="detached")

    def secure(self) -> int:
        """How many come to the central system over wss."""
        return sum(one.secure for one in self.central.chargers.values() if one.online)
