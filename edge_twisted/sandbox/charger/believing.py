"""How a charger speaks TLS and whom it believes; chargers that are alike share one OpenSSL context."""

import ipaddress
import time
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from attrs import define
from cryptography import x509
from OpenSSL import SSL
from OpenSSL.crypto import X509, X509StoreFlags
from service_identity import VerificationError
from service_identity.pyopenssl import verify_hostname, verify_ip_address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from zope.interface import implementer

from edge_twisted.sandbox.tls import MODERN, Tls, Trust

if TYPE_CHECKING:
    from twisted.protocols.tls import TLSMemoryBIOProtocol

VERSIONS: Final = {
    "1.0": SSL.TLS1_VERSION,
    "1.1": SSL.TLS1_1_VERSION,
    "1.2": SSL.TLS1_2_VERSION,
    "1.3": SSL.TLS1_3_VERSION,
}
OLD: Final = ("1.0", "1.1")
WEAK: Final = "@SECLEVEL=0"
"""OpenSSL 3 speaks TLS 1.0 and 1.1 on this level only."""
ALL: Final = "ALL:!aNULL:!eNULL:!PSK:!SRP"
CONTEXTS: Final = 256
CLOCK_STEP: Final = 60
"""Seconds for which chargers with the same wrong clock share a context."""
_RELEASE_BUFFERS: Final = 0x10  # SSL_MODE_RELEASE_BUFFERS
_EXPIRED: Final = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_HANDSHAKE_DONE: Final = 0x20  # SSL_CB_HANDSHAKE_DONE
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = 253_402_300_740


@implementer(IOpenSSLClientConnectionCreator)
@define(eq=False)
class ClientSide:
    """Makes one TLS connection of a charger, and remembers why the server was not believed.

    Args:
        host: the server's name or address, as it stands in the URL.
        trust: whom the charger believes.
        tls: which TLS it speaks.
        clock_error: seconds that its clock is ahead: certificates are judged by it (Q3).

    Attributes:
        refusal: `untrusted`, `expired` or `name`; empty as long as nothing is wrong.
        protocol: the connection that was made.
    """

    host: str
    trust: Trust
    tls: Tls = MODERN
    clock_error: float = 0.0
    refusal: str = ""
    protocol: "TLSMemoryBIOProtocol | None" = None

    def clientConnectionForTLS(self, tlsProtocol: "TLSMemoryBIOProtocol") -> SSL.Connection:
        """Make the connection (called by Twisted)."""
        self.protocol = tlsProtocol
        seconds = None
        if self.clock_error:
            seconds = int(min(max(time.time() + self.clock_error, 0), _LATEST)) // CLOCK_STEP * CLOCK_STEP
        connection = OwnedConnection(context_for(self.trust, self.tls, seconds), None)
        connection.side = self
        if self.tls.sni and not is_address(self.host):
            connection.set_tlsext_host_name(self.host.encode("idna"))
        return connection

    def judge_path(self, error: int, ok: int) -> bool:
        """Take OpenSSL's verdict on one certificate of the path; it sends the alert that belongs to it."""
        if not ok:
            self.refusal = "expired" if error in _EXPIRED else "untrusted"
            if self.tls.silent and self.protocol is not None:
                below: Any = self.protocol.transport
                below.abortConnection()
                return True
        return bool(ok)

    def judge_name(self, connection: SSL.Connection) -> None:
        """Verify who the server is, once the handshake is done."""
        if self.refusal or self.protocol is None:
            return
        try:
            verify = verify_ip_address if is_address(self.host) else verify_hostname
            verify(connection, self.host)
        except VerificationError:
            self.refusal = "name"
        except Exception:  # noqa: BLE001 - whatever keeps the name from being verified, it is not
            self.refusal = "untrusted"
        if self.refusal:
            self.protocol.abortConnection()


@lru_cache(maxsize=CONTEXTS)
def context_for(trust: Trust, tls: Tls, seconds: int | None) -> SSL.Context:
    """Make what chargers that are alike have in common.

    Args:
        trust: whom they believe.
        tls: which TLS they speak.
        seconds: what their clocks show, since the epoch; None: the true time.

    Returns:
        The context, for `OwnedConnection`.

    Raises:
        ValueError: a root is no certificate, or there is no such version or suite.
    """
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    try:
        context.set_min_proto_version(VERSIONS[tls.minimum])
        context.set_max_proto_version(VERSIONS[tls.maximum])
        ciphers = tls.ciphers or (ALL if tls.minimum in OLD else "")
        if ciphers:
            weak = tls.minimum in OLD and "@SECLEVEL" not in ciphers
            context.set_cipher_list((ciphers + ":" + WEAK if weak else ciphers).encode("ascii"))
    except (KeyError, SSL.Error, UnicodeEncodeError):
        raise ValueError("no such TLS version or cipher suite") from None
    context.set_mode(_RELEASE_BUFFERS)
    if trust.system:
        context.set_default_verify_paths()
    store = context.get_cert_store()
    if store is None:
        raise MemoryError("OpenSSL made a context without a certificate store")
    for text in trust.roots:
        for root in x509.load_pem_x509_certificates(text.encode()):
            store.add_cert(X509.from_cryptography(root))
            if root.issuer != root.subject:
                store.set_flags(X509StoreFlags.PARTIAL_CHAIN)
    if seconds is not None:
        store.set_time(_EPOCH + timedelta(seconds=seconds))
    context.set_verify(SSL.VERIFY_PEER, _path)
    context.set_info_callback(_progress)
    return context


def is_address(host: str) -> bool:
    """Whether a host is an address and no name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class OwnedConnection(SSL.Connection):
    """A TLS connection that knows whose it is; its application data belong to Twisted.

    Attributes:
        side: what made it.
    """

    side: ClientSide


def _path(connection: Any, certificate: X509, error: int, depth: int, ok: int) -> bool:
    side: ClientSide = connection.side
    return side.judge_path(error, ok)


def _progress(connection: Any, where: int, value: int) -> None:
    if where & _HANDSHAKE_DONE:
        side: ClientSide = connection.side
        side.judge_name(connection)
