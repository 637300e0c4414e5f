"""One epoll below the reactor."""

import socket
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.trial.unittest import TestCase

from edge_twisted.wire.hub import BATCH, NEW, READ, WRITE, Hub


class Listener:
    """Whoever has a socket in the hub."""

    def __init__(self, act: Callable[[int], None] = lambda events: None) -> None:
        self.act = act
        self.events: list[int] = []
        self.reason: Failure | None = None
        self.heard: Deferred[int] = Deferred()

    def ready(self, events: int) -> None:
        """Note it."""
        self.events.append(events)
        self.act(events)
        self._tell()

    def failed(self, reason: Failure) -> None:
        """Note it."""
        self.reason = reason
        self._tell()

    def _tell(self) -> None:
        if not self.heard.called:
            self.heard.callback(len(self.events))


def taking(one: socket.socket) -> Callable[[int], None]:
    """Take what there is to read."""

    def take(events: int) -> None:
        one.recv(9)

    return take


class HubTests(TestCase):
    """Real sockets, the real reactor."""

    timeout = 20

    def setUp(self) -> None:
        from twisted.internet import reactor

        self.hub = Hub(reactor)
        self.pairs = [socket.socketpair() for _ in range(3)]
        for pair in self.pairs:
            for one in pair:
                one.setblocking(False)
                self.addCleanup(one.close)

    async def test_tells(self) -> None:
        """Who has something to read hears of it, and nobody else; with the last one gone, the reactor has nothing."""
        listeners = [Listener(taking(pair[0])) for pair in self.pairs]
        for pair, listener in zip(self.pairs, listeners, strict=True):
            self.hub.watch(pair[0].fileno(), listener, READ)
        self.assertEqual(len(self.hub), 3)
        self.pairs[1][1].send(b"x")
        await listeners[1].heard
        self.assertEqual([len(one.events) for one in listeners], [0, 1, 0])
        for pair in self.pairs:
            self.hub.forget(pair[0].fileno())
        self.assertEqual((len(self.hub), self.hub.fileno()), (0, -1))

    async def test_write(self) -> None:
        """A socket that can be written is told, as long as somebody wants to know."""
        listener = Listener()
        number = self.pairs[0][0].fileno()
        listener.act = lambda events: self.hub.watch(number, listener, READ)
        self.hub.watch(number, listener, READ | WRITE)
        await listener.heard
        self.assertEqual(listener.events, [WRITE])
        self.hub.forget(number)

    async def test_fault(self) -> None:
        """A fault of one connection ends that one, and is told without its text; others go on in the same turn."""

        def fail(events: int) -> None:
            raise ValueError("secret")

        first, second = Listener(fail), Listener(taking(self.pairs[1][0]))
        self.hub.watch(self.pairs[0][0].fileno(), first, READ)
        self.hub.watch(self.pairs[1][0].fileno(), second, READ)
        for pair in self.pairs[:2]:
            pair[1].send(b"x")
        self.pairs[0][0].recv(9, socket.MSG_PEEK)
        await second.heard
        assert first.reason is not None
        self.assertIsInstance(first.reason.value, ValueError)
        for pair in self.pairs[:2]:
            self.hub.forget(pair[0].fileno())

    async def test_ended_by_another(self) -> None:
        """Whom another one's turn ended is not told any more."""
        done: Deferred[None] = Deferred()
        numbers = [pair[0].fileno() for pair in self.pairs[:2]]

        def end(events: int) -> None:
            for number in numbers:
                self.hub.forget(number)
            done.callback(None)

        listeners = [Listener(end) for _ in range(2)]
        for pair, listener in zip(self.pairs, listeners, strict=False):
            pair[1].send(b"x")
            self.hub.watch(pair[0].fileno(), listener, READ)
        await done
        self.assertEqual(sorted(len(one.events) for one in listeners), [0, 1])

    def test_closed_before(self) -> None:
        """A socket that is closed already can be forgotten all the same."""
        number = self.pairs[0][0].fileno()
        self.hub.watch(number, Listener(), READ)
        self.pairs[0][0].close()
        self.hub.forget(number)
        self.assertEqual(len(self.hub), 0)

    async def test_begun_first(self) -> None:
        """Of many that come at once a few are begun in each turn, and what was begun goes on before others begin."""
        order: list[str] = []
        done: Deferred[None] = Deferred()
        pairs = [socket.socketpair() for _ in range(3 * NEW)]

        def begin(number: int, pair: tuple[socket.socket, socket.socket], steps: int = 0) -> Callable[[int], None]:
            def act(events: int) -> None:
                nonlocal steps
                pair[0].recv(1)
                self.assertFalse(self.hub.is_new(pair[0].fileno()))
                steps += 1
                order.append(f"{number} {steps}")
                if steps < 3:
                    pair[1].send(b"x")
                elif len(order) == 3 * len(pairs):
                    done.callback(None)

            return act

        for number, pair in enumerate(pairs):
            for one in pair:
                one.setblocking(False)
                self.addCleanup(one.close)
            self.hub.watch(pair[0].fileno(), Listener(begin(number, pair)), READ, new=True)
            self.assertTrue(self.hub.is_new(pair[0].fileno()))
            pair[1].send(b"x")
        await done
        for pair in pairs:
            self.hub.forget(pair[0].fileno())
        self.assertEqual((len(self.hub), self.hub.fileno()), (0, -1))
        ended = max(order.index(f"{number} 3") for number in range(NEW))
        last = min(order.index(f"{number} 1") for number in range(2 * NEW, 3 * NEW))
        self.assertLess(ended, last)

    async def test_new_among_many(self) -> None:
        """However busy the others keep Edge, new ones are begun."""
        busy = [socket.socketpair() for _ in range(BATCH)]
        for pair in busy:
            for one in pair:
                self.addCleanup(one.close)
            pair[1].send(b"x")  # never read: ready in each turn
            self.hub.watch(pair[0].fileno(), Listener(), READ)
        new = [Listener(taking(pair[0])) for pair in self.pairs]
        for pair, listener in zip(self.pairs, new, strict=True):
            self.hub.watch(pair[0].fileno(), listener, READ, new=True)
            pair[1].send(b"x")
        for listener in new:
            await listener.heard
        for pair in (*busy, *self.pairs):
            self.hub.forget(pair[0].fileno())

    async def test_new_forgotten(self) -> None:
        """Who is new can be watched otherwise, and forgotten, as all others."""
        pair, listener = self.pairs[0], Listener()
        number = pair[0].fileno()
        self.hub.watch(number, listener, READ, new=True)
        self.hub.watch(number, listener, READ | WRITE)
        self.assertTrue(self.hub.is_new(number))
        await listener.heard
        self.hub.forget(number)
        self.hub.watch(number, listener, READ, new=True)
        self.hub.forget(number)
        self.assertEqual((len(self.hub), self.hub.is_new(number)), (0, False))
