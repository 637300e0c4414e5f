"""Who comes into a room: found out before anything is done, sent to the login where he is nobody yet."""

import re
from collections.abc import Callable
from inspect import isawaitable
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from attrs import define, evolve, field

from edge_twisted.pages.answers import Answer, Asked, Data, Redirect, Route
from edge_twisted.pages.hub import Hub
from edge_twisted.web.caller import Caller
from edge_twisted.web.gate import SAFE, Gate, cookies
from edge_twisted.web.refusing import Refused
from edge_twisted.web.route import Route as ApiRoute
from edge_twisted.web.site.place import Door, problem, remember_caller
from edge_twisted.words.language import mark

LOGIN: Final = "/login"
SET_UP: Final = "/setup"
HOME: Final = "/"
LOG_OUT: Final = "/logout"
OVER: Final = mark(
    "You are no longer logged in. That ends after a while in which nothing is asked, and when Edge is restarted."
)
NOT_DONE: Final = mark("You are no longer logged in, so nothing was changed. Log in, and do it once more.")
_PUBLIC: Final = ApiRoute("page", "GET", "", "", None, "", role=None)
_OVER: Final = b"event: gone\ndata: {}\n\n"
"""To a live page whose session is over: it loads itself again, and so comes to the login."""
_PATH: Final = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]{0,300}")


@define
class Entrance:
    """The door-keeper.

    Args:
        gate: knows everybody.
        hub: keeps pages live.
    """

    gate: Gate
    hub: Hub
    _pages: list[re.Pattern[str]] = field(init=False, factory=list)  # that can be asked for again

    def route(self, door: Door) -> Route:
        """A room's route, behind its door."""
        if door.route.method == "GET":
            self._pages.append(re.compile(re.sub("<[^>]+>", "[^/]+", door.route.path)))
        return evolve(door.route, handler=self._behind(door))

    def _behind(self, door: Door) -> Callable[[Asked], Any]:
        needed = evolve(_PUBLIC, role=door.role)

        async def handler(asked: Asked) -> Answer:
            try:
                remember_caller(asked, self.gate.admit(asked.request, _PUBLIC))
                caller = self.gate.admit(asked.request, needed)
                self._end_with(asked, caller)
                given = door.route.handler(asked)
                return await given if isawaitable(given) else given
            except Refused as refused:
                if refused.status == 401 and door.role is not None and door.route.kind == "page":
                    return self._to_login(asked)
                if refused.retry:
                    asked.request.setHeader(b"retry-after", b"%d" % refused.retry)
                raise problem(refused) from None

        return handler

    def _end_with(self, asked: Asked, caller: Caller) -> None:
        """A live page ends with the session of who reads it."""
        request = asked.request

        def end() -> None:
            if not self.hub.dismiss(request):
                request.transport.abortConnection()

        if caller.until and _is_stream(request):
            forget = caller.until(end)
            request.notifyFinish().addBoth(lambda _: forget())
            if caller.session:
                gone = self.gate.people.sessions.watch(caller.session)
                request.notifyFinish().addBoth(lambda _: gone())

    def _to_login(self, asked: Asked) -> Answer:
        """Nobody is logged in, or no longer."""
        request = asked.request
        if _is_stream(request):
            return Data(_OVER, "text/event-stream; charset=utf-8")
        if self.gate.people.setup_code:
            return Redirect(SET_UP)
        reads, out = request.method in SAFE, request.path == LOG_OUT.encode("ascii")
        path = self._page(request.uri if reads else request.getHeader(b"referer") or b"")
        url = LOGIN if path == HOME else f"{LOGIN}?{urlencode({'next': path})}"
        if reads:
            return Redirect(url, OVER if any(cookies(request)) else "", "info")
        return Redirect(LOGIN if out else url, "" if out else NOT_DONE, "bad")

    def _page(self, address: bytes) -> str:
        """The page to go on to, without a notice that was read already."""
        try:
            path, query = urlsplit(address.decode("ascii", "replace"))[2:4]
        except ValueError:
            return HOME
        if not any(page.fullmatch(path) for page in self._pages):
            return HOME
        kept = urlencode([pair for pair in parse_qsl(query) if pair[0] != "notice"])
        return safe_path(f"{path}?{kept}" if kept else path)


def safe_path(text: str) -> str:
    """A path of ours to go on to; the first page's where a text is none, or would lead elsewhere.

    Args:
        text: path and query, as somebody gave them.
    """
    path = text.partition("?")[0]
    return text if _PATH.fullmatch(text) and path not in (LOGIN, SET_UP) else HOME


def _is_stream(request: Any) -> bool:
    return b"text/event-stream" in (request.getHeader(b"accept") or b"")
