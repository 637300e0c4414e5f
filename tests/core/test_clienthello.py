"""Tests for `edge_twisted.core.clienthello`."""

import contextlib
import ssl
from collections.abc import Sequence
from functools import cache

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.clienthello import LIMIT, Broken, Hello, hello_end, read_hello


@cache
def real_hello(
    name: str | None = "edge.lan",
    alpn: Sequence[str] = (),
    ciphers: str = "",
    highest: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
) -> bytes:
    """The first flight of a client made with Python's ssl."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.maximum_version = highest
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if ciphers:
        context.set_ciphers(ciphers)
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(incoming, outgoing, server_hostname=name)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


def vector(prefix: int, data: bytes) -> bytes:
    """Bytes with their length in front."""
    return len(data).to_bytes(prefix, "big") + data


def extension(number: int, data: bytes) -> bytes:
    """One extension."""
    return number.to_bytes(2, "big") + vector(2, data)


def message(extensions: bytes | None = b"", version: int = 0x0303, suites: bytes = b"\x00\x9c\xc0\x2b") -> bytes:
    """A ClientHello without its records."""
    body = version.to_bytes(2, "big") + bytes(32) + vector(1, b"session") + vector(2, suites) + vector(1, b"\0")
    if extensions is not None:
        body += vector(2, extensions)
    return b"\x01" + vector(3, body)


def records(data: bytes, size: int = 1 << 14) -> bytes:
    """Handshake records with at most `size` bytes each."""
    return b"".join(b"\x16\x03\x01" + vector(2, data[at : at + size]) for at in range(0, len(data), size))


def read(data: bytes) -> Hello:
    """A hello that must be readable."""
    hello = read_hello(data)
    assert isinstance(hello, Hello), hello
    return hello


class RealHelloTests(SynchronousTestCase):
    """'A ClientHello (it can be more than one segment) is read in passing' (design section 3.1)."""

    def test_openssl(self) -> None:
        """I1, I2: a ClientHello of OpenSSL is read in all its parts."""
        data = real_hello(alpn=("http/1.1", "ocpp"))
        hello = read(data)
        self.assertEqual(hello_end(data), len(data))
        self.assertEqual((hello.legacy_version, hello.highest), (0x0303, 0x0304))
        self.assertEqual((hello.server_name, hello.alpn), ("edge.lan", (b"http/1.1", b"ocpp")))
        self.assertIn(0x1301, hello.suites)
        self.assertIn(0xC02B, hello.suites)
        self.assertTrue(hello.takes_rsa and hello.takes_ecdsa)
        self.assertEqual(hello.max_fragment, 0)

    def test_tls_1_2_only(self) -> None:
        """I1: a client of TLS 1.2 with one of the white paper's suites offers just that."""
        hello = read(real_hello(ciphers="AES128-GCM-SHA256", highest=ssl.TLSVersion.TLSv1_2))
        self.assertEqual(hello.highest, 0x0303)
        self.assertEqual(set(hello.suites) - {0x00FF}, {0x009C})

    def test_no_server_name(self) -> None:
        """I13, T-14: chargers often send no SNI."""
        self.assertEqual(read(real_hello(name=None)).server_name, "")

    def test_every_segment(self) -> None:
        """At every point before its end a hello is incomplete, and whatever follows it does not matter."""
        data = real_hello()
        for cut in range(len(data)):
            self.assertIsNone(read_hello(data[:cut]))
            self.assertEqual(hello_end(data[:cut]), -1)
        self.assertEqual(hello_end(data + b"\x14\x03\x03\x00\x01\x01"), len(data))
        self.assertEqual(read_hello(data + b"rest"), read_hello(data))

    @given(st.integers(9, 400))
    def test_every_record_size(self, size: int) -> None:
        """A hello in several records is the same hello."""
        data = real_hello()
        split = records(data[5:], size)
        self.assertEqual(read_hello(split), read_hello(data))
        self.assertEqual(hello_end(split), len(split))
        self.assertIsNone(read_hello(split[:-1]))


