"""Tests of the check of messages against the schemas."""

import json
import subprocess
import sys
from importlib.resources import files
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.central.schemas import (
    CHARGERS_ACTIONS,
    FINDING_LENGTH,
    FINDINGS,
    answer_findings,
    central_actions,
    is_known,
    request_findings,
)
from edge_twisted.sandbox.framing import Payload

MOMENT = "2026-01-31T12:00:00Z"
BOOT: Payload = {"chargePointVendor": "vendor", "chargePointModel": "model"}


def metered(**sample: object) -> Payload:
    """MeterValues with one value."""
    value = {"timestamp": MOMENT, "sampledValue": [{"value": "1", **sample}]}
    return {"connectorId": 1, "meterValue": [value]}


def profile(limit: float) -> Payload:
    """A SetChargingProfile with this limit."""
    schedule = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}]}
    profile = {"chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxProfile"}
    return {
        "connectorId": 1,
        "csChargingProfiles": profile | {"chargingProfileKind": "Absolute", "chargingSchedule": schedule},
    }


class SchemaTests(SynchronousTestCase):
    """Findings, word for word."""

    def test_right(self) -> None:
        """What is right has no findings, the white paper's messages included."""
        right: dict[str, Payload] = {
            "Heartbeat": {},
            "BootNotification": BOOT,
            "MeterValues": metered(unit="Celcius") | {"transactionId": -1},
            "SecurityEventNotification": {"type": "TamperDetectionActivated", "timestamp": MOMENT},
            "LogStatusNotification": {"status": "Uploaded", "requestId": 1},
            "SignedFirmwareStatusNotification": {"status": "Installed"},
            "SignCertificate": {"csr": "-----BEGIN CERTIFICATE REQUEST-----"},
            "DataTransfer": {"vendorId": "x"},
        }
        for action, payload in right.items():
            self.assertEqual(request_findings(action, payload), (), action)

    def test_missing(self) -> None:
        """A field that is missing is named, wherever it is."""
        self.assertEqual(
            request_findings("BootNotification", {"chargePointVendor": "v"}), ("chargePointModel: is missing",)
        )
        payload = {"connectorId": 1, "meterValue": [{"timestamp": MOMENT, "sampledValue": [{}]}]}
        self.assertEqual(request_findings("MeterValues", payload), ("meterValue[0].sampledValue[0].value: is missing",))

    def test_wrong(self) -> None:
        """Each rule of the schemas has its sentence."""
        for action, payload, finding in (
            ("Heartbeat", {"a": 1}, "a: not known to OCPP 1.6"),
            ("BootNotification", BOOT | {"iccid": 1}, "iccid: is not a string"),
            (
                "BootNotification",
                BOOT | {"chargePointModel": "x" * 21},
                "chargePointModel: has 21 characters; at most 20 are allowed",
            ),
            ("MeterValues", metered() | {"connectorId": "1"}, "connectorId: is not a whole number"),
            ("MeterValues", metered() | {"connectorId": True}, "connectorId: is not a whole number"),
            ("SignedFirmwareStatusNotification", {"status": "Eaten"}, 'status: "Eaten" is none of Downloaded, '),
            ("SetChargingProfile", profile(21.45), "limit: is no multiple of 0.1"),
            ("Heartbeat", [], "payload: is not an object"),
        ):
            [found] = request_findings(action, payload)
            self.assertIn(finding, found)

    def test_tenths(self) -> None:
        """21.4 is a multiple of 0.1, though its binary form is not."""
        for tenths in range(1, 1000):
            self.assertEqual(request_findings("SetChargingProfile", profile(tenths / 10)), ())

    def test_moments(self) -> None:
        """A time is RFC 3339's, with a zone, and exists."""
        for moment in (MOMENT, "2026-01-31T12:00:00.123Z", "2026-01-31T12:00:00+01:00", "2026-01-31t12:00:00Z".upper()):
            payload = {"type": "x", "timestamp": moment}
            self.assertEqual(request_findings("SecurityEventNotification", payload), (), moment)
        for moment in ("", "2026-01-31", "2026-01-31T12:00:00", "2026-02-31T12:00:00Z", "31.1.2026"):
            [found] = request_findings("SecurityEventNotification", {"type": "x", "timestamp": moment})
            self.assertTrue(found.startswith(f'timestamp: "{moment}" is no time with a zone'), found)

    def test_answers(self) -> None:
        """Answers have schemas of their own."""
        self.assertEqual(answer_findings("Reset", {"status": "Accepted"}), ())
        self.assertEqual(answer_findings("Reset", {}), ("status: is missing",))

    def test_unknown(self) -> None:
        """An action without a schema has no findings, not even one that is called like a schema's file."""
        self.assertEqual(request_findings("MakeCoffee", {"a": 1}), ())
        self.assertEqual(request_findings("../v201/schemas/Reset", {"a": 1}), ())
        self.assertEqual([is_known(name) for name in ("Reset", "ResetResponse", "MakeCoffee")], [True, False, False])

    def test_bounds(self) -> None:
        """Findings are so many and so long, and hold nothing that a terminal would act on."""
        samples = [{"value": 1}] * 100
        found = request_findings(
            "MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": MOMENT, "sampledValue": samples}]}
        )
        self.assertEqual((len(found), found[-1]), (FINDINGS + 1, "and more"))
        for odd in ("x" * 100_000, "\x1b[31m\u202e\ud800"):
            found = request_findings("Heartbeat", {odd: 1}) + request_findings("LogStatusNotification", {"status": odd})
            self.assertTrue(all(len(text) <= FINDING_LENGTH and text.isprintable() for text in found), found)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["connectorId", "meterValue", "sampledValue", "value", "timestamp"]),
                    inner,
                    max_size=3,
                )
            ),
        )
    )
    def test_as_the_library(self, payload: Any) -> None:
        """Whatever a payload is, it has findings exactly if PyPI `ocpp`'s own kind of validator rejects it."""
        text = (files("ocpp") / "v16" / "schemas" / "MeterValues.json").read_text("utf-8-sig")
        rejected = not Draft4Validator(json.loads(text)).is_valid(payload)
        found = [finding for finding in request_findings("MeterValues", payload) if "no time" not in finding]
        self.assertEqual(bool(found), rejected)

    def test_whose(self) -> None:
        """Each of the 39 actions is a charger's or the central system's; DataTransfer is both's."""
        theirs = set(central_actions())
        self.assertEqual(len(theirs | CHARGERS_ACTIONS), 39)
        self.assertEqual(theirs & CHARGERS_ACTIONS, {"DataTransfer"})
        self.assertEqual(central_actions()["Reset"]["required"], ["type"])

    def test_light(self) -> None:
        """None of the library's code is imported, and no asyncio."""
        program = (
            "import sys; from edge_twisted.sandbox.central.schemas import central_actions; central_actions();"
            "sys.exit(any(name in sys.modules for name in ('asyncio', 'ocpp.messages', 'ocpp.v16')))"
        )
        self.assertEqual(subprocess.run([sys.executable, "-c", program], check=False).returncode, 0)
