"""The procedure for an installer, sentence by sentence, in one browser: the charger dashboard in one tab, EdgeManager
in the other. Each docstring quotes the sentences that are followed.
"""

import base64
from typing import Any, Final

from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Model, Plan
from edge_twisted.sandbox.security import Credentials, Security
from tests.real.browsing import EdgeCase

HIDDEN: Final = "EVB…"
"""What EdgeManager shows of the ID of a charger that has no other secret."""


class SeedCase(EdgeCase):
    """One charger after the other; each comes from an address of its own.

    Attributes:
        board, manager: the two tabs.
        identity: the charger in question.
        address: where it comes from.
    """

    board: Any
    manager: Any
    identity = ""
    address = ""
    _count = 0

    def setUp(self) -> None:
        super().setUp()
        self.wanted = ("status of 4",)

    async def world(self) -> None:
        """Start everything."""
        await self.begin()
        self.open_dashboard()

    def tabs(self, page: Any) -> None:
        """Open both."""
        self.board, self.manager = page, page.context.new_page()
        self.board.goto(self.dashboard_url())
        self.manager.goto(self.url())

    def new_charger(self, security: Security = Security.NONE, password: str = "", shows: str = "") -> None:
        """A charger on `ws://`, as the installer finds it, and what the dashboard says of it before."""
        self._count += 1
        self.identity, self.address = f"EVB-P22{self._count:05}", f"127.0.1.{self._count}"
        self.call(self.demand, self.identity, security, password)
        self.call(self._power_on, Credentials(self.identity.encode(), shows.encode()) if shows else None)

    def _power_on(self, credentials: Credentials | None) -> None:
        access = Access(self.edge.endpoint("ws"), self.identity, credentials=credentials, source=self.address)
        plan = Plan(first=9999.0)
        self.fleet.add(ChargerSettings(access, BackOff(0.4, 0.0, 0), Model("Acme", "One"), plan))
        self.fleet.chargers[self.identity].start()

    # --- in the dashboard --------------------------------------------------------------------------------------------

    def open_charger(self) -> Any:
        """Open the charger in the dashboard; what it shows of its state."""
        self.board.goto(self.dashboard_url())
        self.board.get_by_role("link", name=self.identity, exact=True).click()
        return self.board.locator("[data-live=state]")

    def set_security(self, choice: str) -> str:
        """Set Security, and save.

        Returns:
            `username:password`, where one was made.
        """
        self.open_charger()
        self.board.get_by_role("link", name="Security", exact=True).click()
        self.board.get_by_label(choice, exact=True).check()
        entered = ""
        if choice.startswith("Basic"):
            self.board.get_by_role("button", name="Make a random password").click()
            entered = str(self.board.get_by_label("User name and password").input_value())
            self.assertRegex(entered, f"^{self.identity}:[!-~]{{20}}$")
        self.board.get_by_role("button", name="Save changes").click()
        self.board.get_by_text(f"Saved: “{choice}”").wait_for()
        return entered

    def at_the_charger(self, *, endpoint: str = "", shows: str = "", root: str = "") -> None:
        """Enter something at the charger itself."""
        self.open_charger()
        self.board.get_by_role("link", name="At the charger").click()
        if endpoint:
            self.board.get_by_label("Endpoint").fill(endpoint)
        if shows:
            self.board.get_by_label("Show the one below").check()
            self.board.locator("#f-credentials").fill(shows)
        if root:
            self.board.get_by_label("The root certificate below").check()
            self.board.locator("#f-root").fill(root)
        self.board.get_by_role("button", name="Save and connect").click()
        self.board.get_by_text("It connects anew").wait_for()

    # --- in EdgeManager ----------------------------------------------------------------------------------------------

    def row(self) -> Any:
        """The charger's row in the live view."""
        self.manager.goto(self.url())
        return self.manager.locator("tbody tr", has_text=self.address)

    def to_uplink(self) -> Any:
        """'From the liveview, select the charger, navigate to Settings → Network interfaces → Uplink interface.'

        Returns:
            What the page shows of the connections now.
        """
        self.row().get_by_role("link").first.click()
        self.manager.get_by_role("navigation", name="Views").get_by_role("link", name="Settings").click()
        self.manager.get_by_role("link", name="Open network interfaces").click()
        self.manager.get_by_role("link", name="Uplink interface").click()
        self.manager.get_by_role("heading", name="Uplink interface").wait_for()
        self.manager.wait_for_load_state()
        return self.manager.locator("[data-live=now]")

    def save(self) -> None:
        """Save, and see that it holds."""
        self.manager.get_by_role("button", name="Save changes").click()
        self.manager.get_by_text("Saved, and in force").wait_for()


