"""Who the central system is: path and name, checked in the handshake, before a byte of ours is sent (T-30, T-31).

Everything that goes wrong while checking means refused. The cause of a refusal is a word, kept by the creator that
was made for the dial.
"""

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from weakref import ref

from attrs import define, field
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from OpenSSL.crypto import FILETYPE_ASN1, X509, dump_certificate
from service_identity import CertificateError, VerificationError
from service_identity.cryptography import extract_patterns
from service_identity.hazmat import DNS_ID, IPAddress_ID, verify_service_identity
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from zope.interface import implementer

from edge_twisted.core.endpoint import Trust
from edge_twisted.trust.sessions import Sessions

if TYPE_CHECKING:
    from twisted.protocols.tls import TLSMemoryBIOProtocol

# The verify errors of OpenSSL 3 and 4 (X509_V_ERR_...), and what they mean to a person; any other number is "broken".
CAUSES = {
    2: "unknown-root",  # UNABLE_TO_GET_ISSUER_CERT
    7: "unknown-root",  # CERT_SIGNATURE_FAILURE: mostly a root that was replaced by one of the same name
    18: "self-signed",  # DEPTH_ZERO_SELF_SIGNED_CERT
    19: "unknown-root",  # SELF_SIGNED_CERT_IN_CHAIN
    20: "unknown-root",  # UNABLE_TO_GET_ISSUER_CERT_LOCALLY
    21: "unknown-root",  # UNABLE_TO_VERIFY_LEAF_SIGNATURE
    27: "unknown-root",  # CERT_UNTRUSTED
    9: "not-yet-valid",  # CERT_NOT_YET_VALID
    10: "expired",  # CERT_HAS_EXPIRED
    25: "purpose",  # PATH_LENGTH_EXCEEDED
    26: "purpose",  # INVALID_PURPOSE
    28: "purpose",  # CERT_REJECTED
    32: "purpose",  # KEYUSAGE_NO_CERTSIGN
    37: "purpose",  # INVALID_NON_CA
    39: "purpose",  # KEYUSAGE_NO_DIGITAL_SIGNATURE
    79: "purpose",  # INVALID_CA
    47: "name",  # PERMITTED_VIOLATION: a name constraint of the root forbids the name
    48: "name",  # EXCLUDED_VIOLATION
    62: "name",  # HOSTNAME_MISMATCH
    64: "name",  # IP_ADDRESS_MISMATCH
}


