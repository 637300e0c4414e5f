"""EdgeManager's site: all rooms behind their doors, and what every page shows around its content."""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import define, evolve, field
from twisted.web.resource import IResource

from edge_twisted.config import Settings
from edge_twisted.core.events import Event
from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Asked
from edge_twisted.pages.app import App
from edge_twisted.pages.headers import put_headers
from edge_twisted.pages.hub import Hub
from edge_twisted.pages.templates import Link
from edge_twisted.store.backups import Backups
from edge_twisted.web.api import Api
from edge_twisted.web.asking import Raw
from edge_twisted.web.refusing import Refused
from edge_twisted.web.route import Route as ApiRoute
from edge_twisted.web.site.box import BoxPages
from edge_twisted.web.site.charger import ChargerOverview
from edge_twisted.web.site.drawing import FOLDER, SiteTemplates, site_assets
from edge_twisted.web.site.entering import Entering
from edge_twisted.web.site.entrance import HOME, Entrance
from edge_twisted.web.site.journal import JournalPages
from edge_twisted.web.site.live import Live
from edge_twisted.web.site.many import ManyPages
from edge_twisted.web.site.messages import MessagePages
from edge_twisted.web.site.own import OwnPages
from edge_twisted.web.site.people import PeoplePages
from edge_twisted.web.site.place import (
    NOBODY,
    Door,
    Place,
    Room,
    caller_of,
    known_to_all,
    may,
    remember_caller,
    remember_host,
)
from edge_twisted.web.site.security import SecurityPages
from edge_twisted.web.site.settings import SettingsPages
from edge_twisted.web.site.story import Story
from edge_twisted.web.site.tongue import Tongue, language_of, page_of
from edge_twisted.web.site.trust import TrustPages
from edge_twisted.web.site.uplink import UplinkPages
from edge_twisted.web.site.uplink_acts import UplinkActs
from edge_twisted.words.language import mark, say

PRODUCT: Final = "EdgeManager"
ROOMS: Final[tuple[Callable[[Place], Room], ...]] = (
    Entering,
    OwnPages,
    Live,
    ChargerOverview,
    Story,
    MessagePages,
    PeoplePages,
    JournalPages,
    BoxPages,
    SecurityPages,
    TrustPages,
    SettingsPages,
    UplinkPages,
    UplinkActs,
    ManyPages,
    Tongue,
)
"""All rooms."""
MENU: Final = (
    ("/", mark("Live view"), Role.VIEWER),
    ("/security", mark("Security"), Role.READONLY),
    ("/journal", mark("Journal"), Role.READONLY),
    ("/box", mark("Box"), Role.VIEWER),
    ("/accounts", mark("Accounts"), Role.ADMIN),
    ("/me", mark("My account"), Role.VIEWER),
)
_ANYBODY: Final = ApiRoute("page", "GET", "", "", None, "", role=None)


class Pages(Raw):
    """Hands requests on to the pages, with the headers of every page."""

    def render(self, request: Any) -> Any:
        """Hand a request on."""
        put_headers(request)
        remember_host(request)
        return super().render(request)


@define(eq=False)
class EdgeManager:
    """The pages.

    Args:
        place: what the rooms get.

    Attributes:
        resource: what `web.manager.Front` hands requests on to.
    """

    place: Place
    resource: IResource = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.resource = Pages(self._made)

    def _made(self) -> IResource:
        """The rooms, when somebody first comes in: no charger shall wait for their making when Edge starts."""
        assets = site_assets()
        self.place.hub.version = assets.version
        templates = SiteTemplates(assets, [FOLDER / "templates"], macros=("site", "seen", "plots"), now=self.place.time)
        entrance = Entrance(self.place.access.gate, self.place.hub)
        routes = [entrance.route(door) for door in self.doors()]
        return App(templates, assets, self.place.hub, routes, self._frame, language_of).resource()

    def doors(self) -> list[Door]:
        """All ways into all rooms."""
        return [door for room in ROOMS for door in room(self.place).routes()]

    def heard(self, event: Event) -> None:
        """Something happened: live pages may show it."""
        self.place.nameless.heard(event, self.place.time())
        self.place.hub.changed(getattr(event, "charger", "") or "")

    def stop(self) -> None:
        """End all live pages."""
        self.place.hub.stop()

    def _frame(self, asked: Asked) -> Mapping[str, Any]:
        """What stands around a page; also around one that says that there is none."""
        caller = caller_of(asked)
        if caller is NOBODY:
            try:
                caller = self.place.access.gate.admit(asked.request, _ANYBODY)
            except Refused:
                caller = NOBODY
            remember_caller(asked, caller)
        path = asked.request.uri.partition(b"?")[0].decode("latin-1")
        entries = [entry for entry in MENU if may(caller, entry[2])]
        here = max((url for url, _, _ in entries if path == url or path.startswith(f"{url}/")), key=len, default="")
        if path.startswith(("/chargers/", "/many")):
            here = HOME
        menu = [Link(url, say(words), url == here) for url, words, _ in entries]
        return {"product": PRODUCT, "home": HOME, "menu": menu, "come_back": page_of(asked), **known_to_all(caller)}


def make_site(
    api: Api,
    reactor: Any,
    settings: Settings | None = None,
    now: Callable[[], float] = time.time,
    mac: Callable[[str], str] = lambda _: "",
    backups: Backups | None = None,
) -> EdgeManager:
    """Make EdgeManager's pages.

    Args:
        api: what they show and change.
        reactor: for time.
        settings: the configuration.
        now: seconds since the epoch.
        mac: gives the hardware address behind an address on the box's own segment, or nothing.
        backups: makes back-ups of the settings, where that is possible.
    """
    return EdgeManager(evolve(Place.of(api, Hub(reactor, time=now), settings, now), mac=mac, backups=backups))
