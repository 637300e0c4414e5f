"""A sample of every message of OCPP 1.6 and its security white paper, through Edge in both directions."""

import json
from pathlib import Path
from typing import Any, Final

import ocpp
from ocpp.messages import get_validator

from tests.wire.test_bridge import SiteTestCase

SCHEMAS: Final = Path(ocpp.__file__).parent / "v16" / "schemas"
ANSWER: Final = "Response"

EVENTS: Final = (
    *("FirmwareUpdated", "FailedToAuthenticationAtCentralSystem", "CentralSystemFailedToAuthenticate"),
    *("SettingSystemTime", "StartupOfTheDevice", "ResetOrReboot", "SecurityLogWasCleared"),
    *("ReconfigurationOfSecurityParameters", "MemoryExhaustion", "InvalidMessages", "AttemptedReplayAttacks"),
    *("TamperDetectionActivated", "InvalidFirmwareSignature", "InvalidFirmwareSigningCertificate"),
    *("InvalidCentralSystemCertificate", "InvalidChargePointCertificate", "InvalidTLSVersion"),
    *("InvalidTLSCipherSuite", "SomethingNew"),
)
"""The white paper's types of security events, and one that nobody knows."""


def sample(schema: dict[str, Any], names: dict[str, Any], *, whole: bool) -> Any:
    """Make a value that a schema allows.

    Args:
        schema: of JSON schema's draft 4, as far as OCPP uses it.
        names: the definitions that it may refer to.
        whole: with every property, instead of those only that are required.

    Returns:
        The value.
    """
    if "$ref" in schema:
        return sample(names[schema["$ref"].removeprefix("#/definitions/")], names, whole=whole)
    if "enum" in schema:
        return schema["enum"][-1]
    match schema["type"]:
        case "object":
            wanted = schema.get("properties", {}) if whole else schema.get("required", ())
            return {name: sample(schema["properties"][name], names, whole=whole) for name in wanted}
        case "array":
            return [sample(schema["items"], names, whole=whole)] * max(2, schema.get("minItems", 0))
        case "integer":
            return 7
        case "number":
            return 16.0
        case "boolean":
            return True
        case "string" if schema.get("format") == "date-time":
            return "2026-11-23T04:05:06.789Z"
        case "string" if schema.get("format") == "uri":
            return "ftps://user:pass@192.168.1.9:2121/a%20b/?c=d"
        case "string":
            return "é\\/\n" if schema.get("maxLength", 50) <= 50 else "é" * schema["maxLength"]
    raise ValueError(schema["type"])


class SampleTests(SiteTestCase):
    """E1: whatever the schemas allow passes octet for octet, and Edge has nothing to say about it."""

    def both_ways(self, texts: list[bytes]) -> None:
        """Send texts from both sides, and compare."""
        charger, central = self.site().open()
        for text in texts:
            charger.say(text)
            central.say(text)
        self.assertEqual((central.texts, charger.texts), (texts, texts))

    def test_all(self) -> None:
        """E1: each of the 78 schemas, with all its properties and with the required ones only, in both directions."""
        texts = []
        for path in sorted(SCHEMAS.glob("*.json")):
            schema = json.loads(path.read_text(encoding="utf-8-sig"))
            action = path.stem.removesuffix(ANSWER)
            answers = path.stem.endswith(ANSWER)
            for whole in (True, False):
                payload = sample(schema, schema.get("definitions", {}), whole=whole)
                get_validator(3 if answers else 2, action, "1.6").validate(payload)
                message = [3, "1", payload] if answers else [2, "1", action, payload]
                texts.append(json.dumps(message, ensure_ascii=whole, indent=None if whole else 1).encode())
        self.assertEqual(len(texts), 2 * 78)
        self.both_ways(texts)

    def test_security_events(self) -> None:
        """K15: the 18 types of security events, and one that is not in the list, are relayed."""
        form = '[2,"%d","SecurityEventNotification",{"type":"%s","timestamp":"2026-11-23T04:05:06Z","techInfo":"-"}]'
        self.assertEqual(len(EVENTS), 18 + 1)
        self.both_ways([(form % (number, name)).encode() for number, name in enumerate(EVENTS)])

    def test_addresses(self) -> None:
        """K16: the addresses in GetLog and SignedUpdateFirmware reach the charger as the central system wrote them."""
        addresses = (
            "ftp://u:p@files.example/logs/",
            "https://files.example:8443/fw.bin?sig=a%2Fb",
            "http:\\/\\/[fd00::1]\\/x",
        )
        log = '[2,"1","GetLog",{"logType":"SecurityLog","requestId":1,"log":{"remoteLocation":"%s"}}]'
        firmware = '[2,"2","SignedUpdateFirmware",{"requestId":2,"firmware":{"location":"%s"}}]'
        self.both_ways([(form % address).encode() for form in (log, firmware) for address in addresses])
