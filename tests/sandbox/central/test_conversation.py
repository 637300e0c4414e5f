"""Tests of what is said on one connection, without one."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.answers import Answers
from edge_twisted.sandbox.central.asking import ANSWER_SECONDS, NotAnswered
from edge_twisted.sandbox.central.conversation import BINARY, CHECKED, RECENT, Conversation
from edge_twisted.sandbox.central.faults import Faults
from edge_twisted.sandbox.central.known import TEXT, Exchange
from edge_twisted.sandbox.central.shared import Shared
from edge_twisted.sandbox.ledger import Ledger
from tests.sandbox.central.place import fault

BOOT = {"chargePointVendor": "v", "chargePointModel": "m"}
NOW = 1_767_268_800.0


class ConversationTests(SynchronousTestCase):
    """One charger."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.written: list[dict[str, Any]] = []
        self.told: list[h.Happening] = []
        ledger = Ledger(lambda: NOW, lambda line: self.written.append(json.loads(line)))
        ledger.watch("CP1")
        self.ledger = ledger
        self.shared = Shared(self.clock, self.told.append, lambda: NOW, ledger, Answers(30), Faults(), True)
        self.known = self.shared.roll.see("CP1")
        self.out: list[Any] = []
        self.open = True
        self.changes: list[str] = []
        self.shared.watch(self.changes.append)
        self.conversation = Conversation(self.shared, self.known, self.put)

    def put(self, text: str) -> bool:
        """Be the connection."""
        if self.open:
            self.out.append(json.loads(text))
        return self.open

    def say(self, *message: object) -> Exchange:
        """A charger's message; how it was noted."""
        return self.raw(json.dumps(message).encode())

    def raw(self, payload: bytes, binary: bool = False) -> Exchange:
        """A charger's octets; how they were noted."""
        self.conversation.received(payload, binary)
        return next(exchange for exchange in reversed(self.known.messages) if exchange.by == "charger")

    # --- requests ----------------------------------------------------------------------------------------------------

    def test_request(self) -> None:
        """A request is answered; both are noted, in order, and whoever watches hears of it."""
        noted = self.say(2, "1", "BootNotification", BOOT)
        text = json.dumps([2, "1", "BootNotification", BOOT])
        self.assertEqual(noted, Exchange(NOW, "charger", "call", "1", "BootNotification", text))
        [_, answer] = self.known.messages
        self.assertEqual(
            (answer.by, answer.kind, answer.id, answer.action), ("central", "result", "1", "BootNotification")
        )
        self.assertEqual((answer.answered_after, answer.findings), (0.0, ()))
        self.assertEqual(self.out[0][2]["status"], "Accepted")
        self.assertEqual((self.known.boot, self.known.findings, self.changes), (BOOT, 0, ["CP1", "CP1"]))
        self.assertEqual(self.told, [h.Answered("CP1", "BootNotification")])

    def test_findings(self) -> None:
        """What is wrong is found, counted, told, and answered all the same."""
        noted = self.say(2, "1", "BootNotification", {"chargePointVendor": "v"})
        self.assertEqual(noted.findings, ("chargePointModel: is missing",))
        self.assertEqual((self.known.findings, self.out[0][0]), (1, 3))
        self.assertIn(h.Found("CP1", "BootNotification", "chargePointModel: is missing"), self.told)

    def test_unknown_action(self) -> None:
        """An action that no charger has is found, and answered with NotImplemented."""
        for id, action in (("1", "MakeCoffee"), ("2", "Reset")):
            self.assertEqual(len(self.say(2, id, action, {}).findings), 1)
        self.assertEqual([answer[:3] for answer in self.out], [[4, "1", "NotImplemented"], [4, "2", "NotImplemented"]])

    def test_long_id(self) -> None:
        """J-22: a request with too long an id is found, and answered with it."""
        self.assertEqual(
            self.say(2, "x" * 40, "Heartbeat", {}).findings, ("id: has 40 characters; at most 36 are allowed",)
        )
        self.assertEqual(self.out[0][:2], [3, "x" * 40])

    def test_used_before(self) -> None:
        """J-22: an id that is used twice is found; so many are remembered."""
        self.assertEqual(self.say(2, "1", "Heartbeat", {}).findings, ())
        self.assertEqual(self.say(2, "1", "Heartbeat", {}).findings, ("id: was used before on this connection",))
        for number in range(RECENT):
            self.say(2, f"other {number}", "Heartbeat", {})
        self.assertEqual(self.say(2, "1", "Heartbeat", {}).findings, ())

    def test_unreadable(self) -> None:
        """What can't be read is noted and told; a request among it is answered."""
        self.assertEqual(self.raw(b"{").kind, "unreadable")
        self.assertEqual(self.out, [])
        self.say(2, "1", "Heartbeat", [])
        self.assertEqual(self.out, [[4, "1", "FormationViolation", "", {}]])
        self.assertEqual(self.told.count(h.Garbled("CP1")), 2)

    def test_binary(self) -> None:
        """A binary message is found, written down, and not answered, even if it is JSON."""
        noted = self.raw(b'[2,"1","Heartbeat",{}]', binary=True)
        self.assertEqual((noted.kind, noted.findings, self.out), ("unreadable", (BINARY,), []))
        self.assertEqual(self.raw(b"\xff\0", binary=True).text, "\\xff\0")
        self.assertEqual([line["text"] for line in self.written], ['[2,"1","Heartbeat",{}]', "\\xff\0"])

    def test_long(self) -> None:
        """A long message is cut where it is shown, and not checked where that would take long; it is answered."""
        for characters in (TEXT, CHECKED):
            noted = self.say(2, str(characters), "DataTransfer", {"vendorId": 1, "data": "x" * characters})
            self.assertEqual(len(noted.text), TEXT)
            [finding] = noted.findings
            self.assertEqual("were not checked" in finding, characters == CHECKED, finding)
        self.assertEqual(len(self.out), 2)

    def test_surrogates(self) -> None:
        """What can't be written as UTF-8 can be shown all the same."""
        noted = self.raw(b'[2,"\\ud800","Heart\\udfff",{}]')
        for text in (noted.id, noted.action, noted.text, *noted.findings):
            text.encode()
        self.assertEqual(self.out[0][1], "\ud800")

    def test_unknown_transaction(self) -> None:
        """A stop of a transaction that was never given is answered, and found."""
        payload = {"transactionId": 5, "meterStop": 1, "timestamp": "2026-01-01T12:00:00Z"}
        noted = self.say(2, "1", "StopTransaction", payload)
        self.assertEqual(noted.findings, ("transactionId: 5 was not given to this charger",))
        self.assertEqual(self.out, [[3, "1", {}]])

    def test_error_answers_teach_nothing(self) -> None:
        """A request that is refused changes nothing of what is known."""
        self.shared.faults.start(fault("error-answers"))
        self.say(2, "1", "BootNotification", BOOT)
        self.assertEqual((self.known.boot, self.out[0][:3]), ({}, [4, "1", "InternalError"]))

    # --- our own requests --------------------------------------------------------------------------------------------

    def test_ask(self) -> None:
        """A request of ours is answered, and the answer is checked."""
        asked = self.conversation.ask("Reset", {"type": "Soft"})
        [call] = self.out
        self.clock.advance(2)
        noted = self.say(3, call[1], {"status": "Perhaps"})
        self.assertEqual(self.successResultOf(asked), {"status": "Perhaps"})
        self.assertEqual((noted.action, noted.answered_after), ("Reset", 2.0))
        self.assertEqual(noted.findings, ('status: "Perhaps" is none of Accepted, Rejected',))
        self.assertEqual(self.known.messages[0].kind, "call")

    def test_error(self) -> None:
        """A CALLERROR is a failure with its code."""
        asked = self.conversation.ask("Reset", {"type": "Soft"})
        noted = self.say(4, self.out[0][1], "NotSupported", "no", {})
        error = self.failureResultOf(asked, NotAnswered).value
        assert isinstance(error, NotAnswered)
        self.assertEqual(
            (error.code, error.description, noted.kind, noted.findings), ("NotSupported", "no", "error", ())
        )

    def test_wrong_request(self) -> None:
        """A request of ours is sent as it is, and shows what is wrong with it, which is not the charger's fault."""
        self.conversation.ask("Reset", {"type": "Gentle"})
        [noted] = self.known.messages
        self.assertEqual((noted.findings, self.known.findings), (('type: "Gentle" is none of Hard, Soft',), 0))
        self.assertEqual(self.out[0][3], {"type": "Gentle"})

    def test_answer_to_nothing(self) -> None:
        """Q33: an answer to nothing is found."""
        for noted in (self.say(3, "x", {}), self.say(4, "x", "GenericError", "", {})):
            self.assertEqual(noted.findings, ("id: answers nothing that was asked",))

    def test_late(self) -> None:
        """A late answer is found; the next request goes on its way meanwhile."""
        first, second = self.conversation.ask("Reset", {"type": "Soft"}), self.conversation.ask("ClearCache", {})
        self.clock.advance(ANSWER_SECONDS)
        self.failureResultOf(first, NotAnswered)
        self.clock.advance(1)
        noted = self.say(3, self.out[0][1], {"status": "Accepted"})
        self.assertEqual(noted.findings, ("the answer came 31 s after the request, too late",))
        self.assertEqual((noted.action, self.out[1][2]), ("Reset", "ClearCache"))
        self.say(3, self.out[1][1], {"status": "Accepted"})
        self.successResultOf(second)

    def test_secret(self) -> None:
        """S-43: a new password stands in no text that is kept, and in no finding."""
        self.conversation.ask("ChangeConfiguration", {"key": "AuthorizationKey", "value": "5ec2e7" * 100})
        shown = str(self.known.messages) + str(self.written)
        self.assertNotIn("5ec2e7", shown)
        self.assertEqual(self.out[0][3]["value"], "5ec2e7" * 100)

    # --- the ledger, and the end -------------------------------------------------------------------------------------

    def test_ledger(self) -> None:
        """What arrives and what is really sent is written down; what a closing connection does not take is not."""
        self.say(2, "1", "Heartbeat", {})
        self.open = False
        self.say(2, "2", "Heartbeat", {})
        self.failureResultOf(self.conversation.ask("ClearCache", {}), NotAnswered)
        self.assertEqual([line["way"] for line in self.written], ["received", "sent", "received"])
        self.assertEqual({line["end"] for line in self.written}, {"central"})

    def test_over(self) -> None:
        """The end is written down once, and fails what was asked."""
        asked = self.conversation.ask("ClearCache", {})
        ends: list[str] = []
        self.patch(self.ledger, "over", lambda end, identity: ends.append(identity))
        self.conversation.over()
        self.conversation.over()
        self.failureResultOf(asked, NotAnswered)
        self.assertEqual((ends, self.clock.getDelayedCalls()), (["CP1"], []))

    @given(st.lists(st.tuples(st.binary() | st.text().map(str.encode), st.booleans()), max_size=5))
    def test_anything(self, messages: list[tuple[bytes, bool]]) -> None:
        """Whatever a charger sends, nothing raises, and it is noted."""
        for payload, binary in messages:
            self.raw(payload, binary)
