"""TLS of the sandbox's two ends: a server with one certificate, and chargers that believe whom they are told to."""

import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from attrs import define, frozen
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL
from OpenSSL.crypto import FILETYPE_PEM, X509, load_privatekey
from service_identity import VerificationError
from service_identity.pyopenssl import verify_hostname, verify_ip_address
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IOpenSSLServerConnectionCreator
from zope.interface import implementer

from edge_twisted.sandbox.authority import ServerCertificate

if TYPE_CHECKING:
    from twisted.protocols.tls import TLSMemoryBIOProtocol

_EXPIRED: Final = (9, 10)  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_HANDSHAKE_DONE: Final = 0x20  # SSL_CB_HANDSHAKE_DONE


@frozen
class Trust:
    """Whom a charger believes; without arguments: nobody, as a charger that was never given a root.

    Args:
        system: the roots of the operating system.
        roots: PEM texts.
    """

    system: bool = False
    roots: tuple[str, ...] = ()


NOBODY: Final = Trust()
SYSTEM: Final = Trust(system=True)


@implementer(IOpenSSLServerConnectionCreator)
@define(eq=False)
class ServerSide:
    """Makes the TLS connections of a listener.

    Args:
        context: with the server's certificate.
    """

    context: SSL.Context

    def serverConnectionForTLS(self, tlsProtocol: "TLSMemoryBIOProtocol") -> SSL.Connection:
        """Make a connection (called by Twisted)."""
        return SSL.Connection(self.context, None)


def server_side(certificate: ServerCertificate) -> ServerSide:
    """Prepare a listener's TLS.

    Args:
        certificate: what it shows.

    Returns:
        For `TLSMemoryBIOFactory`: TLS 1.2 or newer.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.use_certificate(X509.from_cryptography(certificate.certificate))
    pem = certificate.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context.use_privatekey(load_privatekey(FILETYPE_PEM, pem))
    return ServerSide(context)


@implementer(IOpenSSLClientConnectionCreator)
@define(eq=False)
class ClientSide:
    """Makes one TLS connection of a charger, and remembers why the server was not believed.

    Args:
        host: the server's name or address, as it stands in the URL.
        trust: whom the charger believes.

    Attributes:
        refusal: `untrusted`, `expired` or `name`; empty as long as nothing is wrong.
    """

    host: str
    trust: Trust
    refusal: str = ""

    def clientConnectionForTLS(self, tlsProtocol: "TLSMemoryBIOProtocol") -> SSL.Connection:
        """Make the connection (called by Twisted)."""
        context = SSL.Context(SSL.TLS_CLIENT_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        if self.trust.system:
            context.set_default_verify_paths()
        store = context.get_cert_store()
        if store is None:
            raise MemoryError("OpenSSL made a context without a certificate store")
        for text in self.trust.roots:
            for root in x509.load_pem_x509_certificates(text.encode()):
                store.add_cert(X509.from_cryptography(root))
        context.set_verify(SSL.VERIFY_PEER, self._path)
        context.set_info_callback(self._progress(tlsProtocol))
        connection = SSL.Connection(context, None)
        if not _is_address(self.host):
            connection.set_tlsext_host_name(self.host.encode("ascii"))
        return connection

    def _path(self, connection: SSL.Connection, certificate: X509, error: int, depth: int, ok: int) -> bool:
        """Take OpenSSL's verdict on one certificate of the path; it sends the alert that belongs to it."""
        if not ok:
            self.refusal = "expired" if error in _EXPIRED else "untrusted"
        return bool(ok)

    def _progress(self, protocol: "TLSMemoryBIOProtocol") -> Callable[[SSL.Connection, int, int], None]:
        def progress(connection: SSL.Connection, where: int, value: int) -> None:
            if not where & _HANDSHAKE_DONE:
                return
            try:
                verify = verify_ip_address if _is_address(self.host) else verify_hostname
                verify(connection, self.host)
            except VerificationError:
                self.refusal = "name"
            except Exception:  # noqa: BLE001 - whatever keeps the name from being verified, it is not
                self.refusal = "untrusted"
            if self.refusal:
                protocol.abortConnection()

        return progress


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