class Untrusted(Exception):
    """The peer is not the central system that was dialled, or cannot prove it.

    Args:
        code: `unknown-root`, `self-signed`, `expired`, `not-yet-valid`, `name` (it is for others), `no-name` (it has
            no name that counts), `purpose` (not meant for servers, or signed by what may not sign), `pin`, or
            `broken`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@lru_cache(maxsize=256)
def service_id(host: str) -> DNS_ID | IPAddress_ID:
    """Say how a host is looked for in a certificate.

    Args:
        host: a name, or an address literal without brackets; a scope id does not count.

    Returns:
        What `service_identity` compares.

    Raises:
        ValueError: it is neither a name nor an address.
    """
    try:
        return IPAddress_ID(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return DNS_ID(host)


def pin_of(certificate: x509.Certificate) -> bytes:
    """Compute what pins a certificate's key (T-33).

    Args:
        certificate: any certificate.

    Returns:
        The SHA-256 digest of its SubjectPublicKeyInfo, 32 bytes.
    """
    digest = Hash(SHA256())
    digest.update(certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    return digest.finalize()


def check_leaf(certificate: x509.Certificate, host: str, trust: Trust) -> None:
    """Check the names and the key of a certificate whose path is good already (RFC 9525, T-31 to T-33).

    Args:
        certificate: the peer's own.
        host: whom we dialled.
        trust: whom this uplink believes.

    Raises:
        Untrusted: with the code `name`, `no-name`, `pin` or `broken`; never any other exception.
    """
    try:
        _check_name(certificate, host, trust)
        if trust.pins and pin_of(certificate) not in trust.pins:
            raise Untrusted("pin")
    except Untrusted:
        raise
    except Exception as error:
        raise Untrusted("broken") from error


@lru_cache(maxsize=64)
def check_encoded(certificate: bytes, host: str, trust: Trust) -> None:
    """Do the same for a certificate as it came, once for each (certificate, host, trust): nothing else counts.

    What is refused is not remembered, and judged each time. Path and dates are OpenSSL's, at every handshake.

    Args:
        certificate: DER.
        host: whom we dialled.
        trust: whom this uplink believes.

    Raises:
        Untrusted: as `check_leaf`.
    """
    try:
        leaf = x509.load_der_x509_certificate(certificate)
    except ValueError as error:
        raise Untrusted("broken") from error
    check_leaf(leaf, host, trust)


def _check_name(certificate: x509.Certificate, host: str, trust: Trust) -> None:
    try:
        patterns = extract_patterns(certificate)
    except CertificateError:
        raise Untrusted("name") from None  # a pattern that is never right, such as `*`
    if patterns:
        try:
            verify_service_identity(patterns, [service_id(host)], [])
        except VerificationError:
            raise Untrusted("name") from None
    elif not trust.cn_fallback or trust.system or _has_alternative_names(certificate):
        raise Untrusted("no-name")
    else:
        common_names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if [str(found.value).lower() for found in common_names] != [host.lower()]:
            raise Untrusted("name")


def _has_alternative_names(certificate: x509.Certificate) -> bool:
    try:
        certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return False
    return True


class UplinkConnection(SSL.Connection):
    """OpenSSL's connection of one dial; it leads the callbacks of a shared context to what is known of that dial.

    Args:
        context: shared by all dials to the same host with the same trust.
        creator: what this dial is about.
        socket: what it reads and writes itself; None: nothing, its owner carries the octets.
    """

    def __init__(self, context: SSL.Context, creator: "UplinkCreator", socket: Any = None) -> None:
        super().__init__(context, socket)
        self.creator = creator


@implementer(IOpenSSLClientConnectionCreator)
@define(eq=False)
class UplinkCreator:
    """Makes the TLS connection of one dial, and keeps why it was refused; cheap, one for each dial.

    Args:
        context: from `client_context`; its callbacks come back here.
        host: whom we dial: a name or an address literal.
        trust: whom this uplink believes.
        refusal: why we refused the peer: a code of `Untrusted`; None while there is no reason.
        alert: the number of the fatal alert with which the peer refused us (T-22); None if it sent none.
        sessions: those of earlier dials with this context.
    """

    context: SSL.Context = field(repr=False)
    host: str
    trust: Trust = field(repr=False)
    sessions: Sessions = field(factory=Sessions, repr=False)
    refusal: str | None = field(default=None, init=False)
    alert: int | None = field(default=None, init=False)
    _verified: float | None = field(default=None, init=False, repr=False)
    _connection: ref[SSL.Connection] | None = field(default=None, init=False, repr=False)

    def clientConnectionForTLS(self, tlsProtocol: "TLSMemoryBIOProtocol") -> SSL.Connection:
        """Make the connection (called by Twisted)."""
        return self.connection(tlsProtocol)

    def connection(self, owner: Any, socket: Any = None) -> SSL.Connection:
        """Make the connection; the server's name is sent only where it is one (T-32).

        Args:
            owner: its app data.
            socket: what it reads and writes itself; None: nothing, as Twisted wants it.
        """
        self.refusal = self.alert = self._verified = None
        connection = UplinkConnection(self.context, self, socket)
        self._connection = ref(connection)
        earlier = self.sessions.take()
        if earlier:
            self._verified, session = earlier
            connection.set_session(session)
        connection.set_app_data(owner)
        wanted = service_id(self.host)
        if isinstance(wanted, DNS_ID):
            connection.set_tlsext_host_name(wanted.hostname)
        return connection

    def verified(self) -> None:
        """The peer's certificate was seen, and is good."""
        self._verified = self.sessions.now()

    def remember(self) -> None:
        """The peer has answered: keep the session for a later dial."""
        connection = self._connection() if self._connection else None
        session = connection.get_session() if connection is not None else None
        if session is not None and self._verified is not None:
            self.sessions.keep(self._verified, session)


def verify_peer(connection: SSL.Connection, certificate: X509, error: int, depth: int, ok: int) -> bool:
    """Judge one certificate of the peer's path: the verify callback of the uplink contexts. Never raises.

    OpenSSL calls it for each fault that it finds, and for each sound certificate from the root down to depth 0, the
    peer's own: there name and pins are checked. The first fault ends the handshake.

    Args:
        connection: an `UplinkConnection`.
        certificate: the one in question.
        error: OpenSSL's number for the fault; 0 without one.
        depth: 0 for the peer's own certificate.
        ok: 0 where OpenSSL found a fault.

    Returns:
        Whether to go on.
    """
    if not isinstance(connection, UplinkConnection):
        return False
    creator = connection.creator
    try:
        if not ok:
            raise Untrusted(CAUSES.get(error, "broken"))
        if depth == 0:
            check_encoded(dump_certificate(FILETYPE_ASN1, certificate), creator.host, creator.trust)
            creator.verified()
    except Exception as refused:
        creator.refusal = refused.code if isinstance(refused, Untrusted) else "broken"
        return False
    return True
