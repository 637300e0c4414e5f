"""The journal: what happened, newest first, to be searched and leafed through."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from attrs import define, evolve, frozen

from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Asked, Page, Problem, Route
from edge_twisted.store.entries import Entry
from edge_twisted.store.errors import StoreError
from edge_twisted.web import shapes
from edge_twisted.web.events import happening
from edge_twisted.web.refusing import refuse
from edge_twisted.web.site.fresh import Fresh, is_stream
from edge_twisted.web.site.place import Door, Place, page
from edge_twisted.words.language import mark, say

HERE: Final = "/journal"
SHOWN: Final = 100
"""Entries on a page."""
LOOKED_AT: Final = 1000
"""Entries that are looked at for one page, where only some are wanted."""
EVERY_SECONDS: Final = 2.0
SEARCH_CHARACTERS: Final = 100

TROUBLE: Final = frozenset(
    {"alarm", "attempt-refused", "turned-away", "uplink-failed", "handshake-failed", "request-refused"}
    | {"login-refused", "store-failed", "journal-failed", "journal-gap", "messages-failed", "messages-missed"}
    | {"access-store-failed", "files-too-few", "internal"}
)
CHANGES: Final = frozenset(
    {"edited", "access-changed", "learned", "certificate-renewed", "manager-certificate-renewed"}
)
CONNECTIONS: Final = frozenset({"session-opened", "session-ended", "served", "started", "stopping"})
KINDS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "": (mark("Everything"), frozenset()),
    "trouble": (mark("Trouble"), TROUBLE),
    "changes": (mark("Changes"), CHANGES),
    "connections": (mark("Connections"), CONNECTIONS),
}
BAD: Final = frozenset({"alarm", "store-failed", "journal-failed", "access-store-failed", "internal"})
GOOD: Final = frozenset({"served"})


UNKNOWN: Final = mark("This charger is not known here any more. Open the journal without it.")


@frozen
class Wanted:
    """What somebody looks for.

    Args:
        kind: a word of `KINDS`.
        charger: opaque id; empty: of all.
        text: in the sentence, whatever its case; empty: any.
        before: only entries with a lower number; 0: the latest.
    """

    kind: str = ""
    charger: str = ""
    text: str = ""
    before: int = 0

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Wanted":
        """What stands in a query; what can't be meant is left out."""
        kind, before = query.get("kind", ""), query.get("before", "")
        number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else 0
        text = query.get("search", "").strip()[:SEARCH_CHARACTERS]
        return cls(kind if kind in KINDS else "", query.get("charger", "")[:64], text, number)

    def url(self, **changes: object) -> str:
        """The page for this, with changes."""
        given = {"kind": self.kind, "charger": self.charger, "search": self.text, "before": self.before, **changes}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{HERE}?{query}" if query else HERE

    def takes(self, shown: shapes.Happening) -> bool:
        """Whether an entry is among what is wanted."""
        codes = KINDS[self.kind][1]
        return (not codes or shown.code in codes) and self.text.casefold() in shown.sentence.casefold()


@frozen
class Shown:
    """What stands on a page.

    Args:
        newest: the number of the journal's newest entry when it was read.
        entries: the newest first.
        more: only entries with a lower number stand on the next page; 0: there is none.
    """

    newest: int
    entries: tuple[shapes.Happening, ...] = ()
    more: int = 0


@define
class JournalPages:
    """The page.

    Args:
        place: has the journal.
    """

    place: Place

    def routes(self) -> tuple[Door, ...]:
        """Its pages."""
        return (Door(Route("GET", HERE, self.show), Role.READONLY),)

    async def show(self, asked: Asked) -> Page:
        """The page; live where it shows the newest entries."""
        wanted = Wanted.read(asked.query)
        label = self._label(wanted.charger)
        follows = not wanted.before
        found = await self._read(wanted, Shown(self.place.events.journal.newest))

        async def again() -> Shown:
            newest = self.place.events.journal.newest
            return fresh.found if newest == fresh.found.newest else await self._read(wanted, Shown(newest))

        read = again if follows and is_stream(asked) else None
        fresh = Fresh(found, read, lambda: self.place.hub.changed(HERE))

        def values() -> dict[str, Any]:
            shown = fresh.now()
            return {
                "entries": [(one, tone(one.code)) for one in shown.entries],
                "wanted": wanted,
                "label": label,
                "kinds": [
                    (wanted.url(kind=kind, before=0), say(words), kind == wanted.kind)
                    for kind, (words, _) in KINDS.items()
                ],
                "older": wanted.url(before=shown.more) if shown.more else "",
                "follows": follows,
                "pause": wanted.url(before=shown.newest + 1),
                "newest": wanted.url(before=0),
                "everything": HERE,
            }

        parts, topics = (("entries",), frozenset({HERE})) if follows else ((), frozenset[str]())
        return page(asked, "journal.html", mark("Journal"), values, parts=parts, topics=topics, every=EVERY_SECONDS)

    async def _read(self, wanted: Wanted, empty: "Shown") -> "Shown":
        """Read what is wanted, as it was with the entry that is the newest of `empty`."""
        looked_at = LOOKED_AT if wanted.kind or wanted.text else SHOWN + 1
        entries = await self._entries(wanted, looked_at)
        found = [shown for shown in map(happening, reversed(entries)) if wanted.takes(shown)]
        shown, more = found[:SHOWN], 0
        if len(found) > SHOWN:
            more = shown[-1].id
        elif len(entries) >= looked_at:
            more = entries[0].id
        return evolve(empty, entries=tuple(shown), more=more)

    def _label(self, charger: str) -> str:
        if not charger:
            return ""
        found = self.place.views.identity(charger)
        if found is None:
            raise Problem(404, UNKNOWN)
        return self.place.desk.book.called(found)[1]

    async def _entries(self, wanted: Wanted, number: int) -> list[Entry]:
        try:
            return await self.place.events.journal.read(0, number, wanted.charger or None, wanted.before or None)
        except StoreError:
            raise refuse(503, "journal-unreadable") from None


def tone(code: str) -> str:
    """How an entry looks."""
    if code in BAD:
        return "bad"
    return "warn" if code in TROUBLE else "good" if code in GOOD else "info"
