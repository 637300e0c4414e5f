"""The journal over HTTP: read, and followed line by line; a client that does not keep up is dropped."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from attrs import asdict, define, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from edge_twisted.store.journal import Entry, Journal
from edge_twisted.web import shapes
from edge_twisted.words.speech import sentence

PAGE: Final = 1000
"""Events that are read at once."""
BACKLOG_BYTES: Final = 1 << 20
"""What may happen while a client that follows takes nothing; more, and it is dropped: nobody waits for it."""


@implementer(IPushProducer)
@define(eq=False)
class Follower:
    """One client that follows.

    It is told what the journal holds, page by page as it takes them, until nothing happens while a page is read; from
    then on it is told each event as it happens.

    Args:
        request: where the lines go.
        journal: what happened before.
        charger: only events of this charger, or all.
        last: the id of the last event that it was told, or shall not be told.
    """

    request: Any
    journal: Journal
    charger: str | None
    last: int
    _keeps_up: bool = True
    _reading: bool = False
    _missed: bool = False
    _clogged: bool = False
    _waiting: int = 0
    _gone: bool = False

    def catch_up(self) -> None:
        """Tell what the journal holds behind the last event that was told."""
        self._keeps_up, self._missed, self._reading = False, False, True
        self.journal.read(self.last, PAGE, self.charger).addCallbacks(self._read, lambda _: self.drop())

    def _read(self, entries: list[Entry]) -> None:
        self._reading = False
        for entry in entries:
            if self._gone or self._clogged:
                return
            self._write(entry)
        if self._missed or len(entries) == PAGE:
            self.catch_up()
        else:
            self._keeps_up = True

    def tell(self, entry: Entry) -> None:
        """Tell one event as it happens, in order and once.

        Args:
            entry: the event.
        """
        if self._gone or self.charger not in (None, entry.charger):
            return
        if self._clogged:
            self._waiting += len(_line(entry))
            if self._waiting > BACKLOG_BYTES:
                self.drop()
                return
        if self._keeps_up:
            self._write(entry)
        else:
            self._missed = True

    def _write(self, entry: Entry) -> None:
        if entry.id > self.last:
            self.last = entry.id
            self.request.write(_line(entry))

    def pauseProducing(self) -> None:
        """The client takes nothing now."""
        self._clogged = True

    def resumeProducing(self) -> None:
        """It takes lines again."""
        self._clogged, self._waiting = False, 0
        if not self._keeps_up and not self._reading:
            self.catch_up()

    def stopProducing(self) -> None:
        """It is gone."""
        self._gone = True

    def drop(self) -> None:
        """Be rid of a client that does not keep up."""
        if not self._gone:
            self._gone = True
            self.request.transport.abortConnection()


@define
class Events:
    """Reads the journal for clients.

    Args:
        journal: keeps events.
    """

    journal: Journal
    _followers: list[Follower] = field(init=False, factory=list)

    async def read(self, after: int, limit: int, charger: str | None) -> shapes.Happenings:
        """Read events.

        Args:
            after: only those with a larger id: the earliest; 0: the latest.
            limit: how many at most.
            charger: only those of this charger, by its opaque id.

        Returns:
            The events, newest last.
        """
        entries = await self.journal.read(after, limit, charger)
        return shapes.Happenings(events=[happening(entry) for entry in entries])

    def follow(self, request: Any, charger: str | None, after: int) -> Deferred[None]:
        """Send events as lines of JSON, without end.

        Args:
            request: the client's.
            charger: only events of this charger, or all.
            after: begin behind this id with what is in the journal (0: with its latest `PAGE`); -1: with what comes.

        Returns:
            Fires when the client is gone.
        """
        request.setHeader(b"content-type", b"application/x-ndjson")
        request.setHeader(b"cache-control", b"no-store")
        follower = Follower(request, self.journal, charger, self.journal.newest if after < 0 else after)
        self._followers.append(follower)
        gone: Deferred[None] = Deferred()
        request.notifyFinish().addBoth(lambda _: self._left(follower)).addBoth(lambda _: gone.callback(None))
        request.write(b"")
        request.registerProducer(follower, True)
        if after >= 0:
            follower.catch_up()
        return gone

    def _left(self, follower: Follower) -> None:
        follower.stopProducing()
        if follower in self._followers:
            self._followers.remove(follower)

    def append(self, code: str, charger: str | None, fields: Mapping[str, object]) -> None:
        """Write an event to the journal, and tell it to those who follow.

        Args:
            code: as `Event.code`.
            charger: opaque id, or None.
            fields: what belongs to it.
        """
        entry = self.journal.append(code, charger, fields)
        for follower in tuple(self._followers):
            follower.tell(entry)


def happening(entry: Entry) -> shapes.Happening:
    """An entry of the journal with its sentence."""
    return shapes.Happening(
        **asdict(entry),
        sentence=sentence(entry.code, {"charger": entry.charger, **entry.fields}),
    )


def _line(entry: Entry) -> bytes:
    return msgspec.json.encode(happening(entry)) + b"\n"
