"""Which close code may go on the wire (W-04)."""

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.wire.closing import LINGER, Ending, close_payload, sendable


class SendableTests(SynchronousTestCase):
    """The table of design section 3.7."""

    def test_every_code(self) -> None:
        """W-04: 1000-1003, 1007-1014 and 3000-4999 may be sent; no other number."""
        allowed = [code for code in range(-1, 70000) if sendable(code)]
        self.assertEqual([*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)], allowed)

    def test_passed_on(self) -> None:
        """A code that may go on the wire goes with its reason; none stays none; any other is 1001 without a reason."""
        self.assertEqual((4001, b"why"), close_payload(4001, b"why"))
        self.assertEqual((1000, None), close_payload(1000, b""))
        self.assertEqual((None, None), close_payload(None, b""))
        for code in (0, 999, 1004, 1005, 1006, 1015, 2999, 5000):
            self.assertEqual((1001, None), close_payload(code, b"why"))


class Transport:
    """Counts aborts."""

    aborts = 0

    def abortConnection(self) -> None:
        """One more."""
        self.aborts += 1


class EndingTests(SynchronousTestCase):
    """Our clock ends connections."""

    def test_aborts(self) -> None:
        """Every refusal and close ends in `abortConnection` after 2 s on our clock."""
        clock, transport = Clock(), Transport()
        Ending(clock, transport)
        clock.advance(LINGER - 0.1)
        self.assertEqual(0, transport.aborts)
        clock.advance(0.2)
        self.assertEqual(1, transport.aborts)

    def test_gone_before(self) -> None:
        """A connection that is gone before needs no end."""
        clock, transport = Clock(), Transport()
        Ending(clock, transport).over()
        clock.advance(LINGER + 1)
        self.assertEqual(0, transport.aborts)
        self.assertEqual([], clock.getDelayedCalls())
