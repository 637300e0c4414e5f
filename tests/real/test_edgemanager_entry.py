"""EdgeManager in a real browser: the first visit with the label's code, logins, what each role sees, the way out."""

import re
import shutil
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from pyotp import TOTP
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SkipTest, TestCase

from tests.real.ctl import edgectl
from tests.real.harness import EdgeProcess, start_edge

CHROMIUM: Final = shutil.which("chromium")
FLAGS: Final = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
SIZES: Final = {"phone": (390, 844), "desk": (1440, 900)}
WAIT_MS: Final = 10_000
PASSWORD: Final = "four random words here"
EVERYTHING: Final = ["Live view", "Security", "Journal", "Box", "Accounts", "My account"]


class EntryTests(TestCase):
    """A box on its first day, seen by people."""

    timeout = 120

    def setUp(self) -> None:
        try:
            import playwright  # noqa: F401 - only whether it is there
        except ImportError:
            raise SkipTest("playwright is not installed") from None
        if CHROMIUM is None:
            raise SkipTest("chromium is not installed")
        self.noise: list[str] = []

    async def browse(self, edge: EdgeProcess, steps: Callable[[Any], None], size: str, **context: Any) -> None:
        """Carry steps out in a new browser, and see that it had nothing to complain of, and asked nobody else."""
        await deferToThread(self._browse, edge, steps, size, context)
        self.assertEqual(self.noise, [])

    def _browse(self, edge: EdgeProcess, steps: Callable[[Any], None], size: str, context: dict[str, Any]) -> None:
        from playwright.sync_api import sync_playwright

        width, height = SIZES[size]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            view: Any = {"width": width, "height": height}
            shown = browser.new_context(viewport=view, ignore_https_errors=True, base_url=self.url(edge), **context)
            shown.set_default_timeout(WAIT_MS)
            page = shown.new_page()
            page.on("console", self._console)
            page.on("pageerror", lambda error: self.noise.append(str(error)))
            page.on("request", lambda request: self._request(edge, request.url))
            steps(page)
            browser.close()

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning") and "status of 4" not in message.text:
            self.noise.append(message.text)

    def _request(self, edge: EdgeProcess, url: str) -> None:
        if urlsplit(url).netloc not in (urlsplit(self.url(edge)).netloc, ""):
            self.noise.append(f"asked {url}")

    def url(self, edge: EdgeProcess) -> str:
        """Where EdgeManager is."""
        return f"https://localhost:{edge.ports['manager'][0]}"

    def fits(self, page: Any) -> None:
        """Nothing is wider than the screen."""
        wide, width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        self.assertLessEqual(wide, width, page.url)

    def menu(self, page: Any) -> list[str]:
        """What the menu offers."""
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
        allows, and without a script it is the same."""
        edge = await start_edge(self)
        label = (await edgectl(edge, "label", "--json")).json
        fragment = urlsplit(label["link"]).fragment

        def first(page: Any) -> None:
            page.goto(f"/#{fragment}")
            self.assertEqual(page.get_by_label("Code on the box's label").input_value(), label["code"])
            self.assertNotIn(label["code"], page.url)
            self.fits(page)
            page.get_by_label("Your name for logging in").fill("anna")
            page.get_by_role("textbox", name="A new password").fill("short")
            page.get_by_role("button", name="Become the administrator").click()
            page.get_by_role("alert").wait_for()
            page.get_by_role("textbox", name="A new password").fill(PASSWORD)
            page.get_by_role("button", name="Become the administrator").click()
            page.get_by_text("Welcome.").wait_for()
            self.assertEqual(self.menu(page), EVERYTHING)
            for name, role in (("vera", "Viewer"), ("mira", "Maintainer")):
                page.goto("/accounts")
                page.get_by_role("heading", name="Add somebody").click()
                page.get_by_label("Name for logging in").fill(name)
                page.locator("form[action='/accounts']").get_by_label(role, exact=True).check()
                page.get_by_role("textbox", name="First password").fill(PASSWORD)
                page.get_by_role("button", name="Add this account").click()
                page.get_by_text(f"{name} can log in now.").wait_for()
                self.fits(page)
            self.log_out(page)

        await self.browse(edge, first, "phone")

        def roles(page: Any) -> None:
            page.goto("/box")
            page.get_by_role("heading", name="Log in").wait_for()
            self.log_in(page, "vera")
            page.get_by_role("heading", name="Box", exact=True).wait_for()
            self.assertEqual(self.menu(page), ["Live view", "Box", "My account"])
            self.assertEqual(page.get_by_role("button", name="Check now").count(), 0)
            page.goto("/accounts")
            page.get_by_text("Your role does not allow this").wait_for()
            self.log_out(page)
            self.log_in(page, "mira")
            page.get_by_role("link", name="Box").wait_for()
            self.assertEqual(self.menu(page), [one for one in EVERYTHING if one != "Accounts"])
            page.goto("/box")
            page.get_by_role("button", name="Check now").click()
            page.get_by_text("What the check found").wait_for()
            for path in ("/security", "/journal", "/me", "/trust", "/box"):
                page.goto(path)
                self.fits(page)
            self.log_out(page)
            self.assertEqual(self.menu(page), [])

        await self.browse(edge, roles, "desk", java_script_enabled=False)

    async def test_second_factor(self) -> None:
        """A second factor is set up by the picture's key, and asked for from then on; a support bundle can be loaded,
        and the root certificate without any login."""
        edge = await start_edge(self)
        code = (await edgectl(edge, "label", "--json")).json["code"]

        def steps(page: Any) -> None:
            page.goto(f"/#setup={code}")
            page.get_by_label("Your name for logging in").fill("anna")
            page.get_by_role("textbox", name="A new password").fill(PASSWORD)
            page.get_by_role("button", name="Become the administrator").click()
            page.get_by_text("Welcome.").wait_for()
            page.goto("/me")
            page.get_by_role("textbox", name="Your password, to begin").fill(PASSWORD)
            page.get_by_role("button", name="Set up the second factor").click()
            page.get_by_role("img", name="QR code for the authenticator app").wait_for()
            self.fits(page)
            secret = re.sub(r"\s", "", page.locator("code.code").inner_text())
            page.get_by_role("textbox", name="Code").fill(TOTP(secret).now())
            page.get_by_role("button", name="Switch the second factor on").click()
            page.get_by_text("The second factor is on").wait_for()
            page.goto("/box")
            with page.expect_download() as loading:
                page.get_by_role("button", name="Load the support bundle").click()
            self.assertEqual(loading.value.suggested_filename, "edge-bundle.zip")
            self.log_out(page)
            self.log_in(page, "anna")
            page.get_by_text("Enter the code that the authenticator app shows").first.wait_for()
            self.log_in(page, "anna", TOTP(secret).at(int(time.time()) + 30))
            page.get_by_role("link", name="Accounts").wait_for()
            self.log_out(page)
            page.goto("/trust")
            self.assertIn(edge_fingerprint, page.locator(".fingerprint").inner_text().replace("\n", ""))
            with page.expect_download() as loading:
                page.get_by_role("link", name="Load .pem").click()
            self.assertEqual(loading.value.path().read_text(), edge.root)

        edge_fingerprint = (await edgectl(edge, "label", "--json")).json["fingerprint"]
        await self.browse(edge, steps, "phone", color_scheme="dark")
