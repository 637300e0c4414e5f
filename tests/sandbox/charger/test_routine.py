"""Tests of what a charger does all day."""

import json
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.answers import Answers
from edge_twisted.sandbox.charger.dialogue import Dialogue
from edge_twisted.sandbox.charger.routine import Model, Plan, Routine
from edge_twisted.sandbox.framing import Call, Result, read, write

PLAN = Plan(first=5, length=30, sample=10, pause=20)


class RoutineTests(SynchronousTestCase):
    """A charger and a central system that answers at once, on a clock that the test moves."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.calls: list[Call] = []
        self.told: list[h.Happening] = []
        self.answers = Answers(heartbeat_seconds=7)
        self.replies: dict[str, dict[str, Any]] = {}
        self.dialogue = Dialogue(self.clock, lambda: None)
        self.routine = Routine(
            "CP1", self.clock, self.dialogue, self.told.append, lambda: 0.0, lambda: 0.5, Model(), PLAN
        )
        self.addCleanup(self.routine.stop)

    def connect(self) -> None:
        """Give the charger a connection."""
        self.dialogue.attach(self.send)
        self.routine.connected()
        self.pass_time(0)

    def send(self, text: str) -> None:
        """Take a request; its answer comes a moment later."""
        self.clock.callLater(0, self.answer, text)

    def answer(self, text: str) -> None:
        """Answer a request, if there is still a connection."""
        call = read(text.encode())
        assert isinstance(call, Call)
        self.calls.append(call)
        answer = self.answers.answer(call, 0.0)
        assert isinstance(answer, Result)
        payload = self.replies.get(call.action, answer.payload)
        self.dialogue.received(write(Result(call.id, payload)).encode())

    def pass_time(self, seconds: float) -> None:
        """Let time pass, a quarter of a second at once."""
        for _ in range(8):
            self.clock.advance(0)
        for _ in range(int(seconds * 4)):
            self.clock.advance(0.25)
            for _ in range(8):
                self.clock.advance(0)

    def actions(self) -> list[str]:
        """What was asked so far, without heartbeats."""
        return [call.action for call in self.calls if call.action != "Heartbeat"]

    def statuses(self) -> list[str]:
        """What connector 1 was said to be."""
        asked = [call.payload for call in self.calls if call.action == "StatusNotification"]
        return [payload["status"] for payload in asked if payload["connectorId"] == 1]

    def test_boot(self) -> None:
        """It boots with its vendor and model, then tells its status."""
        self.connect()
        self.assertEqual(self.actions(), ["BootNotification", "StatusNotification", "StatusNotification"])
        self.assertEqual(self.calls[0].payload["chargePointVendor"], "Sandbox")
        self.assertEqual(self.told, [h.Booted("CP1", "Accepted")])

    def test_heartbeats(self) -> None:
        """It sends heartbeats as often as it was told."""
        self.connect()
        self.pass_time(22)
        self.assertEqual([call.action for call in self.calls].count("Heartbeat"), 3)

    def test_boot_rejected(self) -> None:
        """Rejected or pending, it boots again after the interval, and says nothing else meanwhile."""
        self.replies["BootNotification"] = {"status": "Pending", "currentTime": "", "interval": 3}
        self.connect()
        self.pass_time(2)
        self.assertEqual(self.actions(), ["BootNotification"])
        del self.replies["BootNotification"]
        self.pass_time(2)
        self.assertEqual(self.actions()[:3], ["BootNotification", "BootNotification", "StatusNotification"])

    def test_boot_lost(self) -> None:
        """Where the connection is lost while it boots, the next connection begins with the boot again."""
        self.dialogue.attach(lambda text: None)
        self.routine.connected()
        self.dialogue.detach()
        self.connect()
        self.assertEqual(self.actions()[0], "BootNotification")
        self.assertEqual(self.told, [h.Booted("CP1", "Accepted")])

    def test_reconnect(self) -> None:
        """J-44: after a mere reconnect it does not boot again, but tells its status."""
        self.connect()
        self.dialogue.detach()
        self.calls.clear()
        self.connect()
        self.assertEqual([call.action for call in self.calls], ["Heartbeat", "StatusNotification"])

    def test_session(self) -> None:
        """A car: preparing, authorised, started, charging with meter values, stopped, available again."""
        self.connect()
        self.pass_time(40)
        self.assertEqual(
            self.actions()[3:],
            ["StatusNotification", "Authorize", "StartTransaction", "StatusNotification"]
            + ["MeterValues"] * 3
            + ["StatusNotification", "StopTransaction", "StatusNotification"],
        )
        self.assertEqual(self.statuses(), ["Available", "Preparing", "Charging", "Finishing", "Available"])
        found = {call.action: call.payload for call in self.calls}
        self.assertGreater(found["StopTransaction"]["meterStop"], found["StartTransaction"]["meterStart"])
        self.assertEqual(found["StopTransaction"]["transactionId"], 1)
        self.assertEqual(found["MeterValues"]["transactionId"], 1)
        self.assertEqual(self.told[1], h.Charging("CP1", 1))
        charged = self.told[2]
        assert isinstance(charged, h.Charged)
        started, stopped = found["StartTransaction"]["meterStart"], found["StopTransaction"]["meterStop"]
        self.assertEqual(charged.energy, stopped - started)

    def test_next_session(self) -> None:
        """The next car comes after the pause, and the meter goes on from where it was."""
        self.connect()
        self.pass_time(70)
        starts = [call.payload["meterStart"] for call in self.calls if call.action == "StartTransaction"]
        stops = [call.payload["meterStop"] for call in self.calls if call.action == "StopTransaction"]
        self.assertEqual(starts[1], stops[0])

    def test_card_refused(self) -> None:
        """A card that is not accepted starts nothing."""
        self.replies["Authorize"] = {"idTagInfo": {"status": "Blocked"}}
        self.connect()
        self.pass_time(10)
        self.assertNotIn("StartTransaction", self.actions())
        self.assertEqual(self.statuses()[-1], "Available")

    def test_offline_in_a_session(self) -> None:
        """J-50: meter values and the end of a transaction wait for the next connection and come in order."""
        self.connect()
        self.pass_time(7)
        self.dialogue.detach()
        self.pass_time(35)
        self.calls.clear()
        self.connect()
        self.pass_time(1)
        lasting = [action for action in self.actions() if action != "StatusNotification"]
        self.assertEqual(lasting, ["MeterValues"] * 3 + ["StopTransaction"])

    def test_offline_before_a_session(self) -> None:
        """Nobody charges while the charger is offline; the next car is served once it is online."""
        self.connect()
        self.dialogue.detach()
        self.pass_time(10)
        self.connect()
        self.pass_time(20)
        self.assertEqual(self.actions().count("StartTransaction"), 1)

    def test_stop(self) -> None:
        """After power-off nothing more happens, and no timer is left."""
        self.connect()
        self.pass_time(12)
        self.routine.stop()
        self.dialogue.detach()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_readable(self) -> None:
        """Everything it says is JSON of a size that small devices send."""
        self.connect()
        self.pass_time(40)
        for call in self.calls:
            self.assertLess(len(json.dumps(call.payload)), 2048)
