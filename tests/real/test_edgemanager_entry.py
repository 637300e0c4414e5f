"""EdgeManager in a real browser: the first visit with the label's code, logins, what each role sees, the way out."""

import re
import time
from typing import Any, Final
from urllib.parse import urlsplit

from pyotp import TOTP

from tests.real.browsing import BrowserCase
from tests.real.ctl import edgectl
from tests.real.harness import EdgeProcess, start_edge
from tests.real.test_manager import PASSWORD

EVERYTHING: Final = ["Live view", "Security", "Journal", "Box", "Accounts", "My account"]


class EntryTests(BrowserCase):
    """A box on its first day, seen by people."""

    edge: EdgeProcess

    def setUp(self) -> None:
        super().setUp()
        self.wanted = ("status of 4",)

    def sites(self) -> set[str]:
        """EdgeManager's."""
        return {urlsplit(self.url()).netloc}

    def url(self, path: str = "/") -> str:
        """Where a page is."""
        return f"https://localhost:{self.edge.ports['manager'][0]}{path}"

    def menu(self, page: Any) -> list[str]:
        """What the menu offers, all of it."""
        page.wait_for_load_state()
        return [text.strip() for text in page.locator("header nav a").all_inner_texts()]

    def log_in(self, page: Any, name: str, code: str = "") -> None:
        """Log in on the page that is open."""
        page.get_by_label("Name").fill(name)
        page.get_by_role("textbox", name="Password").fill(PASSWORD)
        if code:
            page.get_by_label("Code of your authenticator app").fill(code)
        page.get_by_role("button", name="Log in").click()

    def log_out(self, page: Any) -> None:
        """Log out."""
        page.get_by_role("button", name="Log out").first.click()
        page.get_by_text("You are logged out.").wait_for()

    async def test_first_day(self) -> None:
        """L1: the label's link makes the first visitor the administrator, who lets others in; each sees what the role
        allows, and without a script it is the same. A telephone whose clock is wrong tells no wrong times."""
        edge = self.edge = await start_edge(self)
        label = (await edgectl(edge, "label", "--json")).json
        fragment = urlsplit(label["link"]).fragment

        def first(page: Any) -> None:
            page.add_init_script("const right = Date.now; Date.now = () => right() + 3 * 86_400_000;")
            page.goto(self.url(f"/#{fragment}"))
            self.assertEqual(page.get_by_label("Code on the box's label").input_value(), label["code"])
            page.wait_for_url(lambda url: label["code"] not in url)
            self.fits(page)
            page.get_by_label("Your name for logging in").fill("anna")
            page.get_by_role("textbox", name="A new password").fill("short")
            page.get_by_role("button", name="Become the administrator").click()
            page.get_by_role("alert").wait_for()
            page.get_by_role("textbox", name="A new password").fill(PASSWORD)
            page.get_by_role("button", name="Become the administrator").click()
            page.get_by_text("Welcome.").wait_for()
            self.assertEqual(self.menu(page), EVERYTHING)
            page.goto(self.url("/me"))
            self.assertRegex(page.locator("time[data-time=ago]").inner_text(), "^[0-9]+ s ago$")
            for name, role in (("vera", "Viewer"), ("mira", "Maintainer")):
                page.goto(self.url("/accounts"))
                page.get_by_role("heading", name="Add somebody").click()
                page.get_by_label("Name for logging in").fill(name)
                page.locator("form[action='/accounts']").get_by_label(role, exact=True).check()
                page.get_by_role("textbox", name="First password").fill(PASSWORD)
                page.get_by_role("button", name="Add this account").click()
                page.get_by_text(f"{name} can log in now.").wait_for()
                self.fits(page)
            self.log_out(page)

        await self.browse(first, "phone")

        def roles(page: Any) -> None:
            page.goto(self.url("/box"))
            page.get_by_role("heading", name="Log in").wait_for()
            self.log_in(page, "vera")
            page.get_by_role("heading", name="Box", exact=True).wait_for()
            self.assertEqual(self.menu(page), ["Live view", "Box", "My account"])
            self.assertEqual(page.get_by_role("button", name="Check now").count(), 0)
            page.goto(self.url("/accounts"))
            page.get_by_text("Your role does not allow this").wait_for()
            self.log_out(page)
            self.log_in(page, "mira")
            page.get_by_role("link", name="My account").wait_for()
            self.assertEqual(self.menu(page), [one for one in EVERYTHING if one != "Accounts"])
            page.goto(self.url("/box"))
            page.get_by_role("button", name="Check now").click()
            page.get_by_text("What the check found").wait_for()
            for path in ("/security", "/journal", "/me", "/trust", "/box"):
                page.goto(self.url(path))
                self.fits(page)
            self.log_out(page)
            self.assertEqual(self.menu(page), [])

        await self.browse(roles, "desk", java_script_enabled=False)

    async def test_second_factor(self) -> None:
        """A second factor is set up by the picture's key, and asked for from then on; a support bundle can be loaded,
        and the root certificate without any login."""
        edge = self.edge = await start_edge(self)
        code = (await edgectl(edge, "label", "--json")).json["code"]

        def steps(page: Any) -> None:
            page.goto(self.url(f"/#setup={code}"))
            page.get_by_label("Your name for logging in").fill("anna")
            page.get_by_role("textbox", name="A new password").fill(PASSWORD)
            page.get_by_role("button", name="Become the administrator").click()
            page.get_by_text("Welcome.").wait_for()
            page.goto(self.url("/me"))
            page.get_by_role("textbox", name="Your password, to begin").fill(PASSWORD)
            page.get_by_role("button", name="Set up the second factor").click()
            page.get_by_role("img", name="QR code for the authenticator app").wait_for()
            self.fits(page)
            secret = re.sub(r"\s", "", page.locator("code.code").inner_text())
            page.get_by_role("textbox", name="Code").fill(TOTP(secret).now())
            page.get_by_role("button", name="Switch the second factor on").click()
            page.get_by_text("The second factor is on").wait_for()
            page.goto(self.url("/box"))
            with page.expect_download() as loading:
                page.get_by_role("button", name="Download the support bundle").click()
            self.assertEqual(loading.value.suggested_filename, "edge-bundle.zip")
            self.log_out(page)
            self.log_in(page, "anna")
            page.get_by_text("Enter the code that the authenticator app shows").first.wait_for()
            self.log_in(page, "anna", TOTP(secret).at(int(time.time()) + 30))
            page.get_by_role("link", name="Accounts").wait_for()
            self.log_out(page)
            page.goto(self.url("/trust"))
            self.assertIn(edge_fingerprint, page.locator(".fingerprint").inner_text().replace("\n", ""))
            with page.expect_download() as loading:
                page.get_by_role("link", name="Load .pem").click()
            self.assertEqual(loading.value.path().read_text(), edge.root)

        edge_fingerprint = (await edgectl(edge, "label", "--json")).json["fingerprint"]
        await self.browse(steps, "phone", color_scheme="dark")
