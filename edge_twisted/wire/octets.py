"""OpenSSL's reading and writing without an exception for 'nothing to read', and without a fresh buffer for each read.

The names with an underscore are pyOpenSSL's own affair. `tests/wire/test_octets.py` fails where they change; Edge
then goes the public way, which does the same more slowly.
"""

from typing import Any, Final

from OpenSSL import SSL

from edge_twisted.wire.hub import READ, WRITE

PIECE: Final = 65536
CLOSED: Final = b""
"""The peer said that nothing more comes."""


class PublicOctets:
    """Reads and writes one TLS connection by pyOpenSSL's public methods.

    Args:
        connection: on a socket that does not block.

    Attributes:
        read_wants, write_wants: what the socket must be ready for, where the last call came to nothing.
    """

    __slots__ = ("_connection", "read_wants", "write_wants")

    def __init__(self, connection: SSL.Connection) -> None:
        self._connection = connection
        self.read_wants = READ
        self.write_wants = WRITE

    def shake(self) -> bool:
        """Go on with the handshake; whether it is done. Else `read_wants` says what it waits for.

        Raises:
            SSL.Error: there will be no TLS.
        """
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            self.read_wants = READ
        except SSL.WantWriteError:
            self.read_wants = WRITE
        else:
            self.read_wants = READ
            return True
        return False

    def read(self) -> bytes | None:
        """Read one record: its octets, `CLOSED`, or None where there is nothing yet.

        Raises:
            SSL.Error: TLS is over.
        """
        try:
            return self._connection.recv(PIECE)
        except SSL.WantReadError:
            self.read_wants = READ
        except SSL.WantWriteError:
            self.read_wants = WRITE
        except SSL.ZeroReturnError:
            return CLOSED
        return None

    def write(self, data: Any) -> int:
        """Write octets: how many were taken, 0 where the socket takes none; they are to be offered again then.

        Raises:
            SSL.Error: TLS is over.
        """
        self.write_wants = WRITE
        try:
            return self._connection.send(data)
        except SSL.WantReadError:
            self.write_wants = READ
        except SSL.WantWriteError:
            pass
        return 0


_lib: Any = getattr(SSL, "_lib", None)
_ffi: Any = getattr(SSL, "_ffi", None)
NAMES: Final = (
    "SSL_do_handshake",
    "SSL_read",
    "SSL_write",
    "SSL_get_error",
    "SSL_ERROR_WANT_READ",
    "SSL_ERROR_WANT_WRITE",
)


class DirectOctets(PublicOctets):
    """The same by OpenSSL's own functions; pyOpenSSL says what is rare."""

    __slots__ = ("_ssl",)

    def __init__(self, connection: SSL.Connection) -> None:
        super().__init__(connection)
        self._ssl = connection._ssl

    def shake(self) -> bool:
        """Go on with the handshake."""
        result = _lib.SSL_do_handshake(self._ssl)
        if result == 1:
            self.read_wants = READ
            return True
        wants = _lib.SSL_get_error(self._ssl, result)
        if wants == _WANT_READ:
            self.read_wants = READ
        elif wants == _WANT_WRITE:
            self.read_wants = WRITE
        else:
            self._connection._raise_ssl_error(self._ssl, result)
        return False

    def read(self) -> bytes | None:
        """Read one record."""
        count = _read(self._ssl, _buffer, PIECE)
        if count > 0:
            octets: bytes = _octets[:count]
            return octets
        wants = _lib.SSL_get_error(self._ssl, count)
        if wants == _WANT_READ:
            self.read_wants = READ
        elif wants == _WANT_WRITE:
            self.read_wants = WRITE
        else:
            try:
                self._connection._raise_ssl_error(self._ssl, count)
            except SSL.ZeroReturnError:
                return CLOSED
        return None

    def write(self, data: Any) -> int:
        """Write octets."""
        count: int = _write(self._ssl, data if type(data) is bytes else _ffi.from_buffer(data), len(data))
        if count > 0:
            self.write_wants = WRITE
            return count
        wants = _lib.SSL_get_error(self._ssl, count)
        if wants == _WANT_WRITE:
            self.write_wants = WRITE
        elif wants == _WANT_READ:
            self.write_wants = READ
        else:
            self._connection._raise_ssl_error(self._ssl, count)
        return 0


def fastest() -> type[PublicOctets]:
    """Say which way is the fastest here."""
    if _ffi is None or not all(hasattr(_lib, name) for name in NAMES):
        return PublicOctets
    sample = SSL.Connection(SSL.Context(SSL.TLS_METHOD), None)
    return DirectOctets if hasattr(sample, "_ssl") and hasattr(sample, "_raise_ssl_error") else PublicOctets


Octets: type[PublicOctets] = fastest()
"""What the hot path uses."""

if Octets is DirectOctets:
    _WANT_READ, _WANT_WRITE = _lib.SSL_ERROR_WANT_READ, _lib.SSL_ERROR_WANT_WRITE
    _buffer = _ffi.new("char[]", PIECE)  # shared: what was read is copied before anybody else reads
    _octets = _ffi.buffer(_buffer)
    _read, _write = _lib.SSL_read, _lib.SSL_write
