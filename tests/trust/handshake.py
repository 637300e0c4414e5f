"""A TLS client and a TLS server in memory, with Twisted's TLS on both ends, and what passed between them."""

import functools
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from OpenSSL import SSL
from OpenSSL.crypto import FILETYPE_PEM, load_certificate, load_privatekey
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import (
    IHandshakeListener,
    IOpenSSLClientConnectionCreator,
    IOpenSSLServerConnectionCreator,
    ITransport,
)
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.internet.task import Clock
from twisted.protocols.tls import TLSMemoryBIOFactory
from twisted.python.failure import Failure
from zope.interface import implementer

from edge_twisted.trust.authority import Authority, open_authority

# Longer than any alert or Finished message, so that it cannot hide among the encrypted records of TLS 1.3.
GREETING = b"GET /AL1000 HTTP/1.1\r\n" + b"x" * 400
NAMES, ADDRESSES = ["edge.lan", "box.local"], ["127.0.0.1", "::1"]
VERSIONS = (SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION)


@functools.cache
def charger_authority() -> Authority:
    """One box's authority for all tests of a run, for `edge.lan`, 127.0.0.1 and ::1: RSA keys take a while."""
    return open_authority(Path(tempfile.mkdtemp(dir=Path.cwd())), NAMES, ADDRESSES)


def copied_authority(directory: Path) -> Authority:
    """The same authority with files of its own, for tests that change them.

    Args:
        directory: where the files go; it is made.

    Returns:
        The authority as a start of the box finds it.
    """
    shutil.copytree(charger_authority().directory, directory)
    return open_authority(directory, NAMES, ADDRESSES)


@implementer(IHandshakeListener)
class Recorder(Protocol):
    """Says its greeting at once, as Autobahn does, and keeps what happens to it."""

    def __init__(self, greeting: bytes = b"") -> None:
        self.greeting = greeting
        self.received = b""
        self.secured = False
        self.lost: Failure | None = None

    def connectionMade(self) -> None:
        if self.greeting and self.transport is not None:
            self.transport.write(self.greeting)

    def handshakeCompleted(self) -> None:
        self.secured = True

    def dataReceived(self, data: bytes) -> None:
        self.received += data

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self.lost = reason


@implementer(IOpenSSLServerConnectionCreator, IOpenSSLClientConnectionCreator)
class Plain:
    """Connections of any context, as a charger or a central system might make them.

    Args:
        context: how it speaks TLS; on its first use an info callback is added, that fills `alerts`.
        name: the server name to send; None for no SNI.

    Attributes:
        alerts: the alerts that were received, as (level, number).
        connection: the latest connection.
    """

    def __init__(self, context: SSL.Context, name: bytes | None = None) -> None:
        self.context = context
        self.name = name
        self.alerts: list[tuple[int, int]] = []
        self.connection: SSL.Connection
        self.session: SSL.Session | None = None
        context.set_info_callback(self._info)

    def _info(self, connection: SSL.Connection, where: int, value: int) -> None:
        if where & 0x4004 == 0x4004:
            self.alerts.append((value >> 8, value & 255))

    def serverConnectionForTLS(self, tlsProtocol: object) -> SSL.Connection:
        self.connection = SSL.Connection(self.context, None)
        return self.connection

    def clientConnectionForTLS(self, tlsProtocol: object) -> SSL.Connection:
        self.connection = SSL.Connection(self.context, None)
        if self.name is not None:
            self.connection.set_tlsext_host_name(self.name)
        if self.session is not None:
            self.connection.set_session(self.session)
        return self.connection


def plain_client(
    ciphers: bytes = b"", version: int | None = None, name: bytes | None = None, alpn: Sequence[bytes] = ()
) -> Plain:
    """Make a client that verifies nothing.

    Args:
        ciphers: an OpenSSL cipher list; empty: the library's own.
        version: the only TLS version that it speaks; None: the library's own.
        name: the server name to send; None for no SNI.
        alpn: application protocols to offer.

    Returns:
        Its creator.
    """
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    _limit(context, ciphers, version)
    if alpn:
        context.set_alpn_protos(list(alpn))
    return Plain(context, name)


