"""Live pages: server-sent events that carry the parts of a page that have changed.

Nothing is queued: a listener only remembers that something changed. When its turn comes, the page is drawn as it is
then, and what differs from what it was sent last goes out. So a slow reader costs no memory, and misses nothing.

All who wait are drawn in one go, so that what is the same for several can be drawn once. What a go took is paid back by
a pause: however many look on, the program does something else for most of the time.
"""

import json
import time
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any, Final

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IPushProducer, IReactorTime
from twisted.logger import Logger
from zope.interface import implementer

LISTENERS: Final = 100
PAUSE_SECONDS: Final = 0.4
"""From a change to the update that tells of it; what else changes meanwhile is told with it."""
GO_SECONDS: Final = 0.04
"""After which a go is broken off, since the rest of the program waits meanwhile. The turn that took longest does not
count: those behind it may take what it has drawn."""
SHARE: Final = 20
"""The pause after a go, in times of what it took: drawing has a twentieth of the processor's time at most."""
BEAT_SECONDS: Final = 15.0
PATIENCE_SECONDS: Final = 60.0
"""For a reader that takes nothing."""

Draw = Callable[[], Mapping[str, str] | None]

_log = Logger(namespace="pages")


@implementer(IPushProducer)
@define(eq=False)
class Listener:
    """One page in one browser.

    Args:
        hub: whom it belongs to.
        request: where events go.
        topics: what it wants to hear of; empty: of everything.
        draw: gives the HTML of the page's live parts, by name; None: the page is no more.
        every: seconds after which it is drawn even if nobody said that something changed; 0: never.
    """

    hub: "Hub"
    request: Any
    topics: frozenset[str]
    draw: Draw
    every: float
    done: Deferred[None] = field(factory=Deferred)
    _sent: dict[str, bytes] = field(factory=dict)
    _changed: bool = False
    _paused_at: float | None = None
    _timers: dict[str, IDelayedCall] = field(factory=dict)

    def begin(self) -> None:
        """Send everything once, so that nothing is missed between the page and its first event."""
        self.request.registerProducer(self, True)
        self.request.notifyFinish().addBoth(lambda _: self.gone())
        self._say("hello", {"version": self.hub.version, "now": round(self.hub.time(), 3)})
        self._later("beat", BEAT_SECONDS, self._beat)
        if self.every:
            self._look_later()
        self._update()

    def change(self) -> None:
        """Something has changed; it is told with what else changes in the next moment."""
        self._changed = True
        if self._paused_at is None:
            self.hub.wait(self)

    def pauseProducing(self) -> None:
        """The reader takes nothing now."""
        self._paused_at = self.hub.clock.seconds()

    def resumeProducing(self) -> None:
        """It takes something again."""
        self._paused_at = None
        if self._changed:
            self.change()

    def stopProducing(self) -> None:
        """It is gone; its request tells so, too."""

    def gone(self) -> None:
        """Forget it."""
        for timer in self._timers.values():
            if timer.active():
                timer.cancel()
        self._timers.clear()
        self.hub.forget(self)
        if not self.done.called:
            self.done.callback(None)

    def dismiss(self) -> None:
        """Tell it that its page is no more, and close it."""
        self._say("gone", {})
        self.end()

    def end(self) -> None:
        """Close it; the page comes back if it can."""
        self.request.unregisterProducer()
        self.request.finish()

    def turn(self) -> None:
        """Tell what has changed."""
        if self._changed and self._paused_at is None:
            self._changed = False
            self._update()

    def _update(self) -> None:
        try:
            parts = self.draw()
        except Exception:  # noqa: BLE001 - a page that can't be drawn must not end whoever told of the change
            _log.failure("A live page can't be drawn")
            return
        if parts is None:
            self.dismiss()
            return
        for name, html in parts.items():
            digest = blake2b(html.encode(), digest_size=16).digest()
            if self._sent.get(name) != digest:
                self._sent[name] = digest
                self._say("part", {"name": name, "html": html})

    def _say(self, event: str, data: Mapping[str, object]) -> None:
        self.request.write(f"event: {event}\ndata: {json.dumps(data)}\n\n".encode("ascii"))

    def _beat(self) -> None:
        if self._paused_at is None:
            self._say("beat", {})
        elif self.hub.clock.seconds() - self._paused_at > PATIENCE_SECONDS:
            self.request.transport.abortConnection()
            return
        self._later("beat", BEAT_SECONDS, self._beat)

    def _look_again(self) -> None:
        self.change()
        self._look_later()

    def _look_later(self) -> None:
        """All who look again that often do so in the same moment, and are drawn in one go."""
        self._later("every", self.every - self.hub.clock.seconds() % self.every, self._look_again)

    def _later(self, name: str, seconds: float, what: Callable[[], None]) -> None:
        self._timers[name] = self.hub.clock.callLater(seconds, what)


