"""The central system's ports: they can close and come back under the same numbers, and show wrong certificates."""

from typing import TYPE_CHECKING, Any, Final

from attrs import define
from OpenSSL import SSL
from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IDelayedCall, IOpenSSLServerConnectionCreator
from twisted.logger import Logger
from zope.interface import implementer

from edge_twisted.sandbox.authority import Authority, ServerCertificate
from edge_twisted.sandbox.central.certificates import KINDS, wrong_certificate
from edge_twisted.sandbox.central.faults import Faults
from edge_twisted.sandbox.tls import ServerSide, server_side

if TYPE_CHECKING:
    from twisted.protocols.tls import TLSMemoryBIOProtocol

BACKLOG: Final = 1024
AGAIN_SECONDS: Final = 1.0
"""Until a port that somebody else has taken meanwhile is tried again."""

_log = Logger(namespace="sandbox")


@define(eq=False)
class Door:
    """One port.

    Args:
        factory: speaks to its connections.
        number: 0 for any, until it was open.
        listening: None: it is closed.
    """

    factory: Any
    number: int
    listening: Any = None


class Ports:
    """The ports of the central system.

    Args:
        reactor: for sockets and time.
        interface: the address to listen on.
    """

    def __init__(self, reactor: Any, interface: str) -> None:
        self._reactor = reactor
        self._interface = interface
        self._doors: dict[str, Door] = {}
        self._wanted = True
        self._closing: Deferred[Any] | None = None
        self._again: IDelayedCall | None = None

    def add(self, kind: str, number: int, factory: Any) -> int:
        """Open a port.

        Args:
            kind: `ws` or `wss`.
            number: 0 for any.
            factory: speaks to its connections.

        Returns:
            The number that was taken.

        Raises:
            CannotListenError: it is taken.
        """
        door = Door(factory, number)
        self._open(door)
        self._doors[kind] = door
        return door.number

    def want(self, open: bool) -> None:
        """Close all ports, or open them again under their numbers, as soon as that can be."""
        self._wanted = open
        self._settle()

    def close(self) -> Deferred[Any]:
        """Close all ports for good; done when they are closed."""
        self.want(False)
        return self._closing if self._closing is not None else DeferredList([])

    def _open(self, door: Door) -> None:
        door.listening = self._reactor.listenTCP(door.number, door.factory, BACKLOG, self._interface)
        door.number = door.listening.getHost().port

    def _settle(self) -> None:
        if self._again is not None and self._again.active():
            self._again.cancel()
        self._again = None
        if self._closing is not None:
            return
        if self._wanted:
            self._open_all()
        else:
            self._close_all()

    def _open_all(self) -> None:
        for door in self._doors.values():
            if door.listening is None:
                try:
                    self._open(door)
                except CannotListenError as error:
                    _log.warn("Port {number} cannot be opened again yet: {error}", number=door.number, error=error)
                    self._again = self._reactor.callLater(AGAIN_SECONDS, self._settle)
                    return

    def _close_all(self) -> None:
        opened = [door for door in self._doors.values() if door.listening is not None]
        if opened:
            closing = [maybeDeferred(door.listening.stopListening) for door in opened]
            for door in opened:
                door.listening = None
            self._closing = DeferredList(closing)
            self._closing.addCallback(self._closed)

    def _closed(self, result: Any) -> None:
        self._closing = None
        self._settle()


@implementer(IOpenSSLServerConnectionCreator)
class Shown:
    """Makes the TLS connections of the wss port with the certificate that is to be shown at that moment.

    Args:
        right: the certificate that is right.
        authority: issues the wrong ones; None: only a self-signed one can be shown.
        faults: says which one.
    """

    def __init__(self, right: ServerCertificate, authority: Authority | None, faults: Faults) -> None:
        self._right = right
        self._authority = authority
        self._faults = faults
        self._sides: dict[str, ServerSide] = {"": server_side(right)}

    def serverConnectionForTLS(self, tlsProtocol: "TLSMemoryBIOProtocol") -> SSL.Connection:
        """Make a connection (called by Twisted)."""
        fault = self._faults.find(KINDS)
        kind = "" if fault is None else fault.kind
        if kind not in self._sides:
            self._sides[kind] = server_side(wrong_certificate(kind, self._right, self._authority))
        return self._sides[kind].serverConnectionForTLS(tlsProtocol)
