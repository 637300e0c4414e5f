"""Tests of `edge_twisted.core.observe`: a charger as its messages show it."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.messages import Call, parse
from edge_twisted.core.observe import CONNECTORS, Observed, short_card
from edge_twisted.core.pairing import Asked, Pairing
from edge_twisted.core.steps import Leg
from tests.core.test_meters import JUNK

NOW = 1_700_000_100.0 // 3600 * 3600


class ObserveCase(SynchronousTestCase):
    """Lets messages pass."""

    def setUp(self) -> None:
        self.observed = Observed()
        self.pairing = Pairing()
        self.now = NOW
        self._count = 0

    def see(self, source: Leg, text: str | bytes) -> None:
        """A message passes."""
        message = parse(text)
        asked = self.pairing.answered(source, message)
        note = self.observed.see(source, message, asked, self.now)
        if isinstance(message, Call):
            self.pairing.asked(source, message, Asked(message.action, self.now, 0, note))

    def say(self, action: str, answer: Any = None, /, **payload: Any) -> None:
        """The charger asks something, and may be answered."""
        self._count += 1
        self.see(Leg.CHARGER, json.dumps([2, str(self._count), action, payload]))
        if answer is not None:
            self.see(Leg.CENTRAL, json.dumps([3, str(self._count), answer]))

    def meter(self, seconds: float = 0, connector: int = 1, **values: float) -> None:
        """Meter values come so many seconds later: `power` in W, `register` in Wh."""
        self.now += seconds
        names = {"power": "Power.Active.Import", "register": "Energy.Active.Import.Register"}
        sampled = [{"value": str(value), "measurand": names[name]} for name, value in values.items()]
        self.say("MeterValues", {}, connectorId=connector, meterValue=[{"sampledValue": sampled}])


class ObserveTests(ObserveCase):
    """`Observed.see`."""

    def test_boot(self) -> None:
        """A BootNotification tells what the charger is, and its answer how often it shall beat."""
        answer = {"status": "Accepted", "interval": 300, "currentTime": "2024-01-01T00:00:00Z"}
        self.say(
            "BootNotification",
            answer,
            chargePointVendor="Acme",
            chargePointModel="One\u202e",
            firmwareVersion="1.2",
            chargePointSerialNumber="S1",
            meterType=5,
        )
        boot = self.observed.boot
        assert boot is not None
        self.assertEqual((boot.vendor, boot.model, boot.firmware, boot.serial), ("Acme", "One", "1.2", "S1"))
        self.assertEqual((boot.meter, boot.status, boot.at, self.observed.interval), ("", "Accepted", NOW, 300))

    def test_last_message(self) -> None:
        """The last message is told with its side; an answer has the action that it answers."""
        self.say("Heartbeat")
        self.assertEqual((self.observed.last_from, self.observed.last_action), ("charger", "Heartbeat"))
        self.assertEqual(self.observed.heartbeat_at, NOW)
        self.now += 1
        self.see(Leg.CENTRAL, '[3,"1",{}]')
        self.assertEqual((self.observed.last_from, self.observed.last_action), ("central", "Heartbeat"))
        self.assertEqual(self.observed.last_at, NOW + 1)

    def test_status(self) -> None:
        """A StatusNotification tells a connector's state and what is wrong with it."""
        self.say("StatusNotification", connectorId=1, status="Faulted", errorCode="GroundFailure", info="i", x=1)
        found = self.observed.connectors[1]
        self.assertEqual((found.status, found.error, found.info), ("Faulted", "GroundFailure", "i"))

    def test_transaction(self) -> None:
        """A transaction has its card's end, its number from the answer, and ends with its own number only."""
        self.say(
            "StartTransaction",
            {"transactionId": 42, "idTagInfo": {"status": "Accepted"}},
            connectorId=2,
            idTag="04A2B3C4D5",
            meterStart=1000,
            timestamp="2023-11-14T22:00:00Z",
        )
        under_way = self.observed.connectors[2].transaction
        assert under_way is not None
        self.assertEqual((under_way.id, under_way.card, under_way.meter_start), (42, "…4D5", 1000.0))
        self.assertEqual(under_way.accepted, "Accepted")
        self.assertNotIn("04A2B", repr(self.observed))
        self.say("StopTransaction", {}, transactionId=41, meterStop=1500)
        self.assertIsNotNone(self.observed.connectors[2].transaction)
        self.say("StopTransaction", {}, transactionId=42, meterStop=3000, idTag="04A2B3C4D5")
        self.assertIsNone(self.observed.connectors[2].transaction)
        self.assertEqual(self.observed.connectors[2].register, 3000.0)

    def test_cards(self) -> None:
        """Never more than a third of a card is kept."""
        self.assertEqual(
            [short_card(card) for card in ("", "AB", "ABC", "ABCDEF", "ABCDEFGHIJ", 5)],
            ["…", "…", "…C", "…EF", "…HIJ", "…"],
        )

    def test_power(self) -> None:
        """Power is that of all connectors, or of the main meter where that tells one; it fades."""
        self.meter(connector=1, power=3000)
        self.meter(connector=2, power=4000)
        self.assertEqual(self.observed.power(self.now), 7000.0)
        self.meter(connector=0, power=7100)
        self.assertEqual(self.observed.power(self.now), 7100.0)
        self.assertIsNone(self.observed.power(self.now + 3600))

    def test_power_from_register(self) -> None:
        """Where a charger tells a register alone, its steps tell the power."""
        self.meter(register=1000)
        self.assertIsNone(self.observed.power(self.now))
        self.meter(60, register=1100)
        self.assertEqual(self.observed.power(self.now), 6000.0)

    def test_power_ends(self) -> None:
        """Nothing is drawn once a connector is free, and nobody knows while the charger is away."""
        self.meter(power=3000)
        self.say("StatusNotification", connectorId=1, status="Available", errorCode="NoError")
        self.assertEqual(self.observed.power(self.now), 0.0)
        self.meter(power=3000)
        self.observed.left(self.now)
        self.assertIsNone(self.observed.power(self.now))

    def test_history(self) -> None:
        """Power and energy go into the record of the day."""
        for minute in range(10):
            self.meter(60 if minute else 0, power=6000, register=100 * minute)
        self.assertEqual(self.observed.history.points(self.now, 2)[0], 6000.0)
        self.assertAlmostEqual(self.observed.history.hours(self.now)[-1] or 0, 900.0)

    def test_main_meter(self) -> None:
        """The main meter does not count again what the connectors drew."""
        for minute in range(5):
            self.meter(60, connector=1, register=100 * minute)
            self.meter(0, connector=0, register=100 * minute)
        self.assertAlmostEqual(self.observed.history.hours(self.now)[-1] or 0, 400.0)

    def test_queued(self) -> None:
        """Values that a charger kept while it was away tell energy at their own times, and no power of now."""
        sampled = [{"value": "5000", "measurand": "Power.Active.Import"}, {"value": "1000"}]
        entry = {"timestamp": "2023-11-14T20:30:00Z", "sampledValue": sampled}
        later = {"timestamp": "2023-11-14T21:00:00Z", "sampledValue": [{"value": "3000"}]}
        self.now = NOW + 7200  # 2023-11-15T00:00:00Z
        self.say("MeterValues", {}, connectorId=1, meterValue=[entry, later])
        self.assertIsNone(self.observed.power(self.now))
        self.assertAlmostEqual(sum(hour or 0 for hour in self.observed.history.hours(self.now)), 2000.0)
        self.assertIsNone(self.observed.history.hours(self.now)[-1])

    def test_stop_with_data(self) -> None:
        """The values that a StopTransaction carries count for the energy."""
        self.say("StartTransaction", {"transactionId": 1, "idTagInfo": {}}, connectorId=1, idTag="x", meterStart=0)
        self.now += 600
        data = [{"timestamp": "x", "sampledValue": [{"value": "1500"}]}]
        self.say("StopTransaction", {}, transactionId=1, transactionData=data, timestamp="x")
        self.assertAlmostEqual(self.observed.history.hours(self.now)[-1] or 0, 1500.0)

    def test_bounds(self) -> None:
        """Made-up connectors and long texts take no more than a fixed room."""
        for number in range(-5, 500):
            self.say("StatusNotification", connectorId=number, status="x" * 10_000)
        self.assertEqual(len(self.observed.connectors), CONNECTORS)
        self.assertLessEqual(max(len(one.status) for one in self.observed.connectors.values()), 100)

    def test_central_says(self) -> None:
        """What the central system sends under a charger's action tells nothing of the charger."""
        self.see(Leg.CENTRAL, '[2,"1","BootNotification",{"chargePointVendor":"x"}]')
        self.assertIsNone(self.observed.boot)

    @given(
        st.lists(
            st.tuples(
                st.sampled_from(
                    sorted(
                        (
                            "BootNotification",
                            "StatusNotification",
                            "StartTransaction",
                            "StopTransaction",
                            "MeterValues",
                            "Heartbeat",
                        )
                    )
                ),
                JUNK,
                JUNK,
                st.floats(0, 1e10),
            ),
            max_size=8,
        )
    )
    def test_anything(self, messages: list[tuple[str, object, object, float]]) -> None:
        """Whatever payloads and answers pass, nothing raises, and the state can be kept."""
        self.setUp()
        for action, payload, answer, self.now in messages:
            self._count += 1
            self.see(Leg.CHARGER, json.dumps([2, str(self._count), action, payload]))
            self.see(Leg.CENTRAL, json.dumps([3, str(self._count), answer]))
        self.observed.left(self.now)
        msgspec.json.encode([list(self.observed.connectors.values()), self.observed.history.dump(self.now)])

    @given(st.binary(max_size=100))
    def test_any_octets(self, data: bytes) -> None:
        """Whatever octets pass, nothing raises."""
        self.setUp()
        self.see(Leg.CHARGER, data)
        self.see(Leg.CENTRAL, data)
