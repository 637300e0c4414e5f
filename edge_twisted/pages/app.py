"""An app of pages: its routes behind Klein, its answers put into HTTP."""

import json
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from inspect import isawaitable
from typing import Any, Final
from urllib.parse import quote, unquote

from klein import Klein
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import Logger
from twisted.web.resource import IResource
from werkzeug.exceptions import HTTPException

from edge_twisted.pages.answers import Answer, Asked, Data, Page, Problem, Redirect, Route
from edge_twisted.pages.assets import FOR_GOOD, Assets
from edge_twisted.pages.forms import BadForm, read_query
from edge_twisted.pages.hub import Hub
from edge_twisted.pages.notices import Notices
from edge_twisted.pages.templates import Templates
from edge_twisted.words.language import ENGLISH, mark, say, speaking, spoken

NOT_HERE: Final = mark("There is no such page. Go back, or begin at the first page.")
FAILED: Final = mark("This page failed, and nothing more was done. The log of this program says why.")
OTHER_METHOD: Final = mark("This address does not take that method. It takes {methods}.")
TITLES: Final = {
    404: mark("Not found"),
    405: mark("Not possible here"),
    413: mark("Too long"),
    500: mark("Something went wrong"),
}
"""Of pages that say what can't be done."""

IMPOSSIBLE: Final = mark("This was not possible")

_log = Logger(namespace="pages")


