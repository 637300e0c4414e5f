"""OpenSSL contexts for both legs: TLS 1.2 or newer, no ALPN callback, nothing changed once they are in use (T-03).

Twisted's `CertificateOptions` takes one certificate only, and its ALPN callback refuses clients that offer something
unknown; so the contexts are built here.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from attrs import define, field
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL
from OpenSSL.crypto import FILETYPE_PEM, X509, X509StoreFlags, load_privatekey
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from zope.interface import implementer

from edge_twisted.core.endpoint import Trust
from edge_twisted.trust.alerts import OnAlert, hear_alerts
from edge_twisted.trust.alerts import received_alert as received_alert
from edge_twisted.trust.authority import Leaf
from edge_twisted.trust.sessions import Sessions
from edge_twisted.trust.verify import UplinkConnection, UplinkCreator, service_id, verify_peer

if TYPE_CHECKING:
    from twisted.protocols.tls import TLSMemoryBIOProtocol

# Forward secrecy first (T-12), then the RSA key exchange that S-12 asks for. CBC comes last: an old charger that has
# nothing better is still better off than on plain `ws`.
CIPHERS = (
    b"ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES:RSA+AESGCM:RSA+AES"
    b":!AESCCM:!aNULL:!eNULL:!DSS:!PSK:!SRP:!MD5"
)
SUITES = frozenset(
    (0x1301, 0x1302, 0x1303)
    + (0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9)
    + (0xC009, 0xC00A, 0xC013, 0xC014, 0xC023, 0xC024, 0xC027, 0xC028)
    + (0x009C, 0x009D, 0x002F, 0x0035, 0x003C, 0x003D)
)
"""The numbers of the suites that a charger can agree on with us, for diagnosis: TLS 1.3, then `CIPHERS` in order."""

# An uplink context with the system's roots takes about 1 MiB.
MAX_CLIENT_CONTEXTS = 64

_NO_RENEGOTIATION = 0x40000000  # SSL_OP_NO_RENEGOTIATION


class RootsError(ValueError):
    """A text that should hold root certificates does not; the message says which, and never repeats it."""


def server_context(leaves: Iterable[Leaf], on_alert: OnAlert) -> SSL.Context:
    """Build the context of the charger listeners: both leaves at once, so that all suites of S-12 negotiate.

    The leaf alone is sent, without the root (T-07). Sessions may be resumed by ticket; a new context has new ticket
    keys (T-13).

    Args:
        leaves: the RSA leaf and the EC leaf.
        on_alert: called with the connection and the alert's number when a charger sends a fatal alert; the
            connection's app data is the TLS protocol. What it raises is logged.

    Returns:
        The context; not to be changed any more.
    """
    context = _context(SSL.TLS_SERVER_METHOD)
    context.set_options(SSL.OP_CIPHER_SERVER_PREFERENCE)
    context.set_session_id(b"edge charger leg")
    for leaf in leaves:
        context.use_certificate(X509.from_cryptography(leaf.certificate))
        pem = leaf.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        context.use_privatekey(load_privatekey(FILETYPE_PEM, pem))
        context.check_privatekey()

    hear_alerts(context, on_alert)
    return context


@implementer(IOpenSSLServerConnectionCreator)
@define(eq=False)
class ServerCreator:
    """Makes the TLS connections of the charger listeners.

    Args:
        context: for the connections to come. Put another one in its place to renew the leaves: connections that are
            open go on with the one they have (T-03, I11).
    """

    context: SSL.Context

    def serverConnectionForTLS(self, tlsProtocol: "TLSMemoryBIOProtocol") -> SSL.Connection:
        """Make a connection (called by Twisted)."""
        return self.connection(tlsProtocol)

    def connection(self, owner: Any, socket: Any = None) -> SSL.Connection:
        """Make a connection.

        Args:
            owner: its app data.
            socket: what it reads and writes itself; None: nothing, as Twisted wants it.
        """
        connection = SSL.Connection(self.context, socket)
        connection.set_app_data(owner)
        return connection


def read_roots(texts: Iterable[str]) -> list[x509.Certificate]:
    """Read root certificates as a maintainer gives them.

    Args:
        texts: PEM texts, each with one certificate or more.

    Returns:
        All certificates.

    Raises:
        RootsError: a text holds no certificate, or one that cannot be read.
    """
    roots: list[x509.Certificate] = []
    for number, text in enumerate(texts, 1):
        try:
            found = x509.load_pem_x509_certificates(text.encode())
        except ValueError:
            raise RootsError(f"root {number} is not a PEM certificate") from None
        roots += found
    return roots


def client_context(trust: Trust) -> SSL.Context:
    """Build a context for uplinks. Its peers are judged by `verify_peer`, so it serves `UplinkConnection`s only.

    Each root counts as the end of a path, also one that another authority signed.

    Args:
        trust: whom the uplinks believe.

    Returns:
        The context; not to be changed any more.

    Raises:
        RootsError: a root cannot be read.
    """
    roots = read_roots(trust.roots)
    context = _context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_PEER, verify_peer)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    if trust.system:
        context.set_default_verify_paths()
    store = context.get_cert_store()
    if store is None:
        raise MemoryError("OpenSSL made a context without a certificate store")
    store.set_flags(X509StoreFlags.PARTIAL_CHAIN)
    for root in roots:
        store.add_cert(X509.from_cryptography(root))

    hear_alerts(context, _note_alert)
    return context


def _note_alert(connection: SSL.Connection, number: int) -> None:
    if isinstance(connection, UplinkConnection):
        connection.creator.alert = number


@define(eq=False)
class ClientContexts:
    """The uplinks' contexts and sessions, one for each (host, trust): sharing them saves a quarter of a storm's work.

    Args:
        limit: how many are kept; the one unused for longest goes first.
    """

    limit: int = MAX_CLIENT_CONTEXTS
    _contexts: OrderedDict[tuple[str, Trust], tuple[SSL.Context, Sessions]] = field(
        factory=OrderedDict, init=False, repr=False
    )

    def creator(self, host: str, trust: Trust) -> UplinkCreator:
        """Prepare one dial.

        Args:
            host: whom we dial: a name, or an address literal without brackets.
            trust: whom this uplink believes.

        Returns:
            A creator for this dial alone.

        Raises:
            RootsError: a root of `trust` cannot be read.
            ValueError: `host` is neither a name nor an address.
        """
        service_id(host)
        key = (host, trust)
        kept = self._contexts.pop(key, None) or (client_context(trust), Sessions())
        self._contexts[key] = kept
        while len(self._contexts) > self.limit:
            self._contexts.popitem(last=False)
        context, sessions = kept
        return UplinkCreator(context, host, trust, sessions)


def _context(method: int) -> SSL.Context:
    context = SSL.Context(method)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_cipher_list(CIPHERS)
    context.set_options(SSL.OP_NO_COMPRESSION | _NO_RENEGOTIATION)
    context.set_mode(SSL.MODE_RELEASE_BUFFERS)
    return context
