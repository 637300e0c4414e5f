"""OCPP-J 1.6 messages as the sandbox reads and writes them: compact JSON, and nothing is guessed."""

import json
from typing import Any, Final

from attrs import frozen

ID_LENGTH: Final = 36
"""Characters of a message id (J-22)."""

Payload = dict[str, Any]


@frozen
class Call:
    """A request (type 2).

    Args:
        id: at most 36 characters.
        action: such as `BootNotification`.
        payload: its fields.
    """

    id: str
    action: str
    payload: Payload


@frozen
class Result:
    """An answer (type 3) to the call of this id."""

    id: str
    payload: Payload


@frozen
class Error:
    """A refusal (type 4) of the call of this id.

    Args:
        id: of the call.
        code: as OCPP-J prints it, misspellings included (J-25).
        description: for a person.
    """

    id: str
    code: str
    description: str = ""


@frozen
class Unreadable:
    """Something that is no message of OCPP-J 1.6; one that is a call with a broken body keeps its id.

    Args:
        id: to answer to; empty where there is none.
    """

    id: str = ""


Message = Call | Result | Error | Unreadable


def write(message: Call | Result | Error) -> str:
    """Write a message.

    Args:
        message: what to say.

    Returns:
        Its JSON text, ASCII only.
    """
    body: list[Any]
    match message:
        case Call():
            body = [2, message.id, message.action, message.payload]
        case Result():
            body = [3, message.id, message.payload]
        case Error():
            body = [4, message.id, message.code, message.description, {}]
    return json.dumps(body, separators=(",", ":"))


def read(text: bytes) -> Message:
    """Read a message.

    Args:
        text: the payload of one WebSocket message.

    Returns:
        The message; `Unreadable` for anything else, nothing raises.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return Unreadable()
    match body:
        case [kind, str(id), *_] if kind in (2, 3, 4) and not isinstance(kind, bool) and 0 < len(id) <= ID_LENGTH:
            return _rest(kind, id, body[2:])
        case _:
            return Unreadable()


def _rest(kind: int, id: str, rest: list[Any]) -> Message:
    match kind, rest:
        case 2, [str(action), payload] if isinstance(payload, dict | None):
            return Call(id, action, payload or {})
        case 2, _:
            return Unreadable(id)
        case 3, [payload] if isinstance(payload, dict | None):
            return Result(id, payload or {})
        case 4, [str(code), str(description), *_]:
            return Error(id, code, description)
        case _:
            return Unreadable()
