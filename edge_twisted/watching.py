"""Puts together what looks at passing messages: the live state, the store, the figures, and the API's side of them."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
from attrs import define, field
from twisted.internet.defer import Deferred, inlineCallbacks, succeed

from edge_twisted.bus import Bus
from edge_twisted.config import Settings
from edge_twisted.core.message_events import MessagesFailed, MessagesMissed
from edge_twisted.desk.archive import Archive, Usher
from edge_twisted.desk.book import Book
from edge_twisted.desk.desk import Desk
from edge_twisted.registry import Registry
from edge_twisted.store.files import MESSAGES
from edge_twisted.store.journal import Journal
from edge_twisted.store.messages import Messages, Row
from edge_twisted.telling import Telling
from edge_twisted.web.box import BoxView
from edge_twisted.web.bundle import Bundle, show_settings
from edge_twisted.web.events import happening
from edge_twisted.web.health import Page, health_pages, make_site
from edge_twisted.web.insight import Insight, show
from edge_twisted.web.metrics import TYPE, Figures, Happened, make_metrics
from edge_twisted.web.views import Views

ENTRIES = 1000
"""Entries of the journal in a bundle."""


@define(eq=False)
class Watching:
    """All of it. Made before `twistd` forks; threads begin when they are needed.

    Args:
        reactor: the reactor.
        settings: the configuration.
        telling: what messages told.
        messages: the store, or None.
        happened: counted events.
    """

    reactor: Any
    settings: Settings
    telling: Telling
    messages: Messages | None
    happened: Happened
    serving: bool = False
    _ends: list[Callable[[], None]] = field(factory=list)

    def insight(self, views: Views, box: BoxView, journal: Journal) -> Insight:
        """The API's side.

        Args:
            views: knows the chargers.
            box: tells about the box.
            journal: what happened.
        """
        desk = views.desk

        def line(row: Row) -> object:
            known = views.identity(row.charger)
            told = show(row, None, desk.book.secret(known) if known else b"")
            return {"charger": row.charger, **msgspec.to_builtins(told)}

        async def told_box() -> object:
            return box.describe()

        async def settings() -> object:
            return show_settings(self.settings)

        async def chargers() -> object:
            return views.chargers()

        async def entries() -> object:
            return [happening(entry) for entry in await journal.read(limit=ENTRIES)]

        contents = {"box.json": told_box, "settings.json": settings, "chargers.json": chargers, "journal.json": entries}
        messages = self.messages

        def pack(job: Callable[[], bytes]) -> Deferred[bytes]:
            return messages.work(job) if messages else succeed(job())

        bundle = Bundle(contents, messages, line, time.time, pack)
        book = desk.book
        return Insight(self.telling, messages, book.name, book.secret, desk.registry, time.time, bundle)

    def health(self) -> dict[bytes, Any]:
        """`/healthz` and `/readyz`, by path."""
        return health_pages(lambda: self.serving)

    def site(self, registry: Registry, known: Callable[[], int]) -> Any:
        """What answers `metrics.listen`.

        Args:
            registry: who is connected.
            known: gives how many chargers are remembered.
        """
        give = make_metrics(Figures(registry, self.telling, self.messages, self.happened, known, time.time))
        return make_site({**self.health(), b"/metrics": Page(lambda: (200, give()), TYPE)}, self.reactor)

    def start(self, bus: Bus, desk: Desk) -> None:
        """Hear of sessions and messages from now on."""
        self._ends += [bus.subscribe(Usher(desk.hall, self.telling)), bus.subscribe(self.happened)]
        desk.passed = self.telling.passed
        self.serving = True

    @inlineCallbacks
    def stop(self) -> Any:
        """Write what is left; once no session stands any more."""
        for end in self._ends:
            end()
        self.telling.stop()
        if self.messages:
            yield self.messages.close()


def make_watching(reactor: Any, settings: Settings, directory: Any, book: Book, bus: Bus) -> Watching:
    """Make it, and take back what was known before. Blocks.

    Args:
        reactor: the reactor.
        settings: the configuration.
        directory: of the state.
        book: knows which identities are secret.
        bus: hears of trouble with the disk.
    """
    kept, messages = settings.messages, None
    if kept.keep:
        messages = Messages(
            directory / MESSAGES,
            reactor,
            days=kept.days,
            megabytes=kept.megabytes,
            failed=lambda error: bus.publish(MessagesFailed(error)),
            missed=lambda count: bus.publish(MessagesMissed(count)),
        )
    archive = Archive(messages, book.secret) if messages else None
    telling = Telling(reactor, time.time, archive)
    if messages:
        telling.load(messages.load())
    return Watching(reactor, settings, telling, messages, Happened())
