"""What the central system's requests must look like; a charger refuses others with the CALLERROR that fits (J-25)."""

from collections.abc import Callable
from typing import Any, Final

from edge_twisted.sandbox.framing import Payload

Check = Callable[[Any], str]
"""Gives the code of a CALLERROR, or nothing."""

MISSING: Final = "OccurenceConstraintViolation"
TYPE: Final = "TypeConstraintViolation"
PROPERTY: Final = "PropertyConstraintViolation"


def text(most: int) -> Check:
    """A text of so many characters at most."""
    return lambda value: TYPE if not isinstance(value, str) else PROPERTY if len(value) > most else ""


def whole(least: int = -(2**63)) -> Check:
    """A whole number."""

    def check(value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, int):
            return TYPE
        return PROPERTY if value < least else ""

    return check


def one_of(*choices: str) -> Check:
    """One of these words."""
    return lambda value: TYPE if not isinstance(value, str) else "" if value in choices else PROPERTY


def table(value: Any) -> str:
    """Be a check for objects."""
    return "" if isinstance(value, dict) else TYPE


def rows(value: Any) -> str:
    """Be a check for lists of objects."""
    return "" if isinstance(value, list) and all(isinstance(one, dict) for one in value) else TYPE


def words(value: Any) -> str:
    """Be a check for lists of texts."""
    return "" if isinstance(value, list) and all(isinstance(one, str) for one in value) else TYPE


CERTIFICATE_KINDS: Final = one_of("CentralSystemRootCertificate", "ManufacturerRootCertificate")
CONNECTOR: Final = whole(0)
LOCATION: Final = text(512)


SHAPES: Final[dict[str, tuple[dict[str, Check], dict[str, Check]]]] = {
    "CancelReservation": ({"reservationId": whole()}, {}),
    "CertificateSigned": ({"certificateChain": text(10_000)}, {}),
    "ChangeAvailability": ({"connectorId": CONNECTOR, "type": one_of("Inoperative", "Operative")}, {}),
    "ChangeConfiguration": ({"key": text(50), "value": text(500)}, {}),
    "ClearCache": ({}, {}),
    "ClearChargingProfile": (
        {},
        {"id": whole(), "connectorId": CONNECTOR, "chargingProfilePurpose": text(50), "stackLevel": whole(0)},
    ),
    "DataTransfer": ({"vendorId": text(255)}, {"messageId": text(50)}),
    "DeleteCertificate": ({"certificateHashData": table}, {}),
    "ExtendedTriggerMessage": ({"requestedMessage": text(50)}, {"connectorId": whole(1)}),
    "GetCompositeSchedule": (
        {"connectorId": CONNECTOR, "duration": whole(0)},
        {"chargingRateUnit": one_of("A", "W")},
    ),
    "GetConfiguration": ({}, {"key": words}),
    "GetDiagnostics": ({"location": text(2000)}, {"retries": whole(), "retryInterval": whole()}),
    "GetInstalledCertificateIds": ({"certificateType": CERTIFICATE_KINDS}, {}),
    "GetLocalListVersion": ({}, {}),
    "GetLog": ({"logType": one_of("DiagnosticsLog", "SecurityLog"), "requestId": whole(), "log": table}, {}),
    "InstallCertificate": ({"certificateType": CERTIFICATE_KINDS, "certificate": text(5500)}, {}),
    "RemoteStartTransaction": ({"idTag": text(20)}, {"connectorId": whole(1), "chargingProfile": table}),
    "RemoteStopTransaction": ({"transactionId": whole()}, {}),
    "ReserveNow": (
        {"connectorId": CONNECTOR, "expiryDate": text(50), "idTag": text(20), "reservationId": whole()},
        {"parentIdTag": text(20)},
    ),
    "Reset": ({"type": one_of("Hard", "Soft")}, {}),
    "SendLocalList": (
        {"listVersion": whole(), "updateType": one_of("Differential", "Full")},
        {"localAuthorizationList": rows},
    ),
    "SetChargingProfile": ({"connectorId": CONNECTOR, "csChargingProfiles": table}, {}),
    "SignedUpdateFirmware": ({"requestId": whole(), "firmware": table}, {"retries": whole(), "retryInterval": whole()}),
    "TriggerMessage": ({"requestedMessage": text(50)}, {"connectorId": whole(1)}),
    "UnlockConnector": ({"connectorId": whole(1)}, {}),
    "UpdateFirmware": (
        {"location": text(2000), "retrieveDate": text(50)},
        {"retries": whole(), "retryInterval": whole()},
    ),
}
"""For each action: what must be there, and what may be."""


def wrong_with(action: str, payload: Payload) -> str:
    """Say what is wrong with a request.

    Args:
        action: of `SHAPES`.
        payload: its fields; others than those that are known are let pass.

    Returns:
        The code of a CALLERROR; empty where nothing is.
    """
    required, optional = SHAPES[action]
    for name, check in required.items():
        if name not in payload:
            return MISSING
        if found := check(payload[name]):
            return found
    for name, check in optional.items():
        if name in payload and (found := check(payload[name])):
            return found
    return ""
