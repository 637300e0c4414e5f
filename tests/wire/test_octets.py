"""OpenSSL's octets, by pyOpenSSL's public methods and by its private ones."""

import socket
from unittest.mock import patch

from OpenSSL import SSL
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.trust.contexts import server_context
from edge_twisted.wire import octets
from edge_twisted.wire.hub import READ, WRITE
from edge_twisted.wire.octets import CLOSED, DirectOctets, PublicOctets
from edge_twisted.wire.straight_tls import represents_eof
from tests.trust.handshake import charger_authority


class OctetsTests(SynchronousTestCase):
    """Both ways do the same."""

    def setUp(self) -> None:
        self.sockets = socket.socketpair()
        context = server_context(charger_authority().leaves, lambda connection, number: None)
        self.server = SSL.Connection(context, self.sockets[0])
        self.server.set_accept_state()
        self.client = SSL.Connection(SSL.Context(SSL.TLS_METHOD), self.sockets[1])
        self.client.set_connect_state()
        for one in self.sockets:
            one.setblocking(False)
            self.addCleanup(one.close)
        done: set[SSL.Connection] = set()
        while len(done) < 2:
            for end in (self.client, self.server):
                try:
                    end.do_handshake()
                    done.add(end)
                except SSL.WantReadError:
                    pass
        self.ends: tuple[type[PublicOctets], ...] = (PublicOctets, DirectOctets)

    def test_there(self) -> None:
        """A pyOpenSSL that has other names fails here; Edge would go on, the public way."""
        self.assertIs(octets.Octets, DirectOctets)

    def test_fall_back(self) -> None:
        """Without one of the names, the public way is taken."""
        with patch.object(octets, "NAMES", ("SSL_no_such_name",)):
            self.assertIs(octets.fastest(), PublicOctets)
        with patch.object(octets, "_ffi", None):
            self.assertIs(octets.fastest(), PublicOctets)

    def test_read_and_write(self) -> None:
        """Octets go through unchanged; nothing to read is no error."""
        for kind in self.ends:
            here, there = kind(self.server), kind(self.client)
            there.read()  # tickets
            self.assertIsNone(here.read())
            self.assertEqual(here.read_wants, READ)
            for data in (b"x", b"\x00\xff" * 5000, bytearray(b"abc"), memoryview(b"abcdef")[2:4]):
                self.assertEqual(here.write(data), len(data))
                self.assertEqual(there.read(), bytes(data)[:16384])

    def test_full(self) -> None:
        """A socket that takes no more is no error; what was not taken is offered again, and all arrives."""
        for kind in self.ends:
            here, there = kind(self.server), kind(self.client)
            data, sent, got = bytes(range(256)) * 8000, 0, b""
            while (count := here.write(data[sent:])) > 0:
                sent += count
            self.assertEqual((count, here.write_wants), (0, WRITE))
            while len(got) < len(data):
                got += there.read() or b""
                if sent < len(data):
                    sent += here.write(data[sent:])
            self.assertEqual(got, data)

    def test_closed(self) -> None:
        """The peer's proper end is told as such."""
        for kind, here, there in ((PublicOctets, self.server, self.client), (DirectOctets, self.client, self.server)):
            there.shutdown()
            reader = kind(here)
            while (found := reader.read()) is None:
                pass
            self.assertEqual(found, CLOSED)

    def test_lost(self) -> None:
        """A peer that goes without a word is an error, for reading and for writing, and known for what it is."""
        self.sockets[1].close()
        for kind in self.ends:
            here = kind(self.server)
            self.assertTrue(represents_eof(self.assertRaises(SSL.Error, here.read)))
        self.assertRaises(SSL.Error, DirectOctets(self.server).write, b"x" * 100)

    def test_garbage(self) -> None:
        """Octets that are no TLS are an error, and no end of the stream."""
        self.sockets[1].send(b"GET / HTTP/1.1\r\n\r\n")
        self.assertFalse(represents_eof(self.assertRaises(SSL.Error, DirectOctets(self.server).read)))
