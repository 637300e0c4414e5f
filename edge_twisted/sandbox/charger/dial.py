"""One attempt of a charger to connect, and the connection that comes of it."""

from typing import Any, Final, Protocol
from urllib.parse import urlsplit

from attrs import evolve
from twisted.internet import error
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.endpoints import HostnameEndpoint
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Factory
from twisted.internet.protocol import Protocol as Speechless
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.believing import ClientSide
from edge_twisted.sandbox.charger.leg import ChargerFactory, ChargerLeg
from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.charger.settings import Access
from edge_twisted.sandbox.quiet import LINGER
from edge_twisted.sandbox.tls import Tls

__all__ = ["Access", "ChargerLeg", "Dial", "Owner"]

CONNECT_SECONDS: Final = 10.0
HANDSHAKE_SECONDS: Final = 40.0
"""Edge asks the central system before it answers, for up to 20 s."""
RSA_ONLY: Final = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:AES128-GCM-SHA256:AES256-GCM-SHA384"
ECDSA_ONLY: Final = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"


class Owner(Protocol):
    """Whose dial it is: the charger's line."""

    def opened(self, leg: ChargerLeg) -> None:
        """Hear of the 101."""

    def received(self, payload: bytes, binary: bool) -> None:
        """Take a message."""

    def over(self, happening: h.Happening, wait: float) -> None:
        """Hear of the end; exactly once."""


class Dial:
    """An attempt to connect, until what came of it is over.

    Args:
        reactor: for sockets and time.
        access: where to, and as whom.
        agent: the charger's `User-Agent`.
        owner: hears what comes of it.
        quirks: how the charger deviates.
        pongs: whether it answers pings.
        clock_error: seconds that the charger's clock is ahead.
        number: 1 for the charger's first attempt of all.

    Attributes:
        leg: the connection, once there is one.
        secure: whether it speaks TLS.
    """

    def __init__(
        self,
        reactor: Any,
        access: Access,
        agent: str,
        owner: Owner,
        quirks: Quirks | None = None,
        pongs: bool = True,
        clock_error: float = 0.0,
        number: int = 1,
    ) -> None:
        self.reactor = reactor
        self.access = access
        self.agent = agent
        self.owner = owner
        self.quirks = quirks or Quirks()
        self.pongs = pongs and not self.quirks.ignores_pings
        self.number = number
        self.leg: ChargerLeg | None = None
        self.secure = access.secure != self.quirks.swapped_scheme
        self._clock_error = clock_error
        self._creator: ClientSide | None = None
        self._connecting: Deferred[Any] | None = None
        self._timer: IDelayedCall | None = None
        self._outcome: tuple[h.Happening, float] | None = None

    def begin(self) -> None:
        """Connect."""
        parts = urlsplit(self.access.endpoint)
        host = parts.hostname or ""
        factory: Any = ChargerFactory(self)
        if self.secure:
            self._creator = ClientSide(host, self.access.trust, tls_of(self.access.tls, self.quirks), self._clock_error)
            factory = TLSMemoryBIOFactory(self._creator, True, factory, self.reactor)
        source = (self.access.source, 0) if self.access.source else None
        port = parts.port or (443 if self.access.secure else 80)
        endpoint = HostnameEndpoint(self.reactor, host, port, timeout=CONNECT_SECONDS, bindAddress=source)
        self.cut_after(CONNECT_SECONDS + HANDSHAKE_SECONDS)
        self._connecting = _probe(endpoint) if self.quirks.probes else endpoint.connect(factory)
        if self.quirks.probes:
            self._connecting.addCallback(lambda _: endpoint.connect(factory))
        self._connecting.addErrback(self._not_connected)

    def leave(self) -> None:
        """Close the connection, or give up the attempt."""
        if self.leg is not None and self.leg.opened:
            self.leg.sendClose(1000)
            self.cut_after(LINGER)
        else:
            self.cut()

    def cut(self) -> None:
        """End it at once."""
        self.stop_timer()
        if self.leg is not None:
            self.leg.transport.abortConnection()
        elif self._connecting is not None:
            self._connecting.cancel()

    def cut_after(self, seconds: float) -> None:
        """Bound what is going on."""
        self.stop_timer()
        self._timer = self.reactor.callLater(seconds, self._too_late)

    def stop_timer(self) -> None:
        """What was going on is done."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def answered(self, happening: h.Happening, wait: float = 0.0) -> None:
        """Something came that decides the attempt; it is told when the connection is gone."""
        self._outcome = self._outcome or (happening, wait)

    def lost(self, reason: Failure, code: int) -> None:
        """The connection is gone.

        Args:
            reason: as Twisted says it.
            code: the close code, if it was open.
        """
        self.stop_timer()
        identity = self.access.identity
        if self._creator is not None and self._creator.refusal:
            self._outcome = (h.Untrusting(identity, self._creator.refusal), 0.0)
        elif self.leg is not None and self.leg.opened:
            self._outcome = (h.Closed(identity, code), 0.0)
        elif self._outcome is None:
            broken = self._creator is None or reason.check(error.ConnectionDone, error.ConnectionLost)
            self._outcome = (h.Failed(identity, "broken" if broken else "tls", _detail(reason)), 0.0)
        self.owner.over(*self._outcome)

    def _too_late(self) -> None:
        self._timer = None
        self.answered(h.Failed(self.access.identity, "timeout"))
        self.cut()

    def _not_connected(self, failure: Failure) -> None:
        self.stop_timer()
        self.owner.over(*(self._outcome or (h.Failed(self.access.identity, _why(failure)), 0.0)))


def tls_of(tls: Tls, quirks: Quirks) -> Tls:
    """Which TLS a charger speaks.

    Args:
        tls: what is set.
        quirks: how it deviates from that.
    """
    tls = evolve(tls, sni=tls.sni and not quirks.no_sni, silent=tls.silent or quirks.silent_distrust)
    if quirks.tls_1_0_only:
        return evolve(tls, minimum="1.0", maximum="1.0")
    if quirks.only_rsa or quirks.only_ecdsa:
        return evolve(tls, maximum=min("1.2", tls.maximum), ciphers=RSA_ONLY if quirks.only_rsa else ECDSA_ONLY)
    return tls


def _probe(endpoint: HostnameEndpoint) -> Deferred[Any]:
    """Open a connection, and close it without a byte (Q41)."""
    factory = Factory.forProtocol(Speechless)
    factory.noisy = False

    def connected(protocol: Any) -> None:
        protocol.transport.loseConnection()

    probing: Deferred[Any] = endpoint.connect(factory)
    return probing.addCallback(connected)


def _why(failure: Failure) -> str:
    if failure.check(error.DNSLookupError, error.UnknownHostError):
        return "dns"
    if failure.check(error.ConnectionRefusedError):
        return "refused"
    if failure.check(error.TimeoutError, error.TCPTimedOutError, CancelledError):
        return "timeout"
    return "unreachable"


def _detail(reason: Failure) -> str:
    """OpenSSL's own short words for what went wrong, such as `tlsv1 alert protocol version`."""
    found = reason.value.args[0] if reason.value is not None and reason.value.args else ""
    return str(found[-1][-1]) if isinstance(found, list) and found and isinstance(found[-1], tuple) else ""
