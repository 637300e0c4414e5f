"""The page that tells why a charger does or does not come online: the connection story, live."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import define, field

from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Asked, Page, Route
from edge_twisted.store.entries import Entry
from edge_twisted.store.errors import StoreError
from edge_twisted.web import shapes
from edge_twisted.web.site.charger_frame import ChargerFrame
from edge_twisted.web.site.fresh import Fresh, is_stream
from edge_twisted.web.site.place import Door, Place
from edge_twisted.web.site.telltale import concerns, tell

OWN: Final = 300
"""Entries of the charger that are read."""
AROUND: Final = 1000
"""The latest entries, among which those without an ID are looked for."""
LINES: Final = 100
SHOWS: Final = ("", "trouble")


@define
class Story:
    """The page.

    Args:
        place: what is shown.
    """

    place: Place
    _frame: ChargerFrame = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._frame = ChargerFrame(self.place)

    def routes(self) -> tuple[Door, ...]:
        """Its pages."""
        return (Door(Route("GET", "/chargers/<string:id>/story", self.show), Role.READONLY),)

    async def show(self, asked: Asked) -> Page:
        """The page."""
        identity = self._frame.find(asked)
        charger = self.place.views.charger(identity).id
        only = asked.query.get("only", "")

        async def read() -> list[Entry] | None:
            return await self._read(charger, identity)

        fresh = Fresh(await read(), read if is_stream(asked) else None, lambda: self.place.hub.changed(charger))

        def values(_: shapes.Charger) -> Mapping[str, Any]:
            entries = fresh.now()
            lines = tell(entries or ())
            if only == "trouble":
                lines = [line for line in lines if line.tone in ("bad", "warn")]
            return {"lines": lines[:LINES], "more": len(lines) > LINES, "unreadable": entries is None, "only": only}

        return self._frame.page(asked, "story.html", "story", values, ("now", "story"))

    async def _read(self, charger: str, identity: bytes) -> list[Entry] | None:
        """All that belongs to the story, oldest first; None: the journal can't be read."""
        journal = self.place.events.journal
        try:
            own = await journal.read(0, OWN, charger)
            around = await journal.read(0, AROUND)
        except StoreError:
            return None
        addresses = self._addresses(identity)
        found = {entry.id: entry for entry in own}
        found |= {entry.id: entry for entry in around if concerns(entry, charger, addresses)}
        return [found[number] for number in sorted(found)]

    def _addresses(self, identity: bytes) -> frozenset[str]:
        """Where the charger was seen."""
        shown = self.place.views.charger(identity)
        attempt = shown.last_attempt.address if shown.last_attempt else ""
        session = shown.session.address if shown.session else ""
        return frozenset((shown.last_address or "", shown.usual_address or "", attempt, session)) - {""}
