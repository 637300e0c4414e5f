"""The only place where the parts are put together: from settings to a running Edge."""

import gc
import json
import socket
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

from attrs import evolve
from twisted.application.service import Service
from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from edge_twisted.config import Settings
from edge_twisted.core import events as e
from edge_twisted.core.access_events import ManagerCertificateRenewed
from edge_twisted.core.networks import Networks, own_networks
from edge_twisted.descriptors import allow, needed
from edge_twisted.desk.stays import LOOK_SECONDS
from edge_twisted.journalist import Journalist
from edge_twisted.listening import bind
from edge_twisted.loglines import shorten
from edge_twisted.parts import Parts, build, no_alert
from edge_twisted.store.errors import StateError
from edge_twisted.trust.authority import AuthorityError
from edge_twisted.trust.contexts import server_context
from edge_twisted.trust.host import host_addresses, host_interfaces, host_names
from edge_twisted.trust.manager import renewed_manager_leaf
from edge_twisted.web.access import Access
from edge_twisted.web.api import Api
from edge_twisted.web.box import BoxView
from edge_twisted.web.control import admit, listen, open_socket
from edge_twisted.web.doctor import Doctor
from edge_twisted.web.events import Events
from edge_twisted.web.manager import make_manager
from edge_twisted.web.office import Office
from edge_twisted.web.plain import SecureFactory
from edge_twisted.web.site.site import EdgeManager, make_site
from edge_twisted.web.views import Views
from edge_twisted.wire.charger import ChargerFactory
from edge_twisted.wire.hub import Hub
from edge_twisted.wire.neighbours import mac_of
from edge_twisted.wire.port import ChargerTLS, StraightChargerTLS, note_alert
from edge_twisted.wire.silence import quieten
from edge_twisted.wire.straight import StraightFactory

RENEWAL_SECONDS: Final = 60.0
"""How often the box's names and addresses are compared with those in its certificates."""
PORTS: Final = "ports.json"
GARBAGE: Final = 20_000
"""New objects between two searches for garbage in cycles, most of which searches find none."""
RARELY: Final = (10, 50)
"""Every so many of them look at older objects too, and every so many of those at all: that takes a second with
thousands of chargers, in which no message goes on. Sessions leave no cycles behind."""
SWITCH_SECONDS: Final = 0.0002
"""How long a thread that writes may make the relay wait for Python's lock: at each system call it can lose it."""