class SeedTests(SeedCase):
    """All of it, at both widths, in light and dark."""

    async def follow(self, *ways: Any, phone: str = "dark", desk: str = "light") -> None:
        """Follow some procedures at both widths.

        Args:
            ways: the procedures.
            phone, desk: the colours there.
        """
        await self.world()

        def steps(page: Any) -> None:
            self.tabs(page)
            for way in ways:
                way()
            for tab in (self.board, self.manager):
                self.fits(tab)

        await self.browse(steps, "phone", color_scheme=phone)
        await self.browse(steps, "desk", color_scheme=desk)

    async def test_wss(self) -> None:
        """'WSS (Secure WebSocket)', step by step, on both sides of Edge, and what Edge does without any step."""
        await self.follow(self.identity_is_secret, self.charger_to_edge, self.wss_by_hand, self.wss_detected)

    def wss_by_hand(self) -> None:
        """'Step 1: Open the charger dashboard at [your-domain].evc-net.com. Set Security to "No authentication over
        HTTPS/WSS" and save. Step 2: Configure WSS in EdgeManager. From the liveview, select the charger, navigate to
        Settings → Network interfaces → Uplink interface. Set Endpoint to wss://wss.evc-net.com and save.'"""
        self.new_charger()
        self.row().get_by_text("Available").wait_for()
        self.set_security("No authentication over HTTPS/WSS")
        now = self.to_uplink()
        now.get_by_text(self.ws).wait_for()
        self.manager.get_by_label("Endpoint").fill(self.wss)
        self.save()
        now.get_by_text(self.wss).wait_for()
        now.get_by_text("WSS", exact=True).wait_for()
        self.open_charger().get_by_text("over wss, encrypted").wait_for()

    def wss_detected(self) -> None:
        """'Edge automatically detects WSS on first connection and selects WSS for EVC-net communication
        accordingly.'"""
        self.new_charger(Security.NONE_OVER_WSS)
        self.row().get_by_text("Available").wait_for()
        now = self.to_uplink()
        now.get_by_text(self.wss).wait_for()
        self.assertEqual(self.manager.get_by_label("Endpoint").input_value(), "")
        self.manager.get_by_text("yes, since").wait_for()

    def identity_is_secret(self) -> None:
        """'If basic authentication is not in use, keep the OCPP communication ID secret!': EdgeManager does not show
        it, and says what would help."""
        self.new_charger()
        self.row().get_by_text(HIDDEN, exact=True).first.wait_for()
        for path in ("/", "/journal", "/security"):
            self.manager.goto(self.url(path))
            self.assertNotIn(self.identity, self.manager.content())
        self.manager.get_by_text("Chargers without a password").wait_for()

    def charger_to_edge(self) -> None:
        """'WSS Between Chargepoint and Edge: Connect to Edge using wss://edge.lan as the charger endpoint. [...] Some
        chargers may require configuration to trust Edge's certificate. TLS errors in chargepoint logs indicate the
        charger is rejecting Edge's self-signed certificate.'"""
        self.new_charger()
        self.row().get_by_text("Available").wait_for()
        self.at_the_charger(endpoint=self.edge.endpoint("wss", "localhost"))
        self.board.get_by_text("It does not know who issued the server's certificate").wait_for()
        self.manager.get_by_text(f"A device at {self.address}").wait_for()
        self.manager.get_by_text("Load the box's root certificate (root.pem) into the charger").first.wait_for()
        self.manager.get_by_role("link", name="Get the root certificate").first.click()
        with self.manager.expect_download() as loading:
            self.manager.get_by_role("link", name="Load .pem").click()
        self.at_the_charger(root=loading.value.path().read_text())
        leg = self.row().locator("td[data-label='Charger to Edge']")
        leg.get_by_text("wss").wait_for()
        leg.get_by_text("encrypted").wait_for()

    async def test_basic(self) -> None:
        """'Basic Authentication', step by step; changed later; and what Edge does without any step."""
        await self.follow(self.basic_by_hand, self.basic_detected, phone="light", desk="dark")

    def basic_by_hand(self) -> None:
        """'Step 1: Open the charger dashboard. Set Security to "Basic authentication over HTTPS/WSS". Configure
        username and a random password separated by ":". Save changes. Step 2: Configure WSS in EdgeManager. [...] Set
        Endpoint to wss://wss.evc-net.com and enter the matching username/password combination, or enter base64-encoded
        credentials. [...] If credentials change later, manually update the Edge configuration as described in Step
        2.'"""
        self.new_charger()
        self.row().get_by_text("Available").wait_for()
        entered = self.set_security("Basic authentication over HTTPS/WSS")
        now, page = self.to_uplink(), self.manager
        page.get_by_label("Endpoint").fill(self.wss)
        page.get_by_role("radio", name="User name and password", exact=True).check()
        user, _, password = entered.partition(":")
        page.locator("#f-username").fill(user)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_label("The charger shows this same user name and password").check()
        self.save()
        now.get_by_text("the charger shows none").wait_for()
        self.at_the_charger(shows=entered)
        now.get_by_text("password entered here").wait_for()
        now.get_by_text("WSS", exact=True).wait_for()
        changed = self.set_security("Basic authentication over HTTPS/WSS")
        self.assertNotEqual(changed, entered)
        now = self.to_uplink()
        page.get_by_role("radio", name="Base64 credentials", exact=True).check()
        page.locator("#f-basic_base64").fill(base64.b64encode(changed.encode()).decode())
        self.save()
        now.get_by_text("password entered here").wait_for()
        for tab in (self.board, self.manager):
            self.assertNotIn(changed.partition(":")[2], tab.content())
        self.open_charger().get_by_text("over wss, encrypted").wait_for()

    def basic_detected(self) -> None:
        """'Edge automatically detects basic authentication on first connection and applies matching credentials for
        EVC-net communication.'"""
        self.new_charger(Security.BASIC_OVER_WSS, "a-random-password-20", shows="a-random-password-20")
        self.row().get_by_text("Available").wait_for()
        now = self.to_uplink()
        now.get_by_text(self.wss).wait_for()
        self.manager.get_by_text(f"user name {self.identity}").wait_for()
        self.manager.get_by_text("No password is entered; Edge passes on the one that the charger shows.").wait_for()


