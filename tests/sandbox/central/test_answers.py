"""Tests of what the central system answers."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.central.answers import Answers, timestamp
from edge_twisted.sandbox.central.schemas import CHARGERS_ACTIONS, answer_findings
from edge_twisted.sandbox.framing import Call, Error, Payload, Result

NOW = 1_767_268_800.25
ISO = "2026-01-01T12:00:00.250Z"


class AnswersTests(SynchronousTestCase):
    """One answer for each request."""

    def setUp(self) -> None:
        self.answers = Answers(heartbeat_seconds=30)

    def answer(self, action: str, payload: Payload | None = None) -> Payload:
        """The payload of a result."""
        found = self.answers.answer(Call("id", action, payload or {}), NOW)
        assert isinstance(found, Result)
        self.assertEqual(found.id, "id")
        return found.payload

    def test_boot(self) -> None:
        """BootNotification is accepted, with the time and the interval of the heartbeats."""
        answer = self.answer("BootNotification")
        self.assertEqual(answer, {"status": "Accepted", "currentTime": ISO, "interval": 30})

    def test_heartbeat(self) -> None:
        """Heartbeat is answered with the time."""
        self.assertEqual(self.answer("Heartbeat"), {"currentTime": ISO})

    def test_transactions(self) -> None:
        """Each StartTransaction gets a number of its own."""
        first, second = self.answer("StartTransaction"), self.answer("StartTransaction")
        self.assertEqual(first["idTagInfo"], {"status": "Accepted"})
        self.assertEqual([first["transactionId"], second["transactionId"]], [1, 2])

    def test_stop(self) -> None:
        """StopTransaction tells about the card only where it names one."""
        self.assertEqual(self.answer("StopTransaction", {"idTag": "A"}), {"idTagInfo": {"status": "Accepted"}})
        self.assertEqual(self.answer("StopTransaction"), {})

    def test_others(self) -> None:
        """A card is accepted; a vendor that nobody knows is called unknown; certificates are not signed here."""
        self.assertEqual(self.answer("Authorize"), {"idTagInfo": {"status": "Accepted"}})
        self.assertEqual(self.answer("DataTransfer"), {"status": "UnknownVendorId"})
        self.assertEqual(self.answer("SignCertificate"), {"status": "Rejected"})

    def test_boot_status(self) -> None:
        """BootNotification can be answered otherwise."""
        found = self.answers.answer(Call("id", "BootNotification", {}), NOW, "Pending")
        assert isinstance(found, Result)
        self.assertEqual(found.payload["status"], "Pending")

    def test_cards(self) -> None:
        """Where cards are known, others are invalid, at the start of a transaction too; case does not matter."""
        self.answers = Answers(30, cards=["Ab1"])
        for action in ("Authorize", "StartTransaction", "StopTransaction"):
            for card, status in (("aB1", "Accepted"), ("Ab2", "Invalid"), (7, "Invalid"), (["Ab1"], "Invalid")):
                self.assertEqual(self.answer(action, {"idTag": card})["idTagInfo"], {"status": status})

    def test_valid(self) -> None:
        """Every answer is as its schema has it, to a request without any field as well."""
        for action in CHARGERS_ACTIONS:
            for payload in ({}, {"idTag": "A"}):
                self.assertEqual(answer_findings(action, self.answer(action, payload)), (), action)

    def test_told(self) -> None:
        """What is only told is answered with nothing."""
        for action in ("MeterValues", "StatusNotification", "FirmwareStatusNotification", "SecurityEventNotification"):
            self.assertEqual(self.answer(action), {})

    def test_unknown(self) -> None:
        """An action that no charger has is NotImplemented."""
        found = self.answers.answer(Call("id", "MakeCoffee", {}), NOW)
        self.assertEqual(found, Error("id", "NotImplemented", "unknown action"))

    def test_timestamp(self) -> None:
        """Times are UTC with milliseconds and a Z."""
        self.assertEqual(timestamp(NOW), ISO)
