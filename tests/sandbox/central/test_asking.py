"""Tests of the central system's requests to one charger."""

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.central.asking import ANSWER_SECONDS, GIVEN_UP, WAITING, Asking, NotAnswered
from edge_twisted.sandbox.framing import Call, Payload


class AskingTests(SynchronousTestCase):
    """One charger, no time."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.said: list[Call] = []
        self.open = True
        self.asking = Asking(self.clock, self.say)

    def say(self, call: Call) -> bool:
        """Send a request."""
        self.said.append(call)
        return self.open

    def ask(self, action: str = "Reset") -> "Deferred[Payload]":
        """Ask something."""
        return self.asking.ask(action, {"type": "Soft"})

    def answer(self, call: Call, payload: Payload) -> bool | None:
        """Answer a request as a charger does; whether it is in time, or None."""
        asked = self.asking.take(call.id)
        if asked is None:
            return None
        if asked.in_time:
            asked.answer.callback(payload)
            self.asking.go_on()
        return asked.in_time

    def code(self, asked: "Deferred[Payload]") -> str:
        """The code of a request's failure."""
        error = self.failureResultOf(asked, NotAnswered).value
        assert isinstance(error, NotAnswered)
        return error.code

    def test_one_at_a_time(self) -> None:
        """J-30: the next request is sent when the one before is answered; ids are long and never the same (L-21)."""
        first, second = self.ask(), self.ask("ClearCache")
        self.assertEqual([call.action for call in self.said], ["Reset"])
        self.assertTrue(self.answer(self.said[0], {"status": "Accepted"}))
        self.assertEqual(self.successResultOf(first), {"status": "Accepted"})
        self.assertEqual([call.action for call in self.said], ["Reset", "ClearCache"])
        self.assertTrue(self.answer(self.said[1], {}))
        self.assertEqual(self.successResultOf(second), {})
        self.assertEqual([len(call.id) for call in self.said], [32, 32])
        self.assertNotEqual(self.said[0].id, self.said[1].id)
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_timeout(self) -> None:
        """No answer in time: the next one goes; the late answer is known as such, once."""
        first, second = self.ask(), self.ask()
        self.clock.advance(ANSWER_SECONDS)
        self.assertEqual(self.code(first), "timeout")
        self.assertEqual(len(self.said), 2)
        self.assertEqual([self.answer(self.said[0], {}) for _ in range(2)], [False, None])
        self.assertTrue(self.answer(self.said[1], {}))
        self.successResultOf(second)

    def test_given_up(self) -> None:
        """Only so many late answers are expected."""
        for _ in range(GIVEN_UP + 1):
            self.ask().addErrback(lambda failure: None)
            self.clock.advance(ANSWER_SECONDS)
        self.assertEqual([self.answer(call, {}) for call in self.said[:2]], [None, False])

    def test_nothing_asked(self) -> None:
        """An answer to nothing."""
        self.assertIsNone(self.answer(Call("x", "Reset", {}), {}))

    def test_crowded(self) -> None:
        """So many wait; one more is refused."""
        asked = [self.ask() for _ in range(1 + WAITING)]
        self.assertEqual(self.code(self.ask()), "crowded")
        self.asking.over()
        self.assertEqual({self.code(one) for one in asked}, {"offline"})

    def test_over(self) -> None:
        """When the connection is over, all that is open or waits fails, and nothing more is sent."""
        asked = [self.ask(), self.ask()]
        self.asking.over()
        self.assertEqual([self.code(one) for one in [*asked, self.ask()]], ["offline"] * 3)
        self.assertEqual((len(self.said), self.clock.getDelayedCalls()), (1, []))
        self.asking.over()

    def test_closing(self) -> None:
        """A connection that takes nothing more is over."""
        self.open = False
        self.assertEqual([self.code(self.ask()), self.code(self.ask())], ["offline", "offline"])

    def test_cancelled(self) -> None:
        """A request that was given up while it waited is not sent; one that was sent keeps its place."""
        first, second, third = self.ask(), self.ask("ClearCache"), self.ask("GetConfiguration")
        for one in (first, second):
            one.cancel()
            self.failureResultOf(one, CancelledError)
        self.assertEqual(len(self.said), 1)
        self.assertTrue(self.answer(self.said[0], {}))
        self.assertEqual([call.action for call in self.said], ["Reset", "GetConfiguration"])
        self.answer(self.said[1], {})
        self.successResultOf(third)
