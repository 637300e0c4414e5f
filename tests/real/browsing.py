"""What the browser tests share: a browser that complains of everything, and an Edge with the world around it.

A `BrowserCase` brings a browser; whatever the page does in it that it should not is *noise*, and fails the test. A
`SiteCase` brings a real Edge before the sandbox's central system, chargers, and an administrator who is logged in; an
`EdgeCase` brings both.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.threads import blockingCallFromThread
from twisted.trial.unittest import SkipTest, TestCase

from edge_twisted.sandbox.authority import make_authority
from edge_twisted.sandbox.central.system import Central, CentralSettings
from edge_twisted.sandbox.charger.settings import Access, BackOff, ChargerSettings, Model, Plan
from edge_twisted.sandbox.dashboard.dashboard import Dashboard
from edge_twisted.sandbox.fleet import Fleet
from edge_twisted.sandbox.ledger import Ledger
from edge_twisted.sandbox.security import Account, Credentials, Security
from tests.real.chromium import CHROMIUM, THE_CHROMIUM
from tests.real.ctl import edgectl
from tests.real.harness import EdgeProcess, start_edge
from tests.real.test_manager import PASSWORD, Client

SIZES: Final = {"phone": (390, 844), "desk": (1440, 900)}
WAIT_MS: Final = 15_000
SOURCE: Final = "127.0.0.2"
"""Where a charger comes from: an address of its own, as on a site."""


class BrowserCase(TestCase):
    """A test with a browser.

    Attributes:
        noise: what the browser, and what watches it, complained of.
        wanted: parts of complaints that belong to the test.
    """

    timeout = 120

    def setUp(self) -> None:
        try:
            import playwright  # noqa: F401 - only whether it is there
        except ImportError:
            raise SkipTest("playwright is not installed") from None
        if CHROMIUM is None:
            raise SkipTest("chromium is not installed")
        self.noise: list[str] = []
        self.wanted: tuple[str, ...] = ()

    def sites(self) -> set[str]:
        """Hosts, with ports, that the browser may ask; it asks nobody else."""
        raise NotImplementedError

    def cookies(self) -> list[Any]:
        """The cookies with which a browser begins."""
        return []

    def browse(self, steps: Callable[[Any], None], *sizes: str, **context: Any) -> Deferred[None]:
        """Carry steps out in a browser that knows nothing yet, at each size, and see that nothing was wrong on the way.

        Args:
            steps: called with a new page, in a thread.
            sizes: names of `SIZES`.
            context: what else the browser's context is made with, such as `color_scheme`.
        """
        done = THE_CHROMIUM.use(partial(self._browse, steps, sizes, context))
        return done.addCallback(lambda _: self._judge())

    def _browse(
        self, steps: Callable[[Any], None], sizes: tuple[str, ...], context: Mapping[str, Any], browser: Any
    ) -> None:
        for size in sizes:
            view: Any = dict(zip(("width", "height"), SIZES[size], strict=True))
            shown = browser.new_context(viewport=view, ignore_https_errors=True, **context)
            try:
                shown.set_default_timeout(WAIT_MS)
                shown.add_cookies(self.cookies())
                shown.on("console", self._console)
                shown.on("weberror", lambda error: self.noise.append(str(error.error)))
                shown.on("request", lambda request: self._request(request.url))
                shown.on("response", self._response)
                steps(shown.new_page())
            finally:
                shown.close()

    def _judge(self) -> None:
        self.assertEqual([line for line in self.noise if not any(part in line for part in self.wanted)], [])

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.noise.append(message.text)

    def _request(self, url: str) -> None:
        if urlsplit(url).netloc not in {*self.sites(), ""}:
            self.noise.append(f"asked {url}")

    def _response(self, response: Any) -> None:
        policy = response.headers.get("content-security-policy", "")
        if "default-src 'none'" not in policy or "unsafe" in policy:
            self.noise.append(f"no strict policy at {response.url}: {policy}")

    def call(self, what: Callable[..., Any], *given: Any) -> Any:
        """Do something in the reactor, from the browser's thread."""
        from twisted.internet import reactor

        running: Any = reactor
        return blockingCallFromThread(running, what, *given)

    def fits(self, page: Any) -> None:
        """The page that is open, styles and scripts included, is no wider than its screen."""
        page.wait_for_load_state()
        wide, width = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        self.assertLessEqual(wide, width, page.url)