class SeedByKeyboardTests(SeedCase):
    """Without a mouse."""

    async def test_keyboard(self) -> None:
        """The steps for WSS, and those for Basic authentication, with the keyboard alone in both tabs."""
        await self.world()

        def steps(page: Any) -> None:
            self.tabs(page)
            self.new_charger()
            self.row().get_by_text("Available").wait_for()
            self.choose(1)
            self.board.get_by_text("Saved: “No authentication over HTTPS/WSS”").wait_for()
            now = self.walk()
            self.type_into("#f-endpoint", self.wss)
            self.press(self.manager, "button[value=save]", "Enter")
            self.manager.get_by_text("Saved, and in force").wait_for()
            now.get_by_text("WSS", exact=True).wait_for()
            self.choose(2)
            self.board.get_by_text("Saved: “Basic authentication over HTTPS/WSS”").wait_for()
            self.walk()
            self.press(self.manager, "input[name=way]", "ArrowDown")
            self.type_into("#f-password", "made-up-by-hand-20")
            self.press(self.manager, "input[name=shows]", "Space")
            while not self.manager.evaluate("document.activeElement.value === 'same'"):
                self.manager.keyboard.press("ArrowDown")
            self.press(self.manager, "button[value=save]", "Space")
            self.manager.get_by_text("Saved, and in force").wait_for()
            now.get_by_text("the charger shows none").wait_for()

        await self.browse(steps, "desk")
        account = self.central.accounts[self.identity]
        self.assertEqual(account.security, Security.BASIC_OVER_WSS)

    def choose(self, number: int) -> None:
        """Step 1: the charger, Security, one of its choices, and Save changes."""
        self.board.goto(self.dashboard_url())
        charger = f"/chargers/{self.identity}"
        for path in (charger, f"{charger}/security"):
            self.press(self.board, f"a[href='{path}']", "Enter")
            self.board.wait_for_url(f"**{path}")
        self.press(self.board, "input[name=security]", "ArrowDown")
        if number == 2:
            self.reach(self.board, "input[name=credentials]")
            self.board.keyboard.type(f"{self.identity}:made-up-by-hand-20")
        self.press(self.board, "form button[type=submit]", "Enter")

    def walk(self) -> Any:
        """From the live view to the uplink."""
        page = self.manager
        page.goto(self.url())
        base = str(page.locator("tbody a.title").first.get_attribute("href"))
        for path in (base, f"{base}/settings", f"{base}/settings/network", f"{base}/settings/network/uplink"):
            self.press(page, f"main a[href='{path}']", "Enter")
            page.wait_for_url(f"**{path}")
        return page.locator("[data-live=now]")

    def type_into(self, field: str, text: str) -> None:
        """Go to a field, and type."""
        self.reach(self.manager, field)
        self.manager.keyboard.press("Control+A")
        self.manager.keyboard.type(text)

    def press(self, page: Any, control: str, key: str) -> None:
        """Go to a control, and press a key there."""
        self.reach(page, control)
        page.keyboard.press(key)

    def reach(self, page: Any, control: str) -> None:
        """Press Tab until a control has the focus, which can be seen."""
        page.wait_for_load_state()
        for _ in range(80):
            if page.evaluate("control => document.activeElement.matches(control)", control):
                outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
                self.assertNotEqual(outline, "none", control)
                return
            page.keyboard.press("Tab")
        self.fail(f"the keyboard does not reach {control}")
