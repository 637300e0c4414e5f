"""The pages of a box on its first day, and those about people: each looked at as `tests.real.pages` does."""

from typing import Any, Final

from tests.real.ctl import edgectl
from tests.real.harness import start_edge
from tests.real.pages import PageCase
from tests.real.test_manager import PASSWORD, Client

SPOILED: Final = """() => {
  const main = document.querySelector('main');
  const button = main.appendChild(document.createElement('button'));
  button.tabIndex = 1;
  button.style.outline = 'none';
  const text = main.appendChild(document.createElement('p'));
  text.textContent = 'text';
  text.style.color = '#c8ced4';
}"""
"""What every look has to find."""


class EntryPageTests(PageCase):
    """One box, before its first charger."""

    def setUp(self) -> None:
        super().setUp()
        self.wanted = ("status of 4",)

    async def test_pages(self) -> None:
        """axe-core finds nothing, and the keyboard alone is enough: set-up, login, accounts, the empty site."""
        self.edge = await start_edge(self)
        self.client = Client(self.edge)
        code = (await edgectl(self.edge, "label", "--json")).json["code"]

        def steps(page: Any) -> None:
            page.goto(self.url())
            self.look(page, "entry-setup")
            page.get_by_role("button", name="Become the administrator").click()
            page.get_by_role("alert").wait_for()
            self.look(page, "entry-setup-wrong", picture=False)
            page.get_by_label("Code on the box's label").fill(code)
            page.get_by_label("Your name for logging in").fill("anna")
            page.get_by_role("textbox", name="A new password").fill(PASSWORD)
            page.get_by_role("button", name="Become the administrator").click()
            page.get_by_text("Welcome.").wait_for()
            self.look(page, "entry-empty")
            for path in ("security", "journal", "box", "many"):
                page.goto(self.url(f"/{path}"))
                self.look(page, f"empty {path}", picture=False)
            page.goto(self.url("/nowhere"))
            self.look(page, "no such page", picture=False)
            self.people(page)
            page.get_by_role("button", name="Log out").first.click()
            page.get_by_text("You are logged out.").wait_for()
            self.look(page, "entry-login")
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("alert").wait_for()
            self.look(page, "login refused", picture=False)
            page.goto(self.url("/trust"))
            self.look(page, "entry-trust")
            page.goto(self.url("/login"))
            page.get_by_label("Name").fill("vera")
            page.get_by_role("textbox", name="Password").fill(PASSWORD)
            page.get_by_role("button", name="Log in").click()
            page.get_by_role("link", name="My account").wait_for()
            page.goto(self.url("/accounts"))
            self.look(page, "not for this role", picture=False)
            page.evaluate(SPOILED)
            sound, self.findings = self.findings, []
            self.look(page, "spoiled", picture=False)
            for what in ("button-name", "color-contrast", "(keyboard): out of order", "(keyboard): focus not seen"):
                self.assertTrue([one for one in self.findings if what in one], what)
            self.findings = sound

        await self.browse(steps, "desk")
        self.judge("entry-")

    def cookies(self) -> list[Any]:
        """Nobody is logged in."""
        return []

    def people(self, page: Any) -> None:
        """The own account, and those of others."""
        page.goto(self.url("/me"))
        self.look(page, "entry-me")
        page.get_by_role("button", name="Change the password").click()
        page.get_by_role("alert").wait_for()
        self.look(page, "password refused", picture=False)
        page.get_by_role("textbox", name="Your password, to begin").fill(PASSWORD)
        page.get_by_role("button", name="Set up the second factor").click()
        page.get_by_role("img", name="QR code for the authenticator app").wait_for()
        self.look(page, "second factor", picture=False)
        page.goto(self.url("/accounts"))
        page.get_by_role("heading", name="Add somebody").click()
        page.get_by_role("button", name="Add this account").click()
        page.get_by_role("alert").wait_for()
        self.look(page, "account refused", picture=False)
        page.get_by_label("Name for logging in").fill("vera")
        page.locator("form[action='/accounts']").get_by_label("Viewer", exact=True).check()
        page.get_by_role("textbox", name="First password").fill(PASSWORD)
        page.get_by_role("button", name="Add this account").click()
        page.get_by_text("vera can log in now.").wait_for()
        page.get_by_role("heading", name="Add a token").click()
        page.get_by_label("What it is for").fill("monitoring")
        page.locator("form[action='/accounts-tokens']").get_by_label("Read-only", exact=True).check()
        page.get_by_role("button", name="Make this token").click()
        page.get_by_role("link", name="Done").wait_for()
        self.look(page, "token", picture=False)
        page.get_by_role("link", name="Done").click()
        page.wait_for_url("**/accounts")
        self.look(page, "entry-accounts")
        page.get_by_role("link", name="vera").click()
        page.wait_for_url("**/accounts/*")
        self.look(page, "account", picture=False)
        page.get_by_role("link", name="Remove this account").click()
        page.wait_for_url("**/remove")
        self.look(page, "account to be removed", picture=False)
