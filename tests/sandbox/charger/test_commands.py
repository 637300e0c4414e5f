"""Tests of what a charger answers to the central system."""

import json
from importlib import resources
from typing import Any

import jsonschema

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.charger.quirks import Quirks
from edge_twisted.sandbox.charger.settings import Access, Plan
from edge_twisted.sandbox.charger.shapes import SHAPES
from edge_twisted.sandbox.charger.watch import timestamp
from tests.certificates import Root
from tests.sandbox.charger.bench import EVENTS, Bench

SAMPLES: dict[str, dict[str, Any]] = {
    "CancelReservation": {"reservationId": 1},
    "CertificateSigned": {"certificateChain": "x"},
    "ChangeAvailability": {"connectorId": 0, "type": "Operative"},
    "ChangeConfiguration": {"key": "HeartbeatInterval", "value": "60"},
    "ClearCache": {},
    "ClearChargingProfile": {},
    "DataTransfer": {"vendorId": "x"},
    "DeleteCertificate": {
        "certificateHashData": {
            "hashAlgorithm": "SHA256",
            "issuerNameHash": "a",
            "issuerKeyHash": "b",
            "serialNumber": "1",
        }
    },
    "ExtendedTriggerMessage": {"requestedMessage": "Heartbeat"},
    "GetCompositeSchedule": {"connectorId": 1, "duration": 60},
    "GetConfiguration": {},
    "GetDiagnostics": {"location": "ftp://x"},
    "GetInstalledCertificateIds": {"certificateType": "CentralSystemRootCertificate"},
    "GetLocalListVersion": {},
    "GetLog": {"logType": "SecurityLog", "requestId": 1, "log": {"remoteLocation": "ftp://x"}},
    "InstallCertificate": {"certificateType": "CentralSystemRootCertificate", "certificate": "x"},
    "RemoteStartTransaction": {"idTag": "A"},
    "RemoteStopTransaction": {"transactionId": 1},
    "ReserveNow": {"connectorId": 1, "expiryDate": "2100-01-01T00:00:00Z", "idTag": "A", "reservationId": 1},
    "Reset": {"type": "Soft"},
    "SendLocalList": {"listVersion": 1, "updateType": "Full"},
    "SetChargingProfile": {
        "connectorId": 0,
        "csChargingProfiles": {
            "chargingProfileId": 1,
            "stackLevel": 0,
            "chargingProfilePurpose": "ChargePointMaxProfile",
            "chargingProfileKind": "Absolute",
            "chargingSchedule": {
                "chargingRateUnit": "A",
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 10.0}],
            },
        },
    },
    "SignedUpdateFirmware": {
        "requestId": 1,
        "firmware": {
            "location": "ftp://x",
            "retrieveDateTime": "2026-01-01T00:00:00Z",
            "signingCertificate": "x",
            "signature": "x",
        },
    },
    "TriggerMessage": {"requestedMessage": "Heartbeat"},
    "UnlockConnector": {"connectorId": 1},
    "UpdateFirmware": {"location": "ftp://x", "retrieveDate": "2026-01-01T00:00:00Z"},
}


def fits_schema(name: str, payload: object) -> None:
    """Check a payload by the schemas of the package `ocpp`."""
    schema = json.loads(resources.files("ocpp.v16.schemas").joinpath(f"{name}.json").read_text("utf-8-sig"))
    jsonschema.Draft4Validator(schema).validate(payload)


