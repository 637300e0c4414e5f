"""First bytes of a connection: TLS or not, the ClientHello read in passing, and why a handshake failed."""

from typing import Any, Final

from OpenSSL import SSL
from twisted.internet.interfaces import IReactorTime
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory
from twisted.python.failure import Failure

from edge_twisted.core.clienthello import Hello, hello_end, read_hello
from edge_twisted.core.diagnosis import Diagnosis, from_alert, from_handshake
from edge_twisted.core.request import response
from edge_twisted.trust.contexts import SUITES
from edge_twisted.wire.charger import TLS_RECORD, ChargerLeg
from edge_twisted.wire.closing import Ending

HELLO_BYTES: Final = 16384


class PeekingTLS(BufferingTLSTransport):
    """Twisted's TLS, with a look at the first bytes on their way in.

    Attributes:
        hello: what the client offers, once it was read.
        alert: the number of the fatal alert that the peer sent, or None.
        raw: how many bytes came in all.
        plain: whether the peer spoke no TLS at all.
    """

    hello: Hello | None = None
    alert: int | None = None
    raw: int = 0
    plain: bool = False
    transport: Any
    wrappedProtocol: Any
    _ending: Ending | None = None

    def makeConnection(self, transport: Any) -> None:
        """Start with nothing seen."""
        self._first = bytearray()
        self._looking = True
        super().makeConnection(transport)

    def dataReceived(self, data: bytes) -> None:
        """Look, then let TLS have it; plain text gets a plain 400."""
        if self.plain:
            return
        if self.raw == 0 and data[0] != TLS_RECORD:
            self.plain = True
            self.raw = len(data)
            self.transport.write(response(400, ()))
            self._ending = Ending(self.factory._clock, self.transport)
            self.transport.loseWriteConnection()
            self.wrappedProtocol.factory.port.wrong_kind(self.wrappedProtocol, data)
            return
        self.raw += len(data)
        if self._looking:
            self._first += data
            end = hello_end(bytes(self._first))
            if end >= 0 or len(self._first) > HELLO_BYTES:
                hello = read_hello(bytes(self._first))
                self.hello = hello if isinstance(hello, Hello) else None
                self._looking = False
                self._first.clear()
        super().dataReceived(data)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # Twisted's has a default
        """The TCP connection is gone."""
        if self._ending:
            self._ending.over()
        super().connectionLost(reason)


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
    transport = connection.get_app_data()
    if isinstance(transport, PeekingTLS):
        transport.alert = number


def explain(leg: ChargerLeg, reason: Failure, timed_out: bool = False) -> Diagnosis | None:
    """Say why a connection ended before its head was complete.

    Args:
        leg: the charger leg.
        reason: Twisted's.
        timed_out: whether our own clock ended it.

    Returns:
        Cause and remedy; None for a probe that sent nothing (Q41).
    """
    transport = leg.transport
    if not isinstance(transport, PeekingTLS):
        if timed_out:
            return from_handshake("timeout" if leg.received else "silent", None, ())
        return from_handshake("head", None, ()) if leg.received else None
    if transport.plain:
        return None
    if leg.handshaken:
        return from_handshake("timeout", transport.hello, (), SUITES) if timed_out else None
    if transport.alert is not None:
        return from_alert(transport.alert)
    if transport.raw == 0:
        return from_handshake("silent", None, ()) if timed_out else None
    if timed_out:
        return from_handshake("timeout", transport.hello, (), SUITES)
    reasons: list[str] = []
    error = reason.value
    if isinstance(error, SSL.Error) and error.args:
        reasons = [str(part[-1]) for part in error.args[0] if isinstance(part, tuple)]
    return from_handshake("tls" if reasons else "eof", transport.hello, reasons, SUITES)
