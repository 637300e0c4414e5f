"""A connection read and written on its socket itself: no detour by the reactor's buffers, no timer for each write.

`Straight` takes the socket over from the TCP transport that Twisted made, and is the transport of the protocol above.
What it can't send at once it keeps, and then pauses its producer as Twisted's transports do. The TCP transport below
stays the owner of the socket: every connection ends through it.
"""

import socket
from typing import Any, Final

from twisted.internet.interfaces import IConsumer, IPushProducer, ITransport
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from edge_twisted.wire.hub import READ, WRITE, Hub

HIGH_WATER: Final = 65536
"""Octets that wait before the producer is paused: as in Twisted."""
PIECE: Final = 65536
"""Octets read at once."""
MOST: Final = 131072
"""Octets offered to the socket at once."""


@implementer(ITransport, IConsumer, IPushProducer)
class Straight(Protocol):
    """One TCP connection.

    Args:
        factory: who made it.
        above: the protocol that it carries.
    """

    factory: "StraightFactory"
    transport: Any

    def __init__(self, factory: "StraightFactory", above: Any) -> None:
        self.factory = factory
        self.wrappedProtocol = above
        self._hub = factory.hub
        self._out = bytearray()
        self._events = 0
        self._reading = True
        self._gone = False
        self._half = False
        self._producer: Any = None
        self._paused = False
        self._new = False
        self.disconnecting = False
        self._listener: Any = above

    # --- from below ---------------------------------------------------------------------------------------------------

    def makeConnection(self, transport: Any) -> None:
        """Take the socket over."""
        self.transport = transport
        transport.pauseProducing()
        self._socket = transport.getHandle()
        self._number: int = self._socket.fileno()
        self._begin()
        self._new = not self.factory.client
        self.wrappedProtocol.makeConnection(self)
        self._watch()
        self._new = False

    def _begin(self) -> None:
        """Prepare."""

    def ready(self, events: int) -> None:
        """The socket is ready (called by the hub)."""
        if events & WRITE:
            self._flush()
        if events & ~WRITE and not self._gone:
            if self._reading:
                self._read()
            elif not events & WRITE:
                self.end(CONNECTION_LOST)  # an error, while nobody reads

    def failed(self, reason: Failure) -> None:
        """Something of ours broke (called by the hub)."""
        self.end(reason.value or CONNECTION_LOST)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The socket is closed (called by the TCP transport)."""
        self._leave()
        self._out.clear()
        above, self.wrappedProtocol = self.wrappedProtocol, None
        self._listener = None
        if self._producer is not None:
            producer, self._producer = self._producer, None
            producer.stopProducing()
        if above is not None:
            above.connectionLost(reason)

    # --- octets -------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            data = self._socket.recv(PIECE)
        except BlockingIOError:
            return
        except OSError:
            return self.end(CONNECTION_LOST)
        if data:
            self._listener.dataReceived(data)
        else:
            self.end(CONNECTION_DONE)

    def _send(self, data: Any) -> int:
        """Offer octets to the socket: how many it took, -1 where the connection is over."""
        try:
            sent: int = self._socket.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.end(CONNECTION_LOST)
            return -1
        return sent

    def _flush(self) -> None:
        """Send what waits."""
        while self._out and not self._gone:
            size = min(len(self._out), MOST)
            with memoryview(self._out) as view, view[:size] as piece:
                sent = self._send(piece)
            if sent < 0:
                return
            del self._out[:sent]
            if sent < size:
                break
        self._watch()
        if not self._out and not self._gone:
            self._emptied()

    def _emptied(self) -> None:
        if self._producer is not None and self._paused:
            self._paused = False
            self._producer.resumeProducing()
        elif self.disconnecting:
            self._finish()
        elif self._half:
            self._half_close()

    def _finish(self) -> None:
        """All that was written before `loseConnection` is sent."""
        if self._producer is None:
            self.end(CONNECTION_DONE)

    def _half_close(self) -> None:
        try:
            self._socket.shutdown(1)
        except OSError:
            return

    # --- watching -----------------------------------------------------------------------------------------------------

    def _wanted(self) -> int:
        return (READ if self._reading else 0) | (WRITE if self._out else 0)

    def _watch(self) -> None:
        if self._gone:
            return
        events = self._wanted()
        if events != self._events:
            self._events = events
            if events:
                self._hub.watch(self._number, self, events, self._new)
            else:
                self._hub.forget(self._number)

    def _leave(self) -> None:
        if not self._gone:
            self._gone = True
            self._hub.forget(self._number)

    def end(self, reason: BaseException) -> None:
        """Close the socket in the reactor's next turn: the connection is over."""
        if not self._gone:
            self._leave()
            self._hub.reactor.callLater(0, self._close, Failure(reason))

    def _close(self, reason: Failure) -> None:
        self.transport.connectionLost(reason)

    # --- from above ---------------------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Send octets, at once where the socket takes them."""
        if self._gone or self._half or not data or (self.disconnecting and self._producer is None):
            return
        if not self._out and self._may_send():
            sent = self._send(data)
            if sent == len(data) or sent < 0:
                return
            data = data[sent:]
        self._out += data
        self._watch()
        if self._producer is not None and not self._paused and len(self._out) > HIGH_WATER:
            self._paused = True
            self._producer.pauseProducing()

    def _may_send(self) -> bool:
        return True

    def writeSequence(self, data: Any) -> None:
        """Send several pieces."""
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        """Close once all that was written is sent."""
        if self._gone or self.disconnecting:
            return
        self.disconnecting = True
        if not self._out:
            self._finish()

    def loseWriteConnection(self) -> None:
        """Say that nothing more comes, once all that was written is sent."""
        if not self._gone:
            self._half = True
            if not self._out:
                self._half_close()

    def abortConnection(self) -> None:
        """Close at once, by a reset."""
        self.disconnecting = True
        if not self._gone:
            self._leave()
            self.transport.abortConnection()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Pause and resume whoever makes what is written here."""
        if self._gone:
            producer.stopProducing()
            return
        if not streaming or self._producer is not None:
            raise RuntimeError("one push producer at a time")
        self._producer, self._paused = producer, False

    def unregisterProducer(self) -> None:
        """Pause nobody any more."""
        self._producer, self._paused = None, False
        if self.disconnecting and not self._out and not self._gone:
            self._finish()

    def pauseProducing(self) -> None:
        """Read no more for now."""
        self._reading = False
        self._watch()

    def resumeProducing(self) -> None:
        """Read again."""
        self._reading = True
        self._watch()

    def stopProducing(self) -> None:
        """Nothing more is wanted."""
        self.loseConnection()

    def listen(self, listener: Any) -> None:
        """Hand what is read to somebody else than the protocol above; None: to that one again."""
        self._listener = listener or self.wrappedProtocol

    def getPeer(self) -> Any:
        """The other end's address."""
        return self.transport.getPeer()

    def getHost(self) -> Any:
        """Our address."""
        return self.transport.getHost()

    def is_kept_waiting(self) -> bool:
        """Whether octets came and Edge has looked at none of this connection's yet: then it is Edge that is late."""
        if self._gone or not self._hub.is_new(self._number):
            return False
        try:
            return bool(self._socket.recv(1, socket.MSG_PEEK))
        except OSError:
            return False

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Send small pieces at once."""
        self.transport.setTcpNoDelay(enabled)


class StraightFactory(Factory):
    """Carries the protocols of another factory.

    Args:
        hub: watches the sockets.
        wrapped: makes the protocols above; its own refusals count.
        client: which side we are.
    """

    noisy = False
    protocol: Any = Straight

    def __init__(self, hub: Hub, wrapped: Any, client: bool = False) -> None:
        self.hub = hub
        self.wrappedFactory = wrapped
        self.client = client

    def buildProtocol(self, addr: Any) -> Any:
        """A connection for whoever the factory above takes."""
        above = self.wrappedFactory.buildProtocol(addr)
        return None if above is None else self.protocol(self, above)

    def doStart(self) -> None:
        """The port opens."""
        self.wrappedFactory.doStart()

    def doStop(self) -> None:
        """The port closes."""
        self.wrappedFactory.doStop()
