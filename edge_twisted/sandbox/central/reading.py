"""Reads what a charger sends, and says what of OCPP-J it breaks: where it can be answered all the same, it is."""

import json
from collections.abc import Iterator
from typing import Any, Final

from edge_twisted.sandbox.central.schemas import CHARGERS_ACTIONS, bounded, is_known, quoted
from edge_twisted.sandbox.framing import ID_LENGTH, Call, Error, Message, Unreadable, read

LONGEST_ID: Final = 255
"""Characters of an id that is answered, though OCPP-J allows only 36 of them."""
ELEMENTS: Final = {2: 4, 3: 3, 4: 5}
KINDS: Final = {2: "a request", 3: "a result", 4: "an error"}
CODES: Final = frozenset(
    {
        "NotImplemented",
        "NotSupported",
        "InternalError",
        "ProtocolError",
        "SecurityError",
        "FormationViolation",
        "PropertyConstraintViolation",
        "OccurenceConstraintViolation",
        "TypeConstraintViolation",
        "GenericError",
    }
)
"""The codes of a CALLERROR as OCPP-J prints them (J-25)."""


def take(text: str) -> tuple[Message, tuple[str, ...]]:
    """Read a text message.

    Args:
        text: of the message.

    Returns:
        The message, a request with too long an id included; and what OCPP-J has against it. Fields are not looked at.
    """
    message = read(text.encode("utf-8", "surrogatepass"))
    match message:
        case Call(action=action) if action not in CHARGERS_ACTIONS:
            whose = "the central system's to ask" if is_known(action) else "not known to OCPP 1.6"
            return message, bounded(iter([f"action: {quoted(action)} is {whose}"]))
        case Error(code=code) if code not in CODES:
            return message, bounded(iter([f"code: {quoted(code)} is none of OCPP-J's"]))
        case Unreadable():
            return _unreadable(text, message)
    return message, ()


def _unreadable(text: str, message: Unreadable) -> tuple[Message, tuple[str, ...]]:
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return message, ("the message is not JSON",)
    if not isinstance(body, list) or not body:
        return message, ("the message is no array",)
    findings = bounded(_broken(body))
    match body:
        case [2, str(id), str(action), dict() | None as payload] if ID_LENGTH < len(id) <= LONGEST_ID:
            return Call(id, action, payload or {}), findings
    return message, findings


def _broken(body: list[Any]) -> Iterator[str]:
    kind, id = body[0], body[1] if len(body) > 1 else None
    if isinstance(kind, bool) or not isinstance(kind, int) or kind not in KINDS:
        yield f"message type: {quoted(kind)} is none of 2, 3 and 4"
        return
    if len(body) != ELEMENTS[kind]:
        yield f"the message has {len(body)} elements; {KINDS[kind]} has {ELEMENTS[kind]}"
    if not isinstance(id, str):
        yield "id: is not a string"
    elif not id:
        yield "id: is empty"
    elif len(id) > ID_LENGTH:
        yield f"id: has {len(id)} characters; at most {ID_LENGTH} are allowed"
    yield from _rest(kind, body[2:])


def _rest(kind: int, rest: list[Any]) -> Iterator[str]:
    names = {2: ("action", "payload"), 3: ("payload",), 4: ("code", "description", "details")}[kind]
    for name, value in zip(names, rest, strict=False):
        if name in ("payload", "details"):
            if not isinstance(value, dict | None):
                yield f"{name}: is not an object"
        elif not isinstance(value, str):
            yield f"{name}: is not a string"
