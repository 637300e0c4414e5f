"""A whole sandbox as a Twisted service: central system, dashboard, chargers, ledger."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from twisted.application.service import Service
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.authority import Authority, keep_authority
from edge_twisted.sandbox.central.system import Central, CentralSettings
from edge_twisted.sandbox.dashboard.dashboard import Dashboard
from edge_twisted.sandbox.fleet import Fleet
from edge_twisted.sandbox.ledger import Ledger
from edge_twisted.sandbox.ledger_file import LedgerFile
from edge_twisted.sandbox.scenario import Scenario, ScenarioError
from edge_twisted.sandbox.scenario_tables import CentralTable

PORTS: Final = "ports.json"
LOOK_SECONDS: Final = 1.0
"""How often is looked whether Edge's root certificate is there."""
SPREAD_SECONDS: Final = 0.02
"""From one charger's power-on to the next."""

_log = Logger(namespace="sandbox")

Tell = Callable[[h.Happening], None]


def hear_nothing(happening: h.Happening) -> None:
    """Take what happens, and leave it at that: the dashboard and the ledger show it."""


class SandboxError(Exception):
    """The sandbox can't run; the text is one line that names place and remedy."""


class Sandbox(Service):
    """One scenario.

    Args:
        reactor: for everything.
        scenario: who takes part.
        folder: where root certificate, key and `ports.json` go; it is made.
        central_tells, charger_tells: hear what happens at either end; must not raise.
        clock: seconds since the epoch.

    Attributes:
        authority: vouches for the central system.
        ledger: what became of every message.
        central: the central system; None: the scenario has none.
        dashboard: its charger dashboard; None: the scenario has none.
        fleet: the chargers.
    """

    name = "edgesandbox"

    def __init__(
        self,
        reactor: Any,
        scenario: Scenario,
        folder: Path,
        central_tells: Tell = hear_nothing,
        charger_tells: Tell = hear_nothing,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.scenario = scenario
        self.folder = folder
        self._reactor = reactor
        self._waiting: IDelayedCall | None = None
        self._file: LedgerFile | None = None
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.authority: Authority = keep_authority(folder)
            if scenario.ledger is not None:
                self._file = LedgerFile(scenario.ledger, reactor)
        except OSError as error:
            raise SandboxError(f"{error.filename or folder}: {error.strerror}; let this user write there") from None
        self.ledger = Ledger(clock, self._file.write if self._file is not None else None)
        self.fleet = Fleet(reactor, charger_tells, self.ledger, clock)
        self.central = self._central(scenario.central, central_tells, clock) if scenario.central else None
        self.dashboard = self._dashboard(self.central, clock) if self.central is not None else None

    def _central(self, table: CentralTable, tell: Tell, clock: Callable[[], float]) -> Central:
        certificate = self.authority.issue(table.names, [table.interface])
        settings = CentralSettings(
            certificate,
            table.ws,
            table.wss,
            table.interface,
            table.strangers,
            table.heartbeat_seconds,
            self.authority,
        )
        central = Central(self._reactor, settings, tell, clock, self.ledger)
        for identity, account in self.scenario.accounts.items():
            central.save(identity, account)
        return central

    def _dashboard(self, central: Central, clock: Callable[[], float]) -> Dashboard | None:
        table = self.scenario.dashboard
        if table is None:
            return None
        root = self.scenario.edge.root
        return Dashboard(
            self._reactor,
            central,
            self.fleet,
            self.ledger,
            interface=table.interface,
            port=table.listen,
            roots={"Edge": root} if root is not None else {},
            clock=clock,
        )

    @property
    def endpoints(self) -> dict[str, str]:
        """Where the central system listens, under `ws` and `wss`; empty without one."""
        if self.central is None:
            return {}
        host = self.central.settings.interface
        name = f"[{host}]" if ":" in host else host
        return {kind: f"{kind}://{name}:{port}" for kind, port in self.central.ports.items()}

    def open(self) -> None:
        """Open the ports.

        Raises:
            SandboxError: one is taken.
        """
        try:
            if self.central is not None:
                self.central.start()
            if self.dashboard is not None:
                self.dashboard.start()
        except CannotListenError as error:
            reason = getattr(error.socketError, "strerror", "") or error.socketError
            where = f"{error.interface or '*'}:{error.port}"
            raise SandboxError(f"{where} can't be opened ({reason}); choose another port in the scenario") from None

    def startService(self) -> None:
        """Open the ports, and power the chargers on as soon as they can know whom to believe."""
        super().startService()
        try:
            self.open()
        except SandboxError as error:
            self._give_up(error)
            return
        self._write_ports()
        for kind, url in self.endpoints.items():
            _log.info("The central system listens on {url}", kind=kind, url=url)
        if self.central is not None:
            _log.info("Its root certificate is {path}", path=str(self.authority.path))
        if self.dashboard is not None:
            _log.info("The charger dashboard is at {url}", url=self.dashboard.url)
        root = self.scenario.edge.root
        if root is not None and self.scenario.chargers and not root.exists():
            _log.info("The chargers wait for Edge's root certificate, {path}: start Edge", path=str(root))
        self._power_on()

    def _power_on(self) -> None:
        self._waiting = None
        root = self.scenario.edge.root
        if root is not None and not root.exists():
            self._waiting = self._reactor.callLater(LOOK_SECONDS, self._power_on)
            return
        try:
            self.fleet.add(*self.scenario.cast(self.endpoints, self.authority.pem))
        except ScenarioError as error:
            self._give_up(error)
            return
        self.fleet.start(SPREAD_SECONDS * len(self.fleet.chargers))
        _log.info("{count} chargers are powered on", count=len(self.fleet.chargers))

    def _give_up(self, error: Exception) -> None:
        """End the process: a sandbox without ports or chargers is of no use."""
        _log.error("edgesandbox: {error}", error=str(error))
        self._reactor.callWhenRunning(self._reactor.stop)

    def _write_ports(self) -> None:
        ports = dict(self.central.ports) if self.central is not None else {}
        if self.dashboard is not None:
            ports["dashboard"] = self.dashboard.port
        fresh = self.folder / f"{PORTS}.new"
        fresh.write_text(json.dumps(ports) + "\n", encoding="ascii")
        fresh.replace(self.folder / PORTS)

    @inlineCallbacks
    def stopService(self) -> Any:
        """Power the chargers off, and close everything: within a few seconds."""
        yield super().stopService()
        if self._waiting is not None and self._waiting.active():
            self._waiting.cancel()
        yield self.close()

    @inlineCallbacks
    def close(self) -> Any:
        """End all that was begun; the chargers first, so that they say goodbye."""
        yield self.fleet.stop()
        for part in (self.dashboard, self.central):
            if part is not None:
                stopped: Deferred[Any] = part.stop()
                yield stopped
        if self._file is not None:
            self._file.close()
