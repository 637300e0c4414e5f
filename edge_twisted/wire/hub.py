"""Watches many sockets for the price of one: an epoll of our own that the reactor sees as a single descriptor.

The reactor wraps each event in a logging context, which costs more than forwarding a message. Here an event costs a
dictionary look-up. Only public names are used, so it works below any reactor that can watch a descriptor.
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

    def __len__(self) -> int:
        return len(self._watched)

    def watch(self, number: int, who: Watched, events: int) -> None:
        """Watch a socket.

        Args:
            number: its file descriptor.
            who: hears of it.
            events: `READ`, `WRITE`, both or 0; an error is always told.
        """
        if self._poll is None:
            self._poll = select.epoll()
            self.reactor.addReader(self)
        if number in self._watched:
            self._poll.modify(number, events)
        else:
            self._poll.register(number, events)
        self._watched[number] = who

    def forget(self, number: int) -> None:
        """Watch a socket no more; best called before it is closed."""
        if self._watched.pop(number, None) is None or self._poll is None:
            return
        with suppress(OSError):  # closed already: then epoll has forgotten it
            self._poll.unregister(number)
        if not self._watched:
            self.reactor.removeReader(self)
            self._poll.close()
            self._poll = None

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
        watched = self._watched
        for number, events in self._poll.poll(0, BATCH):
            who = watched.get(number)
            if who is None:
                continue  # another one's turn ended it
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