class AnswersTests(Bench):
    """Every action of the central system is answered as the schemas want it."""

    def setUp(self) -> None:
        super().setUp()
        self.power_on(plan=None)
        self.connect()

    def test_all(self) -> None:
        """Each is known, is accepted by the schema as we ask it, and its answer fits the schema."""
        self.assertEqual(set(SAMPLES), set(SHAPES))
        for action, payload in SAMPLES.items():
            fits_schema(action, payload)
            answer = self.ask(action, **payload)
            self.assertIsInstance(answer, dict, f"{action}: {answer}")
            fits_schema(f"{action}Response", answer)
            self.assertEqual(self.happened(h.Commanded)[-1].action, action)

    def test_own_requests(self) -> None:
        """All that the charger says of itself fits the schemas, too."""
        self.power_on(plan=Plan(first=1, length=20, sample=5, pause=5))
        self.connect()
        for payload in (
            {"requestedMessage": name} for name in ("BootNotification", "MeterValues", "FirmwareStatusNotification")
        ):
            self.ask("TriggerMessage", **payload)
            self.ask("ExtendedTriggerMessage", **payload)
        for action in ("GetLog", "GetDiagnostics", "UpdateFirmware"):
            self.ask(action, **SAMPLES[action])
        self.pass_time(40)
        actions = {call.action for call in self.calls}
        self.assertLessEqual({"StopTransaction", EVENTS, "LogStatusNotification"}, actions)
        for call in self.calls:
            fits_schema(call.action, call.payload)

    def test_unknown(self) -> None:
        """An action that OCPP does not have is not implemented."""
        self.assertEqual(self.ask("MakeCoffee"), "NotImplemented")

    def test_wrong_requests(self) -> None:
        """J-25: what is missing, of another type or of no known value is refused as such."""
        for action, payload, code in (
            ("Reset", {}, "OccurenceConstraintViolation"),
            ("Reset", {"type": 1}, "TypeConstraintViolation"),
            ("Reset", {"type": "Warm"}, "PropertyConstraintViolation"),
            ("UnlockConnector", {"connectorId": True}, "TypeConstraintViolation"),
            ("UnlockConnector", {"connectorId": 0}, "PropertyConstraintViolation"),
            ("GetConfiguration", {"key": "A"}, "TypeConstraintViolation"),
            (
                "SendLocalList",
                {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [1]},
                "TypeConstraintViolation",
            ),
            ("RemoteStartTransaction", {"idTag": "x" * 21}, "PropertyConstraintViolation"),
        ):
            self.assertEqual(self.ask(action, **payload), code, (action, payload))

    def test_any_payload(self) -> None:
        """Whatever stands in the tables within a request, the charger answers."""
        inners: tuple[dict[str, Any], ...] = (
            {},
            {"chargingSchedule": 5},
            {"chargingSchedule": {"chargingSchedulePeriod": [{}]}},
        )
        for action, key in (
            ("SetChargingProfile", "csChargingProfiles"),
            ("DeleteCertificate", "certificateHashData"),
            ("GetLog", "log"),
            ("SignedUpdateFirmware", "firmware"),
        ):
            for inner in inners:
                self.assertIsInstance(self.ask(action, **{**SAMPLES[action], key: inner}), dict)

    def test_reset(self) -> None:
        """A reset is accepted, and happens when the answer has been sent."""
        for kind in ("Soft", "Hard"):
            self.assertEqual(self.status("Reset", type=kind), "Accepted")
        self.assertEqual(self.reboots, ["soft", "hard"])

    def test_transaction_keys(self) -> None:
        """TransactionMessageAttempts and -RetryInterval hold at once; so does WebSocketPingInterval."""
        for key, value in (("TransactionMessageAttempts", "7"), ("TransactionMessageRetryInterval", "9")):
            self.assertEqual(self.status("ChangeConfiguration", key=key, value=value), "Accepted")
        self.assertEqual((self.dialogue.rules.attempts, self.dialogue.rules.retry_seconds), (7, 9.0))
        self.status("ChangeConfiguration", key="WebSocketPingInterval", value="30")
        self.assertEqual(self.pings, 1)

    def test_quirks(self) -> None:
        """Q28, Q37: deaf after a while, or a reboot instead of an answer."""
        self.power_on(plan=None, quirks=Quirks(reboots_on_configuration=True))
        self.connect()
        self.assertIsNone(self.ask("GetConfiguration"))
        self.assertEqual(self.reboots, ["quirk"])
        self.assertEqual(self.status("ClearCache"), "Accepted")


