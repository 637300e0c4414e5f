"""The only place where the parts are put together: from settings to a running Edge."""

import errno
import json
import os
import random
import secrets
import socket
import time
from collections.abc import Callable
from typing import Any, Final

from attrs import define, evolve, field
from twisted.application.service import Service
from twisted.internet.defer import inlineCallbacks
from twisted.internet.task import LoopingCall

from edge_twisted.book import Book
from edge_twisted.bus import Bus
from edge_twisted.config import Settings
from edge_twisted.core import events as e
from edge_twisted.core.brakes import Brakes
from edge_twisted.core.lane import Lane
from edge_twisted.core.networks import own_networks
from edge_twisted.core.policy import Rules
from edge_twisted.descriptors import allow, needed
from edge_twisted.desk import Desk
from edge_twisted.front import Front
from edge_twisted.journalist import Journalist
from edge_twisted.listening import BACKLOG, parse_listener
from edge_twisted.logbook import Logbook
from edge_twisted.registry import Registry
from edge_twisted.stays import LOOK_SECONDS
from edge_twisted.store.chargers import Chargers
from edge_twisted.store.errors import StateError
from edge_twisted.store.journal import Journal
from edge_twisted.store.state import State, open_state
from edge_twisted.trust.authority import Authority, AuthorityError, open_authority
from edge_twisted.trust.contexts import ClientContexts, ServerCreator, server_context
from edge_twisted.trust.host import host_addresses, host_interfaces, host_names
from edge_twisted.web.api import Api
from edge_twisted.web.box import BoxView
from edge_twisted.web.control import listen, open_socket, who
from edge_twisted.web.doctor import Doctor
from edge_twisted.web.events import Events
from edge_twisted.web.office import Office
from edge_twisted.web.views import Views
from edge_twisted.wire.charger import ChargerFactory
from edge_twisted.wire.line import Line, WireLimits
from edge_twisted.wire.names import Names
from edge_twisted.wire.neighbours import mac_of
from edge_twisted.wire.port import ChargerTLS, note_alert
from edge_twisted.wire.uplink import Dialler

RENEWAL_SECONDS: Final = 60.0
"""How often the box's names and addresses are compared with those in its certificates."""
PORTS: Final = "ports.json"


@define
class Parts:
    """Everything that runs, for the service and for tests."""

    state: State
    authority: Authority
    store: Chargers
    bus: Bus
    registry: Registry
    book: Book
    desk: Desk
    names: Names
    line: Line
    creator: ServerCreator
    journal: Journal
    ports: dict[str, list[int]] = field(factory=dict)


