"""What a central system sets at a charger that concerns Edge as well: its password, and its security profile.

Both are read from the messages that pass, which go on as they came (S-30, S-31).
"""

from typing import Final

from attrs import define, field, frozen

from edge_twisted.core.messages import Call, CallError, CallResult, fields, parse

VALUE_MOST: Final = 500
"""Characters of a value (OCPP's CiString500); a longer one is no password."""
OPEN: Final = 16
"""Settings of one session that may wait for their answers; the oldest makes room."""
REFUSING: Final = frozenset({"Rejected", "NotSupported"})
TAKING: Final = frozenset({"Accepted", "RebootRequired"})


@frozen
class Setting:
    """A ChangeConfiguration that concerns Edge.

    Args:
        id: of the CALL.
        key: the new `AuthorizationKey`, as it stands there; nothing where it sets something else.
        profile: the new `SecurityProfile`, 1 to 3; 0 where it sets something else.
    """

    id: str
    key: str = field(default="", repr=False)
    profile: int = 0


def may_set(payload: bytes) -> bool:
    """Whether a message of the central system can be such a setting: a plain search, without regard to case.

    Args:
        payload: of a text message.

    Returns:
        False for nearly all; an answer, as most are, is not even searched.
    """
    if payload[:2] == b"[3":
        return False
    lower = payload.lower()
    return b"authorizationkey" in lower or b"securityprofile" in lower or b"\\u00" in lower


def read_setting(payload: bytes) -> Setting | None:
    """Read such a setting.

    Args:
        payload: of a text message of the central system.

    Returns:
        The setting; None for any other message. Names are compared without regard to case.
    """
    message = parse(payload)
    if not isinstance(message, Call) or message.action != "ChangeConfiguration":
        return None
    said = fields(message.payload)
    name, value = said.get("key"), said.get("value")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(name, str) or not isinstance(value, str) or not 0 < len(value) <= VALUE_MOST:
        return None
    match name.lower():
        case "authorizationkey":
            return Setting(message.id, key=value)
        case "securityprofile" if value in ("1", "2", "3"):
            return Setting(message.id, profile=int(value))
    return None


@frozen
class Answer:
    """What the charger said to a setting.

    Args:
        setting: which.
        taken: Accepted, or RebootRequired.
        refused: Rejected, NotSupported or a CALLERROR; anything else is neither.
    """

    setting: Setting
    taken: bool
    refused: bool


@define
class Configuring:
    """The settings of one session that wait for their answers."""

    _open: dict[str, Setting] = field(factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self._open)

    def from_central(self, payload: bytes) -> Setting | None:
        """Look at a message of the central system, and remember a setting; None where it is none."""
        setting = read_setting(payload)
        if setting is not None:
            self._open.pop(setting.id, None)
            self._open[setting.id] = setting
            if len(self._open) > OPEN:
                del self._open[next(iter(self._open))]
        return setting

    def from_charger(self, payload: bytes) -> Answer | None:
        """Look at a message of the charger; None where it answers no setting."""
        message = parse(payload)
        if not isinstance(message, CallResult | CallError):
            return None
        setting = self._open.pop(message.id, None)
        if setting is None:
            return None
        if isinstance(message, CallError):
            return Answer(setting, taken=False, refused=True)
        status = str(fields(message.payload).get("status"))  # whatever a charger says there
        return Answer(setting, status in TAKING, status in REFUSING)