class RemoteTests(Bench):
    """Starting and stopping from afar."""

    def setUp(self) -> None:
        super().setUp()
        self.power_on(plan=None, connectors=2)
        self.connect()

    def start(self, **payload: Any) -> str:
        """Start; the status."""
        return str(self.status("RemoteStartTransaction", idTag="APP", **payload))

    def test_start_and_stop(self) -> None:
        """The driver plugs in, charges, is stopped, and leaves."""
        self.assertEqual(self.start(connectorId=2), "Accepted")
        self.pass_time(15)
        self.assertEqual(self.asked("StartTransaction")[0]["connectorId"], 2)
        self.assertEqual(self.asked("Authorize"), [{"idTag": "APP"}])
        self.assertEqual(self.status("RemoteStopTransaction", transactionId=9), "Rejected")
        self.assertEqual(self.status("RemoteStopTransaction", transactionId=1), "Accepted")
        self.pass_time(1)
        self.assertEqual(self.asked("StopTransaction")[0]["reason"], "Remote")
        self.assertEqual(self.statuses(2)[-1], "Available")

    def test_without_authorising(self) -> None:
        """AuthorizeRemoteTxRequests false: the card is not asked for."""
        self.status("ChangeConfiguration", key="AuthorizeRemoteTxRequests", value="false")
        self.start()
        self.pass_time(2)
        self.assertEqual((self.asked("Authorize"), len(self.asked("StartTransaction"))), ([], 1))

    def test_busy(self) -> None:
        """Where all connectors are taken, it is rejected; so is a connector that is not there."""
        for connector in (1, 2):
            self.routine.connectors[connector].plug_in("CARD")
        self.pass_time(1)
        self.assertEqual([self.start(), self.start(connectorId=1), self.start(connectorId=9)], ["Rejected"] * 3)

    def test_two_at_once(self) -> None:
        """A second start before the driver plugged in does not begin a second session."""
        self.assertEqual([self.start(connectorId=1), self.start(connectorId=1)], ["Accepted", "Accepted"])
        self.pass_time(5)
        self.assertEqual(len(self.asked("StartTransaction")), 1)

    def test_unlock(self) -> None:
        """Unlocking ends the session."""
        self.routine.connectors[1].plug_in("CARD")
        self.pass_time(2)
        self.assertEqual(self.status("UnlockConnector", connectorId=1), "Unlocked")
        self.assertEqual(self.status("UnlockConnector", connectorId=3), "NotSupported")
        self.pass_time(1)
        self.assertEqual(self.asked("StopTransaction")[0]["reason"], "UnlockCommand")

    def test_availability(self) -> None:
        """Out of use at once, or when the session is over; and in use again."""
        change = lambda connector, kind: self.status("ChangeAvailability", connectorId=connector, type=kind)  # noqa: E731 - a short name for the lines below
        self.assertEqual((change(2, "Inoperative"), change(9, "Inoperative")), ("Accepted", "Rejected"))
        self.assertEqual(self.start(connectorId=2), "Rejected")
        self.routine.connectors[1].plug_in("CARD")
        self.pass_time(2)
        self.assertEqual(change(0, "Inoperative"), "Scheduled")
        self.routine.connectors[1].unplug()
        self.pass_time(1)
        self.assertEqual((self.statuses(1)[-1], self.statuses(2)[-1]), ("Unavailable", "Unavailable"))
        self.assertEqual(change(0, "Operative"), "Accepted")
        self.pass_time(1)
        self.assertEqual((self.statuses(1)[-1], self.statuses(2)[-1]), ("Available", "Available"))

    def test_reservation(self) -> None:
        """A reserved connector is for its card only, until the reservation ends or is cancelled."""
        reserve = {"connectorId": 1, "idTag": "MINE", "reservationId": 5, "expiryDate": timestamp(60)}
        self.assertEqual(self.status("ReserveNow", **reserve), "Accepted")
        self.assertEqual(self.status("ReserveNow", **{**reserve, "reservationId": 6}), "Occupied")
        self.assertEqual(self.status("ReserveNow", **{**reserve, "expiryDate": timestamp(-1)}), "Rejected")
        self.assertEqual(self.status("ReserveNow", **{**reserve, "connectorId": 0}), "Rejected")
        self.assertEqual(self.start(connectorId=1), "Rejected")
        self.assertEqual(self.status("RemoteStartTransaction", idTag="MINE", connectorId=1), "Accepted")
        self.pass_time(2)
        self.assertEqual(self.statuses(1), ["Available", "Reserved", "Preparing", "Charging"])
        self.assertEqual(self.status("CancelReservation", reservationId=5), "Rejected")
        self.assertEqual(self.status("ReserveNow", **{**reserve, "connectorId": 2}), "Accepted")
        self.assertEqual(self.status("CancelReservation", reservationId=5), "Accepted")
        self.pass_time(1)
        self.assertEqual(self.statuses(2)[-1], "Available")
        self.assertEqual(self.status("ReserveNow", **{**reserve, "connectorId": 2}), "Accepted")
        self.pass_time(61)
        self.assertEqual(self.start(connectorId=2), "Accepted")

    def test_local_list(self) -> None:
        """Versions, and offline authorisation by the list."""
        entry = {"idTag": "LISTED", "idTagInfo": {"status": "Accepted"}}
        send = lambda version, kind, *entries: self.status(  # noqa: E731 - a short name for the lines below
            "SendLocalList", listVersion=version, updateType=kind, localAuthorizationList=list(entries)
        )
        self.assertEqual(self.ask("GetLocalListVersion"), {"listVersion": 0})
        self.assertEqual(send(3, "Full", entry), "Accepted")
        self.assertEqual(send(3, "Differential", entry), "VersionMismatch")
        self.assertEqual(send(4, "Full", *[entry] * 501), "Failed")
        self.assertEqual(self.ask("GetLocalListVersion"), {"listVersion": 3})
        self.dialogue.detach()
        self.routine.connectors[1].plug_in("LISTED")
        self.routine.connectors[2].plug_in("UNLISTED")
        self.connect()
        self.pass_time(1)
        self.assertEqual([one["idTag"] for one in self.asked("StartTransaction")], ["LISTED"])
        self.assertEqual(send(4, "Differential", {"idTag": "LISTED"}), "Accepted")
        self.status("ClearCache")
        self.assertFalse(self.works.cards.lets("LISTED", 0.0))

    def test_cache(self) -> None:
        """A card that was accepted is known offline, until the cache is cleared or it expires."""
        self.works.cards.learn("CARD", {"status": "Accepted", "expiryDate": timestamp(100)})
        self.assertTrue(self.works.cards.lets("CARD", 99.0))
        self.assertFalse(self.works.cards.lets("CARD", 100.0))
        self.assertEqual(self.status("ClearCache"), "Accepted")
        self.assertFalse(self.works.cards.lets("CARD", 0.0))
        self.status("ChangeConfiguration", key="AllowOfflineTxForUnknownId", value="true")
        self.assertTrue(self.works.cards.lets("CARD", 0.0))
        self.status("ChangeConfiguration", key="LocalAuthorizeOffline", value="false")
        self.assertFalse(self.works.cards.lets("CARD", 0.0))


