"""What passing messages told, and the messages themselves, as the API gives them."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from attrs import define, evolve

from edge_twisted.core.kept import without_identity
from edge_twisted.core.layout import lay_out
from edge_twisted.core.observe import Observed
from edge_twisted.core.power import HOUR_SECONDS, HOURS, POINT_SECONDS, POINTS
from edge_twisted.core.redaction import clean
from edge_twisted.registry import Registry
from edge_twisted.store.messages import Messages, Row, Search
from edge_twisted.telling import Telling
from edge_twisted.web import message_shapes as shapes
from edge_twisted.web.asking import Asked, Query
from edge_twisted.web.bundle import Bundle
from edge_twisted.web.exporting import Export, follow
from edge_twisted.web.hints import examine
from edge_twisted.web.observed import rounded, show_observed
from edge_twisted.web.refusing import refuse
from edge_twisted.words import speech


@define
class Insight:
    """The API's side of `telling` and of the messages' store.

    Args:
        telling: what was told; None: nothing is looked at.
        messages: the store; None: messages are not kept.
        name: gives a charger's opaque id.
        secret: gives a charger's identity where it is its only secret, else nothing.
        registry: who is connected.
        time: seconds since the epoch.
        bundle: makes support bundles.
    """

    telling: Telling | None = None
    messages: Messages | None = None
    name: Callable[[bytes], str] = bytes.hex
    secret: Callable[[bytes], bytes] = bytes
    registry: Registry | None = None
    time: Callable[[], float] = float
    bundle: Bundle | None = None

    def method(self, name: str) -> Callable[[Asked], Awaitable[Any]] | None:
        """What answers a route of `MESSAGES`, by its name."""
        return getattr(self, f"_{name}", None)

    def observed(self, identity: bytes) -> shapes.Observed | None:
        """What is known of a charger from its messages."""
        charger = self.name(identity)
        found = self.telling.get(charger) if self.telling else None
        if found is None:
            return None
        now, present = self.time(), self.registry is not None and self.registry.get(charger) is not None
        hide = partial(without_identity, identity=self.secret(identity)) if self.secret(identity) else str
        return show_observed(found, now, present, hide)

    def power(self, identity: bytes) -> shapes.Power:
        """Power and energy of a charger's last 24 hours."""
        now = self.time()
        found = self.telling.get(self.name(identity)) if self.telling else None
        history = (found or Observed()).history
        return shapes.Power(
            power_from=float((int(now // POINT_SECONDS) - POINTS + 1) * POINT_SECONDS),
            power_seconds=POINT_SECONDS,
            power=rounded(history.points(now)),
            energy_from=float((int(now // HOUR_SECONDS) - HOURS + 1) * HOUR_SECONDS),
            energy_seconds=HOUR_SECONDS,
            energy=rounded(history.hours(now)),
        )

    # --- the routes --------------------------------------------------------------------------------------------------

    async def _power(self, asked: Asked) -> shapes.Power:
        return self.power(asked.charger)

    async def _messages(self, asked: Asked) -> shapes.Messages | None:
        search, store = self._search(asked), self._store()
        query = asked.query
        if query.number("follow", 0):
            after = query.number("after", -1)
            secret = self.secret(asked.charger)
            await follow(asked.request, store, search, after, lambda row: show(row, None, secret))
            return None
        after, before = query.number("after", 0), query.number("before", 0)
        found = await store.find(
            evolve(
                search,
                forward=after > 0 and not before,
                after=after,
                before=before or search.before,
                limit=query.number("limit", 100),
            )
        )
        secret = self.secret(asked.charger)
        rows = [show(row, found.answers.get(row.id), secret) for row in found.rows]
        return shapes.Messages(messages=rows, more=found.reached or None)

    async def _message(self, asked: Asked) -> shapes.OpenMessage:
        store = self._store()
        number = int(asked.name) if asked.name.isascii() and asked.name.isdigit() and len(asked.name) < 19 else 0
        found = await store.open(self.name(asked.charger), number)
        if found is None:
            raise refuse(404, "message-unknown")
        row, other = found
        hints = await store.work(partial(examine, row.kind, row.text, row.action))
        secret = self.secret(asked.charger)
        pair = other if other and other.answers == row.id else None
        return shapes.OpenMessage(
            message=show(row, pair, secret),
            layout=_hidden(lay_out(row.text), secret),
            other=show(other, row if row.answers == other.id else None, secret) if other else None,
            findings=[
                shapes.Finding(place=_hidden(hint.place, secret), sentence=_hidden(f"{said}.", secret))
                for hint in hints
                for said in (speech.hint(hint.code, hint.detail),)
            ],
        )

    async def _messages_lines(self, asked: Asked) -> None:
        await self._export(asked, "jsonl")

    async def _messages_table(self, asked: Asked) -> None:
        await self._export(asked, "csv")

    async def _export(self, asked: Asked, form: str) -> None:
        store, secret = self._store(), self.secret(asked.charger)
        search = evolve(self._search(asked), forward=True)
        await Export(asked.request, store, search, lambda row, answer: show(row, answer, secret), form).run()

    async def _bundle(self, asked: Asked) -> bytes:
        if self.bundle is None:
            raise refuse(503, "messages-off")
        data = await self.bundle.make()
        asked.request.setHeader(b"content-disposition", b'attachment; filename="edge-bundle.zip"')
        asked.request.setHeader(b"content-type", b"application/zip")
        asked.request.setHeader(b"cache-control", b"no-store")
        asked.request.setHeader(b"content-length", b"%d" % len(data))
        return data

    # --- small things ------------------------------------------------------------------------------------------------

    def _store(self) -> Messages:
        if self.messages is None:
            raise refuse(503, "messages-off")
        return self.messages

    def _search(self, asked: Asked) -> Search:
        return read_search(asked.query, self.name(asked.charger))


def read_search(query: Query, charger: str) -> Search:
    """What a query asks for.

    Args:
        query: of the request.
        charger: opaque id.

    Returns:
        The search, without what belongs to paging.

    Raises:
        Refused: 422 where a value is wrong.
    """
    source = query.text("source").decode("utf-8", "replace")
    if source not in ("", "charger", "central"):
        raise refuse(422, "source", "source")
    return Search(
        charger,
        since=float(query.number("since", 0)),
        until=float(query.number("until", 10**11)),
        source=source,
        action=query.text("action").decode("utf-8", "replace"),
        text=query.text("search").decode("utf-8", "replace"),
        errors=query.number("errors", 0) == 1,
        slow=query.number("slow", 0) / 1000,
    )


def show(row: Row, answer: Row | None, secret: bytes) -> shapes.Message:
    """One message.

    Args:
        row: the message.
        answer: its answer, where that is known.
        secret: the charger's identity where it is its only secret by now, else nothing.
    """
    return shapes.Message(
        id=row.id,
        at=row.at,
        source=row.source,
        kind=row.kind,
        uid=_hidden(clean(row.uid, 60), secret),
        action=_hidden(row.action, secret),
        answers=row.answers,
        answered_by=answer.id if answer else None,
        seconds=answer.seconds if answer else row.seconds,
        error=_hidden(clean(row.error or (answer.error if answer else ""), 60), secret),
        size=row.size,
        text=_hidden(row.text, secret),
    )


def _hidden(text: str, secret: bytes) -> str:
    return without_identity(text, secret) if secret else text
