"""The only place where the parts are put together: from settings to a running Edge."""

import json
import os
import random
import secrets
import time
from typing import Any, Final

from attrs import define, evolve
from twisted.application.service import Service
from twisted.internet.defer import inlineCallbacks
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from edge_twisted.book import Book
from edge_twisted.bus import Bus
from edge_twisted.config import Settings
from edge_twisted.core import events as e
from edge_twisted.core.brakes import Brakes
from edge_twisted.core.lane import Lane
from edge_twisted.core.networks import own_networks
from edge_twisted.core.policy import Rules
from edge_twisted.desk import Desk
from edge_twisted.front import Front
from edge_twisted.listening import with_backlog
from edge_twisted.logbook import Logbook
from edge_twisted.registry import Registry
from edge_twisted.store.chargers import Chargers
from edge_twisted.store.errors import StateError
from edge_twisted.store.state import State, open_state
from edge_twisted.trust.authority import Authority, AuthorityError, open_authority
from edge_twisted.trust.contexts import ClientContexts, ServerCreator, server_context
from edge_twisted.trust.host import host_addresses, host_interfaces, host_names
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


class EdgeService(Service):
    """Edge as a Twisted service.

    Args:
        reactor: the reactor.
        settings: the configuration.
    """

    name = "edgeproxy"
    parts: Parts

    def __init__(self, reactor: Any, settings: Settings) -> None:
        self._reactor = reactor
        self._settings = settings
        self._listening: list[Any] = []
        self._renewal: LoopingCall | None = None
        self._opened = False

    def privilegedStartService(self) -> None:
        """Open state and listeners, while low ports may still be bound.

        Raises:
            SystemExit: with one line that names place and remedy.
        """
        super().privilegedStartService()
        self._open()

    def startService(self) -> None:
        """Open what is not open yet, and begin to serve."""
        self._open()
        super().startService()

    def _open(self) -> None:
        if self._opened:
            return
        self._opened = True
        try:
            self.parts = self._build()
            ports = {kind: self._listen(kind) for kind in ("ws", "wss")}
        except (StateError, AuthorityError) as error:
            raise SystemExit(f"edgeproxy: {error}") from None
        self._know_itself([*ports["ws"], *ports["wss"]])
        self._renewal = LoopingCall(self._renew)
        self._renewal.clock = self._reactor
        self._renewal.start(RENEWAL_SECONDS, now=False)
        self._reactor.callWhenRunning(self._tell, ports)

    def _tell(self, ports: dict[str, list[int]]) -> None:
        """Say that Edge is ready; not before the reactor runs, so that whoever reads it may also stop Edge."""
        parts = self.parts
        self._write_ports({**ports, "manager": []})
        parts.bus.publish(
            e.Started(tuple(ports["ws"]), tuple(ports["wss"]), parts.authority.fingerprint, len(parts.book))
        )

    def _build(self) -> Parts:
        settings, reactor = self._settings, self._reactor
        state = open_state(settings.state.directory, os.environ)
        authority = open_authority(state.directory, *self._subjects())
        store = Chargers(state.engine, state.vault, reactor)
        bus, registry = Bus(), Registry()
        bus.subscribe(Logbook(reactor.seconds))
        book = Book(store, state.vault.name, bus)
        book.load()
        uplink, limits = settings.uplink, settings.limits
        rules = Rules(
            uplink.ws, uplink.wss, uplink.trust, uplink.secure == "always", settings.admission.mode == "approve"
        )
        brakes = Brakes(Lane(limits.unserved_dials, limits.unserved_per_hour))
        draw = random.SystemRandom().random
        desk = Desk(rules, book, bus, registry, brakes, time.time, reactor.seconds, draw, secrets.token_bytes(32))
        names = Names(reactor)
        names.start()
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
        return Parts(state, authority, store, bus, registry, book, desk, names, line, creator)

    def _listen(self, kind: str) -> list[int]:
        """Open the listeners of a kind, and say which ports they took."""
        ports = []
        for description in getattr(self._settings.listen, kind):
            endpoint = serverFromString(self._reactor, with_backlog(description))
            failures: list[Failure] = []
            listening: list[Any] = []
            endpoint.listen(self._factory(kind)).addCallbacks(listening.append, failures.append)
            if failures:
                raise SystemExit(f"edgeproxy: {_why_not(kind, description, failures[0])}")
            self._listening += listening
            ports.append(listening[0].getHost().port)
        return ports

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
        if not self._opened or not hasattr(self, "parts"):
            return
        parts = self.parts
        parts.bus.publish(e.Stopping(len(parts.line)))
        if self._renewal and self._renewal.running:
            self._renewal.stop()
        for port in self._listening:
            yield port.stopListening()
        yield parts.line.stop()
        parts.names.stop()
        yield parts.store.close()
        parts.state.close()


def _why_not(kind: str, description: str, failure: Failure) -> str:
    """One line for a listener that can't be opened."""
    error = failure.value
    if isinstance(error, CannotListenError):
        reason = getattr(error.socketError, "strerror", None) or str(error.socketError)
        remedy = "stop what listens there, or change the port"
        if isinstance(error.socketError, PermissionError):
            remedy = "give Edge the right to bind low ports (CAP_NET_BIND_SERVICE), or choose a port above 1023"
        return f"listen.{kind}: {description!r} can't be opened ({reason}); {remedy}"
    return f"listen.{kind}: {description!r} can't be opened ({type(error).__name__})"
