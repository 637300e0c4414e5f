"""Tests of `edge_twisted.core.meters`: the spellings of meter values."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.meters import PAYLOAD_MOST, VALUES_MOST, Reading, moment, number, read_data, read_values

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "connectorId",
                    "meterValue",
                    "sampledValue",
                    "value",
                    "unit",
                    "measurand",
                    "phase",
                    "timestamp",
                    "format",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


def sampled(*values: dict[str, Any], connector: object = 1, **more: object) -> msgspec.Raw:
    """The payload of a MeterValues call with one reading."""
    payload = {"connectorId": connector, "meterValue": [{"sampledValue": list(values), **more}]}
    return msgspec.Raw(json.dumps(payload).encode())


def one(*values: dict[str, Any], **more: object) -> Reading:
    """The reading that such a payload comes to."""
    [reading] = read_values(sampled(*values, **more)).readings
    return reading


class MeterTests(SynchronousTestCase):
    """`read_values`."""

    def test_plain(self) -> None:
        """A value without measurand and unit is the register in watt-hours, as the standard's defaults say."""
        self.assertEqual(one({"value": "1234"}).register, 1234.0)

    def test_units(self) -> None:
        """kW and kWh, in any letter case, come to watts and watt-hours; a figure of another kind is left out."""
        for unit, watts in (("W", 7.4), ("kW", 7400.0), ("KW", 7400.0), ("", 7.4), ("kWh", None), ("furlong", None)):
            found = one({"value": "7.4", "measurand": "Power.Active.Import", "unit": unit}).power
            self.assertEqual(found, watts, unit)
        register = {"value": "12.5", "measurand": "Energy.Active.Import.Register", "unit": "kWh"}
        self.assertEqual(one(register).register, 12_500.0)

    def test_phases(self) -> None:
        """Phases are summed where there is no total, and the total counts where there is one."""
        power = {"measurand": "Power.Active.Import", "unit": "W"}
        phases = [{"value": str(1000 + n), "phase": f"L{n}", **power} for n in (1, 2, 3)]
        self.assertEqual(one(*phases).power, 3006.0)
        total = {"value": "3", "measurand": "Power.Active.Import", "unit": "kW"}
        self.assertEqual(one(*phases, total).power, 3000.0)

    def test_currents_and_voltages(self) -> None:
        """Currents and voltages stand by phase, and tell the power where nothing else does."""
        current = {"measurand": "Current.Import", "unit": "A"}
        values: list[dict[str, Any]] = [{"value": "16", "phase": f"L{n}", **current} for n in (1, 2, 3)]
        values += [{"value": 230, "measurand": "Voltage", "unit": "V", "phase": f"L{n}-N"} for n in (1, 2, 3)]
        found = one(*values, {"value": "5", "measurand": "Current.Import", "phase": "N"})
        self.assertEqual(found.currents, {"L1": 16.0, "L2": 16.0, "L3": 16.0})
        self.assertEqual(found.voltages, {"L1": 230.0, "L2": 230.0, "L3": 230.0})
        self.assertEqual(found.power, 11_040.0)

    def test_export(self) -> None:
        """What a car gives is less than nothing."""
        self.assertEqual(one({"value": "3.6", "measurand": "Power.Active.Export", "unit": "kW"}).power, -3600.0)

    def test_skipped(self) -> None:
        """Signed data, other measurands and the car's own figures are left out; its state of charge is not."""
        self.assertEqual(one({"value": "AP;0;3;ALCV", "format": "SignedData"}), Reading())
        self.assertEqual(one({"value": "1", "measurand": "Frequency"}), Reading())
        self.assertEqual(one({"value": "1", "location": "EV"}), Reading())
        soc = one({"value": "55", "measurand": "SoC", "unit": "Percent", "location": "EV"})
        self.assertEqual(soc.soc, 55.0)

    def test_odd_but_clear(self) -> None:
        """Numbers as numbers, decimal commas, one value in place of a list, wrong types beside it: all is read."""
        self.assertEqual(one({"value": 12.5, "unit": "kWh"}).register, 12_500.0)
        self.assertEqual(one({"value": "12,5", "unit": "kWh"}).register, 12_500.0)
        payload = {"connectorId": 2, "meterValue": {"sampledValue": {"value": "7", "context": 5, "unit": None}}}
        found = read_values(msgspec.Raw(json.dumps(payload).encode()))
        self.assertEqual((found.connector, found.readings), (2, [Reading(register=7.0)]))

    def test_beyond_reason(self) -> None:
        """What is no number, or too large for any meter, is left out."""
        for value in ("NaN", "inf", "-1e300", "", "x", "1e", True):
            self.assertIsNone(one({"value": value}).register, value)
        self.assertIsNone(number(10**400))
        self.assertIsNone(number(None))

    def test_time(self) -> None:
        """A time is read with and without its zone; without one it is UTC."""
        self.assertEqual(moment("2024-05-01T12:00:00Z"), 1_714_564_800.0)
        self.assertEqual(moment("2024-05-01T14:00:00.000+02:00"), 1_714_564_800.0)
        self.assertEqual(moment("2024-05-01T12:00:00"), 1_714_564_800.0)
        for text in ("", "yesterday", "9999999999999", 5, None):
            self.assertIsNone(moment(text), text)

    def test_bounds(self) -> None:
        """Too many values are not all looked at, and too long a payload not at all."""
        many = [{"sampledValue": [{"value": "1"}]}] * (VALUES_MOST * 2)
        found = read_values(msgspec.Raw(json.dumps({"connectorId": 1, "meterValue": many[:900]}).encode()))
        self.assertLessEqual(len(found.readings), VALUES_MOST)
        long = msgspec.Raw(b'{"connectorId":1,"meterValue":"' + b"x" * PAYLOAD_MOST + b'"}')
        self.assertEqual(read_values(long).readings, [])

    @given(st.binary(max_size=200))
    def test_any_octets(self, data: bytes) -> None:
        """Whatever a payload is, nothing raises."""
        read_values(msgspec.Raw(data))
        read_data(msgspec.Raw(data))

    @given(JUNK)
    def test_any_json(self, value: object) -> None:
        """Whatever JSON a payload is, nothing raises, and every figure is one."""
        for reading in read_values(msgspec.Raw(json.dumps(value).encode())).readings:
            for figure in (reading.power, reading.register, reading.soc, *reading.currents.values()):
                self.assertTrue(figure is None or abs(figure) < 1e16)
