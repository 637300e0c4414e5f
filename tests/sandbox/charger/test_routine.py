"""Tests of what a charger does all day."""

import json

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.settings import Plan
from tests.sandbox.charger.bench import EVENTS, PLAN, Bench


class RoutineTests(Bench):
    """A charger and a central system that answers at once, on a clock that the test moves."""

    def setUp(self) -> None:
        super().setUp()
        self.power_on()

    def test_boot(self) -> None:
        """It boots with its vendor and model, then tells its status."""
        self.connect()
        self.assertEqual(self.actions(), ["BootNotification", "StatusNotification", "StatusNotification"])
        self.assertEqual(self.calls[0].payload["chargePointVendor"], "Sandbox")
        self.assertEqual(self.told, [h.Booted("CP1", "Accepted")])

    def test_heartbeats(self) -> None:
        """It sends heartbeats as often as it was told, and as it is told later."""
        self.connect()
        self.pass_time(22)
        self.assertEqual(len(self.asked("Heartbeat")), 3)
        self.assertEqual(self.status("ChangeConfiguration", key="HeartbeatInterval", value="2"), "Accepted")
        self.pass_time(10)
        self.assertEqual(len(self.asked("Heartbeat")), 8)

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

    def test_boot_before_what_waits(self) -> None:
        """After a power cut the boot goes first, and what waits from before follows it (J-50)."""
        self.connect()
        self.pass_time(7)
        self.dialogue.detach()
        self.routine.end_sessions("PowerLoss")
        self.routine.power_cycle()
        self.calls.clear()
        self.connect()
        self.assertEqual(self.actions("StatusNotification"), ["BootNotification", "StopTransaction"])
        self.assertEqual(self.asked("StopTransaction")[0]["reason"], "PowerLoss")
        self.assertEqual(self.asked(EVENTS)[0]["type"], "StartupOfTheDevice")

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
        [start], [stop] = self.asked("StartTransaction"), self.asked("StopTransaction")
        self.assertGreater(stop["meterStop"], start["meterStart"])
        self.assertEqual((stop["transactionId"], stop["reason"]), (1, "EVDisconnected"))
        self.assertEqual(self.asked("MeterValues")[0]["transactionId"], 1)
        self.assertEqual(self.told[1], h.Charging("CP1", 1))
        self.assertEqual(self.told[2], h.Charged("CP1", 1, stop["meterStop"] - start["meterStart"]))

    def test_next_session(self) -> None:
        """The next car comes after the pause, and the meter goes on from where it was."""
        self.connect()
        self.pass_time(70)
        starts, stops = self.asked("StartTransaction"), self.asked("StopTransaction")
        self.assertEqual(starts[1]["meterStart"], stops[0]["meterStop"])

    def test_card_refused(self) -> None:
        """A card that is not accepted starts nothing."""
        self.replies["Authorize"] = {"idTagInfo": {"status": "Blocked"}}
        self.connect()
        self.pass_time(10)
        self.assertNotIn("StartTransaction", self.actions())
        self.assertEqual(self.statuses()[-1], "Available")

    def test_start_refused(self) -> None:
        """A transaction whose start the central system does not accept ends at once."""
        self.replies["StartTransaction"] = {"transactionId": 9, "idTagInfo": {"status": "Invalid"}}
        self.connect()
        self.pass_time(8)
        [stop] = self.asked("StopTransaction")
        self.assertEqual((stop["transactionId"], stop["reason"]), (9, "DeAuthorized"))
        self.assertNotIn("idTag", stop)

    def test_offline_in_a_session(self) -> None:
        """J-50: meter values and the end of a transaction wait for the next connection and come in order."""
        self.connect()
        self.pass_time(7)
        self.dialogue.detach()
        self.pass_time(35)
        self.calls.clear()
        self.connect()
        self.pass_time(1)
        self.assertEqual(self.actions("StatusNotification"), ["MeterValues"] * 3 + ["StopTransaction"])

    def test_offline_before_a_session(self) -> None:
        """A card that was never seen charges nothing while the charger is offline; the next car is served."""
        self.connect()
        self.dialogue.detach()
        self.pass_time(10)
        self.connect()
        self.pass_time(20)
        self.assertEqual(self.actions().count("StartTransaction"), 1)

    def test_offline_with_a_known_card(self) -> None:
        """A card that was accepted before charges offline; the rest waits for the number that the start is given."""
        self.connect()
        self.pass_time(36)
        self.dialogue.detach()
        self.pass_time(60)
        self.calls.clear()
        self.connect()
        self.pass_time(1)
        found = self.actions("StatusNotification")
        self.assertEqual(found, ["StartTransaction", "MeterValues", "MeterValues", "MeterValues", "StopTransaction"])
        self.assertEqual({one["transactionId"] for one in self.asked("MeterValues")}, {1})
        self.assertEqual(self.happened(h.Charged)[1].transaction, 0)

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

    def test_other_plan(self) -> None:
        """Cars come as it is planned now, from now on."""
        self.connect()
        self.works.settings = type(self.settings)(
            self.settings.access, plan=Plan(first=1, length=5, sample=5, pause=60)
        )
        self.routine.plan()
        self.pass_time(3)
        self.assertEqual(self.actions().count("StartTransaction"), 1)


