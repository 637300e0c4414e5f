"""Messages as files and as lines without end; nobody's memory grows by a client that reads slowly."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from attrs import define, evolve, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

from edge_twisted.store.errors import StoreError
from edge_twisted.store.messages import Messages, Row, Search
from edge_twisted.web import message_shapes as shapes
from edge_twisted.web.refusing import refuse

PAGE: Final = 200
"""Messages that are read at once."""
EXPORTS: Final = 4
"""Exports at once."""
BACKLOG_BYTES: Final = 1 << 20
"""What may pass while a client that follows takes nothing; more, and it is dropped."""
COLUMNS: Final = ("id", "time", "source", "kind", "action", "seconds", "error", "answers", "uid", "size", "text")

Show = Callable[[Row, Row | None], shapes.Message]


@implementer(IPushProducer)
@define(eq=False)
class Tap:
    """Tells whether a client takes anything just now.

    Args:
        request: the client's.
    """

    request: Any
    gone: bool = False
    _clogged: bool = False
    _waiting: list[Deferred[None]] = field(factory=list)

    def open(self) -> None:
        """Begin."""
        self.request.notifyFinish().addBoth(lambda _: self.stopProducing())
        self.request.registerProducer(self, True)

    def pauseProducing(self) -> None:
        """It takes nothing now."""
        self._clogged = True

    def resumeProducing(self) -> None:
        """It takes something again."""
        self._clogged = False
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.callback(None)

    def stopProducing(self) -> None:
        """It is gone."""
        self.gone = True
        self.resumeProducing()

    @property
    def clogged(self) -> bool:
        """Whether it takes nothing now."""
        return self._clogged

    async def ready(self) -> bool:
        """Wait until it takes something; whether it is still there."""
        if self._clogged and not self.gone:
            waiting: Deferred[None] = Deferred()
            self._waiting.append(waiting)
            await waiting
        return not self.gone


_running: list["Export"] = []


@define(eq=False)
class Export:
    """One file that is being sent.

    Args:
        request: where it goes.
        store: the messages.
        search: which of them; from the first on.
        show: makes a shape of a message and its answer.
        form: `jsonl` or `csv`.
    """

    request: Any
    store: Messages
    search: Search
    show: Show
    form: str

    async def run(self) -> None:
        """Send the file.

        Raises:
            Refused: 503 where too many are being sent.
            StoreError: the store can't be read; nothing was sent.
        """
        if len(_running) >= EXPORTS:
            raise refuse(503, "not-yet")
        _running.append(self)
        try:
            await self._run()
        finally:
            _running.remove(self)

    async def _run(self) -> None:
        request, search = self.request, evolve(self.search, limit=PAGE)
        found = await self.store.find(search)
        kind = b"text/csv; charset=utf-8" if self.form == "csv" else b"application/x-ndjson"
        request.setHeader(b"content-type", kind)
        request.setHeader(b"cache-control", b"no-store")
        request.setHeader(b"content-disposition", f'attachment; filename="messages.{self.form}"'.encode())
        tap = Tap(request)
        tap.open()
        if self.form == "csv":
            request.write(_line(COLUMNS))
        while await tap.ready():
            for row in found.rows:
                request.write(self._text(self.show(row, found.answers.get(row.id))))
            if not found.reached:
                break
            try:
                found = await self.store.find(evolve(search, after=found.reached))
            except StoreError:
                request.transport.abortConnection()  # half a file must not look like a whole one
                return
        if not tap.gone:
            request.unregisterProducer()

    def _text(self, message: shapes.Message) -> bytes:
        if self.form == "jsonl":
            return msgspec.json.encode(message) + b"\n"
        at = datetime.fromtimestamp(message.at, UTC).isoformat(timespec="milliseconds")
        words = (message.source, message.kind, message.action, message.seconds, message.error, message.answers)
        return _line((message.id, at, *words, message.uid, message.size, message.text))


def _line(cells: tuple[object, ...]) -> bytes:
    """A line of CSV; what a spreadsheet would take for a formula is a text."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(
        f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells
    )
    return line.getvalue().encode("utf-8")


async def follow(
    request: Any, store: Messages, search: Search, after: int, show: Callable[[Row], shapes.Message]
) -> None:
    """Send messages as lines of JSON as they pass, until the client is gone.

    Args:
        request: the client's.
        store: the messages.
        search: which of them.
        after: begin behind this number; -1: with what passes from now on.
        show: makes a shape of a message.
    """
    request.setHeader(b"content-type", b"application/x-ndjson")
    request.setHeader(b"cache-control", b"no-store")
    tap = Tap(request)
    tap.open()
    request.write(b"")
    held: list[Row] = []
    live = False
    waiting = 0
    last = after if after >= 0 else store.newest

    def write(row: Row) -> None:
        nonlocal waiting, last
        line = msgspec.json.encode(show(row)) + b"\n"
        waiting = waiting + len(line) if tap.clogged else 0
        if waiting > BACKLOG_BYTES:
            request.transport.abortConnection()
        elif row.id > last and not tap.gone:
            last = row.id
            request.write(line)

    def hear(rows: list[Row]) -> None:
        wanted = [row for row in rows if search.matches(row)]
        if not live:
            held.extend(wanted[: PAGE + 1 - len(held)])
            return
        for row in wanted:
            write(row)

    end = store.follow(hear)
    try:
        while after >= 0 and await tap.ready():
            if len(held) > PAGE:
                held.clear()  # they are on the disk by now
            found = await store.find(evolve(search, forward=True, after=last, limit=PAGE))
            for row in found.rows:
                write(row)
            last = max(last, found.reached)
            if not found.reached and len(held) <= PAGE:
                break
        live = True
        for row in held:
            write(row)
        if not tap.gone:
            gone: Deferred[None] = Deferred()
            request.notifyFinish().addBoth(lambda _: gone.callback(None))
            await gone
    finally:
        end()
