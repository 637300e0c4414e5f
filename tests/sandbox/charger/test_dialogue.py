"""Tests of a charger's requests and answers."""

import json
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.charger.dialogue import ANSWER_SECONDS, WAITING, Dialogue, Unanswered
from edge_twisted.sandbox.framing import Payload


class DialogueTests(SynchronousTestCase):
    """One request at a time; transactions survive a lost connection."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.sent: list[list[Any]] = []
        self.silences = 0
        self.dialogue = Dialogue(self.clock, self.silent)

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

    def actions(self) -> list[str]:
        """What was asked so far."""
        return [message[2] for message in self.sent]

    def code(self, asked: Deferred[Payload]) -> str:
        """Why a request failed."""
        failure: Unanswered = self.failureResultOf(asked, Unanswered).value
        return failure.code

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
        """J-31: no answer in time is told, so that the connection can be cut."""
        self.attach()
        self.dialogue.call("A", {}, lasting=True)
        self.clock.advance(ANSWER_SECONDS - 0.1)
        self.assertEqual(self.silences, 0)
        self.clock.advance(0.2)
        self.assertEqual(self.silences, 1)

    def test_offline(self) -> None:
        """Without a connection only what lasts is kept."""
        self.assertEqual(self.code(self.dialogue.call("Heartbeat", {})), "offline")
        self.dialogue.call("StopTransaction", {}, lasting=True)
        self.attach()
        self.assertEqual(self.actions(), ["StopTransaction"])

    def test_lost(self) -> None:
        """J-50: a transaction's request under way when the connection is lost is sent again first, in order."""
        self.attach()
        start = self.dialogue.call("StartTransaction", {}, lasting=True)
        status = self.dialogue.call("StatusNotification", {})
        self.dialogue.call("MeterValues", {}, lasting=True)
        self.dialogue.detach()
        self.assertEqual(self.code(status), "offline")
        self.assertNoResult(start)
        self.attach()
        self.assertEqual(self.actions(), ["StartTransaction", "StartTransaction"])
        self.answer({})
        self.assertEqual(self.actions()[2:], ["MeterValues"])

    def test_no_timer_left(self) -> None:
        """Nothing is timed while there is no connection or nothing is asked."""
        self.attach()
        self.dialogue.call("A", {}, lasting=True)
        self.dialogue.detach()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_bounded(self) -> None:
        """An offline charger keeps so many requests; the oldest goes first."""
        asked = [self.dialogue.call("MeterValues", {}, lasting=True) for _ in range(WAITING + 1)]
        self.assertEqual(self.code(asked[0]), "crowded")
        self.assertNoResult(asked[1])

    def test_requests_of_the_central_system(self) -> None:
        """What the central system asks is answered with NotImplemented, and a broken request with what it is."""
        self.attach()
        self.dialogue.received(b'[2,"7","Reset",{"type":"Hard"}]')
        self.dialogue.received(b'[2,"8","Reset"]')
        self.dialogue.received(b"nonsense")
        self.assertEqual(self.sent[0][:3], [4, "7", "NotImplemented"])
        self.assertEqual(self.sent[1][:3], [4, "8", "FormationViolation"])
        self.assertEqual(len(self.sent), 2)
