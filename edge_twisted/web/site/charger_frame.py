"""What all pages of one charger have in common: how it is found, its head and its tabs."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import define

from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Asked, Page
from edge_twisted.pages.templates import Link
from edge_twisted.web import shapes
from edge_twisted.web.refusing import refuse
from edge_twisted.web.site.place import Place, caller_of, may, page
from edge_twisted.web.site.states import charger_leg, state_of, troubles_of, uplink_leg
from edge_twisted.words.language import mark, say

TABS: Final = (
    ("overview", "", mark("Overview"), Role.VIEWER),
    ("story", "/story", mark("Story"), Role.READONLY),
    ("messages", "/messages", mark("Messages"), Role.READONLY),
    ("settings", "/settings", mark("Settings"), Role.READONLY),
)
"""Name, path, words, and who may see it."""
EVERY_SECONDS: Final = 2.0


def url_of(charger: str, below: str = "") -> str:
    """Where a charger's page is.

    Args:
        charger: its opaque id.
        below: path below its first page, with a slash before it.
    """
    return f"/chargers/{charger}{below}"


def trail_of(charger: shapes.Charger | None = None, *more: Link) -> tuple[Link, ...]:
    """The way to a charger's page.

    Args:
        charger: None: the page is a charger's first.
        more: what lies between.
    """
    first = Link("/", say("Live view"))
    return (first, *more) if charger is None else (first, Link(url_of(charger.id), charger.label), *more)


@define
class ChargerFrame:
    """Makes pages of one charger; their templates extend `charger.html`.

    Args:
        place: what is shown.
    """

    place: Place

    def find(self, asked: Asked) -> bytes:
        """The identity of the charger in the path `/chargers/<string:id>...`.

        Raises:
            Refused: there is none of that id.
        """
        return self.place.views.find(asked.path["id"].encode("utf-8", "replace"))

    def page(
        self,
        asked: Asked,
        template: str,
        tab: str,
        values: Callable[[shapes.Charger], Mapping[str, Any]] = lambda _: {},
        parts: tuple[str, ...] = (),
        *,
        every: float = EVERY_SECONDS,
        **more: Any,
    ) -> Page:
        """Make a page of a charger; its head is live.

        Args:
            asked: the request.
            template: which.
            tab: name of the tab that it belongs to.
            values: gives what it shows beside the head.
            parts: further live parts.
            every: seconds after which it is drawn anew, whatever happens.
            more: as for `place.page`.
        """
        identity = self.find(asked)
        charger_id, caller = self.place.views.charger(identity).id, caller_of(asked)

        def given() -> Mapping[str, Any]:
            if identity not in self.place.desk.book and not self.place.desk.visitors.get(identity):
                raise refuse(404, "charger-unknown", "charger")  # it was forgotten while its page was open
            charger = self.place.views.charger(identity)
            troubles = troubles_of(charger)
            return {
                "title": charger.label,
                "trail": trail_of(),
                "tabs": [
                    Link(url_of(charger.id, path), say(words), name == tab)
                    for name, path, words, role in TABS
                    if may(caller, role)
                ],
                "charger": charger,
                "state": state_of(charger),
                "troubles": troubles,
                "charger_leg": charger_leg(charger),
                "uplink_leg": uplink_leg(charger),
                "dashboard": self.place.settings.uplink.dashboard,
                **values(charger),
            }

        topics = frozenset((charger_id,))
        return page(asked, template, tab, given, parts=("state", *parts), topics=topics, every=every, **more)
