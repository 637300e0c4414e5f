"""Tests of a charger's requests."""

import json

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.charger.asking import Care, Transaction, Unanswered
from edge_twisted.sandbox.charger.dialogue import KEPT, ORDINARY, Dialogue
from edge_twisted.sandbox.charger.settings import Transactions
from edge_twisted.sandbox.framing import Payload

RULES = Transactions(attempts=3, retry_seconds=60.0, answer_seconds=30.0, capacity=5)


class DialogueTests(SynchronousTestCase):
    """What a charger asks, over lost connections, and when it is not answered."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.silences = 0
        self.gone: list[tuple[str, str]] = []
        self.sent: list[list[object]] = []
        self.heard = float("inf")
        self.dialogue = Dialogue(self.clock, self.silent, RULES)
        self.dialogue.heard = lambda: self.heard
        self.dialogue.gave_up = lambda text, action, why: self.gone.append((action, why))

    def silent(self) -> None:
        """Count silences."""
        self.silences += 1

    def attach(self) -> None:
        """Give it a connection."""
        self.dialogue.attach(lambda text: self.sent.append(json.loads(text)))

    def answer(self, payload: object, kind: int = 3) -> None:
        """Answer the last request."""
        tail = [payload] if kind == 3 else [payload, "", {}]
        self.dialogue.received(json.dumps([kind, self.sent[-1][1], *tail]).encode())

    def actions(self) -> list[object]:
        """What was asked so far."""
        return [message[2] for message in self.sent]

    def code(self, asked: Deferred[Payload]) -> str:
        """Why a request failed."""
        failure: Unanswered = self.failureResultOf(asked, Unanswered).value
        return failure.code

    def kept(self, action: str = "MeterValues") -> Deferred[Payload]:
        """Ask for what belongs to a transaction; its failure is heard."""
        return self.dialogue.call(action, {}, care=Care.TRANSACTION)

    def forget(self, asked: Deferred[Payload]) -> None:
        """A request whose failure is none of the test's."""
        asked.addErrback(lambda failure: failure.trap(Unanswered) and None)

    def test_one_at_a_time(self) -> None:
        """J-30: the next request waits for the answer to the one before; ids differ."""
        self.attach()
        first, second = self.dialogue.call("A", {"x": 1}), self.dialogue.call("B", {})
        self.assertEqual(self.actions(), ["A"])
        self.answer({"y": 2})
        self.assertEqual(self.successResultOf(first), {"y": 2})
        self.assertEqual(self.actions(), ["A", "B"])
        self.assertNotEqual(self.sent[0][1], self.sent[1][1])
        self.answer("NotSupported", 4)
        self.assertEqual(self.code(second), "NotSupported")

    def test_other_answers(self) -> None:
        """J-33: an answer to something else changes nothing."""
        self.attach()
        first = self.dialogue.call("A", {})
        self.dialogue.received(b'[3,"another",{}]')
        self.dialogue.received(b'[4,"another","X","",{}]')
        self.assertNoResult(first)
        self.answer({})
        self.successResultOf(first)

    def test_silence(self) -> None:
        """Where nothing at all came since the request, the connection is told to be dead."""
        self.heard = 0.0
        self.attach()
        self.clock.advance(1)
        self.kept()
        self.clock.advance(29.9)
        self.assertEqual(self.silences, 0)
        self.clock.advance(0.2)
        self.assertEqual(self.silences, 1)

    def test_timeout(self) -> None:
        """J-31: where something came but no answer, an ordinary request fails, and the next one is asked."""
        self.attach()
        first, _ = self.dialogue.call("A", {}), self.dialogue.call("B", {})
        self.clock.advance(30)
        self.assertEqual(self.code(first), "timeout")
        self.assertEqual((self.silences, self.actions()), (0, ["A", "B"]))

    def test_offline(self) -> None:
        """Without a connection only what is kept waits."""
        self.assertEqual(self.code(self.dialogue.call("Heartbeat", {})), "offline")
        self.kept("StopTransaction")
        self.dialogue.call("SecurityEventNotification", {}, care=Care.NOTED)
        self.assertEqual((self.dialogue.waiting, self.dialogue.online), (2, False))
        self.attach()
        self.assertEqual(self.actions(), ["StopTransaction"])
        self.answer({})
        self.assertEqual(self.actions()[1:], ["SecurityEventNotification"])

    def test_lost(self) -> None:
        """J-50: a transaction's request under way when the connection is lost is sent again first, in order."""
        self.attach()
        start = self.kept("StartTransaction")
        status = self.dialogue.call("StatusNotification", {})
        self.kept()
        self.dialogue.detach()
        self.assertEqual(self.code(status), "offline")
        self.assertNoResult(start)
        self.attach()
        self.assertEqual(self.actions(), ["StartTransaction", "StartTransaction"])
        self.assertEqual(self.sent[0], self.sent[1])
        self.answer({})
        self.assertEqual(self.actions()[2:], ["MeterValues"])

    def test_attempts(self) -> None:
        """J-51: a transaction's request that fails waits once, then twice the interval, and is then given up."""
        self.attach()
        asked = self.kept()
        self.answer("InternalError", 4)
        self.clock.advance(59.9)
        self.assertEqual(len(self.sent), 1)
        self.clock.advance(0.2)
        self.assertEqual(len(self.sent), 2)
        self.answer("InternalError", 4)
        self.clock.advance(119.9)
        self.assertEqual(len(self.sent), 2)
        self.clock.advance(0.2)
        self.assertEqual(len(self.sent), 3)
        self.answer("InternalError", 4)
        self.assertEqual(self.code(asked), "attempts")
        self.assertEqual(self.gone, [("MeterValues", "attempts")])
        self.assertEqual(len({str(message[1]) for message in self.sent}), 3)

    def test_timeouts_count(self) -> None:
        """J-52: an answer that does not come is a failure, too; the request is sent again as it was."""
        self.attach()
        asked = self.kept()
        for wait in (60, 120):
            self.clock.advance(30)
            self.clock.advance(wait)
        self.clock.advance(30)
        self.assertEqual(self.code(asked), "attempts")
        self.assertEqual(len(self.sent), 3)
        self.assertEqual(self.sent[0], self.sent[2])

    def test_lost_connection_is_no_failure(self) -> None:
        """A lost connection costs no attempt."""
        asked = self.kept()
        for _ in range(10):
            self.attach()
            self.dialogue.detach()
        self.assertNoResult(asked)
        self.assertEqual(self.gone, [])

    def test_order_while_resting(self) -> None:
        """What rests holds up the later ones of transactions, and nothing else."""
        self.attach()
        self.kept("StartTransaction")
        self.answer("InternalError", 4)
        self.kept()
        self.dialogue.call("Heartbeat", {})
        self.assertEqual(self.actions(), ["StartTransaction", "Heartbeat"])
        self.answer({})
        self.clock.advance(60)
        self.assertEqual(self.actions()[2:], ["StartTransaction"])
        self.answer({})
        self.assertEqual(self.actions()[3:], ["MeterValues"])

    def test_number(self) -> None:
        """The transaction's number is put in when a request is sent, as it is known then."""
        transaction = Transaction()
        start = self.kept("StartTransaction")
        self.dialogue.call("MeterValues", {"a": 1}, care=Care.TRANSACTION, transaction=transaction)
        start.addCallback(lambda answer: setattr(transaction, "id", answer["transactionId"]))
        self.attach()
        self.answer({"transactionId": 7})
        self.assertEqual(self.sent[-1][3], {"a": 1, "transactionId": 7})

    def test_start_given_up(self) -> None:
        """Where the start was given up, so is the rest of its transaction."""
        self.dialogue.rules = evolve(RULES, attempts=1)
        self.attach()
        self.forget(self.kept("StartTransaction"))
        rest = self.dialogue.call("StopTransaction", {}, care=Care.TRANSACTION, transaction=Transaction())
        heartbeat = self.dialogue.call("Heartbeat", {})
        self.answer("InternalError", 4)
        self.assertEqual(self.code(rest), "attempts")
        self.assertEqual(self.gone, [("StartTransaction", "attempts"), ("StopTransaction", "attempts")])
        self.answer({})
        self.successResultOf(heartbeat)

    def test_bounded(self) -> None:
        """So many are kept; of more, meter values go first, the oldest of them."""
        start = self.kept("StartTransaction")
        meters = [self.kept() for _ in range(5)]
        self.assertEqual(self.code(meters[0]), "full")
        self.assertNoResult(start)
        self.assertEqual(self.gone, [("MeterValues", "full")])

    def test_bounded_others(self) -> None:
        """Neither ordinary requests nor security events pile up."""
        self.attach()
        for _ in range(ORDINARY + 10):
            self.forget(self.dialogue.call("Heartbeat", {}))
        self.assertEqual(self.dialogue.waiting, ORDINARY + 1)
        for _ in range(KEPT + 10):
            self.forget(self.dialogue.call("SecurityEventNotification", {}, care=Care.KEPT))
        self.assertEqual(self.dialogue.waiting, ORDINARY + 1 + KEPT)

    def test_events(self) -> None:
        """S-35: a critical event is told until it is answered, another one once."""
        self.attach()
        for care in (Care.KEPT, Care.NOTED):
            self.forget(self.dialogue.call(care.value, {}, care=care))
        self.clock.advance(30)
        self.clock.advance(30)
        self.clock.advance(30)
        self.assertEqual(self.actions(), ["kept", "noted", "kept"])
        self.answer("NotImplemented", 4)
        self.assertEqual(self.dialogue.waiting, 0)

    def test_accepted(self) -> None:
        """Until it is accepted, a charger sends urgent requests only."""
        self.dialogue.accept(False)
        self.attach()
        self.kept()
        self.assertEqual(self.code(self.dialogue.call("Heartbeat", {})), "offline")
        self.dialogue.call("BootNotification", {}, urgent=True)
        self.assertEqual(self.actions(), ["BootNotification"])
        self.answer({})
        self.dialogue.accept(True)
        self.assertEqual(self.actions(), ["BootNotification", "MeterValues"])

    def test_forget(self) -> None:
        """Q39: what waits can be lost."""
        asked = self.kept()
        self.dialogue.forget()
        self.assertEqual(self.code(asked), "reset")
        self.assertEqual(self.gone, [("MeterValues", "reset")])

    def test_no_timer_left(self) -> None:
        """Nothing is timed while there is no connection or nothing is asked."""
        self.attach()
        self.kept()
        self.answer("InternalError", 4)
        self.dialogue.detach()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_requests_of_the_central_system(self) -> None:
        """What the central system asks is answered, and a broken request with what it is."""
        self.attach()
        self.dialogue.received(b'[2,"7","Reset",{"type":"Hard"}]')
        self.dialogue.received(b'[2,"8","Reset"]')
        self.dialogue.received(b"nonsense")
        self.assertEqual(self.sent[0][:3], [4, "7", "NotImplemented"])
        self.assertEqual(self.sent[1][:3], [4, "8", "FormationViolation"])
        self.assertEqual(len(self.sent), 2)