class ConnectorsTests(Bench):
    """Several connectors, and cars that come by hand."""

    def test_own_statuses(self) -> None:
        """Each connector tells its own status, and has a car and a meter of its own."""
        self.power_on(connectors=2)
        self.connect()
        self.assertEqual((self.statuses(0), self.statuses(1), self.statuses(2)), (["Available"],) * 3)
        self.pass_time(36)
        starts = self.asked("StartTransaction")
        self.assertEqual([one["connectorId"] for one in starts], [1, 2])
        self.assertNotEqual(starts[0]["meterStart"], starts[1]["meterStart"])

    def test_plug_in_with_card(self) -> None:
        """A car that is plugged in with a card charges until the plug is taken out."""
        self.power_on(plan=None)
        self.connect()
        self.routine.connectors[1].plug_in("CARD")
        self.pass_time(25)
        self.assertEqual(len(self.asked("MeterValues")), 2)
        self.assertEqual(self.asked("StartTransaction")[0]["idTag"], "CARD")
        self.routine.connectors[1].unplug()
        self.pass_time(1)
        self.assertEqual(self.asked("StopTransaction")[0]["reason"], "EVDisconnected")
        self.assertEqual(self.statuses(), ["Available", "Preparing", "Charging", "Finishing", "Available"])

    def test_plug_in_without_card(self) -> None:
        """Without a card it waits; it is started from afar, and stays when it is stopped from there."""
        self.power_on(plan=None)
        self.connect()
        self.routine.connectors[1].plug_in()
        self.pass_time(1)
        self.assertEqual(self.statuses(), ["Available", "Preparing"])
        self.assertEqual(self.status("RemoteStartTransaction", idTag="APP"), "Accepted")
        self.pass_time(2)
        self.assertEqual(self.status("RemoteStopTransaction", transactionId=1), "Accepted")
        self.pass_time(1)
        self.assertEqual(self.asked("StopTransaction")[0]["reason"], "Remote")
        self.assertEqual(self.statuses()[-1], "Finishing")
        self.routine.connectors[1].unplug()
        self.pass_time(1)
        self.assertEqual(self.statuses()[-1], "Available")

    def test_plug_in_twice(self) -> None:
        """Where a car is plugged in, none else can be; a refused card leaves the car waiting."""
        self.power_on(plan=None)
        self.connect()
        self.replies["Authorize"] = {"idTagInfo": {"status": "Blocked"}}
        self.routine.connectors[1].plug_in("BAD")
        self.routine.connectors[1].plug_in("OTHER")
        self.pass_time(1)
        self.assertEqual([one["idTag"] for one in self.asked("Authorize")], ["BAD"])
        self.assertEqual(self.statuses()[-1], "Preparing")

    def test_register_never_falls(self) -> None:
        """Over sessions of any end, the register of a connector never falls."""
        self.power_on()
        self.connect()
        self.pass_time(300)
        registers = []
        for one in self.asked("MeterValues"):
            for value in one["meterValue"][0]["sampledValue"]:
                if value["measurand"] == "Energy.Active.Import.Register":
                    registers.append(float(value["value"]))
        self.assertGreater(len(registers), 10)
        self.assertEqual(registers, sorted(registers))

    def test_sample_interval(self) -> None:
        """MeterValueSampleInterval holds from the next sample on; 0: none."""
        self.power_on(plan=Plan(first=1, length=100, sample=10, pause=10))
        self.connect()
        self.ask("ChangeConfiguration", key="MeterValueSampleInterval", value="2")
        self.pass_time(12)
        self.assertEqual(len(self.asked("MeterValues")), 5)
        self.ask("ChangeConfiguration", key="MeterValueSampleInterval", value="0")
        self.calls.clear()
        self.pass_time(30)
        self.assertEqual(len(self.asked("MeterValues")), 1)

    def test_plan(self) -> None:
        """No car comes to a connector that is used by hand."""
        self.power_on(plan=PLAN)
        self.connect()
        self.routine.connectors[1].plug_in()
        self.pass_time(30)
        self.assertEqual(self.asked("StartTransaction"), [])
