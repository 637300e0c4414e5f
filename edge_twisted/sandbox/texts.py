"""The text of an OCPP message as the ledger sees it: what it is told apart by, and what of it may be shown."""

import json
from hashlib import blake2b
from typing import Any, Final

from attrs import field, frozen

HIDDEN: Final = "(hidden)"
AUTHORIZATION_KEY: Final = "authorizationkey"


@frozen
class Label:
    """What a message is told apart by.

    Args:
        kind: its type number as text; nothing where it can't be read.
        id: its id; of an unreadable one, a digest.
        action: as in `Case`.
    """

    kind: str
    id: str
    action: str = field(eq=False)


def label_of(text: str) -> Label:
    """Read what a message is told apart by.

    Args:
        text: of the message.
    """
    match _json(text):
        case [2, str(id), str(action), *_]:
            return Label("2", id, action)
        case [3, str(id), *_]:
            return Label("3", id, "result")
        case [4, str(id), *_]:
            return Label("4", id, "error")
        case _:
            return Label("", digest_of(text).hex(), "unreadable")


def shown(text: str) -> str:
    """What a person may see of a message: the value of an `AuthorizationKey` is a password (S-43).

    Args:
        text: of the message.

    Returns:
        The same text; a new one where something is hidden in it.
    """
    plain = json.dumps(_json(text), ensure_ascii=False) if "\\u" in text else text
    if AUTHORIZATION_KEY not in plain.lower():
        return text
    body = _json(text)
    match body:
        case [2, str(), "GetConfiguration", dict()]:
            return text
        case [2, str(), str(), {"key": str(key), "value": _} as payload] if key.lower() == AUTHORIZATION_KEY:
            body[3] = {**payload, "value": HIDDEN}
        case [3, str(), {"configurationKey": list(keys)}]:
            for entry in keys:
                if isinstance(entry, dict) and "value" in entry and AUTHORIZATION_KEY in str(entry.get("key")).lower():
                    entry["value"] = HIDDEN
        case [3, str(), {"unknownKey": list()}]:
            return text
        case _:
            return HIDDEN
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def digest_of(text: str) -> bytes:
    """What tells two texts apart that have the same label."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