def plain_server(
    certificate: tuple[bytes, bytes], chain: Sequence[str] = (), ciphers: bytes = b"", version: int | None = None
) -> Plain:
    """Make a server with a certificate of `tests.certificates`.

    Args:
        certificate: the certificate and its key, both as PEM.
        chain: PEM texts of certificates to send along.
        ciphers: an OpenSSL cipher list; empty: the library's own.
        version: the only TLS version that it speaks; None: the library's own.

    Returns:
        Its creator.
    """
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    _limit(context, ciphers, version)
    context.use_certificate(load_certificate(FILETYPE_PEM, certificate[0]))
    context.use_privatekey(load_privatekey(FILETYPE_PEM, certificate[1]))
    for pem in chain:
        context.add_extra_chain_cert(load_certificate(FILETYPE_PEM, pem.encode()))
    return Plain(context)


def _limit(context: SSL.Context, ciphers: bytes, version: int | None) -> None:
    if ciphers:
        context.set_cipher_list(ciphers)
    if version is not None:
        context.set_min_proto_version(version)
        context.set_max_proto_version(version)


@implementer(ITransport)
class _Wire:
    """One end's transport: keeps what was written, and whether the end wants to close."""

    def __init__(self) -> None:
        self.waiting = b""
        self.everything = b""
        self.closing = False

    def write(self, data: bytes) -> None:
        if not self.closing:
            self.waiting += data
            self.everything += data

    def writeSequence(self, data: Iterable[bytes]) -> None:
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        self.closing = True

    def abortConnection(self) -> None:
        self.closing = True

    def getPeer(self) -> IPv4Address:
        return IPv4Address("TCP", "192.0.2.7", 50000)

    def getHost(self) -> IPv4Address:
        return IPv4Address("TCP", "192.0.2.1", 443)

    def take(self) -> bytes:
        data, self.waiting = self.waiting, b""
        return data


class End:
    """One end of a link.

    Args:
        creator: makes its TLS connection.
        is_client: which end it is.
        greeting: what its application says at once.

    Attributes:
        app: its application.
        wire: its transport below TLS.
    """

    def __init__(self, creator: Any, is_client: bool, greeting: bytes) -> None:
        self.app = Recorder(greeting)
        self.wire = _Wire()
        self.clock = Clock()
        factory = Factory.forProtocol(lambda: self.app)
        self.tls: Any = TLSMemoryBIOFactory(creator, is_client, factory, self.clock).buildProtocol(None)

    def start(self) -> None:
        """Let it find its transport."""
        self.tls.makeConnection(self.wire)

    def close(self) -> None:
        """Tell it that the transport is gone."""
        self.wire.closing = True
        if self.app.lost is None:
            self.tls.connectionLost(Failure(ConnectionDone()))

    def records(self, kind: int) -> list[bytes]:
        """The bodies of all records of one content type that this end has sent; 23 is application data."""
        found, rest = [], self.wire.everything
        while rest:
            size = int.from_bytes(rest[3:5], "big")
            if rest[0] == kind:
                found.append(rest[5 : 5 + size])
            rest = rest[5 + size :]
        return found


class Link:
    """A client and a server that talk until nothing is left to say.

    Args:
        server: the server's creator.
        client: the client's creator.
    """

    def __init__(self, server: Any, client: Any) -> None:
        self.server = End(server, False, b"")
        self.client = End(client, True, GREETING)
        self.server.start()
        self.client.start()
        self.run()

    def run(self) -> None:
        """Carry bytes both ways until both ends are silent; an end that closes takes the other along."""
        while True:
            for end in (self.client, self.server):
                end.clock.advance(1)
            if not (self._carry(self.client, self.server) | self._carry(self.server, self.client)):
                break
        if self.client.wire.closing or self.server.wire.closing:
            self.client.close()
            self.server.close()

    def _carry(self, giver: End, taker: End) -> bool:
        data = giver.wire.take()
        if data and not taker.wire.closing:
            taker.tls.dataReceived(data)
        return bool(data)

    @property
    def secured(self) -> bool:
        """Whether the handshake came to its end on both sides, and the greeting arrived."""
        return self.client.app.secured and self.server.app.secured and self.server.app.received == GREETING

    def client_sent_nothing(self) -> bool:
        """Whether no byte of the client's application left it, encrypted or not.

        In TLS 1.3 an alert travels as an encrypted record as well, but a much shorter one than the greeting.
        """
        return self.server.app.received == b"" and sum(map(len, self.client.records(23))) < len(GREETING) // 4


def collected() -> tuple[list[int], Callable[[SSL.Connection, int], None]]:
    """A list, and an `on_alert` that fills it with the numbers of alerts."""
    numbers: list[int] = []
    return numbers, lambda connection, number: numbers.append(number)