class HelloTests(SynchronousTestCase):
    """Hellos made by hand, for what OpenSSL would not send."""

    def test_without_extensions(self) -> None:
        """I3, S-11: the hello of an old stack has no extensions; its version field is its highest."""
        for version in (0x0300, 0x0301, 0x0302):
            hello = read(records(message(None, version)))
            self.assertEqual((hello.highest, hello.suites), (version, (0x009C, 0xC02B)))
            self.assertTrue(hello.takes_rsa and hello.takes_ecdsa)

    def test_grease(self) -> None:
        """Reserved numbers that clients mix in are no version."""
        versions = vector(1, b"\x7a\x7a\x03\x02\x03\x03")
        self.assertEqual(read(records(message(extension(43, versions)))).highest, 0x0303)
        self.assertEqual(read(records(message(extension(43, vector(1, b"\x7a\x7a"))))).highest, 0)

    def test_signatures(self) -> None:
        """Q2: clients that check only RSA, or only ECDSA, or neither."""
        for schemes, rsa, ecdsa in (
            (b"\x04\x01", True, False),
            (b"\x08\x04", True, False),
            (b"\x04\x03\x02\x03", False, True),
            (b"\x08\x07\x08\x0b\x04\x02", False, False),
            (b"", False, False),
        ):
            hello = read(records(message(extension(13, vector(2, schemes)))))
            self.assertEqual((hello.takes_rsa, hello.takes_ecdsa), (rsa, ecdsa), schemes)

    def test_max_fragment(self) -> None:
        """I16, J-47: max_fragment_length in bytes; an unknown value is none."""
        sizes = [read(records(message(extension(1, bytes([code]))))).max_fragment for code in range(6)]
        self.assertEqual(sizes, [0, 512, 1024, 2048, 4096, 0])

    def test_odd_server_names(self) -> None:
        """I13: an address, other name types or any bytes as SNI are read as they are."""
        names = b"\x09" + vector(2, b"x") + b"\x00" + vector(2, b"192.0.2.1")
        self.assertEqual(read(records(message(extension(0, vector(2, names))))).server_name, "192.0.2.1")
        names = b"\x00" + vector(2, b"\xff\n")
        self.assertEqual(read(records(message(extension(0, vector(2, names))))).server_name, "\\xff\n")


class BrokenTests(SynchronousTestCase):
    """Bytes that are no ClientHello say why, and end the waiting."""

    def check(self, data: bytes, reason: str) -> None:
        """It is broken for that reason."""
        self.assertEqual(read_hello(data), Broken(reason))
        self.assertEqual(hello_end(data), len(data) if reason == "body" else 0)

    def test_no_record(self) -> None:
        """I10: plain HTTP and everything else that is no TLS handshake record."""
        for data in (
            b"G",
            b"GET / HTTP/1.1\r\n",
            b"\x15\x03\x01\x00\x02\x02\x28",
            b"\x16\x02",
            b"\x16\x03\x01\x00\x00",
        ):
            self.check(data, "record")

    def test_other_record_in_between(self) -> None:
        """Records of a hello follow each other."""
        self.check(records(message()[:10]) + b"\x17\x03\x03\x00\x01x", "record")

    def test_record_that_goes_on(self) -> None:
        """A hello ends with its last record, also where that holds more."""
        data = records(message() + bytes(50))
        self.assertEqual(hello_end(data), len(data))
        self.assertEqual(hello_end(data[:-1]), -1)

    def test_other_message(self) -> None:
        """A server's hello is none of a client."""
        self.check(records(b"\x02" + message()[1:]), "message")

    def test_too_long(self) -> None:
        """16 KiB bound the wait, whether the hello says its length or comes in ever more records."""
        self.check(records(b"\x01\xff\xff\xff" + bytes(100)), "size")
        self.check(records(message(bytes(20_000)), 4000), "size")
        self.check(records(message(bytes(100)), 1), "size")
        self.check(b"\x16\x03\x01\xff\xff\x01", "size")
        self.assertEqual(LIMIT, 16_384)

    def test_contradictions(self) -> None:
        """A length that points beyond its field."""
        whole = message(extension(0, vector(2, b"\x00" + vector(2, b"edge.lan"))))
        for change in (38, 46, 52, 54):
            damaged = bytearray(whole)
            damaged[change] ^= 0xFF
            self.check(records(bytes(damaged)), "body")
        self.check(records(b"\x01\x00\x00\x00"), "body")
        self.check(records(message(suites=b"\x00")), "body")

    @given(st.binary(max_size=300))
    def test_any_bytes(self, data: bytes) -> None:
        """Any bytes give an answer, and both functions agree."""
        for given_bytes in (data, records(data), records(b"\x01" + vector(3, data))):
            found, end = read_hello(given_bytes), hello_end(given_bytes)
            if found is None:
                self.assertEqual(end, -1)
            elif isinstance(found, Hello):
                self.assertTrue(0 < end <= len(given_bytes))
            else:
                self.assertIn(found.reason, ("record", "message", "size", "body"))

    @given(st.data())
    def test_any_damage(self, data: st.DataObject) -> None:
        """A real hello with any bytes changed gives an answer."""
        hello = bytearray(real_hello())
        for place in data.draw(st.lists(st.integers(0, len(hello) - 1), max_size=5)):
            hello[place] = data.draw(st.integers(0, 255))
        self.assertIsInstance(read_hello(bytes(hello)), (Hello, Broken, type(None)))
