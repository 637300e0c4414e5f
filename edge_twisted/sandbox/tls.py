"""TLS of the sandbox's two ends: a server with one certificate, and chargers that believe whom they are told to."""

from typing import TYPE_CHECKING, Final

from attrs import define, frozen
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL
from OpenSSL.crypto import FILETYPE_PEM, X509, load_privatekey
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from zope.interface import implementer

from edge_twisted.sandbox.authority import ServerCertificate

if TYPE_CHECKING:
    from twisted.protocols.tls import TLSMemoryBIOProtocol


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


@frozen
class Tls:
    """Which TLS a charger speaks.

    Args:
        minimum, maximum: versions: `1.0`, `1.1`, `1.2` or `1.3`.
        ciphers: the suites up to TLS 1.2, as OpenSSL writes them; empty: OpenSSL's own choice.
        sni: whether it names the server in its ClientHello; an address never is named.
        silent: whether it hangs up without an alert when it does not believe a certificate.
    """

    minimum: str = "1.2"
    maximum: str = "1.3"
    ciphers: str = ""
    sni: bool = True
    silent: bool = False


MODERN: Final = Tls()


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
