"""Tests of `edge_twisted.pages.hub`: what has changed is told soon, once, and to whoever still takes it."""

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.pages import hub as hub_module
from edge_twisted.pages.hub import BEAT_SECONDS, PATIENCE_SECONDS, PAUSE_SECONDS, SHARE, Hub


class Request:
    """As much of a request as the hub needs."""

    def __init__(self) -> None:
        self.written = b""
        self.status = 200
        self.aborted = False
        self.finished = False
        self.producer: Any = None
        self.transport = self
        self._ends: list[Deferred[None]] = []

    def setHeader(self, name: bytes, value: bytes) -> None:
        """Take a header."""

    def setResponseCode(self, status: int) -> None:
        """Take the status."""
        self.status = status

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Take whom to tell of a full buffer."""
        self.producer = producer

    def unregisterProducer(self) -> None:
        """Forget him."""

    def write(self, data: bytes) -> None:
        """Take octets."""
        self.written += data

    def notifyFinish(self) -> Deferred[None]:
        """Tell of the end."""
        end: Deferred[None] = Deferred()
        self._ends.append(end)
        return end

    def finish(self) -> None:
        """End it properly."""
        self.finished = True
        for end in self._ends:
            end.callback(None)

    def abortConnection(self) -> None:
        """Cut it."""
        self.aborted = True
        self.lose()

    def lose(self) -> None:
        """The browser is gone."""
        for end in self._ends:
            end.errback(Failure(ConnectionDone()))

    @property
    def events(self) -> list[tuple[str, Any]]:
        """What was written since this was asked last."""
        lines = self.written.decode("ascii").split("\n\n")[:-1]
        self.written = b""
        found = [event.split("\n") for event in lines]
        return [(one[0].removeprefix("event: "), json.loads(one[1].removeprefix("data: "))) for one in found]


class HubTests(SynchronousTestCase):
    """A hub, and a page with two parts."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.spent = 0.0
        self.cost = 0.0
        self.hub = Hub(self.clock, "v1", lambda: 1000.0, lambda: self.spent)
        self.parts: dict[str, str] | None = {"one": "<b>1</b>", "two": "2"}
        self.drawn = 0

    def draw(self) -> dict[str, str] | None:
        """Draw the page."""
        self.drawn += 1
        self.spent += self.cost
        return None if self.parts is None else dict(self.parts)

    def listen(self, *topics: str, every: float = 0.0) -> tuple[Request, Deferred[None]]:
        """Open the page."""
        request = Request()
        return request, self.hub.listen(request, self.draw, frozenset(topics), every)

    def test_first(self) -> None:
        """A page gets everything at first: something may have changed between it and its first event."""
        request, _ = self.listen()
        hello, one, two = request.events
        self.assertEqual(hello, ("hello", {"version": "v1", "now": 1000.0}))
        self.assertEqual(one, ("part", {"name": "one", "html": "<b>1</b>"}))
        self.assertEqual(two, ("part", {"name": "two", "html": "2"}))

    def test_dismiss(self) -> None:
        """One page is told that it is no more, and closed; the others stay."""
        request, done = self.listen()
        other, _ = self.listen()
        request.events  # noqa: B018 - forgets them
        self.assertTrue(self.hub.dismiss(request))
        self.assertEqual(request.events, [("gone", {})])
        self.assertTrue(request.finished)
        self.successResultOf(done)
        self.assertFalse(self.hub.dismiss(request))
        self.assertFalse(other.finished)

    def test_changes(self) -> None:
        """Many changes come as one update, and only what differs is sent."""
        request, _ = self.listen()
        request.events  # noqa: B018 - forgets them
        assert self.parts is not None
        for number in range(500):
            self.parts["two"] = f"{number}\n\nevent: forged"
            self.hub.changed("CP-1")
        self.assertEqual(request.events, [])
        self.clock.advance(PAUSE_SECONDS)
        self.assertEqual(request.events, [("part", {"name": "two", "html": "499\n\nevent: forged"})])
        self.assertEqual(self.drawn, 2)
        self.hub.changed("CP-1")
        self.clock.advance(PAUSE_SECONDS)
        self.assertEqual((request.events, self.drawn), ([], 3))

    def test_together(self) -> None:
        """Who hears of changes within one pause, and who looks again by itself, is drawn in the same moment."""
        self.listen("CP-1")
        self.listen("CP-2")
        self.hub.changed("CP-1")
        self.clock.advance(PAUSE_SECONDS / 2)
        self.hub.changed("CP-2")
        self.assertEqual(self.drawn, 2)
        self.clock.advance(PAUSE_SECONDS / 2)
        self.assertEqual(self.drawn, 4)
        self.clock.advance(0.7)
        self.listen("A", every=2.0)
        self.clock.advance(0.5)
        self.listen("B", every=2.0)
        self.drawn = 0
        self.clock.pump([0.1] * 40)
        self.assertEqual(self.drawn, 4)

    def test_paid_back(self) -> None:
        """What drawing took is paid back by a pause, however often something changes: most of the time is free."""
        for _ in range(5):
            self.listen()
        self.spent, self.cost, begun = 0.0, 0.03, self.clock.seconds()
        for _ in range(600):
            self.hub.changed()
            self.clock.advance(0.1)
        self.assertLess(self.spent, (self.clock.seconds() - begun) / SHARE + 0.15)
        self.assertGreater(self.spent, (self.clock.seconds() - begun) / SHARE / 2)

    def test_broken_off(self) -> None:
        """Many whose pages take long are drawn in several goes, one after the other, and nobody is left out."""
        requests = [self.listen()[0] for _ in range(5)]
        for request in requests:
            request.events  # noqa: B018 - forgets them
        assert self.parts is not None
        self.parts["one"] = "new"
        self.cost = 0.15
        self.hub.changed()
        goes = []
        for _ in range(200):
            before = self.drawn
            self.clock.advance(0.1)
            goes += [self.drawn - before] * (self.drawn > before)
        self.assertEqual(goes, [2, 2, 1])
        told = [[name for name, _ in request.events if name == "part"] for request in requests]
        self.assertEqual(told, [["part"]] * 5)

    def test_cheap_behind_dear(self) -> None:
        """One that takes long is followed by those that take what it has drawn, in the same go."""
        for _ in range(5):
            self.listen()
        self.drawn, self.cost = 0, 1.0
        draw = self.draw

        def once() -> dict[str, str] | None:
            drawn, self.cost = draw(), 0.0
            return drawn

        for listener in self.hub.listeners:
            listener.draw = once
        self.hub.changed()
        self.clock.advance(PAUSE_SECONDS)
        self.assertEqual(self.drawn, 5)

    def test_topics(self) -> None:
        """A page hears of its own topic, and of what concerns all."""
        self.listen("CP-1")
        for topic, drawn in (("CP-2", 1), ("CP-1", 2), ("", 3)):
            self.hub.changed(topic)
            self.clock.advance(PAUSE_SECONDS)
            self.assertEqual(self.drawn, drawn)

    def test_slow(self) -> None:
        """A reader that takes nothing is sent nothing; when it takes something again, how things are then."""
        request, _ = self.listen()
        request.events  # noqa: B018 - reading it is the test
        assert self.parts is not None
        request.producer.pauseProducing()
        for number in range(3):
            self.parts["one"] = str(number)
            self.hub.changed()
            self.clock.advance(PAUSE_SECONDS)
        self.assertEqual((request.events, self.drawn), ([], 1))
        request.producer.resumeProducing()
        self.clock.advance(PAUSE_SECONDS)
        self.assertEqual(request.events, [("part", {"name": "one", "html": "2"})])

    def test_stuck(self) -> None:
        """One that takes nothing for long is cut."""
        request, done = self.listen()
        request.producer.pauseProducing()
        self.clock.pump([BEAT_SECONDS] * int(PATIENCE_SECONDS / BEAT_SECONDS))
        self.assertFalse(request.aborted)
        self.clock.advance(BEAT_SECONDS)
        self.assertTrue(request.aborted)
        self.successResultOf(done)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_beat(self) -> None:
        """A sign of life comes now and then."""
        request, _ = self.listen()
        request.events  # noqa: B018 - reading it is the test
        self.clock.pump([BEAT_SECONDS] * 3)
        self.assertEqual(request.events, [("beat", {})] * 3)

    def test_every(self) -> None:
        """A page that changes by time alone is drawn again by itself."""
        request, _ = self.listen(every=2.0)
        request.events  # noqa: B018 - reading it is the test
        assert self.parts is not None
        self.parts["one"] = "later"
        self.clock.pump([2.0, PAUSE_SECONDS])
        self.assertEqual(request.events, [("part", {"name": "one", "html": "later"})])

    def test_lost_in_a_go(self) -> None:
        """One that goes while others are drawn has no turn any more."""
        request, _ = self.listen()
        other, _ = self.listen()
        for listener in self.hub.listeners:
            listener.draw = lambda leaving=listener.request: other.lose() if leaving is request else request.lose()  # type: ignore[misc]  # mypy infers no lambda with defaults
        self.hub.changed()
        self.clock.advance(PAUSE_SECONDS)
        self.assertEqual(len(self.hub.listeners), 0)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_lost(self) -> None:
        """Of a page that is closed nothing is left, at whatever moment."""
        request, done = self.listen(every=1.0)
        self.hub.changed()
        request.lose()
        self.successResultOf(done)
        self.hub.changed()
        self.assertEqual((self.clock.getDelayedCalls(), self.hub.listeners), ([], set()))

    def test_too_many(self) -> None:
        """503 for more pages than there is room for; one that goes makes room."""
        self.patch(hub_module, "LISTENERS", 2)
        first, _ = self.listen()
        self.listen()
        refused, done = self.listen()
        self.assertEqual((refused.status, refused.finished), (503, True))
        self.successResultOf(done)
        first.lose()
        admitted, _ = self.listen()
        self.assertEqual(admitted.status, 200)

    def test_gone(self) -> None:
        """A page that is no more is told so, and closed."""
        request, done = self.listen()
        self.parts = None
        request.events  # noqa: B018 - reading it is the test
        self.hub.changed()
        self.clock.advance(PAUSE_SECONDS)
        self.assertEqual((request.events, request.finished), ([("gone", {})], True))
        self.successResultOf(done)
        request, done = self.listen()
        self.assertEqual([name for name, _ in request.events], ["hello", "gone"])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_broken(self) -> None:
        """A page that can't be drawn is logged, and harms nobody who tells of changes."""
        self.hub.listen(Request(), lambda: dict[str, dict[str, str]]()["no"])
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)
        self.hub.changed()
        self.clock.advance(PAUSE_SECONDS)
        self.assertEqual(len(self.flushLoggedErrors(KeyError)), 1)

    def test_stop(self) -> None:
        """All pages are closed together."""
        requests = [self.listen()[0] for _ in range(3)]
        self.hub.stop()
        self.assertTrue(all(request.finished for request in requests))
        self.assertEqual((self.clock.getDelayedCalls(), self.hub.listeners), ([], set()))
