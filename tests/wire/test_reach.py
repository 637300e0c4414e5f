"""A host is reached by one of its addresses."""

import socket
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.error import ConnectionRefusedError, DNSLookupError
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import MemoryReactorClock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.wire.reach import ATTEMPT_SECONDS, Reach


class Book:
    """A resolver that knows some addresses."""

    def __init__(self, *addresses: str) -> None:
        self.answer: Deferred[Any] = succeed([(0, socket.SOCK_STREAM, 6, "", (one, 0)) for one in addresses])

    known: Any = None

    def at_hand(self, host: str) -> Any:
        """What is known before it is asked for."""
        return self.known

    def look_up(self, host: str) -> Deferred[Any]:
        """Answer."""
        return self.answer


class ReachTests(SynchronousTestCase):
    """In memory."""

    def setUp(self) -> None:
        self.reactor = MemoryReactorClock()

    def connect(self, *addresses: str) -> Deferred[Any]:
        """Begin to connect."""
        return self.reach(Book(*addresses))

    def reach(self, book: Book) -> Deferred[Any]:
        """The same with a resolver."""
        return Reach(self.reactor, book, "host", 80, 5.0).connect(Factory.forProtocol(Protocol))  # type: ignore[arg-type]  # as the test needs it

    @property
    def tried(self) -> list[str]:
        """The addresses that were tried."""
        return [host for host, *_ in self.reactor.tcpClients]

    def answer(self, number: int, reason: Exception | None = None) -> Any:
        """One attempt comes to an end: its connection stands, or fails."""
        factory: Any = self.reactor.tcpClients[number][2]
        if reason is not None:
            factory.clientConnectionFailed(None, Failure(reason))
            return None
        protocol = factory.buildProtocol(None)
        protocol.makeConnection(self.Transport())
        return protocol

    class Transport:
        """Whether it was aborted."""

        aborted = False

        def abortConnection(self) -> None:
            """End."""
            self.aborted = True

    def quiet(self) -> None:
        """Nothing is left to happen."""
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_one(self) -> None:
        """One address, one attempt."""
        done = self.connect("192.0.2.1")
        self.assertEqual(self.tried, ["192.0.2.1"])
        self.answer(0)
        self.assertIsInstance(self.successResultOf(done), Protocol)
        self.quiet()

    def test_at_hand(self) -> None:
        """Where the addresses are at hand, nobody is asked; the one, or the first, is tried at once."""
        for addresses in (("192.0.2.1",), ("192.0.2.1", "192.0.2.2")):
            self.reactor = MemoryReactorClock()
            book = Book()
            book.answer, book.known = Deferred(), Book(*addresses).answer.result
            connecting = self.reach(book)
            self.assertEqual(self.tried, ["192.0.2.1"])
            self.answer(0)
            self.assertIsInstance(self.successResultOf(connecting), Protocol)
            self.assertEqual(self.tried, ["192.0.2.1"])
            self.quiet()

    def test_second_beside(self) -> None:
        """An address that says nothing for a while gets company; the first that stands wins, the other is given up."""
        done = self.connect("2001:db8::1", "192.0.2.1", "192.0.2.1")
        self.reactor.advance(ATTEMPT_SECONDS)
        self.assertEqual(self.tried, ["2001:db8::1", "192.0.2.1"])
        self.answer(1)
        self.successResultOf(done)
        self.assertEqual(self.reactor.connectors[0].stoppedConnecting, True)
        self.quiet()

    def test_refused(self) -> None:
        """An address that refuses makes room for the next one at once."""
        done = self.connect("192.0.2.1", "192.0.2.2")
        self.answer(0, ConnectionRefusedError())
        self.assertEqual(self.tried, ["192.0.2.1", "192.0.2.2"])
        self.answer(1)
        self.successResultOf(done)
        self.quiet()

    def test_all_refused(self) -> None:
        """Where none is left, what the last one failed with is told."""
        done = self.connect("192.0.2.1", "192.0.2.2")
        self.answer(0, ConnectionRefusedError())
        self.answer(1, ConnectionRefusedError())
        self.failureResultOf(done, ConnectionRefusedError)
        self.quiet()

    def test_no_address(self) -> None:
        """No name, or a name without addresses."""
        self.failureResultOf(self.connect(), DNSLookupError)
        book = Book()
        book.answer = fail(DNSLookupError())
        self.failureResultOf(self.reach(book), DNSLookupError)

    def test_cancelled(self) -> None:
        """A dial that is given up tries nothing more, also where the name comes late."""
        done = self.connect("192.0.2.1", "192.0.2.2")
        done.cancel()
        self.failureResultOf(done, CancelledError)
        self.assertEqual(self.reactor.connectors[0].stoppedConnecting, True)
        self.quiet()
        book = Book()
        late: Deferred[Any] = Deferred()
        book.answer = late
        done = self.reach(book)
        done.cancel()
        self.failureResultOf(done, CancelledError)
        late.callback([(0, socket.SOCK_STREAM, 6, "", ("192.0.2.3", 0))])
        self.assertNotIn("192.0.2.3", self.tried)
        self.quiet()
