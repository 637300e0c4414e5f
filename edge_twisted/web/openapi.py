"""The API's description: an OpenAPI 3.1 document, made of the table of routes."""

import re
from typing import Any, Final

import msgspec
from msgspec import Struct

from edge_twisted import __version__
from edge_twisted.web import shapes
from edge_twisted.web.routes import ACTIONS, QUERY, ROUTES, Number, Route

EVERYWHERE: Final = (400, 401, 403, 404, 405, 421, 422, 500)
"""Statuses of `Problem` that every route can have: what does not fit a route is refused, and never passed over."""

SECURITY: Final = {
    "token": {"type": "http", "scheme": "bearer", "description": "a token that an administrator made"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-edge",
        "description": "of a login; what changes something needs its cross-site token in the header X-Edge-Token",
    },
}

_PARAMETER: Final = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")
_REF: Final = "the charger's id, a unique beginning of it of at least 4 characters, or its whole OCPP id"
_REFUSED: Final = {
    400: "the body is too long, or no JSON",
    401: "nobody is known to ask, or what was shown is wrong",
    403: "the role is not enough, or the request comes from another site",
    404: "there is no such charger, or nothing at this address",
    405: "the address does not take this method",
    409: "something has to be answered or done first",
    421: "`Host` is none of this box's own names and addresses",
    422: "a value is wrong; `field` names it",
    429: "there were too many attempts; `Retry-After` says when the next one may be made",
    500: "a fault of Edge's own; its log says where",
    503: "the disk, or this box, can't do it just now",
}


def document() -> dict[str, Any]:
    """Describe the API.

    Returns:
        The OpenAPI 3.1 document.
    """
    types: list[type[Struct]] = [shapes.Problem]
    for route in ROUTES:
        types += [kind for kind in (route.takes, route.gives, route.streams) if isinstance(kind, type)]
    _, components = msgspec.json.schema_components(
        list(dict.fromkeys(types)), ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        path = "/v1" + _PARAMETER.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Edge",
            "version": __version__,
            "description": "See and set what Edge does for each charger. It listens on <state>/control.sock, for root "
            "and Edge's own user, and over HTTPS where [manager] listen says.",
        },
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": SECURITY},
    }


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "parameters": [
            *(_path_parameter(name) for name in _PARAMETER.findall(route.path)),
            *(_query_parameter(name) for name in route.query),
        ],
        "responses": {
            "200": {"description": "done", "content": _content(route.gives) | _lines(route.streams)},
            **{
                str(status): {"description": _REFUSED[status], "content": _content(shapes.Problem)}
                for status in sorted({*EVERYWHERE, *route.problems})
            },
        },
    }
    operation["x-role"] = route.role.value if route.role else "none"
    if route.role is None:
        operation["security"] = []
    if route.takes:
        needed = any(field.required for field in msgspec.structs.fields(route.takes))
        operation["requestBody"] = {"required": needed, "content": _content(route.takes)}
    return operation


def _path_parameter(name: str) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    described = {"description": _REF}
    if name == "name":
        described = {"description": "the name of an account, or the id of a session, token or message"}
    if name == "action":
        schema["enum"] = list(ACTIONS)
        described = {}
    return {"name": name, "in": "path", "required": True, **described, "schema": schema}


def _query_parameter(name: str) -> dict[str, Any]:
    known = QUERY[name]
    schema: dict[str, Any] = {"type": "string"}
    if isinstance(known, Number):
        schema = {"type": "integer", "minimum": known.least, "maximum": known.most}
    description = known.description if isinstance(known, Number) else known
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


def _content(kind: type[Struct] | str) -> dict[str, Any]:
    if isinstance(kind, str):
        return {kind: {}}
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}}


def _lines(kind: type[Struct] | None) -> dict[str, Any]:
    return {"application/x-ndjson": {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}}} if kind else {}
