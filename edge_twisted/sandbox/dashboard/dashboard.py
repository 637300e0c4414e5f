"""The charger dashboard: web pages and a JSON API in front of a central system, its chargers, and the ledger."""

import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred, maybeDeferred

from edge_twisted.pages.answers import Asked, Route
from edge_twisted.pages.app import App
from edge_twisted.pages.assets import Assets
from edge_twisted.pages.guard import Guard
from edge_twisted.pages.hub import Hub
from edge_twisted.pages.site import Door, PagesSite
from edge_twisted.pages.templates import Link, Templates
from edge_twisted.sandbox.central.system import Central
from edge_twisted.sandbox.dashboard.actions import Actions
from edge_twisted.sandbox.dashboard.api import Api
from edge_twisted.sandbox.dashboard.at_charger import AtCharger
from edge_twisted.sandbox.dashboard.charger import ChargerPages
from edge_twisted.sandbox.dashboard.chargers import Chargers
from edge_twisted.sandbox.dashboard.faults import FaultPages
from edge_twisted.sandbox.dashboard.history import History
from edge_twisted.sandbox.dashboard.ledger_pages import LedgerPages
from edge_twisted.sandbox.dashboard.messages import Messages
from edge_twisted.sandbox.dashboard.security_pages import SecurityPages
from edge_twisted.sandbox.dashboard.words import PRODUCT
from edge_twisted.sandbox.dashboard.world import World
from edge_twisted.sandbox.fleet import Fleet
from edge_twisted.sandbox.ledger import Ledger

FOLDER: Final = Path(__file__).parent
BACKLOG: Final = 128
MENU: Final = (("/", "Chargers"), ("/faults", "Faults"), ("/ledger", "Ledger"), ("/api", "API"))


class Dashboard:
    """The charger dashboard. It asks nobody for a password: it is for loopback, and for values that are made up.

    Args:
        reactor: for sockets and time.
        central: the central system.
        fleet: the simulated chargers; None: there are none.
        ledger: what became of every message; None: nobody keeps one.
        interface: the address to listen on.
        port: the port; 0 for any.
        names: names under which a browser may ask for it, beside `localhost` and the address that it came to.
        roots: root certificates that can be installed at a simulated charger: PEM files by the name of whose they are,
            such as `Edge`.
        clock: seconds since the epoch.

    Attributes:
        port: the port that was taken.
    """

    def __init__(
        self,
        reactor: Any,
        central: Central,
        fleet: Fleet | None,
        ledger: Ledger | None,
        *,
        interface: str = "127.0.0.1",
        port: int = 0,
        names: Iterable[str] = (),
        roots: Mapping[str, Path] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.port = port
        self._reactor = reactor
        self._interface = interface
        self._central = central
        self._history = History(clock)
        self._world = World(central, fleet, ledger, self._history, clock, dict(roots or {}))
        assets = Assets()
        templates = Templates(assets, [FOLDER / "templates"], macros=("dash",), now=clock)
        self._hub = Hub(reactor, assets.version, clock)
        app = App(templates, assets, self._hub, routes_of(self._world), self._frame)
        self._door = Door(PagesSite(app.resource(), Guard({"localhost", *names}), reactor))
        self._listening: Any = None
        self._unwatch: Callable[[], None] | None = None

    @property
    def url(self) -> str:
        """Where its first page is."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}.get(self._interface, self._interface)  # noqa: S104 - compared, nothing is bound to it
        return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{self.port}/"

    def start(self) -> None:
        """Open the port.

        Raises:
            twisted.internet.error.CannotListenError: it is taken.
        """
        self._listening = self._reactor.listenTCP(self.port, self._door, BACKLOG, self._interface)
        self.port = self._listening.getHost().port
        self._unwatch = self._central.watch(self._changed)

    def stop(self) -> Deferred[None]:
        """Close the port and all connections; done when no more come."""
        if self._unwatch is not None:
            self._unwatch()
            self._unwatch = None
        self._hub.stop()
        listening, self._listening = self._listening, None
        closing = maybeDeferred(listening.stopListening) if listening is not None else maybeDeferred(lambda: None)
        return closing.addCallback(lambda _: self._door.cut())

    def _changed(self, identity: str) -> None:
        known = self._central.known(identity) if identity else None
        if known is not None:
            self._history.note(identity, known.power)
        self._hub.changed(identity)

    def _frame(self, asked: Asked) -> Mapping[str, Any]:
        path = asked.request.uri.partition(b"?")[0].decode("latin-1")
        first = path if path in dict(MENU) else "/faults" if path.startswith("/faults/") else "/"
        active = len(self._world.own_faults(None))
        return {
            "product": PRODUCT,
            "home": "/",
            "menu": [Link(url, words, url == first, active if url == "/faults" else 0) for url, words in MENU],
        }


def routes_of(world: World) -> list[Route]:
    """All that can be asked.

    Args:
        world: what is shown and changed.
    """
    pages = ChargerPages(world)
    rooms = (
        Chargers(world),
        pages,
        SecurityPages(world, pages),
        Actions(world, pages),
        Messages(world, pages),
        FaultPages(world, pages),
        AtCharger(world, pages),
        LedgerPages(world, pages),
        Api(world),
    )
    return [route for room in rooms for route in room.routes()]