class Hub:
    """The live pages of an app.

    Args:
        clock: for time.
        version: of the app's files: a page that was made with others loads itself again.
        time: seconds since the epoch.
        meter: seconds, by which it is measured what drawing takes.

    Attributes:
        listeners: who listens now.
    """

    def __init__(
        self,
        clock: IReactorTime,
        version: str = "",
        time: Callable[[], float] = time.time,
        meter: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.clock = clock
        self.time = time
        self.version = version
        self.listeners: set[Listener] = set()
        self.meter = meter
        self._waiting: dict[Listener, None] = {}  # in their order
        self._free_at = 0.0
        self._go: IDelayedCall | None = None

    def changed(self, topic: str = "") -> None:
        """Tell that something changed.

        Args:
            topic: what; empty: something that every page may show.
        """
        for listener in self.listeners:
            if not topic or not listener.topics or topic in listener.topics:
                listener.change()

    def listen(
        self, request: Any, draw: Draw, topics: frozenset[str] = frozenset(), every: float = 0.0
    ) -> Deferred[None]:
        """Answer a page that wants to be live.

        Args:
            request: of its `EventSource`.
            draw, topics, every: as for `Listener`.

        Returns:
            Done when it is gone; it must not be answered otherwise. At once, with 503, where too many listen.
        """
        if len(self.listeners) >= LISTENERS:
            request.setResponseCode(503)
            request.setHeader(b"retry-after", b"30")
            request.finish()
            done: Deferred[None] = Deferred()
            done.callback(None)
            return done
        request.setHeader(b"content-type", b"text/event-stream; charset=utf-8")
        request.setHeader(b"x-accel-buffering", b"no")
        listener = Listener(self, request, topics, draw, every)
        self.listeners.add(listener)
        listener.begin()
        return listener.done

    def wait(self, listener: Listener) -> None:
        """Let a listener have a turn in the next go."""
        self._waiting[listener] = None
        self._plan(PAUSE_SECONDS)

    def forget(self, listener: Listener) -> None:
        """A listener is gone."""
        self.listeners.discard(listener)
        self._waiting.pop(listener, None)
        if self._go is not None and self._go.active() and not self._waiting:
            self._go.cancel()
            self._go = None

    def _plan(self, pause: float) -> None:
        if self._go is None:
            self._go = self.clock.callLater(max(pause, self._free_at - self.clock.seconds()), self._turn)

    def _turn(self) -> None:
        spent = longest = 0.0
        for listener in tuple(self._waiting):
            if spent - longest > GO_SECONDS:
                break
            if listener in self._waiting:
                del self._waiting[listener]
                began = self.meter()
                listener.turn()
                took = self.meter() - began
                spent, longest = spent + took, max(longest, took)
        self._free_at = self.clock.seconds() + SHARE * spent
        self._go = None
        if self._waiting:
            self._plan(0.0)

    def dismiss(self, request: Any) -> bool:
        """Tell one that its page is no more, such as to whoever has just logged out.

        Args:
            request: of its `EventSource`.

        Returns:
            Whether it was there.
        """
        found = next((listener for listener in self.listeners if listener.request is request), None)
        if found is not None:
            found.dismiss()
        return found is not None

    def stop(self) -> None:
        """Close all of them."""
        for listener in tuple(self.listeners):
            listener.end()
