"""Hears what the sandbox's ends tell, and waits for it."""

from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater

from edge_twisted.sandbox.happenings import Happening

BOUND = 20.0

T = TypeVar("T", bound=Happening)


class Ears:
    """Takes happenings.

    Attributes:
        heard: all so far, in order.
    """

    def __init__(self) -> None:
        self.heard: list[Happening] = []
        self._waiting: list[tuple[type[Happening], int, Deferred[Happening]]] = []

    def __call__(self, happening: Happening) -> None:
        """Take a happening; whoever waits for it goes on later, not within the call of who tells it."""
        from twisted.internet import reactor

        self.heard.append(happening)
        for one in list(self._waiting):
            kind, number, waiting = one
            if len(self.all(kind)) >= number:
                self._waiting.remove(one)
                reactor.callLater(0, waiting.callback, happening)

    def all(self, kind: type[T]) -> list[T]:
        """Those of one kind."""
        return [happening for happening in self.heard if isinstance(happening, kind)]

    async def next(self, kind: type[T], number: int = 1) -> T:
        """Wait for the first, or the `number`-th, of a kind."""
        from twisted.internet import reactor

        if len(self.all(kind)) < number:
            waiting: Deferred[Happening] = Deferred()
            self._waiting.append((kind, number, waiting))
            waiting.addTimeout(BOUND, reactor)
            await waiting
        return self.all(kind)[number - 1]


async def tick() -> None:
    """Let the reactor run."""
    from twisted.internet import reactor

    await deferLater(reactor, 0)
