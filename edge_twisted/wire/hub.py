"""Watches many sockets for the price of one: an epoll of our own that the reactor sees as a single descriptor.

The reactor wraps each event in a logging context, which costs more than forwarding a message. Here an event costs a
dictionary look-up. Only public names are used, so it works below any reactor that can watch a descriptor.

Connections of which nothing was read yet wait in a second epoll, and only a few of them are begun in each turn. So what
was begun is brought to its end first: where thousands of chargers come at once, each dial has the time that it was
given, and is not kept waiting by the handshakes of all others.
"""

import select
from contextlib import suppress
from typing import Any, Final, Protocol

from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from edge_twisted.core.redaction import places

READ: Final = select.EPOLLIN
WRITE: Final = select.EPOLLOUT
BATCH: Final = 64
"""Events per turn, so that timers and others are not kept waiting."""
NEW: Final = 8
"""New connections that are begun in a turn; where others keep Edge busy, one."""


class Watched(Protocol):
    """Who has a socket in a hub."""

    def ready(self, events: int) -> None:
        """The socket is ready for `READ`, `WRITE`, or has an error, which reading or writing shows."""

    def failed(self, reason: Failure) -> None:
        """`ready` raised; nothing more comes."""


@implementer(IReadDescriptor)
class Hub:
    """One epoll for all connections of a process.

    Args:
        reactor: watches the epoll, as long as there is anything in it.
    """

    _log = Logger()

    def __init__(self, reactor: Any) -> None:
        self.reactor = reactor
        self._poll: select.epoll | None = None
        self._watched: dict[int, Watched] = {}
        self._waiting: select.epoll | None = None
        self._new: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._watched)

    def watch(self, number: int, who: Watched, events: int, new: bool = False) -> None:
        """Watch a socket.

        Args:
            number: its file descriptor.
            who: hears of it.
            events: `READ`, `WRITE`, both or 0; an error is always told.
            new: whether what was begun before comes first; that is over with the first event.
        """
        if self._poll is None or self._waiting is None:
            self._poll, self._waiting = select.epoll(), select.epoll()
            self._poll.register(self._waiting.fileno(), READ)
            self.reactor.addReader(self)
        if number in self._new:
            self._waiting.modify(number, events)
            self._new[number] = events
        elif number in self._watched:
            self._poll.modify(number, events)
        elif new:
            self._waiting.register(number, events)
            self._new[number] = events
        else:
            self._poll.register(number, events)
        self._watched[number] = who

    def is_new(self, number: int) -> bool:
        """Whether a socket is watched, and its first event was not told yet."""
        return number in self._new

    def forget(self, number: int) -> None:
        """Watch a socket no more; best called before it is closed."""
        if self._watched.pop(number, None) is None or self._poll is None or self._waiting is None:
            return
        with suppress(OSError):  # closed already: then epoll has forgotten it
            (self._poll if self._new.pop(number, None) is None else self._waiting).unregister(number)
        if not self._watched:
            self.reactor.removeReader(self)
            self._poll.close()
            self._waiting.close()
            self._poll = self._waiting = None

    # --- what the reactor calls

    def fileno(self) -> int:
        """The epoll's descriptor."""
        return self._poll.fileno() if self._poll else -1

    def logPrefix(self) -> str:
        """The reactor's logging context."""
        return "hub"

    def doRead(self) -> None:
        """Some sockets are ready."""
        if self._poll is None:
            return
        begun = self._poll.poll(0, BATCH)
        self._tell(begun)
        if self._waiting is not None and self._new:
            found = self._waiting.poll(0, NEW if len(begun) < BATCH else 1)
            for number, _ in found:
                self._waiting.unregister(number)
                self._poll.register(number, self._new.pop(number))
            self._tell(found)

    def _tell(self, found: list[tuple[int, int]]) -> None:
        watched = self._watched
        for number, events in found:
            who = watched.get(number)
            if who is None:
                continue  # another one's turn ended it, or it is the epoll of those that wait
            try:
                who.ready(events)
            except Exception:  # noqa: BLE001 - ends this connection only, and is told
                failure = Failure()
                self._log.error("{kind} at {trace}", kind=type(failure.value).__name__, trace=places(failure.frames))
                who.failed(failure)

    def connectionLost(self, reason: Failure) -> None:
        """The reactor ends."""
        for who in tuple(self._watched.values()):
            who.failed(reason)
