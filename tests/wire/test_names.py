"""Name resolution in its own pool: shared per name, bounded, and a hanging lookup delays nobody else."""

import socket
import threading
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults, inlineCallbacks
from twisted.internet.error import DNSLookupError
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from edge_twisted.wire.names import WAITING, Names

ANSWER = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))]


class NamesTests(TestCase):
    """With a resolver that waits until it is let go."""

    timeout = 30

    def setUp(self) -> None:
        self.go = threading.Event()
        self.asked: list[str] = []
        self.names = Names(reactor, self.look_up)
        self.names.start()
        self.addCleanup(self.names.stop)
        self.addCleanup(self.go.set)

    def look_up(self, host: str, *args: Any) -> Any:
        """Stand for `getaddrinfo`."""
        self.asked.append(host)
        if host.startswith("slow"):
            self.go.wait(20)
        if host == "nowhere":
            raise socket.gaierror(8, "no such name")
        return ANSWER

    @inlineCallbacks
    def test_found(self) -> Any:
        """A name gives its addresses, which are at hand for a moment then."""
        self.assertIsNone(self.names.at_hand("quick"))
        found = yield self.names.look_up("quick")
        self.assertEqual(ANSWER, list(found))
        self.assertEqual(ANSWER, list(self.names.at_hand("quick") or ()))

    def test_unknown(self) -> Deferred[Any]:
        """A name that does not exist is a lookup error."""
        return self.assertFailure(self.names.look_up("nowhere"), DNSLookupError)

    def test_literal(self) -> None:
        """An address needs no lookup."""
        found = self.successResultOf(self.names.look_up("::1"))
        self.assertEqual((socket.AF_INET6, "::1"), (found[0][0], found[0][4][0]))
        self.assertEqual(found, self.names.at_hand("::1"))
        self.assertEqual([], self.asked)

    def test_shared(self) -> Deferred[Any]:
        """However many ask for a name at once, it is looked up once."""
        waiting = [self.names.look_up("slow") for _ in range(10)]
        self.go.set()
        return gatherResults(waiting).addCallback(lambda _: self.assertEqual(["slow"], self.asked))

    def test_hanging_lookups_delay_nobody(self) -> Deferred[Any]:
        """20 lookups that hang delay neither another lookup nor other work in threads."""
        slow = [self.names.look_up(f"slow{number}") for number in range(20)]
        waiting: list[Deferred[Any]] = [self.names.look_up("quick"), deferToThread(lambda: "done")]
        others: Deferred[list[Any]] = gatherResults(waiting)

        def quick(result: Any) -> Deferred[Any]:
            self.assertEqual("done", result[1])
            self.assertFalse(any(one.called for one in slow))
            self.go.set()
            return gatherResults(slow)

        return others.addCallback(quick)

    def test_bounded(self) -> Deferred[Any]:
        """One name more than `WAITING` fails at once."""
        slow = [self.names.look_up(f"slow{number}") for number in range(WAITING)]
        self.failureResultOf(self.names.look_up("one-more"), DNSLookupError)
        self.go.set()
        return gatherResults(slow)
