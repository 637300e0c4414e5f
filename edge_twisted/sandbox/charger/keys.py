"""A charger's configuration keys: the standard ones of OCPP 1.6, its errata and the security white paper."""

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from attrs import define, frozen

from edge_twisted.sandbox.framing import Payload

Access = Literal["R", "RW", "W"]
Kind = Literal["boolean", "integer", "text", "list"]
Status = Literal["Accepted", "Rejected", "RebootRequired", "NotSupported"]

VALUE_CHARACTERS: Final = 500
ASKED_AT_ONCE: Final = 50
"""What `GetConfigurationMaxKeys` says."""


@frozen
class Key:
    """What is known of a key.

    Args:
        name: as OCPP writes it.
        access: R, RW or W; a `W` one is never told.
        kind: of its value.
        value: at first power-on.
        choices: of a text or a list: what may stand in it; empty: anything.
        most: of a number.
        reboot: whether a change holds from the next reboot on only.
    """

    name: str
    access: Access
    kind: Kind
    value: str
    choices: tuple[str, ...] = ()
    most: int = 2**31 - 1
    reboot: bool = False


MEASURANDS: Final = ("Energy.Active.Import.Register", "Power.Active.Import", "Current.Import", "Voltage")

KEYS: Final = (
    Key("AllowOfflineTxForUnknownId", "RW", "boolean", "false"),
    Key("AuthorizationCacheEnabled", "RW", "boolean", "true"),
    Key("AuthorizeRemoteTxRequests", "RW", "boolean", "true"),
    Key("BlinkRepeat", "RW", "integer", "3"),
    Key("ClockAlignedDataInterval", "RW", "integer", "0"),
    Key("ConnectionTimeOut", "RW", "integer", "60"),
    Key("ConnectorPhaseRotation", "RW", "text", "NotApplicable"),
    Key("GetConfigurationMaxKeys", "R", "integer", str(ASKED_AT_ONCE)),
    Key("HeartbeatInterval", "RW", "integer", "300"),
    Key("LightIntensity", "RW", "integer", "100", most=100),
    Key("LocalAuthorizeOffline", "RW", "boolean", "true"),
    Key("LocalPreAuthorize", "RW", "boolean", "false"),
    Key("MaxEnergyOnInvalidId", "RW", "integer", "0"),
    Key("MeterValuesAlignedData", "RW", "list", "", MEASURANDS),
    Key("MeterValuesSampledData", "RW", "list", ",".join(MEASURANDS), MEASURANDS),
    Key("MeterValueSampleInterval", "RW", "integer", "10"),
    Key("MinimumStatusDuration", "RW", "integer", "0"),
    Key("NumberOfConnectors", "R", "integer", "1"),
    Key("ResetRetries", "RW", "integer", "1"),
    Key("StopTransactionOnEVSideDisconnect", "RW", "boolean", "true"),
    Key("StopTransactionOnInvalidId", "RW", "boolean", "true"),
    Key("StopTxnAlignedData", "RW", "list", "", MEASURANDS),
    Key("StopTxnSampledData", "RW", "list", "", MEASURANDS),
    Key(
        "SupportedFeatureProfiles",
        "R",
        "list",
        "Core,FirmwareManagement,LocalAuthListManagement,Reservation,SmartCharging,RemoteTrigger",
    ),
    Key("TransactionMessageAttempts", "RW", "integer", "3", most=1000),
    Key("TransactionMessageRetryInterval", "RW", "integer", "60"),
    Key("UnlockConnectorOnEVSideDisconnect", "RW", "boolean", "true"),
    Key("WebSocketPingInterval", "RW", "integer", "0", most=86_400),
    Key("LocalAuthListEnabled", "RW", "boolean", "true"),
    Key("LocalAuthListMaxLength", "R", "integer", "1000"),
    Key("SendLocalListMaxLength", "R", "integer", "500"),
    Key("ReserveConnectorZeroSupported", "R", "boolean", "false"),
    Key("ChargeProfileMaxStackLevel", "R", "integer", "10"),
    Key("ChargingScheduleAllowedChargingRateUnit", "R", "list", "Current,Power"),
    Key("ChargingScheduleMaxPeriods", "R", "integer", "24"),
    Key("ConnectorSwitch3to1PhaseSupported", "R", "boolean", "false"),
    Key("MaxChargingProfilesInstalled", "R", "integer", "20"),
    Key("SupportedFileTransferProtocols", "R", "list", "FTP,HTTP,HTTPS"),
)
WHITE_PAPER: Final = (
    Key("AuthorizationKey", "W", "text", ""),
    Key("SecurityProfile", "RW", "integer", "0", most=3),
    Key("CpoName", "RW", "text", ""),
    Key("AdditionalRootCertificateCheck", "R", "boolean", "false"),
    Key("CertificateSignedMaxChainSize", "R", "integer", "10000"),
    Key("CertificateStoreMaxLength", "R", "integer", "10"),
)
NAMES: Final = tuple(key.name for key in (*KEYS, *WHITE_PAPER))


