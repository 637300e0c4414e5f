"""The pages of the central system's dashboard, each looked at as `tests.real.pages` does."""

from typing import Any, Final

from edge_twisted.sandbox.central.faults import Fault
from edge_twisted.sandbox.security import Security
from tests.real.pages import PageCase

BELOW: Final = (
    "",
    "/security",
    "/actions",
    "/actions/ChangeConfiguration",
    "/messages",
    "/faults",
    "/faults/on/refuse",
)
FURTHER: Final = ("/ledger", "/at-the-charger", "/remove")
PICTURED: Final = {"": "dashboard-charger", "/security": "dashboard-security"}


class DashboardPageTests(PageCase):
    """One dashboard, one charger."""

    timeout = 180

    def setUp(self) -> None:
        super().setUp()
        self.wanted = ("status of 4",)

    async def test_pages(self) -> None:
        """axe-core finds nothing, and the keyboard alone is enough: empty, with a charger, refused, with faults; and
        EdgeManager's while that charger waits for its approval."""
        await self.begin({"admission": {"mode": "approve"}}, heartbeat_seconds=3600)
        self.open_dashboard()

        def steps(page: Any) -> None:
            page.goto(self.dashboard_url())
            self.look(page, "empty dashboard", picture=False)
            self.call(self.charger, "EVB-P2200001", 0.1)
            self.approve(page)
            page.goto(self.dashboard_url())
            page.locator("tr[data-key]").get_by_text("Charging").wait_for()
            self.call(self.demand, "EVB-P2200002", Security.BASIC_OVER_WSS, "Kx7-random_password.20")
            self.look(page, "dashboard-chargers")
            for path in ("/new", "/faults", "/faults/on/close", "/ledger", "/api", "/nowhere"):
                page.goto(self.dashboard_url(path))
                self.look(page, f"dashboard {path}", picture=False)
            self.call(self.central.faults.start, Fault("swallow"), "EVB-P2200001")
            for path in (*BELOW, *FURTHER):
                page.goto(self.dashboard_url(f"/chargers/EVB-P2200001{path}"))
                self.look(page, PICTURED.get(path, f"dashboard {path}"), picture=path in PICTURED)
            page.goto(self.dashboard_url("/chargers/EVB-P2200001/security"))
            page.get_by_label("Basic authentication over HTTPS/WSS").check()
            page.get_by_role("button", name="Save changes").click()
            page.get_by_role("alert").wait_for()
            self.look(page, "security refused", picture=False)

        await self.browse(steps, "desk")
        self.judge("dashboard-")

    def approve(self, page: Any) -> None:
        """Let the charger in, in EdgeManager."""
        page.goto(self.url())
        page.get_by_role("button", name="Approve").wait_for()
        self.look(page, "live view with a charger to approve", picture=False)
        page.goto(self.url("/security"))
        self.look(page, "security with a charger to approve", picture=False)
        page.goto(self.url())
        page.locator("h3 a.title").click()
        page.get_by_role("heading", name="Connection").wait_for()
        page.goto(f"{page.url}/settings/network/uplink")
        self.look(page, "uplink of a charger to approve", picture=False)
        page.get_by_role("button", name="Approve this charger").click()
        page.get_by_text("Approved").first.wait_for()
