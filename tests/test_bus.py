"""Tests of `edge_twisted.bus`."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.bus import Bus
from edge_twisted.core.events import Event, Internal, Stopping

ONE, TWO = Stopping(1), Stopping(2)


class BusTests(SynchronousTestCase):
    """`Bus`: one publisher, many listeners."""

    def setUp(self) -> None:
        self.bus = Bus()
        self.heard: list[tuple[str, Event]] = []

    def listener(self, name: str) -> None:
        """Somebody who listens."""
        self.bus.subscribe(lambda event: self.heard.append((name, event)))

    def test_order(self) -> None:
        """Everybody hears every event, in the order in which they came to listen."""
        for name in ("a", "b"):
            self.listener(name)
        self.bus.publish(ONE)
        self.bus.publish(TWO)
        self.assertEqual(self.heard, [("a", ONE), ("b", ONE), ("a", TWO), ("b", TWO)])

    def test_nobody(self) -> None:
        """An event that nobody listens to harms nobody."""
        self.bus.publish(ONE)
        self.listener("late")
        self.assertEqual(self.heard, [])

    def test_no_longer(self) -> None:
        """Who takes himself off hears nothing more, and may say so twice; the others stay."""
        off = self.bus.subscribe(lambda event: self.heard.append(("gone", event)))
        self.listener("a")
        off()
        off()
        self.bus.publish(ONE)
        self.assertEqual(self.heard, [("a", ONE)])

    def test_fault(self) -> None:
        """A listener that fails harms nobody else, and is logged by the event's code, without its fields."""

        def broken(event: Event) -> None:
            raise ZeroDivisionError("broken")

        self.bus.subscribe(broken)
        self.listener("a")
        self.bus.publish(Internal("some place", "SomeError"))
        self.assertEqual(len(self.heard), 1)
        (logged,) = self.flushLoggedErrors(ZeroDivisionError)
        self.assertNotIn("some place", str(logged))

    def test_during(self) -> None:
        """Who comes or goes while an event is told changes nothing for that event."""
        off = self.bus.subscribe(lambda event: (off(), self.listener("new")) and None)  # type: ignore[func-returns-value]  # it gives nothing, on purpose
        self.listener("a")
        self.bus.publish(ONE)
        self.assertEqual(self.heard, [("a", ONE)])
        self.bus.publish(TWO)
        self.assertEqual(self.heard[1:], [("a", TWO), ("new", TWO)])
