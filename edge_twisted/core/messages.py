"""OCPP-J text as values: Call, CallResult, CallError or Unreadable; the text itself is never changed (J-20, J-28).

Nothing here judges a message. What is odd but clear is read (an id that is a number, a missing or null payload, surplus
elements, ids longer than 36); what isn't is Unreadable. Either way the text is relayed as it came (J-23, J-29).
"""

import json
import re
from typing import Final

import msgspec

ID_MOST: Final = 255
"""Characters of the longest id that is read; J-22 allows 36, the field is less strict (E6)."""

_EMPTY: Final = msgspec.Raw(b"{}")


class Call(msgspec.Struct, frozen=True, array_like=True, tag=2):
    """A request.

    Args:
        id: as its answer will repeat it; an id that is a JSON number stands as its digits.
        action: such as `BootNotification`.
        payload: the JSON as it came, for `fields`; never shown, it can hold a secret.
    """

    id: str
    action: str
    payload: msgspec.Raw = _EMPTY

    def __repr__(self) -> str:
        return f"Call(id={self.id!r}, action={self.action!r})"


class CallResult(msgspec.Struct, frozen=True, array_like=True, tag=3):
    """An answer.

    Args:
        id: of the call it answers.
        payload: the JSON as it came, for `fields`.
    """

    id: str
    payload: msgspec.Raw = _EMPTY

    def __repr__(self) -> str:
        return f"CallResult(id={self.id!r})"


class CallError(msgspec.Struct, frozen=True, array_like=True, tag=4):
    """A refusal.

    Args:
        id: of the call it answers.
        code: such as `NotImplemented`; the misspelt ones too (J-25).
        description: text from outside; it can repeat what was sent.
        details: the JSON as it came, for `fields`.
    """

    id: str
    code: str = ""
    description: str = ""
    details: msgspec.Raw = _EMPTY

    def __repr__(self) -> str:
        return f"CallError(id={self.id!r}, code={self.code!r})"


class Unreadable(msgspec.Struct, frozen=True):
    """Something that is none of the three.

    Args:
        reason: `json` (no JSON, or not UTF-8), `depth` (nested too deeply), `shape` (no array of these types),
            `type` (a message type other than 2, 3 and 4: J-23), or `id` (longer than `ID_MOST`).
    """

    reason: str


Message = Call | CallResult | CallError | Unreadable


class _OddCall(msgspec.Struct, array_like=True, tag=2):
    id: str | int
    action: str
    payload: msgspec.Raw = _EMPTY


class _OddCallResult(msgspec.Struct, array_like=True, tag=3):
    id: str | int
    payload: msgspec.Raw = _EMPTY


class _OddCallError(msgspec.Struct, array_like=True, tag=4):
    id: str | int
    code: str | None = None
    description: str | None = None
    details: msgspec.Raw = _EMPTY


_BEGINNING: Final = re.compile(rb'\s*\[\s*([234])\s*,\s*"([^"\\]{0,255})"\s*,\s*(?:"([^"\\]{0,255})"\s*,)?')
_usual: Final = msgspec.json.Decoder(Call | CallResult | CallError)
_odd: Final = msgspec.json.Decoder(_OddCall | _OddCallResult | _OddCallError)
_array: Final = msgspec.json.Decoder(list[msgspec.Raw])
_object: Final = msgspec.json.Decoder(dict[str, object])


def parse(text: bytes | str) -> Message:
    """Read one message.

    Args:
        text: the payload of a text frame, at most as long as the relay's limit.

    Returns:
        What it is; never an exception. The payload refers to `text` and keeps it alive.
    """
    try:
        message = _usual.decode(text)
    except msgspec.ValidationError:
        return _parse_odd(text)
    except (ValueError, RecursionError) as error:
        return _unreadable(text, error)
    return message if len(message.id) <= ID_MOST else Unreadable("id")


def _parse_odd(text: bytes | str) -> Message:
    """Read a message with an id that is a number, or a CALLERROR with nulls; the same as `parse` else."""
    try:
        message = _odd.decode(text)
        identity = str(message.id)
    except (ValueError, RecursionError) as error:
        return _unreadable(text, error)
    if len(identity) > ID_MOST:
        return Unreadable("id")
    if isinstance(message, _OddCall):
        return Call(identity, message.action, message.payload)
    if isinstance(message, _OddCallResult):
        return CallResult(identity, message.payload)
    return CallError(identity, message.code or "", message.description or "", message.details)


def parse_beginning(text: bytes) -> Message:
    """Read what the beginning of a long message tells: what it is, its id, the action of a call; without its payload.

    Args:
        text: the first octets of a message.

    Returns:
        What it is, with an empty payload; Unreadable where the beginning is none of the three.
    """
    found = _BEGINNING.match(text)
    if found is None:
        return Unreadable("shape")
    identity = found[2].decode("utf-8", "replace")
    if found[1] == b"2":
        return Call(identity, found[3].decode("utf-8", "replace"), _EMPTY) if found[3] else Unreadable("shape")
    if found[1] == b"3":
        return CallResult(identity, _EMPTY)
    return CallError(identity, (found[3] or b"").decode("utf-8", "replace"), "", _EMPTY)


def _unreadable(text: bytes | str, error: Exception) -> Unreadable:
    if isinstance(error, RecursionError):
        return Unreadable("depth")
    if not isinstance(error, msgspec.ValidationError):
        return Unreadable("json")
    try:
        first = bytes(_array.decode(text)[0])
    except (ValueError, IndexError, RecursionError):
        return Unreadable("shape")
    return Unreadable("shape" if first in (b"2", b"3", b"4") else "type")


def fields(payload: msgspec.Raw) -> dict[str, object]:
    """Read a payload that should be an object.

    Args:
        payload: of a message.

    Returns:
        Its members, of two with the same name the last one; empty if it is null, no object, or can't be read (J-24).
    """
    try:
        return _object.decode(payload)
    except (ValueError, RecursionError):
        pass
    try:
        # More lenient: numbers beyond a double, single surrogates.
        members = json.loads(bytes(payload))
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}
