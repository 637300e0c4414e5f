"""The API: views and office behind HTTP. Klein routes requests; whoever may connect was decided by the listener."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

import msgspec
from attrs import define, field
from klein import Klein
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from twisted.web.resource import IResource
from werkzeug.exceptions import HTTPException

from edge_twisted.core.redaction import places
from edge_twisted.store.errors import StoreError
from edge_twisted.web import shapes
from edge_twisted.web.access import Access
from edge_twisted.web.asking import Asked, Raw, read_body, read_query, read_ref
from edge_twisted.web.box import BoxView
from edge_twisted.web.caller import Caller
from edge_twisted.web.doctor import Doctor
from edge_twisted.web.events import Events
from edge_twisted.web.insight import Insight
from edge_twisted.web.office import Office
from edge_twisted.web.openapi import document
from edge_twisted.web.refusing import Refused, refuse
from edge_twisted.web.routes import ROUTES, Route
from edge_twisted.web.views import Views

JSON: Final = b"application/json"

_log = Logger(namespace="edge")


@define
class Api:
    """The routes of `ROUTES`, each answered by the method of its name.

    Args:
        views: shows chargers.
        office: changes them.
        box: the box.
        doctor: looks at what a connection needs.
        events: the journal, read and followed.
        access: who may come in.
        admit: finds out who sends a request, and refuses whoever may not.
        insight: what passing messages told, and the messages.
    """

    views: Views
    office: Office
    box: BoxView
    doctor: Doctor
    events: Events
    access: Access
    admit: Callable[[IRequest, Route], Caller]
    insight: Insight = field(factory=Insight)

    def resource(self) -> IResource:
        """What a site serves."""
        return Raw(self._routed)

    def _routed(self) -> IResource:
        app = Klein()
        app.url_map.merge_slashes = False
        for route in ROUTES:
            app.route("/v1" + route.path, methods=[route.method])(self._endpoint(route))
        app.handle_errors(HTTPException)(_http_error)
        found: IResource = app.resource()
        return found

    def _endpoint(self, route: Route) -> Callable[..., Deferred[Any]]:
        def endpoint(request: IRequest, ref: str = "", action: str = "", name: str = "") -> Deferred[Any]:
            return _carried_through(ensureDeferred(self._answer(route, request, action, name)))

        endpoint.__name__ = route.name
        return endpoint

    async def _answer(self, route: Route, request: Any, action: str, name: str) -> bytes | None:
        try:
            caller = self.admit(request, route)
            query = read_query(request, route)
            asked = Asked(request, query, caller, action=action, name=name)
            if route.takes:
                asked.body = read_body(request, route.takes)
            if "<string:ref>" in route.path:
                asked.charger = self.views.find(read_ref(request), query.number("new", 0) == 1)
            if route.streams and caller.until:
                request.notifyFinish().addBoth(_call_off, caller.until(request.transport.abortConnection))
            given = await self._method(route)(asked)
        except Refused as refused:
            if refused.retry:
                request.setHeader(b"retry-after", b"%d" % refused.retry)
            return _reply(request, refused.problem, refused.status)
        except StoreError:
            return _reply(request, refuse(503, "journal-unreadable").problem, 503)
        except Exception:  # noqa: BLE001 - the text of an exception is for no client and no log: it may quote a secret
            failure = Failure()
            kind, trace = type(failure.value).__name__, places(failure.frames)
            _log.error("The API failed at {route}: {kind} at {trace}", route=route.name, kind=kind, trace=trace)
            return _reply(request, refuse(500, "internal").problem, 500)
        return given if given is None or isinstance(given, bytes) else _reply(request, given, 200)

    def _method(self, route: Route) -> Callable[[Asked], Awaitable[Any]]:
        """What answers a route: here, or where it is looked after who may come in."""
        own: Callable[[Asked], Awaitable[Any]] | None = getattr(self, f"_{route.name}", None)
        return own or self.insight.method(route.name) or self.access.method(route.name)

    # --- chargers ----------------------------------------------------------------------------------------------------

    async def _chargers(self, asked: Asked) -> shapes.Chargers:
        return shapes.Chargers(chargers=self.views.chargers())

    async def _charger(self, asked: Asked) -> shapes.Charger:
        return self.views.charger(asked.charger)

    async def _set_uplink(self, asked: Asked) -> shapes.Charger:
        await self.office.set_uplink(asked.charger, asked.body, asked.by, asked.role)
        return self.views.charger(asked.charger)

    async def _test(self, asked: Asked) -> shapes.TestResult:
        return await self.office.test(asked.charger, asked.body, asked.role)

    async def _set_trust(self, asked: Asked) -> shapes.Charger:
        await self.office.set_trust(asked.charger, asked.body, asked.by, asked.role)
        return self.views.charger(asked.charger)

    async def _wss_only(self, asked: Asked) -> shapes.Charger:
        await self.office.set_wss_only(asked.charger, asked.body.on, asked.by)
        return self.views.charger(asked.charger)

    async def _moved(self, asked: Asked) -> shapes.Charger:
        await self.office.moved(asked.charger, asked.body, asked.by)
        return self.views.charger(asked.charger)

    async def _act(self, asked: Asked) -> shapes.Charger:
        await self.office.act(asked.charger, asked.action, asked.by)
        return self.views.charger(asked.charger)

    async def _forget(self, asked: Asked) -> shapes.Forgotten:
        return await self.office.forget(asked.charger, asked.by)

    # --- the rest ----------------------------------------------------------------------------------------------------

    async def _events(self, asked: Asked) -> shapes.Happenings | None:
        query = asked.query
        name = self.views.name(query.text("charger")) if query.text("charger") else None
        if query.number("follow", 0):
            await self.events.follow(asked.request, name, query.number("after", -1))
            return None
        return await self.events.read(query.number("after", 0), query.number("limit", 200), name)

    async def _box(self, asked: Asked) -> shapes.Box:
        return self.box.describe()

    async def _root_pem(self, asked: Asked) -> bytes:
        return _file(asked.request, b"application/x-pem-file", b"edge-root.pem", self.box.root_pem)

    async def _root_der(self, asked: Asked) -> bytes:
        return _file(asked.request, b"application/pkix-cert", b"edge-root.cer", self.box.root_der)

    async def _doctor(self, asked: Asked) -> shapes.Checks:
        return await self.doctor.examine()

    async def _openapi(self, asked: Asked) -> bytes:
        return _whole(asked.request, JSON, msgspec.json.encode(document()))


def _carried_through(working: Deferred[Any]) -> Deferred[Any]:
    """What Klein may cancel when its client leaves: the work itself goes on, since half a change is worse than none."""
    answer: Deferred[Any] = Deferred()
    working.addBoth(answer.callback)
    return answer


def _call_off(_: object, forget: Callable[[], None]) -> None:
    forget()


def _http_error(request: IRequest, failure: Any) -> bytes:
    """Nothing is at that address, or it does not take that method."""
    if failure.value.code != 405:
        return _reply(request, refuse(404, "not-found").problem, 404)
    request.setHeader(b"allow", ", ".join(sorted(failure.value.valid_methods or ())).encode("ascii"))
    return _reply(request, refuse(405, "method").problem, 405)


def _reply(request: Any, shape: object, status: int) -> bytes:
    request.setResponseCode(status, HTTPStatus(status).phrase.encode("ascii"))
    request.setHeader(b"cache-control", b"no-store")
    if status == 401:
        request.setHeader(b"www-authenticate", b"Bearer")
    return _whole(request, JSON, msgspec.json.encode(shape))


def _file(request: Any, kind: bytes, name: bytes, data: bytes) -> bytes:
    request.setHeader(b"content-disposition", b'attachment; filename="' + name + b'"')
    return _whole(request, kind, data)


def _whole(request: Any, kind: bytes, data: bytes) -> bytes:
    request.setHeader(b"content-type", kind)
    request.setHeader(b"content-length", b"%d" % len(data))
    return data