class App:
    """Answers requests.

    Args:
        templates: draws pages.
        assets: the static files.
        hub: keeps pages live.
        routes: all ways to ask.
        frame: gives what every page shows around its content: `product`, `home`, `menu`.
        language: in which somebody is answered, by his request.

    Attributes:
        notices: what changes came to.
    """

    def __init__(
        self,
        templates: Templates,
        assets: Assets,
        hub: Hub,
        routes: Iterable[Route],
        frame: Callable[[Asked], Mapping[str, Any]],
        language: Callable[[Any], str] = lambda _: ENGLISH,
    ) -> None:
        self.notices = Notices()
        self._templates = templates
        self._assets = assets
        self._hub = hub
        self._frame = frame
        self._language = language
        self._klein = Klein()
        self._klein.url_map.merge_slashes = False
        static = Route("GET", f"{assets.prefix}<string:name>", self._asset)
        icon = Route("GET", "/favicon.ico", self._icon)
        for number, route in enumerate((static, icon, *routes)):
            self._klein.route(route.path, methods=[route.method])(self._endpoint(route, number))
        self._klein.handle_errors(HTTPException)(self._http_error)

    def resource(self) -> IResource:
        """What a `PagesSite` serves."""
        found: IResource = self._klein.resource()
        return found

    def _endpoint(self, route: Route, number: int) -> Callable[..., Deferred[Any]]:
        def endpoint(request: Any, **variables: str) -> Deferred[Any]:
            decoded = {name: unquote(value, errors="backslashreplace") for name, value in variables.items()}
            asked = Asked(request, decoded, read_query(request))
            with speaking(self._language(request)):
                return _carried_through(ensureDeferred(self._answer(route, asked)))

        endpoint.__name__ = f"route_{number}"
        return endpoint

    async def _answer(self, route: Route, asked: Asked) -> bytes | None:
        try:
            given = route.handler(asked)
            answer: Answer = await given if isawaitable(given) else given
            return await self._put(asked, answer)
        except BadForm as bad:
            return self._problem(route.kind, asked, Problem(bad.status, bad.why))
        except Problem as problem:
            return self._problem(route.kind, asked, problem)
        except Exception:  # noqa: BLE001 - whatever it is, the reader gets a page, and the log the reason
            _log.failure("A page failed: {method} {path}", method=route.method, path=route.path)
            return self._problem(route.kind, asked, Problem(500, FAILED))

    async def _put(self, asked: Asked, answer: Answer) -> bytes | None:
        request = asked.request
        match answer:
            case Redirect():
                request.setResponseCode(303)
                request.setHeader(b"location", self._onward(answer).encode("ascii"))
                return b""
            case Data():
                request.setResponseCode(answer.status)
                for name, value in answer.headers.items():
                    request.setHeader(name.encode("ascii"), value.encode("ascii"))
                return _whole(request, answer.kind, answer.data)
            case Page() if answer.parts and b"text/event-stream" in (request.getHeader(b"accept") or b""):
                language = spoken()
                await self._hub.listen(request, lambda: self._parts(answer, language), answer.topics, answer.every)
                return None
        request.setResponseCode(answer.status, HTTPStatus(answer.status).phrase.encode("ascii"))
        notice = self.notices.get(asked.query.get("notice", ""))
        live = request.uri.decode("ascii", "replace") if answer.parts and request.method == b"GET" else ""
        return self._draw(asked, answer.template, {"notice": notice, "live": live, **_form(answer), **answer.values()})

    def _parts(self, page: Page, language: str) -> Mapping[str, str] | None:
        """The live parts as they are now; None: the page is no more."""
        try:
            with speaking(language):
                return self._templates.parts(page.template, page.parts, **page.values())
        except Problem:
            return None

    def _draw(self, asked: Asked, template: str, values: Mapping[str, Any]) -> bytes:
        shown = {"tabs": (), "trail": (), "notice": None, "live": "", "made": self._hub.time()}
        shown |= {**self._frame(asked), **values}
        return _whole(asked.request, "text/html; charset=utf-8", self._templates.render(template, **shown))

    def _onward(self, redirect: Redirect) -> str:
        if not redirect.text:
            return redirect.url
        path, question, query = redirect.url.partition("?")
        notice = quote(self.notices.put(redirect.tone, say(redirect.text)))
        return f"{path}?{query + '&' if question else ''}notice={notice}"

    def _problem(self, kind: str, asked: Asked, problem: Problem) -> bytes:
        asked.request.setResponseCode(problem.status, HTTPStatus(problem.status).phrase.encode("ascii"))
        if kind == "json":
            told: dict[str, object] = {"error": problem.why}
            if problem.name:
                told["field"] = problem.name
            return _whole(asked.request, "application/json", json.dumps(told | problem.more).encode("ascii"))
        title = say(TITLES.get(problem.status, IMPOSSIBLE))
        return self._draw(asked, "problem.html", {"title": title, "why": problem.why})

    def _http_error(self, request: Any, failure: Any) -> bytes:
        """Nothing is at that address, or it does not take that method."""
        kind = "json" if request.path.startswith(b"/api/") else "page"
        with speaking(self._language(request)):
            if failure.value.code != 405:
                return self._problem(kind, Asked(request), Problem(404, NOT_HERE))
            methods = ", ".join(sorted(failure.value.valid_methods or ()))
            request.setHeader(b"allow", methods.encode("ascii"))
            opened = kind == "page" and request.method in (b"GET", b"HEAD")  # by a person, such as from a bookmark
            why = NOT_HERE if opened else say(OTHER_METHOD).format(methods=methods)
            return self._problem(kind, Asked(request), Problem(405, why))

    def _icon(self, asked: Asked) -> Data:
        """What a browser asks for by itself where no page names an icon."""
        return self._asset(Asked(asked.request, {"name": self._assets.named("icon.svg")}))

    def _asset(self, asked: Asked) -> Data:
        asset = self._assets.files.get(asked.path["name"])
        if asset is None:
            raise Problem(404, NOT_HERE)
        return Data(asset.data, asset.kind, {"cache-control": FOR_GOOD})


def _form(page: Page) -> dict[str, Any]:
    return {} if page.form is None else {"form": page.form}


def _carried_through(working: Deferred[Any]) -> Deferred[Any]:
    """What Klein may cancel when its client leaves: the work itself goes on, since half a change is worse than none."""
    answer: Deferred[Any] = Deferred()
    working.addBoth(answer.callback)
    return answer


def _whole(request: Any, kind: str, data: bytes) -> bytes:
    request.setHeader(b"content-type", kind.encode("ascii"))
    request.setHeader(b"content-length", b"%d" % len(data))
    return data