@define(eq=False)
class Entry:
    """A key and its value now."""

    key: Key
    value: str


class Keys:
    """A charger's configuration.

    Args:
        white_paper: whether it has the white paper's keys.
        values: other values than the usual ones, by name; read-only keys too.
    """

    def __init__(self, white_paper: bool = True, values: Mapping[str, str] | None = None) -> None:
        known = (*KEYS, *WHITE_PAPER) if white_paper else (*KEYS, WHITE_PAPER[0])
        self._entries = {key.name.lower(): Entry(key, key.value) for key in known}
        for name, value in (values or {}).items():
            self.put(name, value)

    def __getitem__(self, name: str) -> str:
        """The value of a key that is known to be there."""
        return self._entries[name.lower()].value

    def __contains__(self, name: str) -> bool:
        """Whether the charger has a key."""
        return name.lower() in self._entries

    def number(self, name: str) -> int:
        """The value of a number; 0 where the charger has no such key."""
        return int(self[name]) if name in self else 0

    def on(self, name: str) -> bool:
        """Whether a boolean is true; false where the charger has no such key."""
        return name in self and self[name].lower() == "true"

    def put(self, name: str, value: object) -> None:
        """Set a value from within the charger; a key that it does not have stays away.

        Args:
            name: in any case.
            value: its text, a number or a boolean.
        """
        if name in self:
            self._entries[name.lower()].value = str(value).lower() if isinstance(value, bool) else str(value)

    def told(self, names: Iterable[str]) -> Payload:
        """Answer GetConfiguration; an `AuthorizationKey` is never told (J-65).

        Args:
            names: which; none: all.

        Returns:
            The answer's payload.
        """
        asked = list(names)
        if not asked:
            found = [entry for entry in self._entries.values() if entry.key.access != "W"]
            return {"configurationKey": [_told(entry) for entry in found]}
        entries = [self._entries[name.lower()] for name in asked if name in self]
        answer: Payload = {"configurationKey": [_told(entry) for entry in entries]}
        unknown = [name for name in asked if name not in self]
        return {**answer, "unknownKey": unknown} if unknown else answer

    def judge(self, name: str, value: str) -> Status:
        """Say what ChangeConfiguration would come to.

        Args:
            name: in any case.
            value: the new one.

        Returns:
            The answer's status; nothing is changed yet.
        """
        if name not in self:
            return "NotSupported"
        key = self._entries[name.lower()].key
        if key.access == "R" or len(value) > VALUE_CHARACTERS or not fits(key, value):
            return "Rejected"
        return "RebootRequired" if key.reboot else "Accepted"


def fits(key: Key, value: str) -> bool:
    """Whether a value is one of a key's.

    Args:
        key: which.
        value: its text.
    """
    match key.kind:
        case "boolean":
            return value.lower() in ("true", "false")
        case "integer":
            return value.isascii() and value.isdecimal() and len(value) <= 10 and int(value) <= key.most
        case "list":
            words = [word.strip() for word in value.split(",") if word.strip()]
            return not key.choices or all(word in key.choices for word in words)
    return not key.choices or value in key.choices


def _told(entry: Entry) -> Payload:
    told: Payload = {"key": entry.key.name, "readonly": entry.key.access == "R"}
    return told if entry.key.access == "W" else {**told, "value": entry.value}
