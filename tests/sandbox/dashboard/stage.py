"""The dashboard over a real central system and real chargers, none of which has a socket; asked by HTTP in memory."""

from collections.abc import Mapping
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.central.known import Exchange, Known
from edge_twisted.sandbox.central.system import Central, CentralSettings
from edge_twisted.sandbox.charger.settings import Access, ChargerSettings
from edge_twisted.sandbox.dashboard.dashboard import Dashboard, routes_of
from edge_twisted.sandbox.dashboard.history import History
from edge_twisted.sandbox.dashboard.world import World
from edge_twisted.sandbox.fleet import Fleet
from edge_twisted.sandbox.ledger import Ledger
from edge_twisted.sandbox.security import Account, Credentials, Security
from tests.compiled import keep_templates
from tests.pages.browser import Browser, Told

NOW = 1_000_000.0
SECRET = "entered-secret-4711"
BASIC = Account(Security.BASIC_OVER_WSS, Credentials(b"CP-1", SECRET.encode()))


@define(eq=False)
class Leg:
    """A connection of a charger, as the central system sees it; it asks nobody.

    Args:
        identity: the charger's.
    """

    identity: str
    heard: float = 0.0
    transport: Any = None
    asked: list[tuple[str, Mapping[str, Any], Deferred[Any]]] = field(factory=list)
    left: list[int] = field(factory=list)

    def ask(self, action: str, payload: Mapping[str, Any]) -> Deferred[Any]:
        """Take a request."""
        answer: Deferred[Any] = Deferred()
        self.asked.append((action, payload, answer))
        return answer

    def leave(self, code: int = 1000, reason: str = "") -> Deferred[None]:
        """Take a close."""
        self.left.append(code)
        return Deferred()

    def fault_changed(self, kind: str) -> None:
        """Take a change of faults."""


class DashboardCase(SynchronousTestCase):
    """A dashboard without sockets.

    Attributes:
        central, fleet, ledger: what is behind it.
        browser: asks it.
    """

    strangers = "accept"

    def setUp(self) -> None:
        keep_templates(self)
        self.now = NOW
        self.reactor = MemoryReactorClock()
        self.ledger = Ledger(self.time)
        settings = CentralSettings(strangers=self.strangers)  # type: ignore[arg-type]  # as the test needs it
        self.central = Central(self.reactor, settings, lambda happening: None, self.time, self.ledger)
        self.central.start()
        self.fleet = Fleet(self.reactor, lambda happening: None, self.ledger, self.time)
        self.dashboard = Dashboard(self.reactor, self.central, self.fleet, self.ledger, clock=self.time)
        self.dashboard.start()
        self.browser = Browser(self.reactor.tcpServers[-1][1])

    def time(self) -> float:
        """The time."""
        return self.now

    def known(self, identity: str = "CP-1", account: Account | None = BASIC) -> Known:
        """A charger that the central system knows."""
        if account is not None:
            self.central.save(identity, account)
        return self.central._shared.roll.see(identity)

    def online(self, identity: str = "CP-1", account: Account | None = BASIC) -> Leg:
        """One that is connected."""
        known = self.known(identity, account)
        known.online, known.secure, known.since, known.heard = True, True, NOW - 60, NOW - 12
        known.boot = {"chargePointVendor": "Acme", "chargePointModel": "One"}
        leg = self.central.connected[identity] = Leg(identity)
        return leg

    def simulate(self, identity: str = "CP-1", connectors: int = 1) -> None:
        """A simulated charger."""
        self.fleet.add(ChargerSettings(Access("ws://localhost:9", identity), connectors=connectors))

    def page(self, path: str) -> str:
        """A page that is there."""
        told = self.browser.get(path)
        self.assertEqual(told.status, 200, path)
        self.assertEqual(told.headers["content-type"], "text/html; charset=utf-8")
        return told.text

    def sent(self, path: str, **fields: str) -> str:
        """Send a form that is right, and open the page that follows."""
        told = self.browser.send(path, **fields)
        self.assertEqual(told.status, 303, told.text)
        return self.page(told.headers["location"])

    def wrong(self, path: str, **fields: str) -> str:
        """Send a form that is wrong."""
        told = self.browser.send(path, **fields)
        self.assertEqual(told.status, 422)
        return told.text

    def refused(self, told: Told) -> tuple[int, str | None]:
        """Status and field of a refusal of the API, which has a sentence."""
        self.assertTrue(told.json["error"].endswith((".", ")")), told.json)
        return told.status, told.json.get("field")

    def routes(self) -> list[Any]:
        """All routes."""
        return routes_of(World(self.central, self.fleet, self.ledger, History(self.time), self.time))


def exchange(
    by: Any, kind: Any, id: str, action: str, text: str, *findings: str, after: float | None = None
) -> Exchange:
    """A message."""
    return Exchange(NOW, by, kind, id, action, text, findings, after)
