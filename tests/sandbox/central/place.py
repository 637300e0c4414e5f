"""A central system on loopback with raw chargers: octets, frames, and nothing that helps."""

from pathlib import Path
from typing import Any

from OpenSSL import SSL
from OpenSSL.crypto import X509
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.protocol import Factory, Protocol
from twisted.protocols.tls import TLSMemoryBIOFactory, TLSMemoryBIOProtocol
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from edge_twisted.sandbox.authority import Authority, make_authority
from edge_twisted.sandbox.central.faults import Fault
from edge_twisted.sandbox.central.system import Central, CentralSettings
from edge_twisted.sandbox.ledger import Ledger
from tests.real.sockets import ChargerLeg, OneProtocol, Sockets, charger_request
from tests.sandbox.ears import BOUND, Ears

NAME = "edge.lan"


def fault(kind: str, **parameters: object) -> Fault:
    """A fault with these parameters, the others as usual."""
    return Fault.read({"kind": kind, **parameters})


class PlaceCase(TestCase):
    """A test with a central system and raw chargers."""

    timeout = 60

    def setUp(self) -> None:
        self.sockets = Sockets(self)
        self.ears = Ears()
        self.ledger = Ledger()
        self.authority: Authority | None = None

    def central(self, *, secure: bool = False, **settings: Any) -> Central:
        """Start a central system; it ends with the test.

        Args:
            secure: whether it has a wss port.
            settings: of `CentralSettings`.
        """
        from twisted.internet import reactor

        if secure:
            folder = Path(self.mktemp())
            folder.mkdir()
            self.authority = make_authority(folder)
            right = self.authority.issue([NAME], ["127.0.0.1"])
            settings = {"certificate": right, "authority": self.authority} | settings
        central = Central(reactor, CentralSettings(**settings), self.ears, ledger=self.ledger)
        central.start()
        self.addCleanup(central.stop)
        return central

    async def connect(self, central: Central, request: bytes, secure: bool = False) -> ChargerLeg:
        """Connect and send octets; the answer is not waited for, and no certificate is looked at."""
        from twisted.internet import reactor

        factory: Any = OneProtocol(ChargerLeg(self.sockets, request))
        if secure:
            factory = TLSMemoryBIOFactory(Blind(), True, factory, reactor)
        way = TCP4ClientEndpoint(reactor, "127.0.0.1", central.ports["wss" if secure else "ws"])
        found: Any = await way.connect(factory)
        leg: ChargerLeg = found.wrappedProtocol if secure else found
        return leg

    async def charger(
        self,
        central: Central,
        identity: str = "CP1",
        password: bytes | None = None,
        *,
        secure: bool = False,
        headers: tuple[bytes, ...] = (),
    ) -> ChargerLeg:
        """Connect as a charger, and wait for the answer or the end."""
        leg = await self.connect(central, charger_request(identity, password, headers), secure)
        await leg.answered()
        return leg

    async def status(self, central: Central, identity: str = "CP1", password: bytes | None = None, **more: Any) -> int:
        """What a handshake is answered; the connection is reset then."""
        leg = await self.charger(central, identity, password, **more)
        leg.abort()
        await leg.over()
        return leg.status


@implementer(IOpenSSLClientConnectionCreator)
class Blind:
    """Speaks TLS and believes everything."""

    def clientConnectionForTLS(self, tlsProtocol: TLSMemoryBIOProtocol) -> SSL.Connection:
        """Make a connection (called by Twisted)."""
        return SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), None)


class Looker(Protocol):
    """Waits for the server's certificate."""

    def __init__(self) -> None:
        self.seen: Deferred[X509] = Deferred()

    def connectionMade(self) -> None:
        """Say something, so that the answer comes when the handshake is done."""
        transport: Any = self.transport
        transport.write(b"GET / HTTP/1.1\r\n\r\n")

    def dataReceived(self, data: bytes) -> None:
        """The handshake is done."""
        transport: Any = self.transport
        if not self.seen.called:
            self.seen.callback(transport.getPeerCertificate())
        transport.loseConnection()


async def certificate(port: int) -> Any:
    """The certificate that a port shows, as `cryptography` has it."""
    from twisted.internet import reactor

    looker = Looker()

    class One(Factory):
        noisy = False

        def buildProtocol(self, addr: Any) -> Any:
            return looker

    await TCP4ClientEndpoint(reactor, "127.0.0.1", port).connect(TLSMemoryBIOFactory(Blind(), True, One(), reactor))
    found: X509 = await looker.seen.addTimeout(BOUND, reactor)
    return found.to_cryptography()
