"""Tests of what requests tell about a charger."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.central.facts import learn
from edge_twisted.sandbox.central.known import CONNECTORS, TRANSACTIONS, WORD, Known
from edge_twisted.sandbox.framing import Call, Payload, Result

NOW = 1_767_268_800.0
START = {"connectorId": 1, "idTag": "CARD", "meterStart": 1000, "timestamp": "2026-01-01T11:00:00Z"}
ACTIONS = ["BootNotification", "StatusNotification", "StartTransaction", "MeterValues", "StopTransaction"]


class FactsTests(SynchronousTestCase):
    """What is known after each request."""

    def setUp(self) -> None:
        self.known = Known("CP1")

    def take(self, action: str, payload: Payload, **answer: object) -> tuple[str, ...]:
        """Take in a request."""
        return learn(self.known, Call("1", action, payload), Result("1", answer), NOW)

    def meter(self, *samples: Payload, **more: object) -> tuple[str, ...]:
        """Take in MeterValues with these samples."""
        return self.take("MeterValues", {"connectorId": 1, "meterValue": [{"sampledValue": list(samples)}], **more})

    def test_boot(self) -> None:
        """What a charger says that it is; only what OCPP has fields for, and only so much of it."""
        self.take("BootNotification", {"chargePointVendor": "v" * 300, "chargePointModel": 7, "other": "x"})
        self.assertEqual(self.known.boot, {"chargePointVendor": "v" * WORD, "chargePointModel": ""})

    def test_status(self) -> None:
        """The status of each connector, of so many."""
        for number in (*range(1000), 1, True, "2", None):
            self.take("StatusNotification", {"connectorId": number, "status": "Charging"})
        self.assertEqual(self.known.connectors, dict.fromkeys(range(CONNECTORS), "Charging"))

    def test_transaction(self) -> None:
        """A transaction from its start over its meter values to its stop."""
        self.take("StartTransaction", START, transactionId=7)
        transaction = self.known.transactions[7]
        self.assertEqual((transaction.connector, transaction.card, transaction.start), (1, "CARD", NOW - 3600))
        self.assertTrue(transaction.running)
        self.meter(
            {"value": "1.5", "unit": "kWh"}, {"value": "3600", "measurand": "Power.Active.Import"}, transactionId=7
        )
        self.assertEqual((transaction.meter_now, self.known.power), (1500.0, 3600.0))
        stop = {
            "transactionId": 7,
            "meterStop": 2000,
            "timestamp": "2026-01-01T12:30:00+00:00",
            "reason": "EVDisconnected",
        }
        self.assertEqual(self.take("StopTransaction", stop), ())
        self.assertEqual(
            (transaction.meter_start, transaction.meter_stop, transaction.reason), (1000, 2000, "EVDisconnected")
        )
        self.assertEqual((transaction.stop, transaction.running, self.known.power), (NOW + 1800, False, 0.0))

    def test_stop_unknown(self) -> None:
        """A stop of a transaction that this charger was not given is a finding; the same stop once more is none."""
        self.assertEqual(
            self.take("StopTransaction", {"transactionId": -1}), ("transactionId: -1 was not given to this charger",)
        )
        self.take("StartTransaction", START, transactionId=7)
        for _ in range(2):
            self.assertEqual(self.take("StopTransaction", {"transactionId": 7, "meterStop": 1000}), ())

    def test_meter_backwards(self) -> None:
        """A meter that stops below its start is a finding."""
        self.take("StartTransaction", START, transactionId=7)
        [finding] = self.take("StopTransaction", {"transactionId": 7, "meterStop": 999})
        self.assertIn("meterStop: 999 Wh is less than the 1000 Wh", finding)

    def test_meter_unknown(self) -> None:
        """Meter values of another's transaction are a finding; those after the stop (Q38) or without one are none."""
        self.assertEqual(self.meter(transactionId=9), ("transactionId: 9 was not given to this charger",))
        self.take("StartTransaction", START, transactionId=7)
        self.take("StopTransaction", {"transactionId": 7, "meterStop": 1000})
        self.assertEqual(self.meter({"value": "5"}, transactionId=7), ())
        self.assertEqual(self.meter({"value": "5"}), ())
        self.assertEqual(self.known.transactions[7].meter_now, 1000)

    def test_power(self) -> None:
        """Power in W or kW: the whole, or else the sum of its phases; of all connectors; None where nobody tells."""
        self.assertIsNone(self.known.power)
        name = {"measurand": "Power.Active.Import"}
        phases = [name | {"value": "1.1", "unit": "kW", "phase": phase} for phase in ("L1", "L2", "L3")]
        self.meter(*phases)
        assert self.known.power is not None
        self.assertAlmostEqual(self.known.power, 3300)
        self.meter(*phases, name | {"value": "3000", "unit": "W"})
        self.assertEqual(self.known.power, 3000)
        self.meter(name | {"value": "500", "unit": "W"}, connectorId=2)
        self.assertEqual(self.known.power, 3500)
        self.meter(name | {"value": "9", "location": "Inlet"}, name | {"value": "nan"}, name | {"value": "1e999"})
        self.assertEqual(self.known.power, 3500)

    def test_many_transactions(self) -> None:
        """So many transactions are kept; those that go on longest."""
        self.take("StartTransaction", START, transactionId=0)
        for number in range(1, 2 * TRANSACTIONS):
            self.take("StartTransaction", START, transactionId=number)
            self.take("StopTransaction", {"transactionId": number})
        self.assertEqual(len(self.known.transactions), TRANSACTIONS)
        self.assertIn(0, self.known.transactions)
        for number in range(1000, 1000 + TRANSACTIONS):
            self.take("StartTransaction", START, transactionId=number)
        self.assertEqual(list(self.known.transactions), list(range(1000, 1000 + TRANSACTIONS)))

    @given(st.data())
    def test_anything(self, data: Any) -> None:
        """Whatever the fields hold, nothing raises."""
        inner = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
        fields = ["connectorId", "transactionId", "meterValue", "sampledValue", "value", "unit", "phase", "timestamp"]
        anything = st.recursive(
            inner,
            lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(fields), part),
            max_leaves=9,
        )
        names = st.sampled_from([*fields, "status", "meterStart", "meterStop", "idTag", "reason", "chargePointModel"])
        self.take("StartTransaction", START, transactionId=1)
        for action in ACTIONS:
            self.take(action, data.draw(st.dictionaries(names, anything)), transactionId=1)
