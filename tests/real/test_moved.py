"""A box that gets other addresses, or can't find them out for a while, and an Edge that goes on meanwhile (I12)."""

from twisted.trial.unittest import TestCase

from tests.real.prepared import PreparedEdge
from tests.real.sockets import Sockets

OTHER_BOX = """
import errno
import os

import ifaddr
from edge_twisted import service
from edge_twisted.core import networks

service.RENEWAL_SECONDS = 0.1
networks.PRIVATE = ()
found = ifaddr.get_adapters


def get_adapters():
    if os.path.exists({trouble!r}):
        raise OSError(errno.EMFILE, "too many open files")
    return [one for one in found() if one.name != "lo" or os.path.exists({moved!r})]


ifaddr.get_adapters = get_adapters
"""
"""No network is private by itself; the loopback interface comes once a file is there. Another makes looking fail."""


class MovedTests(TestCase):
    """An Edge of which the box has no loopback interface at first, and looks for new addresses all the time."""

    timeout = 120

    async def test_networks(self) -> None:
        """I12: who stands in a network that the box got later may connect, also after looking for it failed once."""
        sockets = Sockets(self)
        edge = PreparedEdge(self, {})
        trouble, moved = edge.config.with_name("trouble"), edge.config.with_name("moved")
        edge.first = OTHER_BOX.format(trouble=str(trouble), moved=str(moved))
        await edge.start()
        port = edge.ports["ws"][0]
        stranger = await sockets.connect(port, b"GET / HTTP/1.1\r\n\r\n")
        await sockets.watch.until(lambda: stranger.gone or None, "end of a stranger's connection")
        self.assertEqual(stranger.head, b"")
        trouble.touch()
        await edge.says(b"OSError")
        moved.touch()
        trouble.unlink()
        await edge.says(b"certificate was issued")
        neighbour = await sockets.connect(port, b"GET / HTTP/1.1\r\n\r\n")
        await sockets.watch.until(lambda: neighbour.head or None, "answer to a neighbour")
        self.assertEqual(neighbour.status, 426)
        await edge.stop()
