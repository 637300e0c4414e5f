"""The live view of 200 chargers on a slow telephone: it answers, and follows by itself without a halt."""

from typing import Any, Final

from twisted.internet.task import deferLater
from twisted.logger import Logger

from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Model, Plan
from tests.real.browsing import EdgeCase

COUNT: Final = 200
CHARGING: Final = 20
MODELS: Final = ("Alpha", "Beta", "Gamma")
UPDATES: Final = 5
SLOWER: Final = 4
"""How many times slower than this machine the telephone is."""
FOLLOW: Final = """
  window.updates = [];
  window.long = [];
  const listen = EventSource.prototype.addEventListener;
  EventSource.prototype.addEventListener = function (name, heard) {
    listen.call(this, name, (event) => {
      const began = performance.now();
      heard(event);
      if (name === 'part') window.updates.push(Math.round(performance.now() - began));
    });
  };
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) window.long.push(Math.round(one.duration));
  }).observe({type: 'longtask'});
"""
"""Milliseconds: of each update's script, and of whatever held the reader up."""

_log = Logger()


class CrowdTests(EdgeCase):
    """One Edge, 200 chargers with a message every ten seconds each."""

    def power_on(self) -> None:
        """Power all on; some charge at once."""
        for number in range(COUNT):
            access = Access(self.edge.endpoint("ws"), f"EVB-P22{number:05}", source=f"127.0.3.{1 + number}")
            plan = Plan(first=0.1 if number < CHARGING else 9999.0, length=3600, sample=10)
            self.fleet.add(ChargerSettings(access, BackOff(0.5, 1.0, 1), Model("Acme", MODELS[number % 3]), plan))
        self.fleet.start(spread=4.0)

    async def online(self) -> None:
        """Wait until all are served."""
        from twisted.internet import reactor

        while (await self.client.ask("GET", "/box")).json["chargers"]["connected"] < COUNT:
            await deferLater(reactor, 0.2)

    async def test_telephone(self) -> None:
        """Search, filter and sorting answer; live updates come, and what they cost the telephone stands in the log."""
        await self.begin({"limits": {"unserved_dials": 64}}, heartbeat_seconds=10)
        self.power_on()
        await self.online()

        def steps(page: Any) -> None:
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            rows = page.locator("tbody tr")
            page.goto(self.url("/?show=connected"))
            page.get_by_role("link", name=f"All {COUNT}").wait_for()
            page.get_by_text(f"Page 1 of 4, {COUNT} chargers").wait_for()
            page.locator("#sort").select_option("power")
            page.get_by_role("button", name="Search and sort").click()
            page.wait_for_url("**sort=power**")
            rows.nth(CHARGING - 1).get_by_text("Charging").wait_for(timeout=60_000)  # a charger tells every 10 s
            page.locator("#search").fill("beta")
            page.get_by_role("button", name="Search and sort").click()
            page.get_by_role("link", name=f"All {len(range(1, COUNT, 3))}").wait_for()
            page.locator("#search").fill("127.0.3.200")
            page.get_by_role("button", name="Search and sort").click()
            page.get_by_role("link", name="All 1", exact=True).wait_for()
            page.wait_for_load_state()
            self.assertEqual(rows.count(), 1)
            page.add_init_script(FOLLOW)
            page.goto(self.url())
            rows.nth(49).wait_for()
            self.fits(page)
            page.locator("#search").fill("half a wo")
            page.evaluate("window.long.length = 0; window.same = true")
            page.wait_for_function("count => window.updates.length >= count", arg=UPDATES, timeout=60_000)
            self.assertEqual(page.locator("#search").input_value(), "half a wo")
            self.assertTrue(page.evaluate("window.same"))
            updates, long = page.evaluate("[window.updates, window.long]")
            _log.info(
                "200 chargers, {s} times slower: updates of {u} ms, long tasks of {l} ms", s=SLOWER, u=updates, l=long
            )

        await self.browse(steps, "phone")
