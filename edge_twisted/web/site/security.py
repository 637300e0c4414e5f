"""Security: one list, what would help most first, each with its next step; and how to trust the box."""

from typing import Any, Final

from attrs import define

from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Asked, Page, Route
from edge_twisted.store.entries import Entry
from edge_twisted.store.errors import StoreError
from edge_twisted.web.events import happening
from edge_twisted.web.refusing import refuse
from edge_twisted.web.site.advice import advise, counted
from edge_twisted.web.site.fresh import Fresh, is_stream
from edge_twisted.web.site.place import Door, Place, caller_of, page
from edge_twisted.words.language import mark

HERE: Final = "/security"
LOOKED_AT: Final = 1000
"""Entries of the journal."""
SECONDS: Final = 7 * 86400.0
"""How far back the page looks."""
EVERY_SECONDS: Final = 5.0
SHOWN: Final = 20
"""Happenings of one kind."""
SECRETS_WRONG: Final = frozenset({"password-wrong", "password-missing", "throttled"})
CLASHES: Final = frozenset({"clash", "rival", "earlier-password", "moved", "stopped-showing", "user-is-another"})
Looked = tuple[int, list[Entry]]
"""The number of the journal's newest entry, and what was found up to it."""


@define
class SecurityPages:
    """The page.

    Args:
        place: what is shown.
    """

    place: Place

    def routes(self) -> tuple[Door, ...]:
        """Its pages."""
        return (Door(Route("GET", HERE, self.show), Role.READONLY),)

    async def show(self, asked: Asked) -> Page:
        """The page."""
        caller = caller_of(asked)

        async def again() -> Looked:
            return fresh.found if fresh.found[0] == self.place.events.journal.newest else await self._look()

        fresh = Fresh(await self._look(), again if is_stream(asked) else None, lambda: self.place.hub.changed(HERE))

        def values() -> dict[str, Any]:
            since = self.place.time() - SECONDS
            recent = [entry for entry in fresh.now()[1] if entry.at >= since]
            clashes = [entry for entry in recent if not is_attempt(entry)]
            attempts = [entry for entry in recent if is_attempt(entry)]
            chargers = self.place.views.chargers()
            return {
                "advice": advise(self.place, caller, chargers, clashes, attempts),
                "clashes": [happening(entry) for entry in clashes[:SHOWN]],
                "attempts": [happening(entry) for entry in attempts[:SHOWN]],
                "attempts_count": counted(attempts),
                "waiting": [charger for charger in chargers if charger.state == "waiting"],
                "approving": self.place.desk.rules.approve,
                "certificate": self.place.box.certificate(),
                "chargers": len(chargers),
            }

        return page(
            asked,
            "security.html",
            mark("Security"),
            values,
            parts=("advice", "recent"),
            topics=frozenset({HERE}),
            every=EVERY_SECONDS,
        )

    async def _look(self) -> Looked:
        """Read the journal: what matters here of its latest entries, the newest first."""
        journal = self.place.events.journal
        newest = journal.newest
        try:
            read = await journal.read(0, LOOKED_AT)
        except StoreError:
            raise refuse(503, "journal-unreadable") from None
        return newest, [entry for entry in reversed(read) if is_attempt(entry) or is_clash(entry)]


def is_clash(entry: Entry) -> bool:
    """Whether an entry tells of somebody with another's identity."""
    return entry.code == "alarm" and entry.fields.get("what") in CLASHES


def is_attempt(entry: Entry) -> bool:
    """Whether an entry tells of somebody who was not let in because of what he showed."""
    if entry.code == "attempt-refused":
        return entry.fields.get("cause") in SECRETS_WRONG
    return entry.code == "login-refused"
