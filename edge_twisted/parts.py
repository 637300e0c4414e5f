"""Everything that runs, made from the settings and put together; `service` starts and stops it."""

import os
import random
import secrets
import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from attrs import define, field

from edge_twisted.bus import Bus
from edge_twisted.config import Settings
from edge_twisted.core import events as e
from edge_twisted.core.brakes import Brakes
from edge_twisted.core.lane import Lane
from edge_twisted.core.networks import own_networks
from edge_twisted.core.policy import Rules
from edge_twisted.desk.book import Book
from edge_twisted.desk.desk import Desk
from edge_twisted.front import Front
from edge_twisted.logbook import Logbook
from edge_twisted.registry import Registry
from edge_twisted.store.accounts import Accounts
from edge_twisted.store.backups import Backups
from edge_twisted.store.chargers import Chargers
from edge_twisted.store.journal import Journal
from edge_twisted.store.passwords import Hasher
from edge_twisted.store.state import State, open_state
from edge_twisted.trust.authority import Authority, Leaf, open_authority
from edge_twisted.trust.contexts import ClientContexts, ServerCreator, server_context
from edge_twisted.trust.host import host_interfaces
from edge_twisted.trust.manager import open_manager_leaf
from edge_twisted.watching import Watching, make_watching
from edge_twisted.web.people import People
from edge_twisted.web.sessions import Sessions
from edge_twisted.wire.hub import Hub
from edge_twisted.wire.line import Line, WireLimits
from edge_twisted.wire.names import Names
from edge_twisted.wire.neighbours import Neighbours
from edge_twisted.wire.port import note_alert
from edge_twisted.wire.uplink import Dialler

NAMES: Final = 8192
"""Opaque ids that are kept at hand: each is asked for several times while a charger connects."""

Subjects = tuple[list[str], list[str]]
"""Names and addresses."""


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
    accounts: Accounts
    people: People
    hasher: Hasher
    manager_leaf: Leaf
    manager_creator: ServerCreator
    watching: Watching
    backups: Backups
    ports: dict[str, list[int]] = field(factory=dict)


def build(reactor: Any, settings: Settings, subjects: Subjects, hub: Hub | None = None) -> Parts:
    """Open the state, and make everything that runs; nothing of it runs yet.

    Args:
        reactor: the reactor.
        settings: the configuration.
        subjects: names and addresses for the certificates.
        hub: watches the sockets of chargers and uplinks; None: the reactor does, and Twisted's TLS is used.

    Returns:
        The parts.

    Raises:
        StateError: the state directory cannot be used.
        AuthorityError: the certificates cannot be used.
    """
    state = open_state(settings.state.directory, os.environ)
    authority = open_authority(state.directory, *subjects)
    manager_leaf = open_manager_leaf(authority, *subjects, datetime.now(UTC))
    store = Chargers(state.engine, state.vault, reactor)
    bus, registry = Bus(), Registry()
    bus.subscribe(Logbook(reactor.seconds))
    book = Book(store, lru_cache(maxsize=NAMES)(state.vault.name), bus, settings.limits.chargers)
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
    accounts = Accounts(state.engine, state.vault, reactor)
    people = People(accounts, Sessions(reactor.seconds, time.time), bus.publish, time.time)
    people.load()
    uplink, limits = settings.uplink, settings.limits
    rules = Rules(uplink.ws, uplink.wss, uplink.trust, uplink.secure == "always", settings.admission.mode == "approve")
    brakes = Brakes(Lane(limits.unserved_dials, limits.unserved_per_hour))
    draw = random.random  # spreads waits; nothing secret comes of it
    desk = Desk(rules, book, bus, registry, brakes, time.time, reactor.seconds, draw, secrets.token_bytes(32))
    names = Names(reactor)
    dialler = Dialler(
        reactor, names, ClientContexts().creator, time.time, limits.message_bytes, limits.pre_open_bytes, hub
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
    ports: dict[str, list[int]] = {}
    front = Front(authority.root_pem, authority.root_der, lambda: next(iter(ports.get("manager", ())), 0))
    line = Line(
        reactor,
        desk,
        dialler,
        wire_limits,
        networks,
        secrets.token_hex(3),
        front.answer,
        Neighbours(reactor.seconds),
        lambda seconds: seconds * (1 + draw() / 2),
        hot=hub is not None,
    )
    desk.hall.line = line
    creator = ServerCreator(server_context(authority.leaves, note_alert))
    manager_creator = ServerCreator(server_context([manager_leaf], no_alert))
    return Parts(
        state,
        authority,
        store,
        bus,
        registry,
        book,
        desk,
        names,
        line,
        creator,
        journal,
        accounts,
        people,
        Hasher(reactor),
        manager_leaf,
        manager_creator,
        make_watching(reactor, settings, state.directory, book, bus),
        Backups(
            reactor, state.directory, os.environ, settings.file, tuple(root.path for root in settings.uplink.roots)
        ),
        ports,
    )


def no_alert(*_: object) -> None:
    """A browser that doesn't know the box's root says so by an alert, at every first visit."""