class EdgeService(Service):
    """Edge as a Twisted service.

    Args:
        reactor: the reactor.
        settings: the configuration.
    """

    name = "edgeproxy"
    parts: Parts
    _control: socket.socket

    def __init__(self, reactor: Any, settings: Settings) -> None:
        self._reactor = reactor
        self._settings = settings
        self._sockets: dict[str, list[socket.socket]] = {}
        self._files = 0
        self._listening: list[Any] = []
        self._regular: list[LoopingCall] = []
        self._end_journal: Callable[[], None] = lambda: None

    def open(self) -> None:
        """Open state and ports: all that a person may have to mend.

        To be called before `twistd` forks: afterwards nobody hears a daemon's last words, and the process that waits
        for it waits for ever. What is opened here survives a fork; connections wait until the service starts.

        Raises:
            SystemExit: with one line that names place and remedy.
        """
        self._files = allow(needed(self._settings.limits.connections))
        try:
            self.parts = self._build()
            for kind in ("ws", "wss"):
                self._sockets[kind] = [_bind(kind, description) for description in getattr(self._settings.listen, kind)]
            self._control = open_socket(self.parts.state.directory)
        except (StateError, AuthorityError) as error:
            raise SystemExit(f"edgeproxy: {error}") from None

    def startService(self) -> None:
        """Begin to serve."""
        super().startService()
        for kind, sockets in self._sockets.items():
            self.parts.ports[kind] = [bound.getsockname()[1] for bound in sockets]
        self._know_itself([*self.parts.ports["ws"], *self.parts.ports["wss"]])
        self.parts.names.start()
        self._serve_control()
        for kind, sockets in self._sockets.items():
            for bound in sockets:
                adopted = self._reactor.adoptStreamPort(bound.fileno(), bound.family, self._factory(kind))
                self._listening.append(adopted)
                bound.close()
        self._sockets.clear()
        for seconds, work in ((RENEWAL_SECONDS, self._renew), (LOOK_SECONDS, self.parts.desk.stays.count)):
            call = LoopingCall(work)
            call.clock = self._reactor
            call.start(seconds, now=False)
            self._regular.append(call)
        self._reactor.callWhenRunning(self._tell)

    def _serve_control(self) -> None:
        """Serve the API on the control socket, and begin the journal."""
        parts = self.parts
        events = Events(parts.journal)
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
        api = Api(views, Office(parts.desk, views, parts.line.trial), view, doctor, events, who)
        self._listening.append(listen(self._reactor, self._control, api.resource()))

    def _tell(self) -> None:
        """Say that Edge is ready; not before the reactor runs, so that whoever reads it may also stop Edge."""
        parts, ports = self.parts, self.parts.ports
        self._write_ports({**ports, "manager": []})
        parts.bus.publish(
            e.Started(tuple(ports["ws"]), tuple(ports["wss"]), parts.authority.fingerprint, len(parts.book))
        )
        connections = self._settings.limits.connections
        if self._files < needed(connections):
            parts.bus.publish(e.FilesTooFew(self._files, needed(connections), connections))

    def _build(self) -> Parts:
        settings, reactor = self._settings, self._reactor
        state = open_state(settings.state.directory, os.environ)
        authority = open_authority(state.directory, *self._subjects())
        store = Chargers(state.engine, state.vault, reactor)
        bus, registry = Bus(), Registry()
        bus.subscribe(Logbook(reactor.seconds))
        book = Book(store, state.vault.name, bus, settings.limits.chargers)
        book.load()
        kept = settings.journal
        journal = Journal(
            state.engine,
            reactor,
            days=kept.days,
            most=kept.entries,
            failed=lambda error: bus.publish(e.JournalFailed(error)),
        )
        journal.load()
        uplink, limits = settings.uplink, settings.limits
        rules = Rules(
            uplink.ws, uplink.wss, uplink.trust, uplink.secure == "always", settings.admission.mode == "approve"
        )
        brakes = Brakes(Lane(limits.unserved_dials, limits.unserved_per_hour))
        draw = random.SystemRandom().random
        desk = Desk(rules, book, bus, registry, brakes, time.time, reactor.seconds, draw, secrets.token_bytes(32))
        names = Names(reactor)
        dialler = Dialler(
            reactor, names, ClientContexts().creator, time.time, limits.message_bytes, limits.pre_open_bytes
        )
        wire_limits = WireLimits(
            limits.message_bytes,
            limits.head_seconds,
            limits.dial_seconds,
            limits.dials_seconds,
            limits.connections,
            limits.connections_per_address,
            limits.pre_open_bytes,
            limits.ping_seconds,
        )
        networks = settings.listen.networks(own_networks(host_interfaces()))
        front = Front(authority.root_pem, authority.root_der)
        line = Line(
            reactor,
            desk,
            dialler,
            wire_limits,
            networks,
            secrets.token_hex(3),
            front.answer,
            mac_of,
            lambda seconds: seconds * (1 + draw() / 2),
        )
        desk.hall.line = line
        creator = ServerCreator(server_context(authority.leaves, note_alert))
        return Parts(state, authority, store, bus, registry, book, desk, names, line, creator, journal)

    def _factory(self, kind: str) -> Any:
        limits, secure = self._settings.limits, kind == "wss"
        factory = ChargerFactory(
            self.parts.line,
            self._reactor,
            secure=secure,
            message_bytes=limits.message_bytes,
            head_seconds=limits.head_seconds,
            pre_open_bytes=limits.pre_open_bytes,
        )
        return ChargerTLS(self.parts.creator, factory, self._reactor) if secure else factory

    def _know_itself(self, ports: list[int]) -> None:
        """Let the desk know Edge's own listeners, so that no endpoint can be set that leads back here."""
        names, addresses = self._subjects()
        own = frozenset((host, port) for host in (*names, *addresses) for port in ports)
        self.parts.desk.rules = evolve(self.parts.desk.rules, own=own)

    def _write_ports(self, ports: dict[str, list[int]]) -> None:
        path = self.parts.state.directory / PORTS
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(ports) + "\n")
        fresh.chmod(0o644)  # whatever the umask says, which twistd narrows for a daemon
        fresh.replace(path)

    def _subjects(self) -> tuple[list[str], list[str]]:
        """Names and addresses for the certificates: the configured ones, the host's, all its addresses."""
        return [*self._settings.listen.names, *host_names(), "localhost"], host_addresses()

    def _renew(self) -> None:
        """Issue the leaves anew where the box's names or addresses changed; live connections keep theirs."""
        parts = self.parts
        try:
            renewed = parts.authority.renewed(*self._subjects())
        except AuthorityError as error:
            parts.bus.publish(e.Internal("certificate", type(error).__name__))
            return
        if renewed is not parts.authority:
            parts.authority = renewed
            parts.creator.context = server_context(renewed.leaves, note_alert)
            parts.bus.publish(e.CertificateRenewed(tuple(self._subjects()[0])))

    @inlineCallbacks
    def stopService(self) -> Any:
        """Close the listeners, end every session, flush the store: within 5 s."""
        yield super().stopService()
        parts = self.parts
        parts.bus.publish(e.Stopping(len(parts.line)))
        for call in self._regular:
            if call.running:
                call.stop()
        for port in self._listening:
            yield port.stopListening()
        yield parts.line.stop()
        parts.names.stop()
        yield parts.store.close()
        self._end_journal()  # a disk that fails now is told in the log, not to a journal that is closed
        yield parts.journal.close()
        parts.state.close()


def _bind(kind: str, description: str) -> socket.socket:
    """Open a port; connections wait in it until somebody serves them."""
    listener = parse_listener(description)
    bound = None
    try:
        bound = socket.socket(socket.AF_INET6 if listener.ipv6 else socket.AF_INET, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.setblocking(False)
        bound.bind((listener.interface, listener.port))
        bound.listen(listener.backlog or BACKLOG)
    except OSError as error:
        if bound is not None:
            bound.close()
        remedy = "stop what listens there, or change the port"
        if isinstance(error, PermissionError):
            remedy = "give Edge the right to bind low ports (CAP_NET_BIND_SERVICE), or choose a port above 1023"
        elif error.errno == errno.EADDRNOTAVAIL:
            remedy = "name an address of this box after interface="
        reason = error.strerror or str(error)
        raise SystemExit(f"edgeproxy: listen.{kind}: {description!r} can't be opened ({reason}); {remedy}") from None
    return bound
