"""Makes TCP connections of Edge's own accord on the hub, and is the transport below `Straight` for them.

Twisted's client does the same in two turns of the reactor, with a timer, a connector and two wrappers for each
connection, which a storm of chargers pays for.
"""

import os
import socket
import struct
from contextlib import suppress
from errno import EINPROGRESS
from typing import Any, Final

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionAborted, getConnectError
from twisted.python.failure import Failure

from edge_twisted.wire.hub import WRITE, Hub

NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
RESET: Final = struct.pack("ii", 1, 0)
"""For SO_LINGER: closing resets the connection."""


class Outgoing:
    """Connects to one address.

    Args:
        hub: watches the sockets.
        address: an address literal.
        port: a number.
    """

    def __init__(self, hub: Hub, address: str, port: int) -> None:
        self._hub = hub
        self._address = address
        self._port = port

    def connect(self, factory: Any) -> Deferred[Any]:
        """Connect once; there is no end to it but the system's own, and being cancelled.

        Args:
            factory: makes a protocol that watches the socket itself, as `StraightFactory` does.

        Returns:
            The protocol; fails as Twisted's endpoints do, with a `ConnectError`.
        """
        try:
            return Call(self._hub, self._open(), factory).done
        except OSError as error:
            failed: Deferred[Any] = Deferred()
            failed.errback(getConnectError(error))
            return failed

    def _open(self) -> socket.socket:
        family: int = socket.AF_INET
        target: Any = (self._address, self._port)
        if ":" in self._address:  # a scope in it counts
            family, _, _, _, target = socket.getaddrinfo(
                self._address, self._port, socket.AF_INET6, socket.SOCK_STREAM, 0, NUMERIC
            )[0]
        made = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        number = made.connect_ex(target)
        if number not in (0, EINPROGRESS):
            made.close()
            raise OSError(number, os.strerror(number))
        return made


class Call:
    """One connection being made.

    Args:
        hub: watches it.
        made: its socket, connecting.
        factory: makes the protocol.

    Attributes:
        done: fires with the protocol.
    """

    def __init__(self, hub: Hub, made: socket.socket, factory: Any) -> None:
        self.done: Deferred[Any] = Deferred(lambda _: self._give_up())
        self._hub = hub
        self._socket = made
        self._factory = factory
        hub.watch(made.fileno(), self, WRITE)

    def ready(self, events: int) -> None:
        """It stands, or failed (called by the hub)."""
        number = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            return self.failed(Failure(getConnectError((number, os.strerror(number)))))
        plug = Plug(self._hub.reactor, self._socket)
        above = self._factory.buildProtocol(plug.getPeer())
        if above is None:
            return self.failed(Failure(ConnectionAborted()))
        plug.protocol = above
        above.makeConnection(plug)  # and watches the socket from now on
        self.done.callback(above)

    def failed(self, reason: Failure) -> None:
        """It came to nothing (called by the hub as well)."""
        self._give_up()
        if not self.done.called:
            self.done.errback(reason)

    def _give_up(self) -> None:
        self._hub.forget(self._socket.fileno())
        self._socket.close()


class Plug:
    """The TCP transport below `Straight`: owns the socket, and ends it.

    Args:
        reactor: for its next turn.
        made: the socket, connected.

    Attributes:
        protocol: hears of the end.
    """

    protocol: Any = None

    def __init__(self, reactor: Any, made: socket.socket) -> None:
        self._reactor = reactor
        self._socket: socket.socket | None = made
        self._aborting = False

    def getHandle(self) -> Any:
        """The socket."""
        return self._socket

    def pauseProducing(self) -> None:
        """Read nothing: the protocol does that itself."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Send small pieces at once."""
        self._set(socket.IPPROTO_TCP, socket.TCP_NODELAY, int(enabled))

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Let TCP ask for signs of life."""
        self._set(socket.SOL_SOCKET, socket.SO_KEEPALIVE, int(enabled))

    def _set(self, level: int, option: int, value: Any) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.setsockopt(level, option, value)

    def getPeer(self) -> IPv4Address | IPv6Address | None:
        """The other end's address; None where it has none any more."""
        return self._address("getpeername")

    def getHost(self) -> IPv4Address | IPv6Address | None:
        """Our address; likewise."""
        return self._address("getsockname")

    def _address(self, name: str) -> IPv4Address | IPv6Address | None:
        try:
            host, port, *_ = getattr(self._socket, name)()
        except (OSError, AttributeError):
            return None
        return (IPv6Address if ":" in host else IPv4Address)("TCP", host, port)

    def abortConnection(self) -> None:
        """Reset the connection in the reactor's next turn."""
        if self._socket is not None and not self._aborting:
            self._aborting = True
            self._reactor.callLater(0, self.connectionLost, Failure(ConnectionAborted()))

    def connectionLost(self, reason: Failure) -> None:
        """Close the socket and tell the protocol."""
        if self._socket is None:
            return
        made = self._socket
        with suppress(OSError):
            if reason.check(ConnectionAborted):
                made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            else:
                made.shutdown(socket.SHUT_RDWR)
        made.close()
        self._socket = None
        above, self.protocol = self.protocol, None
        if above is not None:
            above.connectionLost(reason)