class SiteCase(TestCase):
    """A test with an Edge, chargers before it and a central system behind it.

    Attributes:
        edge: the Edge.
        central: the central system; `ws` and `wss` are its endpoints, `root` the file of its root certificate.
        fleet: the chargers.
        client: the administrator anna, who is logged in.
        dashboard: the central system's dashboard, once `open_dashboard` was called.
    """

    dashboard: Dashboard | None = None

    async def begin(self, settings: Mapping[str, Mapping[str, object]] | None = None, **central: Any) -> None:
        """Start everything.

        Args:
            settings: more of Edge's configuration.
            central: more of the central system's settings.
        """
        from twisted.internet import reactor

        folder = Path(self.mktemp())
        folder.mkdir()
        authority = make_authority(folder)
        self.root = authority.path
        certificate = authority.issue(["localhost"], ["127.0.0.1"])
        self.ledger = Ledger()
        known = CentralSettings(certificate, authority=authority, **central)
        self.central = Central(reactor, known, lambda happening: None, ledger=self.ledger)
        self.central.start()
        self.addCleanup(self.central.stop)
        self.ws, self.wss = (f"{scheme}://localhost:{self.central.ports[scheme]}" for scheme in ("ws", "wss"))
        more = {name: dict(keys) for name, keys in (settings or {}).items()}
        more["uplink"] = {"roots": [str(authority.path.absolute())]} | more.get("uplink", {})
        self.edge: EdgeProcess = await start_edge(self, ws=self.ws, wss=self.wss, settings=more)
        self.fleet = Fleet(reactor, lambda happening: None, self.ledger)
        self.addCleanup(self.fleet.stop)
        self.client = await administrator(self.edge)

    def open_dashboard(self) -> None:
        """Start the central system's dashboard."""
        from twisted.internet import reactor

        self.dashboard = Dashboard(
            reactor, self.central, self.fleet, self.ledger, names=[], roots={"the central system": self.root}, port=0
        )
        self.dashboard.start()
        self.addCleanup(self.dashboard.stop)

    def charger(self, identity: str, first: float = 9999.0, source: str = SOURCE) -> None:
        """Power on a charger that comes over ws, and comes back soon.

        Args:
            identity: its OCPP ID.
            first: seconds until a car comes.
            source: its address.
        """
        access = Access(f"ws://127.0.0.1:{self.edge.ports['ws'][0]}", identity, source=source)
        plan = Plan(first=first, length=600, sample=0.5)
        self.fleet.add(ChargerSettings(access, BackOff(0.4, 0.0, 0), Model("Acme", "One"), plan))
        self.fleet.chargers[identity].start()

    def enter(self, identity: str, **access: Any) -> None:
        """Change something at the charger: its `endpoint`, or its `credentials`."""
        charger = self.fleet.chargers[identity]
        charger.change(evolve(charger.settings, access=evolve(charger.settings.access, **access)))

    def demand(self, identity: str, security: Security, password: str = "") -> None:
        """The step on the central system's dashboard: set Security, and save."""
        credentials = Credentials(identity.encode(), password.encode()) if password else None
        self.central.save(identity, Account(security, credentials))


class EdgeCase(SiteCase, BrowserCase):
    """A test with EdgeManager in a browser."""

    def sites(self) -> set[str]:
        """EdgeManager's, and the dashboard's."""
        found = {urlsplit(self.url()).netloc}
        return found if self.dashboard is None else found | {urlsplit(self.dashboard_url()).netloc}

    def cookies(self) -> list[Any]:
        """anna's session."""
        return [{"name": "__Host-edge", "value": self.client.cookie, "url": self.url(), "secure": True}]

    def url(self, path: str = "/") -> str:
        """Where a page of EdgeManager is."""
        return f"https://localhost:{self.edge.ports['manager'][0]}{path}"

    def dashboard_url(self, path: str = "/") -> str:
        """Where a page of the dashboard is."""
        assert self.dashboard is not None
        return f"http://127.0.0.1:{self.dashboard.port}{path}"


async def administrator(edge: EdgeProcess) -> Client:
    """Set a new box up.

    Returns:
        Its administrator anna, who is logged in.
    """
    label = (await edgectl(edge, "label", "--json")).json
    client = Client(edge)
    client.take(await client.ask("POST", "/setup", {"code": label["code"], "name": "anna", "password": PASSWORD}))
    return client
