"""First bytes of a connection: TLS or not, the ClientHello read in passing, and why a handshake failed."""

import socket
from contextlib import suppress
from typing import Any, Final

from OpenSSL import SSL
from twisted.internet.interfaces import IReactorTime
from twisted.internet.main import CONNECTION_DONE, CONNECTION_LOST
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory
from twisted.python.failure import Failure

from edge_twisted.core.clienthello import Hello, hello_end, read_hello
from edge_twisted.core.diagnosis import Diagnosis, from_alert, from_handshake
from edge_twisted.core.request import response
from edge_twisted.trust.contexts import SUITES
from edge_twisted.wire.charger import TLS_RECORD, ChargerLeg
from edge_twisted.wire.closing import Ending
from edge_twisted.wire.hub import Hub
from edge_twisted.wire.straight_tls import StraightTLS, StraightTLSFactory

HELLO_BYTES: Final = 16384


class Peek:
    """What was seen of a TLS connection's beginning.

    Attributes:
        hello: what the client offers, if that is known.
        alert: the number of the fatal alert that the peer sent, or None.
        raw: how many bytes came in all, as long as it was looked at.
        plain: whether the peer spoke no TLS at all.
    """

    alert: int | None = None
    raw: int = 0
    plain: bool = False
    wrappedProtocol: Any
    _first: bytes = b""
    _whole: bool = False
    _ending: Ending | None = None

    @property
    def hello(self) -> Hello | None:
        """Read it when somebody asks: that is only where something went wrong."""
        hello = read_hello(self._first)
        return hello if isinstance(hello, Hello) else None

    def forget(self) -> None:
        """All went well: nobody will ask."""
        self._first, self._whole = b"", True

    def _look(self, data: bytes) -> bool:
        """Look at the next bytes; False for those of a peer that speaks no TLS."""
        if self.raw == 0 and data[0] != TLS_RECORD:
            self.plain = True
            self.raw = len(data)
            return False
        self.raw += len(data)
        if not self._whole:
            self._first += data
            self._whole = hello_end(self._first) >= 0 or len(self._first) > HELLO_BYTES
        return True

    def _tell_plain(self, data: bytes) -> None:
        self.wrappedProtocol.factory.port.wrong_kind(self.wrappedProtocol, data)

    def over(self) -> None:
        """The connection is gone."""
        if self._ending:
            self._ending.over()


class PeekingTLS(Peek, BufferingTLSTransport):
    """Twisted's TLS, with a look at the first bytes on their way in."""

    transport: Any

    @property
    def peek(self) -> Peek:
        """What was seen."""
        return self

    def dataReceived(self, data: bytes) -> None:
        """Look, then let TLS have it; plain text gets a plain 400."""
        if self.plain:
            return
        if self._look(data):
            super().dataReceived(data)
            return
        self.transport.write(response(400, ()))
        self._ending = Ending(self.factory._clock, self.transport)
        self.transport.loseWriteConnection()
        self._tell_plain(data)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # Twisted's has a default
        """The TCP connection is gone."""
        self.over()
        super().connectionLost(reason)


class StraightPeek(Peek):
    """The same look on the straight way.

    Args:
        transport: whose beginning is looked at.
    """

    def __init__(self, transport: StraightTLS) -> None:
        self._transport = transport

    @property
    def wrappedProtocol(self) -> Any:
        """The protocol above."""
        return self._transport.wrappedProtocol

    def forget(self) -> None:
        """All went well: nobody will ask."""
        self._transport.peek = None

    def lets_shake(self) -> bool:
        """Look at what OpenSSL is about to read; plain text gets a plain 400."""
        if self.plain:
            self._drain()
        elif not self._whole:
            try:
                data = self._socket.recv(HELLO_BYTES, socket.MSG_PEEK)
            except OSError:
                data = b""  # OpenSSL will find out
            if data and not self._look(data):
                self._refuse_plain(data)
        return not self.plain

    @property
    def _socket(self) -> socket.socket:
        handle: socket.socket = self._transport.transport.getHandle()
        return handle

    def _refuse_plain(self, data: bytes) -> None:
        self._ending = Ending(self._transport.factory.hub.reactor, self._transport)
        with suppress(OSError):
            self._socket.send(response(400, ()))
            self._socket.shutdown(socket.SHUT_WR)
        self._tell_plain(data)
        self._drain()

    def _drain(self) -> None:
        """Read what nobody wants, until the peer leaves: a reset would take the answer with it."""
        try:
            if not self._socket.recv(HELLO_BYTES):
                self._transport.end(CONNECTION_DONE)
        except BlockingIOError:
            return
        except OSError:
            self._transport.end(CONNECTION_LOST)


class StraightChargerTLS(StraightTLSFactory):
    """TLS below a charger factory, the straight way.

    Args:
        hub: watches the sockets.
        creator: makes OpenSSL connections (`trust.contexts.ServerCreator`).
        wrapped: the charger factory.
    """

    def __init__(self, hub: Hub, creator: Any, wrapped: Any) -> None:
        super().__init__(hub, creator, False, wrapped, StraightPeek)


class ChargerTLS(TLSMemoryBIOFactory):
    """TLS below a charger factory.

    Args:
        creator: makes OpenSSL connections (`trust.contexts.ServerCreator`).
        wrapped: the charger factory.
        clock: our clock.
    """

    protocol = PeekingTLS
    noisy = False

    def __init__(self, creator: Any, wrapped: Any, clock: IReactorTime) -> None:
        super().__init__(creator, False, wrapped, clock)
        self._admit = wrapped.port.admits

    def buildProtocol(self, addr: Any) -> Any:
        """TLS for whoever may connect; nobody else gets an answer (`listen.from`)."""
        if not self._admit(addr):
            return None
        return super().buildProtocol(addr)


def note_alert(connection: SSL.Connection, number: int) -> None:
    """Keep the alert that a peer sent, by number (T-20); called by the context.

    Args:
        connection: the OpenSSL connection; its app data is the transport.
        number: the alert's description.
    """
    peek = getattr(connection.get_app_data(), "peek", None)
    if peek is not None:
        peek.alert = number


def explain(leg: ChargerLeg, reason: Failure, timed_out: bool = False) -> Diagnosis | None:
    """Say why a connection ended before its head was complete.

    Args:
        leg: the charger leg.
        reason: Twisted's.
        timed_out: whether our own clock ended it.

    Returns:
        Cause and remedy; None for a probe that sent nothing (Q41).
    """
    peek = getattr(leg.transport, "peek", None)
    if peek is None:
        if timed_out:
            return from_handshake("timeout" if leg.received else "silent", None, ())
        return from_handshake("head", None, ()) if leg.received else None
    if peek.plain:
        return None
    if leg.handshaken:
        return from_handshake("timeout", peek.hello, (), SUITES) if timed_out else None
    if peek.alert is not None:
        return from_alert(peek.alert)
    if peek.raw == 0:
        return from_handshake("silent", None, ()) if timed_out else None
    if timed_out:
        return from_handshake("timeout", peek.hello, (), SUITES)
    reasons: list[str] = []
    error = reason.value
    if isinstance(error, SSL.Error) and error.args:
        reasons = [str(part[-1]) for part in error.args[0] if isinstance(part, tuple)]
    return from_handshake("tls" if reasons else "eof", peek.hello, reasons, SUITES)
