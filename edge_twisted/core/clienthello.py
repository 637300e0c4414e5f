"""What a TLS client offers: its ClientHello, read from the bytes in passing (RFC 8446 section 4.1.2, design 3.1)."""

from collections.abc import Iterator
from typing import Final

from attrs import define, frozen

LIMIT: Final = 16 * 1024
"""Bytes of records within which a ClientHello must end."""

_RECORDS: Final = 64
_CLIENT_HELLO: Final = 1
_SERVER_NAME, _MAX_FRAGMENT, _SIGNATURES, _ALPN, _VERSIONS = 0, 1, 13, 16, 43


@frozen
class Hello:
    """A ClientHello.

    Args:
        legacy_version: the version field, such as 0x0303 for TLS 1.2.
        versions: the numbers in supported_versions, GREASE included; empty without that extension.
        suites: cipher suite numbers, by preference.
        server_name: the SNI, text from outside; empty: none (T-14).
        alpn: protocol names.
        signatures: signature scheme numbers; None without that extension.
        max_fragment: bytes of max_fragment_length; 0: none (J-47).
    """

    legacy_version: int
    versions: tuple[int, ...] = ()
    suites: tuple[int, ...] = ()
    server_name: str = ""
    alpn: tuple[bytes, ...] = ()
    signatures: tuple[int, ...] | None = None
    max_fragment: int = 0

    @property
    def highest(self) -> int:
        """The highest version it can do, such as 0x0304; 0 if it names none that is TLS."""
        if not self.versions:
            return self.legacy_version
        return max((version for version in self.versions if version >> 8 == 3), default=0)

    @property
    def takes_rsa(self) -> bool:
        """Whether it checks signatures made with an ordinary RSA key; true if it doesn't say."""
        return self.signatures is None or any(
            number in (0x0804, 0x0805, 0x0806) or (number & 0xFF == 1 and number >> 8 <= 6)
            for number in self.signatures
        )

    @property
    def takes_ecdsa(self) -> bool:
        """Whether it checks ECDSA signatures; true if it doesn't say."""
        return self.signatures is None or any(number & 0xFF == 3 and number >> 8 <= 6 for number in self.signatures)


@frozen
class Broken:
    """Bytes that are no ClientHello.

    Args:
        reason: `record` (no TLS handshake record), `message` (another handshake message), `size` (it doesn't end
            within `LIMIT`, or comes in more than 64 records), or `body` (its fields contradict each other).
    """

    reason: str


def hello_end(data: bytes) -> int:
    """Find where a ClientHello ends.

    Args:
        data: the first bytes of a connection, TLS records.

    Returns:
        The length of the records that hold it; -1 while more bytes are needed; 0 if there is none, and none will come.
    """
    found = _message(data)
    if found is None:
        return -1
    return 0 if isinstance(found, Broken) else found[1]


def read_hello(data: bytes) -> Hello | Broken | None:
    """Read a ClientHello, which may span several records and segments.

    Args:
        data: the first bytes of a connection, TLS records; what follows the hello is not looked at.

    Returns:
        The hello, None while more bytes are needed, or why there is none. Never an exception.
    """
    found = _message(data)
    if found is None or isinstance(found, Broken):
        return found
    try:
        return _body(_Reader(found[0]))
    except _Short:
        return Broken("body")


def _message(data: bytes) -> tuple[bytes, int] | Broken | None:
    """The body of the hello, joined from its records, and where the last of them ends."""
    message = bytearray()
    at = 0
    for _ in range(_RECORDS):
        header = data[at : at + 5]
        if not b"\x16\x03".startswith(header[:2]):
            return Broken("record")
        if len(header) < 5:
            return None
        length = int.from_bytes(header[3:], "big")
        if not length:
            return Broken("record")
        message += data[at + 5 : at + 5 + length]
        at += 5 + length
        if message and message[0] != _CLIENT_HELLO:
            return Broken("message")
        if at > LIMIT:
            return Broken("size")
        if at > len(data):
            return None
        size = int.from_bytes(message[1:4], "big")
        if len(message) >= 4 + size:
            return bytes(message[4 : 4 + size]), at
        if len(message) >= 4 and size > LIMIT:
            return Broken("size")
    return Broken("size")


class _Short(Exception):
    """A length points beyond its field."""


@define
class _Reader:
    """Takes fields from the front of some bytes."""

    data: bytes
    at: int = 0

    def take(self, length: int) -> bytes:
        """The next bytes."""
        self.at += length
        if self.at > len(self.data):
            raise _Short
        return self.data[self.at - length : self.at]

    def number(self, length: int) -> int:
        """The next bytes as a number."""
        return int.from_bytes(self.take(length), "big")

    def vector(self, prefix: int) -> "_Reader":
        """A field that says its own length in `prefix` bytes."""
        return _Reader(self.take(self.number(prefix)))

    def numbers(self) -> Iterator[int]:
        """All that is left, as numbers of two bytes."""
        while self.at < len(self.data):
            yield self.number(2)


def _body(reader: _Reader) -> Hello:
    legacy_version = reader.number(2)
    reader.take(32)
    reader.vector(1)
    suites = tuple(reader.vector(2).numbers())
    reader.vector(1)
    extensions: dict[int, _Reader] = {}
    if reader.at < len(reader.data):
        rest = reader.vector(2)
        while rest.at < len(rest.data):
            extensions.setdefault(rest.number(2), rest.vector(2))
    signatures = extensions.get(_SIGNATURES)
    fragment = extensions[_MAX_FRAGMENT].data if _MAX_FRAGMENT in extensions else b""
    return Hello(
        legacy_version,
        tuple(_inner(extensions, _VERSIONS, 1).numbers()),
        suites,
        _name(_inner(extensions, _SERVER_NAME, 2)),
        tuple(_names(_inner(extensions, _ALPN, 2))),
        None if signatures is None else tuple(signatures.vector(2).numbers()),
        256 << fragment[0] if fragment and 1 <= fragment[0] <= 4 else 0,
    )


def _inner(extensions: dict[int, _Reader], number: int, prefix: int) -> _Reader:
    """The list in an extension; empty without it."""
    extension = extensions.get(number)
    return extension.vector(prefix) if extension else _Reader(b"")


def _name(names: _Reader) -> str:
    """The first host name in a server_name list, whatever its bytes."""
    while names.at < len(names.data):
        kind, name = names.number(1), names.vector(2).data
        if kind == 0:
            return name.decode("ascii", "backslashreplace")
    return ""


def _names(names: _Reader) -> Iterator[bytes]:
    while names.at < len(names.data):
        yield names.vector(1).data
