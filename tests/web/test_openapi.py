"""Tests of `edge_twisted.web.openapi` and `routes`: the description against the routes, and itself."""

import re
from typing import Any

import msgspec
from jsonschema import Draft202012Validator

from edge_twisted import __version__
from edge_twisted.core.accounts import Token
from edge_twisted.core.roles import Role
from edge_twisted.web import shapes
from edge_twisted.web.openapi import document
from edge_twisted.web.routes import ACTIONS, QUERY, ROUTES
from tests.access import account
from tests.web.asked import ApiCase


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of each."""
    return [(path, method, one) for path, methods in document()["paths"].items() for method, one in methods.items()]


def references(found: Any) -> list[str]:
    """All that a description refers to."""
    if isinstance(found, dict):
        own = [found["$ref"]] if "$ref" in found else []
        return own + [one for value in found.values() for one in references(value)]
    return [one for value in found for one in references(value)] if isinstance(found, list) else []


class DocumentTests(ApiCase):
    """The OpenAPI document; that real answers fit it is looked at in every test of the API (`ApiCase.check`)."""

    def test_served(self) -> None:
        """It is served as it is made, names itself OpenAPI 3.1, and Edge's version."""
        told = self.get("/openapi.json")
        self.assertEqual(told, document())
        self.assertEqual((told["openapi"], told["info"]["version"]), ("3.1.0", __version__))

    def test_every_route(self) -> None:
        """It has every route and no other; each has a name of its own and a sentence."""
        told = {(path, method) for path, method, _ in operations()}
        routes = {
            ("/v1" + re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", route.path), route.method.lower()) for route in ROUTES
        }
        self.assertEqual(told, routes)
        names = [one["operationId"] for _, _, one in operations()]
        self.assertEqual(len(set(names)), len(ROUTES))
        for _, _, one in operations():
            self.assertRegex(one["summary"], r"\A[A-Z].*\.\Z")

    def test_answered(self) -> None:
        """Every route is answered by a method of the API, and by the app: nothing of the description is 404 or 405."""
        self.remember_charger()
        for path, method, _ in operations():
            asked = path.replace("{ref}", "CP001").replace("{action}", "pin").replace("{name}", self.named(path))
            told = self.call(method.upper(), asked, {"on": True} if "wss-only" in asked else None)
            self.assertNotIn(told.status, (404, 405, 500), f"{method} {path}")
            self.remember_charger()
        for route in ROUTES:
            self.assertTrue(callable(self.api._method(route)))

    def named(self, path: str) -> str:
        """The name of something that is there."""
        self.get("/box")
        if "accounts" in path:
            self.access.people.store.write_now(account("anna", Role.ADMIN), account("ben", Role.VIEWER))
        else:
            self.access.people.store.write_now(Token("t1", "meters", Role.VIEWER, b"digest", 0.0))
        self.access.people.load()
        return "ben" if "accounts" in path else "t1"

    def remember_charger(self) -> None:
        """Let there be a charger."""
        if b"CP001" not in self.book:
            self.absent_charger()

    def test_schemas(self) -> None:
        """Its schemas are JSON Schema of 2020-12, and everything that it refers to is there."""
        schemas = document()["components"]["schemas"]
        for name, schema in schemas.items():
            Draft202012Validator.check_schema(schema)
            if schema.get("type") == "object":
                self.assertIs(schema["additionalProperties"], False, name)
        self.assertEqual({one.rpartition("/")[2] for one in references(document())} - set(schemas), set())

    def test_parameters(self) -> None:
        """Every parameter of a path is described, and every one of a query that is known is used somewhere."""
        used = set()
        for path, _, one in operations():
            told = {(parameter["in"], parameter["name"]) for parameter in one["parameters"]}
            self.assertEqual({name for where, name in told if where == "path"}, set(re.findall(r"\{(\w+)\}", path)))
            used |= {name for where, name in told if where == "query"}
        self.assertEqual(used, set(QUERY))
        placed = [p for _, _, one in operations() for p in one["parameters"] if p["in"] == "path"]
        [action] = [parameter for parameter in placed if parameter["name"] == "action"]
        self.assertEqual(action["schema"]["enum"], list(ACTIONS))

    def test_bounds(self) -> None:
        """What the description bounds, the API takes up to the bound and not beyond."""
        for name in ("after", "limit", "follow"):
            [parameter, *_] = [p for _, _, one in operations() for p in one["parameters"] if p["name"] == name]
            least, most = parameter["schema"]["minimum"], parameter["schema"]["maximum"]
            for value, good in ((least - 1, False), (least, True), (most, name != "follow"), (most + 1, False)):
                if (name, value) != ("follow", 1):
                    status = self.call("GET", f"/v1/events?{name}={value}").status
                    self.assertEqual(status == 200, good, f"{name}={value}")

    def test_bodies(self) -> None:
        """A body that the schema takes is taken, and one that it refuses is refused, field by field."""
        whole = document()
        schema = {"$ref": "#/components/schemas/UplinkChange", "components": whole["components"]}
        validator = Draft202012Validator(schema)
        bodies: list[Any] = [
            {},
            {"endpoint": None},
            {"endpoint": "wss://x"},
            {"endpoint": 1},
            {"password": None},
            {"shows": "same"},
            {"shows": "x"},
            {"clear_secret": "x"},
            {"x": 1},
            [],
        ]
        for body in bodies:
            data = msgspec.json.encode(body)
            try:
                msgspec.json.decode(data, type=shapes.UplinkChange)
                taken = True
            except msgspec.ValidationError:
                taken = False
            self.assertEqual(validator.is_valid(body), taken, body)

    def test_no_body(self) -> None:
        """A body that may be left out is told to be so: an empty one is an object without fields."""
        told = {
            one["operationId"]: one["requestBody"]["required"] for _, _, one in operations() if "requestBody" in one
        }
        self.assertEqual((told["set_uplink"], told["wss_only"], told["login"]), (False, True, True))
        self.remember_charger()
        self.assertEqual(self.call("PUT", "/v1/chargers/CP001/uplink").status, 200)
        self.assertEqual(self.call("POST", "/v1/chargers/CP001/wss-only").status, 422)

    def test_lines(self) -> None:
        """Events are described both as a whole and line by line."""
        [events] = [one for path, _, one in operations() if path == "/v1/events"]
        self.assertEqual(set(events["responses"]["200"]["content"]), {"application/json", "application/x-ndjson"})