class ServiceTests(Bench):
    """Firmware, logs and triggers."""

    def setUp(self) -> None:
        super().setUp()
        self.power_on(Access("ws://edge.lan", "CP1"), None)
        self.connect()

    def told_statuses(self, action: str) -> list[str]:
        """The statuses that were told."""
        return [one["status"] for one in self.asked(action)]

    def test_diagnostics(self) -> None:
        """Uploading, uploaded."""
        self.assertEqual(self.ask("GetDiagnostics", location="ftp://x"), {"fileName": "diagnostics.log"})
        self.pass_time(3)
        self.assertEqual(self.told_statuses("DiagnosticsStatusNotification"), ["Uploading", "Uploaded"])

    def test_firmware(self) -> None:
        """Downloaded, installed, with a reboot between; the event comes at the end."""
        self.ask("UpdateFirmware", **SAMPLES["UpdateFirmware"])
        self.pass_time(6)
        told = self.told_statuses("FirmwareStatusNotification")
        self.assertEqual(told, ["Downloading", "Downloaded", "Installing", "Installed"])
        self.assertEqual(self.reboots, ["soft"])
        self.assertEqual(self.asked(EVENTS)[-1]["type"], "FirmwareUpdated")

    def test_signed_firmware(self) -> None:
        """The signing certificate must be one; a second request cancels the first."""
        payload = SAMPLES["SignedUpdateFirmware"]
        self.assertEqual(self.status("SignedUpdateFirmware", **payload), "InvalidCertificate")
        firmware = {**payload["firmware"], "signingCertificate": Root().pem}
        self.assertEqual(self.status("SignedUpdateFirmware", requestId=1, firmware=firmware), "Accepted")
        self.assertEqual(self.status("SignedUpdateFirmware", requestId=2, firmware=firmware), "AcceptedCanceled")
        self.pass_time(8)
        told = self.asked("SignedFirmwareStatusNotification")
        self.assertEqual(told[-1], {"status": "Installed", "requestId": 2})

    def test_log(self) -> None:
        """A log is seemingly uploaded; in the meantime its status can be asked for."""
        payload = SAMPLES["GetLog"]
        self.assertEqual(self.ask("GetLog", **payload), {"status": "Accepted", "filename": "security.log"})
        self.ask("ExtendedTriggerMessage", requestedMessage="LogStatusNotification")
        self.pass_time(3)
        self.ask("ExtendedTriggerMessage", requestedMessage="LogStatusNotification")
        self.pass_time(0)
        told = self.told_statuses("LogStatusNotification")
        self.assertEqual(told, ["Uploading", "Uploading", "Uploaded", "Idle"])

    def test_triggers(self) -> None:
        """Each message that can be triggered comes; others are not implemented."""
        for name in ("BootNotification", "Heartbeat", "StatusNotification", "MeterValues"):
            self.calls.clear()
            self.assertEqual(self.status("TriggerMessage", requestedMessage=name), "Accepted")
            self.pass_time(0)
            self.assertIn(name, [call.action for call in self.calls])
        self.assertEqual(self.status("TriggerMessage", requestedMessage="Coffee"), "NotImplemented")
        self.assertEqual(self.status("TriggerMessage", requestedMessage="MeterValues", connectorId=7), "Rejected")

    def test_trigger_while_pending(self) -> None:
        """Before it is accepted, a charger says what is triggered, and nothing else."""
        self.dialogue.detach()
        self.routine.power_cycle()
        self.calls.clear()
        self.replies["BootNotification"] = {"status": "Pending", "currentTime": "", "interval": 60}
        self.connect()
        self.ask("TriggerMessage", requestedMessage="StatusNotification", connectorId=1)
        self.pass_time(1)
        self.assertEqual([call.action for call in self.calls], ["BootNotification", "StatusNotification"])
