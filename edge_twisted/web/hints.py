"""What the OCPP 1.6 schemas find in one message: hints for whoever opens it, never a reason to hold it back.

Blocks, and loads a library at its first use, so it belongs in a thread. The schemas are those of PyPI `ocpp`.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, Final

from attrs import frozen

from edge_twisted.core.redaction import HIDDEN, clean

MOST: Final = 20
"""Findings that are told of one message."""
ID_MOST: Final = 36
"""Characters of a message's id (J-22)."""
ERROR_CODES: Final = frozenset(
    {
        *("NotImplemented", "NotSupported", "InternalError", "ProtocolError", "SecurityError", "FormationViolation"),
        *("FormatViolation", "PropertyConstraintViolation", "OccurenceConstraintViolation", "TypeConstraintViolation"),
        *("OccurrenceConstraintViolation", "GenericError", "MessageTypeNotSupported", "RpcFrameworkError"),
    }
)
"""Codes of a CALLERROR, the misspelt ones of the standard among them (J-25)."""


@frozen
class Hint:
    """Something odd.

    Args:
        place: where in the payload, such as `meterValue/0/timestamp`; nothing: the message as a whole.
        code: which sentence tells it, a word of `words.en.HINTS`.
        detail: what belongs to it.
    """

    place: str
    code: str
    detail: str = ""


def examine(kind: str, text: str, action: str) -> list[Hint]:
    """Look at one message.

    Args:
        kind: as in the store: `call`, `result`, `error`, `unreadable` or `binary`.
        text: the message as it is kept.
        action: of a call, or of the call that an answer belongs to; nothing where that is not known.

    Returns:
        What is odd about it, at most `MOST`.
    """
    if kind == "binary":
        return [Hint("", "binary")]
    try:
        message = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        return [Hint("", "cut" if text.endswith("…") else "no-json")]
    if kind == "unreadable" or not isinstance(message, list) or len(message) < 2:
        return [Hint("", "no-ocpp")]
    return list(islice(_examine(kind, message, action), MOST))


def _examine(kind: str, message: list[Any], action: str) -> Iterator[Hint]:
    if not isinstance(message[1], str):
        yield Hint("", "id-no-text")
    elif len(message[1]) > ID_MOST:
        yield Hint("", "id-long", str(ID_MOST))
    if kind == "error":
        code = str(message[2]) if len(message) > 2 else ""
        if code not in ERROR_CODES:
            yield Hint("", "error-code", clean(code, 60))
        return
    length = 4 if kind == "call" else 3
    if len(message) > length:
        yield Hint("", "surplus")
    if len(message) < length:
        yield Hint("", "no-payload")
        return
    if not action:
        yield Hint("", "nobody-asked")
        return
    validator = _validator(action if kind == "call" else f"{action}Response")
    if validator is None:
        yield Hint("", "action-unknown", clean(action, 60))
        return
    for error in validator.iter_errors(message[length - 1]):
        yield from _hints(error)


def _hints(error: Any) -> Iterator[Hint]:
    """What one finding of the library comes to."""
    place = "/".join(clean(str(part), 60) for part in error.absolute_path)
    if error.instance == HIDDEN:
        return  # what stood there is not known any more
    match error.validator:
        case "required":
            given = error.instance if isinstance(error.instance, dict) else {}
            for name in error.validator_value:
                if name not in given:
                    yield Hint(place, "missing", name)
        case "additionalProperties":
            known = error.schema.get("properties", {})
            for name in error.instance:
                if name not in known:
                    yield Hint(place, "surplus-field", clean(str(name), 60))
        case "enum":
            yield Hint(place, "value-unknown", clean(str(error.instance), 60))
        case "type":
            yield Hint(place, "type", str(error.validator_value))
        case "maxLength":
            yield Hint(place, "long", str(error.validator_value))
        case "multipleOf":
            yield Hint(place, "multiple", str(error.validator_value))
        case other:
            yield Hint(place, "other", f"{other} {clean(str(error.validator_value), 60)}")


@cache
def _known() -> frozenset[str]:
    folder = files("ocpp") / "v16" / "schemas"
    return frozenset(one.name.removesuffix(".json") for one in folder.iterdir() if one.name.endswith(".json"))


@cache
def _load(name: str) -> Any:
    from jsonschema import Draft4Validator

    text = (files("ocpp") / "v16" / "schemas" / f"{name}.json").read_text(encoding="utf-8-sig")
    return Draft4Validator(json.loads(text, parse_float=Decimal))


def _validator(name: str) -> Any:
    """The validator of a schema, made once; None where there is no such schema."""
    return _load(name) if name in _known() else None
