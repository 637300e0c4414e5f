"""What the tests of the API share: the API over a real desk, asked by HTTP in memory; every answer is checked."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import msgspec
from attrs import define, field, frozen
from jsonschema import Draft202012Validator
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from edge_twisted.core.events import Edited
from edge_twisted.core.policy import Dial, Refusal
from edge_twisted.core.record import Record
from edge_twisted.core.roles import Role
from edge_twisted.core.steps import Answered, End, Opened, Result, Tried
from edge_twisted.journalist import Journalist
from edge_twisted.store.entries import Entry, Query
from edge_twisted.trust.authority import Authority, open_authority
from edge_twisted.web import shapes
from edge_twisted.web.api import Api
from edge_twisted.web.box import BoxView
from edge_twisted.web.caller import Caller
from edge_twisted.web.control import ControlSite
from edge_twisted.web.doctor import Doctor
from edge_twisted.web.events import Events
from edge_twisted.web.office import Office
from edge_twisted.web.openapi import document
from edge_twisted.web.views import Views
from tests.access import make_access
from tests.scene import NOW, DeskCase, at_door, name_of

SECRET: Final = b"entered-secret-4711"
"""S."""
OWN: Final = b"own-secret-0815"
"""What the charger itself shows."""
CP001: Final = name_of(b"CP001")
"""The opaque id of the usual charger."""
PORTS: Final = {"ws": [80], "wss": [443]}


@define
class MemoryJournal:
    """A journal without a disk.

    Args:
        clock: gives seconds since the epoch.
        slow: a test wants to answer what is read itself, by `answer`.
        fault: what reading fails with.
    """

    clock: Callable[[], float]
    slow: bool = False
    fault: Exception | None = None
    entries: list[Entry] = field(factory=list)
    asked: list[tuple[Query, Deferred[list[Entry]], list[Entry]]] = field(factory=list)

    @property
    def newest(self) -> int:
        """The number of the newest entry."""
        return self.entries[-1].id if self.entries else 0

    def append(self, code: str, charger: str | None, fields: Any) -> Entry:
        """Add an entry."""
        entry = Entry(self.newest + 1, self.clock(), code, charger, dict(fields))
        self.entries.append(entry)
        return entry

    def read(
        self, after: int = 0, limit: int = 200, charger: str | None = None, before: int | None = None
    ) -> Deferred[list[Entry]]:
        """Read entries as they are now, also where the answer comes later."""
        done: Deferred[list[Entry]] = Deferred()
        if self.fault:
            done.errback(self.fault)
        else:
            self.asked.append((Query(after, before, charger, limit), done, list(self.entries)))
            if not self.slow:
                self.answer()
        return done

    def answer(self) -> None:
        """Answer what was asked first."""
        query, done, entries = self.asked.pop(0)
        done.callback(query.pick(entries))


@frozen
class Told:
    """An answer.

    Args:
        status: of HTTP.
        headers: by name in lower case.
        data: the body.
    """

    status: int
    headers: dict[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.data)

    @property
    def refusal(self) -> tuple[int, str, str | None]:
        """Status, word and field of a refusal."""
        return self.status, self.json["error"], self.json.get("field")


class Wire(StringTransport):
    """One connection in memory; it can be cut."""

    aborted = False

    def abortConnection(self) -> None:
        """It is cut."""
        self.aborted = True

    def pause(self) -> None:
        """The other end takes nothing for now."""
        assert self.producer
        self.producer.pauseProducing()

    def resume(self) -> None:
        """It takes something again."""
        assert self.producer
        self.producer.resumeProducing()


class ApiCase(DeskCase):
    """The API over a desk with a memory store and a scripted wire.

    Attributes:
        trials: what was dialled for a test, as (dial, segment).
        result: what such a dial comes to; None: nothing yet, `trial_done` has the Deferred.
    """

    def setUp(self) -> None:
        super().setUp()
        self.trials: list[tuple[Dial, bytes]] = []
        self.result: Result | None = Opened("ocpp1.6")
        self.trial_done: Deferred[Result] = Deferred()
        self.reactor = Clock()
        self.journal = MemoryJournal(self.time)
        self.names: dict[str, Deferred[Any]] = {}
        self.whole_document = document()

    def make(self) -> Api:
        """The API as service.py makes it."""
        views = Views(self.desk, self.registry)
        events = Events(self.journal)  # type: ignore[arg-type]  # as much of it as is needed
        self.desk.bus.subscribe(Journalist(events.append, lambda: self.now))
        self.box = BoxView(
            "/state", authority, lambda: self.desk.rules, self.registry, lambda: len(self.book), self.time, PORTS
        )
        doctor = Doctor(
            lambda: self.desk.rules, self.look_up, self.trial, self.box.certificate, PORTS, self.time, self.reactor
        )
        self.access = make_access(self.time, lambda: self.now, self.desk.bus.publish)
        office = Office(self.desk, views, self.trial)
        return Api(views, office, self.box, doctor, events, self.access, lambda *_: Caller("control", Role.ADMIN, "0"))

    def time(self) -> float:
        """Seconds since the epoch."""
        return NOW + self.now

    def look_up(self, name: str) -> Deferred[Any]:
        """Resolve a name."""
        return self.names.get(name) or succeed(["192.0.2.1"])

    def trial(self, dial: Dial, segment: bytes) -> Deferred[Result]:
        """Dial for a test."""
        self.trials.append((dial, segment))
        return self.trial_done if self.result is None else succeed(self.result)

    # --- asking ------------------------------------------------------------------------------------------------------

    @property
    def site(self) -> ControlSite:
        """The site, one per test."""
        if not hasattr(self, "_site"):
            self.api = self.make()
            self._site = ControlSite(self.api.resource(), self.reactor)
        return self._site

    def connected(self) -> tuple[Any, Wire]:
        """A connection to the site."""
        channel, wire = self.site.buildProtocol(None), Wire()
        assert channel is not None
        channel.makeConnection(wire)
        return channel, wire

    def begin(self, method: str, path: str, body: object = None, *headers: str) -> tuple[Any, Wire]:
        """Send a request and take nothing yet; see `call`."""
        channel, wire = self.connected()
        data = encoded(body)
        head = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(data)}", *headers]
        channel.dataReceived("\r\n".join([*head, "", ""]).encode("latin-1") + data)
        return channel, wire

    def call(self, method: str, path: str, body: object = None, *headers: str) -> Told:
        """Ask, and check the answer against the API's own description, and for secrets.

        Args:
            method: of HTTP.
            path: with the query.
            body: octets, or something that JSON can carry.
            headers: more of them.

        Returns:
            The answer.
        """
        _, wire = self.begin(method, path, body, *headers)
        told = parse(wire.value())
        self.assertNotIn("server", told.headers)
        self.check(method, path, told)
        return told

    def check(self, method: str, path: str, told: Told) -> None:
        """Look at an answer: is it as described, and does it hold no secret?"""
        for secret in (SECRET, OWN):
            for form in (secret, secret.hex().encode(), base64.b64encode(b"CP001:" + secret)):
                self.assertNotIn(form, told.data, path)
        responses = self.described(method, path)
        if responses is None:
            self.assertEqual(msgspec.json.decode(told.data, type=shapes.Problem).error in ("not-found", "method"), True)
            return
        self.assertIn(str(told.status), responses, f"{method} {path}")
        [(kind, content)] = [
            (kind, content)
            for kind, content in responses[str(told.status)]["content"].items()
            if kind == told.headers["content-type"]
        ]
        if "schema" in content:
            whole = {**content["schema"], "components": self.whole_document["components"]}
            Draft202012Validator(whole).validate(told.json)

    def described(self, method: str, path: str) -> dict[str, Any] | None:
        """The answers that the description has for a request; None where it has no such request."""
        for template, operations in self.whole_document["paths"].items():
            pattern = "".join(
                part
                if not part.startswith("{")
                else {"{action}": "(?!wss-only|test|forget|uplink|moved)[a-z-]+"}.get(part, "[^/]+")
                for part in re.split(r"(\{\w+\})", template)
            )
            if re.fullmatch(pattern, path.partition("?")[0]) and method.lower() in operations:
                answers: dict[str, Any] = operations[method.lower()]["responses"]
                return answers
        return None

    # --- shortcuts ---------------------------------------------------------------------------------------------------

    def get(self, path: str) -> Any:
        """GET below `/v1`: the JSON of a good answer."""
        told = self.call("GET", "/v1" + path)
        self.assertEqual(told.status, 200, told.data)
        return told.json

    def put(self, body: object, ref: str = "CP001") -> Told:
        """Set a charger's uplink."""
        return self.call("PUT", f"/v1/chargers/{ref}/uplink", body)

    def post(self, action: str, body: object = None, ref: str = "CP001") -> Told:
        """Do something with a charger."""
        return self.call("POST", f"/v1/chargers/{ref}/{action}", body)

    def known_charger(self, password: bytes | None = OWN, **attempt: Any) -> str:
        """Let the usual charger be served; the session's name."""
        return self.serve(at_door(password, **attempt))

    def absent_charger(self, password: bytes | None = OWN, **attempt: Any) -> Record:
        """Let the usual charger be served and leave."""
        self.leave(self.known_charger(password, **attempt))
        return self.known()

    def edits(self) -> list[tuple[str, str, str, str]]:
        """What was changed so far: what, by whom, before, now."""
        return [(edit.what, edit.by, edit.old, edit.new) for edit in self.seen(Edited)]

    def turned_away_by(self, status: int, *, password: bytes | None = None, **attempt: Any) -> None:
        """Let somebody come whom the central system turns away everywhere."""
        name, plan = self.planned(at_door(password, **attempt))
        tried = tuple(Tried(dial, Answered(status)) for dial in plan.dials)
        self.desk.ended(name, End("turned-away", tried, refusal=Refusal(status, "turned-away")), 0.0)


def encoded(body: object) -> bytes:
    """A body as octets."""
    return body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()


def parse(data: bytes) -> Told:
    """Read one whole answer, chunked or not."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    assert "Unknown" not in first, first  # a status that Twisted has no words for
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = b"".join(chunks(body))
    return Told(int(first.split()[1]), headers, body)


def chunks(data: bytes) -> Iterator[bytes]:
    """The pieces of a chunked body, as far as they came."""
    while data:
        size, _, data = data.partition(b"\r\n")
        yield data[: int(size, 16)]
        data = data[int(size, 16) + 2 :]


@lru_cache
def authority() -> Authority:
    """An authority; making its keys takes a moment, so all tests share one."""
    return open_authority(Path(mkdtemp(dir=".")), ["edge.lan"], ["192.168.1.2"])
