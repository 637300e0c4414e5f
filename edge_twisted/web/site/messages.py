"""The messages of a charger: paired, searched, followed; one of them opened, with what the OCPP schemas find."""

import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from attrs import define, field

from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Asked, Page, Route
from edge_twisted.pages.templates import Link
from edge_twisted.store.errors import StoreError
from edge_twisted.web import message_shapes as shapes
from edge_twisted.web.refusing import Refused, refuse
from edge_twisted.web.shapes import Charger
from edge_twisted.web.site.charger_frame import ChargerFrame, trail_of, url_of
from edge_twisted.web.site.exchanges import exchanges_of
from edge_twisted.web.site.fresh import Fresh, is_stream
from edge_twisted.web.site.place import Door, Place
from edge_twisted.words.language import mark, say

SHOWN: Final = 100
"""Messages of one page."""
EVERY_SECONDS: Final = 1.0
SLOW_MS: Final = 2000
TEXT: Final = 50_000
"""Characters of one message that are shown; the export has all that is kept."""
SOURCES: Final = (
    ("", mark("From both sides")),
    ("charger", mark("From the charger")),
    ("central", mark("From the central system")),
)
FILTERS: Final = ("search", "action", "source", "errors", "slow")


@define
class MessagePages:
    """The pages.

    Args:
        place: what is shown.
    """

    place: Place
    _frame: ChargerFrame = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._frame = ChargerFrame(self.place)

    def routes(self) -> tuple[Door, ...]:
        """Its pages."""
        path = "/chargers/<string:id>/messages"
        return (
            Door(Route("GET", path, self.show), Role.READONLY),
            Door(Route("GET", f"{path}/<string:number>", self.open), Role.READONLY),
        )

    async def show(self, asked: Asked) -> Page:
        """The list."""
        identity, filters, before = self._frame.find(asked), filters_of(asked.query), before_of(asked.query)

        async def read() -> shapes.Messages | str:
            return await self._read(asked, identity, filters, before)

        charger = self.place.views.charger(identity).id
        follows = not before
        again = read if follows and is_stream(asked) else None
        fresh = Fresh(await read(), again, lambda: self.place.hub.changed(charger))

        def values(_: Charger) -> Mapping[str, Any]:
            found = fresh.now()
            messages = found.messages if isinstance(found, shapes.Messages) else []
            newest = messages[-1].id if messages else 0
            return {
                "exchanges": exchanges_of(messages),
                "trouble": found if isinstance(found, str) else "",
                "follows": follows,
                "filters": filters,
                "filtered": any(filters.values()),
                "sources": [(value, say(words)) for value, words in SOURCES],
                "pause": address_of(filters, newest + 1),
                "newest": address_of(filters),
                "earlier": address_of(filters, found.more) if isinstance(found, shapes.Messages) and found.more else "",
                "query": urlencode({name: value for name, value in filters.items() if value}),
            }

        parts = ("messages",) if follows else ()
        return self._frame.page(asked, "messages.html", "messages", values, parts, every=EVERY_SECONDS)

    async def _read(
        self, asked: Asked, identity: bytes, filters: Mapping[str, str], before: int
    ) -> shapes.Messages | str:
        """Messages, or a sentence why there are none to be had."""
        query = {name: value for name, value in filters.items() if value} | {"limit": str(SHOWN)}
        if before:
            query["before"] = str(before)
        method = self.place.insight.method("messages")
        assert method is not None
        try:
            found: shapes.Messages = await method(self.place.of_api(asked, charger=identity, query=query))
        except Refused as refused:
            return refused.problem.message
        except StoreError:
            return refuse(503, "journal-unreadable").problem.message
        return found

    async def open(self, asked: Asked) -> Page:
        """One message."""
        identity, number = self._frame.find(asked), asked.path["number"]
        method = self.place.insight.method("message")
        if method is None or not re.fullmatch("[0-9]{1,18}", number):
            raise refuse(404, "message-unknown")
        try:
            given: shapes.OpenMessage = await method(self.place.of_api(asked, charger=identity, name=number))
            pair = [given]
            if given.other is not None:
                pair.append(await method(self.place.of_api(asked, charger=identity, name=str(given.other.id))))
        except StoreError:
            raise refuse(503, "journal-unreadable") from None
        pair.sort(key=lambda one: one.message.id)

        def values(charger: Charger) -> Mapping[str, Any]:
            list_url = url_of(charger.id, "/messages")
            return {
                "trail": trail_of(charger, Link(list_url, say("Messages"))),
                "pair": [(one, text_of(one.layout)) for one in pair],
                "seconds": given.message.seconds,
                "list_url": list_url,
            }

        return self._frame.page(asked, "message.html", "messages", values)


def filters_of(query: Mapping[str, str]) -> dict[str, str]:
    """What is looked for, from a page's query; what makes no sense is left out.

    Args:
        query: of the request.
    """
    source = query.get("source", "")
    return {
        "search": query.get("search", "").strip()[:100],
        "action": query.get("action", "").strip()[:100],
        "source": source if source in ("charger", "central") else "",
        "errors": "1" if query.get("errors") == "1" else "",
        "slow": str(SLOW_MS) if query.get("slow") else "",
    }


def before_of(query: Mapping[str, str]) -> int:
    """Before which message the page ends; 0: it follows."""
    number = query.get("before", "")
    return int(number) if re.fullmatch("[1-9][0-9]{0,17}", number) else 0


def address_of(filters: Mapping[str, str], before: int = 0) -> str:
    """A page of the list, from another.

    Args:
        filters: what is looked for.
        before: as in `before_of`.
    """
    given = {**filters, "before": str(before) if before else ""}
    return "?" + urlencode({name: value for name, value in given.items() if value})


def text_of(text: str) -> str:
    """As much of a text as is shown."""
    return text if len(text) <= TEXT else f"{text[:TEXT]}\n…"