class EdgeService(Service):
    """Edge as a Twisted service.

    Args:
        reactor: the reactor.
        settings: the configuration.
        hot: whether sockets and frames go the fast way; otherwise Twisted's and Autobahn's, which does the same.
    """

    name = "edgeproxy"
    parts: Parts
    _control: socket.socket
    _pages: EdgeManager
    _visitors: Networks

    def __init__(self, reactor: Any, settings: Settings, hot: bool = True) -> None:
        self._reactor = reactor
        self._hub = Hub(reactor) if hot else None
        if hot:
            quieten()
        self._settings = settings
        self._sockets: dict[str, list[socket.socket]] = {}
        self._files = 0
        self._listening: list[Any] = []
        self._regular: list[LoopingCall] = []
        self._end_journal: Callable[[], None] = lambda: None
        self._own_hosts: frozenset[str] = frozenset()

    def open(self) -> None:
        """Open state and ports: all that a person may have to mend.

        To be called before `twistd` forks: afterwards nobody hears a daemon's last words, and the process that waits
        for it waits for ever. What is opened here survives a fork; connections wait until the service starts.

        Raises:
            SystemExit: with one line that names place and remedy.
        """
        self._files = allow(needed(self._settings.limits.connections))
        try:
            self.parts = build(self._reactor, self._settings, self._subjects(), self._hub)
            settings = self._settings
            for kind, listeners in (("ws", settings.listen.ws), ("wss", settings.listen.wss)):
                self._sockets[kind] = [bind(f"listen.{kind}", description) for description in listeners]
            self._sockets["metrics"] = [bind("metrics.listen", description) for description in settings.metrics.listen]
            self._sockets["manager"] = [bind("manager.listen", description) for description in settings.manager.listen]
            self._control = open_socket(self.parts.state.directory)
        except (StateError, AuthorityError) as error:
            raise SystemExit(f"edgeproxy: {error}") from None

    def startService(self) -> None:
        """Begin to serve."""
        super().startService()
        shorten()
        gc.freeze()  # what stands now stays; a storm's garbage is looked for less often
        gc.set_threshold(GARBAGE, *RARELY)
        sys.setswitchinterval(SWITCH_SECONDS)
        for kind, sockets in self._sockets.items():
            self.parts.ports[kind] = [bound.getsockname()[1] for bound in sockets]
        self._know_itself(*self._subjects())
        self.parts.names.start()
        api = self._serve_control()
        for kind, sockets in self._sockets.items():
            for bound in sockets:
                adopted = self._reactor.adoptStreamPort(bound.fileno(), bound.family, self._factory(kind, api))
                self._listening.append(adopted)
                bound.close()
        self._sockets.clear()
        for seconds, work in ((RENEWAL_SECONDS, self._renew), (LOOK_SECONDS, self.parts.desk.stays.count)):
            call = LoopingCall(self._regularly, work)
            call.clock = self._reactor
            call.start(seconds, now=False)
            self._regular.append(call)
        self._reactor.callWhenRunning(self._tell)

    def _serve_control(self) -> Api:
        """Serve the API on the control socket, and begin the journal."""
        parts = self.parts
        events = Events(parts.journal)
        parts.watching.start(parts.bus, parts.desk)
        self._end_journal = parts.bus.subscribe(Journalist(events.append, self._reactor.seconds))
        view = BoxView(
            str(parts.state.directory),
            lambda: parts.authority,
            lambda: parts.desk.rules,
            parts.registry,
            lambda: len(parts.book),
            time.time,
            parts.ports,
        )
        doctor = Doctor(
            lambda: parts.desk.rules,
            parts.names.look_up,
            parts.line.trial,
            view.certificate,
            parts.ports,
            time.time,
            self._reactor,
        )
        views = Views(parts.desk, parts.registry)
        access = Access.make(
            parts.people,
            parts.hasher,
            parts.bus.publish,
            self._reactor.seconds,
            lambda: self._subjects()[0],
            host_addresses,
            parts.ports,
            lambda: parts.authority.fingerprint,
        )
        insight = parts.watching.insight(views, view, parts.journal)
        views.observed = insight.observed
        api = Api(views, Office(parts.desk, views, parts.line.trial), view, doctor, events, access, admit, insight)
        self._listening.append(listen(self._reactor, self._control, api.resource()))
        self._pages = make_site(api, self._reactor, self._settings, mac=mac_of, backups=parts.backups)
        parts.bus.subscribe(self._pages.heard)
        return api

    def _tell(self) -> None:
        """Say that Edge is ready; not before the reactor runs, so that whoever reads it may also stop Edge."""
        parts, ports = self.parts, self.parts.ports
        try:
            self._write_ports(ports)
        except OSError as error:  # a full disk is no reason to serve nobody
            parts.bus.publish(e.Internal(PORTS, type(error).__name__))
        ws, wss, manager = (tuple(ports[kind]) for kind in ("ws", "wss", "manager"))
        parts.bus.publish(e.Started(ws, wss, parts.authority.fingerprint, len(parts.book), manager))
        connections = self._settings.limits.connections
        if self._files < needed(connections):
            parts.bus.publish(e.FilesTooFew(self._files, needed(connections), connections))

    def _factory(self, kind: str, api: Api) -> Any:
        if kind == "manager":
            watching = self.parts.watching
            resource = evolve(api, admit=api.access.gate.admit).resource()
            own, pages = lambda: self._own_hosts, self._pages.resource
            door = make_manager(resource, self._reactor, own, self._admits, watching.health(), pages)
            return SecureFactory(self.parts.manager_creator, False, door, self._reactor)
        if kind == "metrics":
            return self.parts.watching.site(self.parts.registry, lambda: len(self.parts.book))
        limits, secure = self._settings.limits, kind == "wss"
        factory = ChargerFactory(
            self.parts.line,
            self._reactor,
            secure=secure,
            message_bytes=limits.message_bytes,
            head_seconds=limits.head_seconds,
            pre_open_bytes=limits.pre_open_bytes,
            settled=self._hub is not None,
        )
        if self._hub is None:
            return ChargerTLS(self.parts.creator, factory, self._reactor) if secure else factory
        return (
            StraightChargerTLS(self._hub, self.parts.creator, factory)
            if secure
            else StraightFactory(self._hub, factory)
        )

    def _admits(self, address: str) -> bool:
        """Whether an address may connect to EdgeManager, by the networks that the box stands in now."""
        return self._visitors.admit(address)

    def _know_itself(self, names: list[str], addresses: list[str]) -> None:
        """Know the box as it is now: no endpoint may be set that leads back here, and its networks may connect."""
        self._own_hosts = frozenset((*names, *addresses))
        ports = [port for ports in self.parts.ports.values() for port in ports]
        own = frozenset((host, port) for host in self._own_hosts for port in ports)
        self.parts.desk.rules = evolve(self.parts.desk.rules, own=own)
        networks = own_networks(host_interfaces())
        self._visitors = self._settings.manager.networks(networks)
        self.parts.line.networks = self._settings.listen.networks(networks)

    def _write_ports(self, ports: dict[str, list[int]]) -> None:
        path = self.parts.state.directory / PORTS
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(ports) + "\n")
        fresh.chmod(0o644)  # whatever the umask says, which twistd narrows for a daemon
        fresh.replace(path)

    def _subjects(self) -> tuple[list[str], list[str]]:
        """Names and addresses for the certificates: the configured ones, the host's, all its addresses."""
        return [*self._settings.listen.names, *host_names(), "localhost"], host_addresses()

    def _regularly(self, work: Callable[[], None]) -> None:
        """Do something that is done again and again; what breaks this time is told, and is no reason to stop."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - such as no descriptor left to ask for the box's addresses with
            self.parts.bus.publish(e.Internal("regular", type(error).__name__))
            self.parts.line.trouble(Failure())

    def _renew(self) -> None:
        """Issue leaves anew where the box's names or addresses changed, or time asks for it; and end what is over.

        Live connections keep the leaf that they have.
        """
        parts = self.parts
        parts.people.sweep()
        subjects = self._subjects()
        self._know_itself(*subjects)
        try:
            renewed = parts.authority.renewed(*subjects)
            manager = renewed_manager_leaf(renewed, parts.manager_leaf, *subjects, datetime.now(UTC))
        except AuthorityError as error:
            parts.bus.publish(e.Internal("certificate", type(error).__name__))
            return
        if renewed is not parts.authority:
            parts.authority = renewed
            parts.creator.context = server_context(renewed.leaves, note_alert)
            parts.bus.publish(e.CertificateRenewed(tuple(subjects[0])))
        if manager is not parts.manager_leaf:
            parts.manager_leaf = manager
            parts.manager_creator.context = server_context([manager], no_alert)
            parts.bus.publish(ManagerCertificateRenewed(tuple(subjects[0])))

    @inlineCallbacks
    def stopService(self) -> Any:
        """Close the listeners, end every session, flush the store: within 5 s."""
        yield super().stopService()
        parts = self.parts
        parts.watching.serving = False
        parts.bus.publish(e.Stopping(len(parts.line)))
        for call in self._regular:
            if call.running:
                call.stop()
        self._pages.stop()
        for port in self._listening:
            yield port.stopListening()
        yield parts.line.stop()
        yield parts.watching.stop()
        parts.names.stop()
        yield parts.hasher.close()
        yield parts.backups.close()
        yield parts.accounts.close()
        yield parts.store.close()
        self._end_journal()  # a disk that fails now is told in the log, not to a journal that is closed
        yield parts.journal.close()
        parts.state.close()
