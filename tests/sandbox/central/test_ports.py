"""Tests of the ports that close and come back; how they show certificates is seen in `test_faults_seen`."""

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.error import CannotListenError
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.central.ports import AGAIN_SECONDS, Ports


class FakePort:
    """A port that closes when the test says so."""

    def __init__(self, number: int) -> None:
        self.number = self.port = number or 4711
        self.closed: Deferred[None] = Deferred()

    def getHost(self) -> "FakePort":
        return self

    def stopListening(self) -> "Deferred[None]":
        return self.closed


class FakeReactor(Clock):
    """Opens ports, unless they are taken.

    Attributes:
        opened: all so far.
        taken: whether somebody else has them.
    """

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[FakePort] = []
        self.taken = False

    def listenTCP(self, number: int, factory: Any, backlog: int, interface: str) -> FakePort:
        if self.taken:
            raise CannotListenError(interface, number, OSError("taken"))
        self.opened.append(FakePort(number))
        return self.opened[-1]


class PortsTests(SynchronousTestCase):
    """One port, step by step."""

    def setUp(self) -> None:
        self.reactor = FakeReactor()
        self.ports = Ports(self.reactor, "127.0.0.1")
        self.ports.add("ws", 0, None)

    def close(self) -> None:
        """The port that was opened last is closed now."""
        self.reactor.opened[-1].closed.callback(None)

    def numbers(self) -> list[int]:
        """The ports opened so far."""
        return [port.number for port in self.reactor.opened]

    def test_back(self) -> None:
        """A port comes back under its number, not before it is closed."""
        self.ports.want(False)
        self.ports.want(True)
        self.assertEqual(self.numbers(), [4711])
        self.close()
        self.assertEqual(self.numbers(), [4711, 4711])

    def test_changed_mind(self) -> None:
        """What was wanted last holds."""
        for wanted in (False, True, False):
            self.ports.want(wanted)
        self.close()
        self.assertEqual(self.numbers(), [4711])
        self.ports.want(False)
        self.ports.want(True)
        self.ports.want(True)
        self.assertEqual(self.numbers(), [4711, 4711])

    def test_taken_meanwhile(self) -> None:
        """A port that somebody else took is tried again and again, until it is free or not wanted any more."""
        self.ports.want(False)
        self.close()
        self.reactor.taken = True
        self.ports.want(True)
        self.reactor.pump([AGAIN_SECONDS] * 3)
        self.assertEqual(self.numbers(), [4711])
        self.reactor.taken = False
        self.reactor.advance(AGAIN_SECONDS)
        self.assertEqual(self.numbers(), [4711, 4711])
        self.ports.want(False)
        self.reactor.taken = True
        self.close()
        self.ports.want(True)
        self.ports.close()
        self.assertEqual(self.reactor.getDelayedCalls(), [])

    def test_close(self) -> None:
        """The end waits until the ports are closed; where they are closed already, it does not."""
        closing = self.ports.close()
        self.assertNoResult(closing)
        self.close()
        self.successResultOf(closing)
        self.successResultOf(self.ports.close())

    def test_taken_at_first(self) -> None:
        """A port that is taken at the start is an error."""
        self.reactor.taken = True
        self.assertRaises(CannotListenError, self.ports.add, "wss", 1, None)
