"""TLS on the socket itself: OpenSSL reads and writes it, without memory in between and without a timer."""

from collections.abc import Callable
from typing import Any, Protocol

from OpenSSL import SSL
from twisted.internet.interfaces import IHandshakeListener
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from edge_twisted.wire.hub import READ, WRITE, Hub
from edge_twisted.wire.octets import Octets
from edge_twisted.wire.straight import Straight, StraightFactory

OVER = SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN


class StraightTLS(Straight):
    """One TLS connection; the protocol above hears of it before the handshake, as with Twisted's TLS."""

    factory: "StraightTLSFactory"

    def __init__(self, factory: "StraightTLSFactory", above: Any) -> None:
        super().__init__(factory, above)
        self.peek = None if factory.peek is None else factory.peek(self)

    def _begin(self) -> None:
        self._connection = self.factory.creator.connection(self, self._socket)
        self._octets = Octets(self._connection)
        self._shaken = False
        self._said = False  # close_notify
        self._crossed = 0  # what the handshake or reading waits for, where that is writing
        if self.factory.client:
            self._connection.set_connect_state()
        else:
            self._connection.set_accept_state()

    def makeConnection(self, transport: Any) -> None:
        """Take the socket over; a client begins the handshake."""
        super().makeConnection(transport)
        if self.factory.client and not self._gone:
            self._shake()

    def ready(self, events: int) -> None:
        """The socket is ready (called by the hub)."""
        if events == READ and self._shaken and self._reading and not self._out:  # the usual
            try:
                data = self._octets.read()
            except SSL.Error as error:
                return self._broke(error)
            if data:
                self._listener.dataReceived(data)
            else:
                self._take(data)
                if self._crossed:
                    self._watch()
            return
        if not self._shaken:
            return self._shake()
        if self._out and events & self._octets.write_wants:
            self._flush()
        if self._gone or not (events & ~WRITE or self._crossed):
            return
        if self._reading or self._said:
            self._crossed = 0
            self._read()
            if not self._gone:
                self._watch()
        elif not events & WRITE:
            self.end(CONNECTION_LOST)  # an error, while nobody reads

    # --- handshake ----------------------------------------------------------------------------------------------------

    def _shake(self) -> None:
        if self.peek is not None and not self.peek.lets_shake():
            return
        self._crossed = 0
        try:
            done = self._octets.shake()
        except SSL.Error as error:
            return self._broke(error)
        if not done:
            self._crossed = self._octets.read_wants & WRITE
            return self._watch()
        self._shaken = True
        if IHandshakeListener.providedBy(self.wrappedProtocol):
            self.wrappedProtocol.handshakeCompleted()
        if self._out and not self._gone:
            self._flush()
        if not self._gone:
            self._watch()
        if not self.factory.client and self._reading and not self._gone:
            self._read()

    def _may_send(self) -> bool:
        return self._shaken

    def _wanted(self) -> int:
        if not self._shaken:
            return READ | self._crossed
        wanted = self._crossed | (READ if self._reading or self._said else 0)
        return wanted | self._octets.write_wants if self._out else wanted

    # --- octets -------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            data = self._octets.read()
        except SSL.Error as error:
            return self._broke(error)
        self._take(data)

    def _take(self, data: bytes | None) -> None:
        if data:
            self._listener.dataReceived(data)
        elif data is not None:
            self._say_goodbye()
            self.end(CONNECTION_DONE)
        elif self._octets.read_wants == WRITE:
            self._crossed = WRITE

    def write(self, data: bytes) -> None:
        """Send octets, at once where the socket takes them."""
        if self._shaken and data and not (self._out or self._gone or self._half or self.disconnecting):  # the usual
            try:
                sent = self._octets.write(data)
            except SSL.Error as error:
                return self._broke(error)
            if sent == len(data):
                return
            data = data[sent:]
        super().write(data)

    def _send(self, data: Any) -> int:
        try:
            return self._octets.write(data)
        except SSL.Error as error:
            self._broke(error)
        return -1

    def _broke(self, error: SSL.Error) -> None:
        self.end(CONNECTION_LOST if represents_eof(error) else error)

    # --- the end ------------------------------------------------------------------------------------------------------

    def _say_goodbye(self) -> bool:
        """Send close_notify; whether the peer sent its own."""
        self._said = True
        try:
            return bool(self._connection.shutdown())
        except SSL.Error:
            return False

    def _finish(self) -> None:
        """All is sent: say so, and wait for the peer to say the same."""
        if self._producer is not None or self._said or not self._shaken:
            return
        if self._say_goodbye():
            self.end(CONNECTION_DONE)
        else:
            self._watch()

    def loseConnection(self) -> None:
        """Close once all that was written is sent; before the handshake there is nothing to wait for."""
        if not self._shaken and not self._out:
            self.abortConnection()
        else:
            super().loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The socket is closed; a session that was agreed on stays good for the next connection."""
        if self._shaken:
            self._connection.set_shutdown(OVER)
        self._connection.set_app_data(None)  # it points back here
        peek = self.peek
        if peek is not None:
            peek.over()
        super().connectionLost(reason)
        self.peek = None  # the protocol above may have asked it why

    def loseWriteConnection(self) -> None:
        """TLS has no half-closed connections."""
        self.loseConnection()


class Guard(Protocol):
    """Looks at what comes before OpenSSL reads it; `wire.port` has the one of the chargers' ports."""

    def lets_shake(self) -> bool:
        """Whether OpenSSL may go on with the handshake."""

    def over(self) -> None:
        """The connection is gone."""


class StraightTLSFactory(StraightFactory):
    """Carries the protocols of another factory over TLS.

    Args:
        hub: watches the sockets.
        creator: makes OpenSSL connections: `connection(owner, socket)`.
        client: which side we are.
        wrapped: makes the protocols above.
        peek: makes one for each connection, or None.
    """

    protocol: Any = StraightTLS

    def __init__(
        self, hub: Hub, creator: Any, client: bool, wrapped: Any, peek: Callable[[StraightTLS], Guard] | None = None
    ) -> None:
        super().__init__(hub, wrapped, client)
        self.creator = creator
        self.peek = peek


def represents_eof(error: SSL.Error) -> bool:
    """Whether the peer went without a word; the ways in which OpenSSL says so differ between its versions.

    Args:
        error: what pyOpenSSL raised.
    """
    if isinstance(error, SSL.SysCallError):
        return True
    queue = error.args[0] if error.args else None
    return not queue or str(queue[-1][-1]).casefold().startswith("unexpected eof")
