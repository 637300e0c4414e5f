"""Tests of the reader of Edge's API, against a stand-in on a UNIX socket."""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectError
from twisted.trial.unittest import TestCase
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from edge_twisted.sandbox.demo import control as module
from edge_twisted.sandbox.demo.control import Control, ControlError, Event, Follower
from tests.sandbox.ears import tick


class Api(Resource):
    """A stand-in for the API: answers with what it is given, and keeps its followers.

    Attributes:
        asked: the paths that were asked for.
        following: the requests that follow.
        answers: status and body by path.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.following: list[Any] = []
        self.answers: dict[str, tuple[int, bytes]] = {}

    def render_GET(self, request: Any) -> Any:
        """Answer."""
        path = request.uri.decode()
        self.asked.append(path)
        if path.startswith("/v1/events"):
            self.following.append(request)
            request.notifyFinish().addErrback(lambda _: self.following.remove(request))
            return NOT_DONE_YET
        status, body = self.answers.get(path, (404, b"{}"))
        request.setResponseCode(status)
        return body


def event(number: int, at: float = 100.0) -> bytes:
    """An event as a line."""
    return json.dumps({"id": number, "at": at, "code": "x", "charger": None, "fields": {}, "sentence": "…"}).encode()


class ControlTests(TestCase):
    """Asking, and following."""

    timeout = 30

    def setUp(self) -> None:
        from twisted.internet import reactor

        folder = tempfile.TemporaryDirectory(prefix="edge-test-")  # a UNIX socket's path has to be short
        self.addCleanup(folder.cleanup)
        self.state = Path(folder.name)
        self.api = Api()
        self.reactor: Any = reactor
        self.control = Control(reactor, self.state)
        self.patch(module, "AGAIN_SECONDS", 0.01)

    def listen(self) -> Any:
        """Open the socket; it closes with the test."""
        site = Site(self.api)
        site.noisy = False
        port = self.reactor.listenUNIX(str(self.state / "control.sock"), site)
        self.addCleanup(port.stopListening)
        return port

    def follow(self, hear: Callable[[Event], None], since: float = 0.0) -> Follower:
        """Follow until the test ends."""
        follower = Follower(self.control, since, hear)
        self.addCleanup(self.settle)
        self.addCleanup(follower.stop)
        follower.start()
        return follower

    async def settle(self) -> None:
        """Wait until nobody follows any more."""
        while self.api.following:
            await tick()

    async def asks(self, number: int = 1) -> Any:
        """Wait for the `number`-th question, and for somebody who follows."""
        while len(self.api.asked) < number or not self.api.following:
            await tick()
        return self.api.following[-1]

    async def test_get(self) -> None:
        """An answer is read as JSON."""
        self.listen()
        self.api.answers["/v1/box"] = (200, b'{"version":"1"}')
        self.assertEqual(await self.control.get("/v1/box"), {"version": "1"})

    async def test_get_fails(self) -> None:
        """Another status, a body that is no JSON or too long, and nobody there: each fails."""
        with self.assertRaises(ConnectError):
            await self.control.get("/v1/box")
        self.listen()
        with self.assertRaises(ControlError):
            await self.control.get("/v1/nothing")
        self.api.answers["/v1/box"] = (200, b"nonsense")
        with self.assertRaises(ValueError):
            await self.control.get("/v1/box")
        self.api.answers["/v1/box"] = (200, b"1" * (module.LONGEST + 1))
        with self.assertRaises(ControlError):
            await self.control.get("/v1/box")

    async def test_follows(self) -> None:
        """Events are heard one by one, however the lines are cut."""
        self.listen()
        heard: list[int] = []
        self.follow(lambda event: heard.append(event["id"]))
        request = await self.asks()
        self.assertEqual(self.api.asked, ["/v1/events?follow=1&after=0"])
        text = b"\n".join((event(1), event(2), b"", event(3), b""))
        for place in range(0, len(text), 7):
            request.write(text[place : place + 7])
            await tick()
        while len(heard) < 3:
            await tick()
        self.assertEqual(heard, [1, 2, 3])

    async def test_waits_for_edge(self) -> None:
        """Where Edge is not there yet, it is asked again until it is."""
        heard: Deferred[Event] = Deferred()
        self.follow(heard.callback)
        await tick()
        self.listen()
        (await self.asks()).write(event(1) + b"\n")
        self.assertEqual((await heard)["id"], 1)

    async def test_asks_again(self) -> None:
        """Where the answer breaks off, the next question begins behind the last event."""
        self.listen()
        heard: list[int] = []
        self.follow(lambda event: heard.append(event["id"]))
        first = await self.asks()
        first.write(event(7) + b"\n" + event(8)[:10])
        while heard != [7]:
            await tick()
        first.transport.abortConnection()
        second = await self.asks(2)
        self.assertEqual(self.api.asked[1], "/v1/events?follow=1&after=7")
        second.write(event(8) + b"\n")
        while heard != [7, 8]:
            await tick()

    async def test_nonsense(self) -> None:
        """A line that is no event, or without an end, is no reason to stop: Edge is asked again."""
        self.listen()
        self.follow(lambda event: None)
        (await self.asks(1)).write(b"1\n")
        (await self.asks(2)).write(b"x" * (module.LONGEST + 1))
        await self.asks(3)

    async def test_since(self) -> None:
        """What happened before the beginning is left out."""
        self.listen()
        heard: list[int] = []
        self.follow(lambda event: heard.append(event["id"]), since=50.0)
        (await self.asks()).write(event(1, 49.9) + b"\n" + event(2, 50.0) + b"\n")
        while not heard:
            await tick()
        self.assertEqual(heard, [2])

    async def test_stop(self) -> None:
        """After the end nothing is heard, and nobody is asked again."""
        self.listen()
        heard: list[Event] = []
        follower = self.follow(heard.append)
        request = await self.asks()
        follower.stop()
        request.write(event(1) + b"\n")
        await self.settle()
        self.assertEqual((heard, len(self.api.asked)), ([], 1))

    async def test_stop_while_nobody_is_there(self) -> None:
        """The end comes at any moment, also while Edge is not there."""
        follower = self.follow(lambda event: None)
        await tick()
        follower.stop()
        await tick()
        self.assertFalse(os.listdir(self.state))
