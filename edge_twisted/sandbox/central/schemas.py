"""What OCPP 1.6 allows in a message: the JSON schemas that PyPI `ocpp` ships, the security white paper's included.

Only its schema files are read, none of its code, which would bring asyncio along.
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from jsonschema import Draft4Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend

FINDINGS: Final = 10
"""Findings of one message that are told; of more, only that there are."""
FINDING_LENGTH: Final = 200
"""Characters of a finding."""
QUOTED: Final = 40
"""Characters of a value that stand in a finding."""
ROUNDING: Final = 1e-6
"""How far a quotient may be from a whole number: 21.4 is a multiple of 0.1, though not in binary."""

CHARGERS_ACTIONS: Final = frozenset(
    {
        "Authorize",
        "BootNotification",
        "DataTransfer",
        "DiagnosticsStatusNotification",
        "FirmwareStatusNotification",
        "Heartbeat",
        "LogStatusNotification",
        "MeterValues",
        "SecurityEventNotification",
        "SignCertificate",
        "SignedFirmwareStatusNotification",
        "StartTransaction",
        "StatusNotification",
        "StopTransaction",
    }
)
"""What a charger may ask; all the rest, and `DataTransfer`, is the central system's to ask."""

_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|z|[+-]\d\d:\d\d)")
_SUFFIX: Final = ".json"
_ANSWER: Final = "Response"
_TYPES: Final = {
    "object": "an object",
    "array": "an array",
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
}


def request_findings(action: str, payload: object) -> tuple[str, ...]:
    """Hold a request against its schema.

    Args:
        action: such as `BootNotification`.
        payload: its fields.

    Returns:
        What is wrong, each a short sentence that begins with the field; nothing for an action without a schema.
    """
    return _findings(action, payload)


def answer_findings(action: str, payload: object) -> tuple[str, ...]:
    """Hold the answer to a request against its schema.

    Args:
        action: of the request.
        payload: the answer's fields.

    Returns:
        As `request_findings`.
    """
    return _findings(action + _ANSWER, payload)


def is_known(action: str) -> bool:
    """Whether OCPP 1.6 has an action of this name."""
    return action in _names() and not action.endswith(_ANSWER)


@cache
def central_actions() -> Mapping[str, dict[str, Any]]:
    """What a central system may ask: the JSON schema of each request, by action."""
    names = sorted(name for name in _names() if not name.endswith(_ANSWER))
    return MappingProxyType(
        {name: _schema(name) for name in names if name not in CHARGERS_ACTIONS or name == "DataTransfer"}
    )


def bounded(findings: Iterator[str]) -> tuple[str, ...]:
    """The first findings, each cut to a length, in plain characters.

    Args:
        findings: sentences with words of a stranger's in them.
    """
    kept: list[str] = []
    for finding in findings:
        if len(kept) == FINDINGS:
            return (*kept, "and more")
        plain = "".join(char if char.isprintable() else "?" for char in finding[: FINDING_LENGTH + 1])
        kept.append(plain if len(plain) <= FINDING_LENGTH else plain[: FINDING_LENGTH - 1] + "…")
    return tuple(kept)


def quoted(value: object) -> str:
    """A value as it stands in a finding."""
    if isinstance(value, str):
        return json.dumps(value if len(value) <= QUOTED else value[: QUOTED - 1] + "…", ensure_ascii=False)
    return str(value) if isinstance(value, int | float) else "what stands there"


# --- schemas ---------------------------------------------------------------------------------------------------------


@cache
def _names() -> frozenset[str]:
    folder = files("ocpp") / "v16" / "schemas"
    return frozenset(entry.name.removesuffix(_SUFFIX) for entry in folder.iterdir() if entry.name.endswith(_SUFFIX))


@cache
def _schema(name: str) -> dict[str, Any]:
    text = (files("ocpp") / "v16" / "schemas" / (name + _SUFFIX)).read_text("utf-8-sig")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _validator(name: str) -> Any:
    """Draft 4 fits all: the white paper's files say draft 6, and use nothing that is newer than draft 4."""
    return _Validator(_schema(name), format_checker=_formats)


def _findings(name: str, payload: object) -> tuple[str, ...]:
    if name not in _names():
        return ()
    return bounded(_sentence(error) for error in _validator(name).iter_errors(payload))


# --- what the library leaves open ------------------------------------------------------------------------------------

_formats: Final = FormatChecker(formats=())


def _is_moment(value: object) -> bool:
    """RFC 3339, which the schemas name: with a time zone."""
    if not isinstance(value, str):
        return True
    if _MOMENT.fullmatch(value) is None:
        return False
    try:
        datetime.fromisoformat(value[:19])
    except ValueError:
        return False
    return True


_formats.checks("date-time")(_is_moment)


def _multiple(validator: Any, unit: float, value: object, schema: object) -> Iterator[ValidationError]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        quotient = value / unit
        if abs(quotient) < 1e15 and abs(quotient - round(quotient)) > ROUNDING * max(1.0, abs(quotient)):
            yield ValidationError("")


_Validator: Final = extend(Draft4Validator, {"multipleOf": _multiple})


# --- sentences -------------------------------------------------------------------------------------------------------


def _sentence(error: ValidationError) -> str:
    place, rule = _place(error), error.validator_value
    match error.validator:
        case "required":
            [name] = [name for name in rule if error.message.startswith(repr(name) + " is")] or ["a field"]
            return f"{_below(place, name)}: is missing"
        case "additionalProperties":
            known = error.schema.get("properties", {})
            names = [name for name in error.instance if name not in known]
            return f"{_below(place, ', '.join(names[:5]))}: not known to OCPP 1.6"
        case "type":
            return f"{place}: is not {_TYPES.get(rule, rule)}"
        case "enum":
            return f"{place}: {quoted(error.instance)} is none of {', '.join(rule)}"
        case "maxLength":
            return f"{place}: has {len(error.instance)} characters; at most {rule} are allowed"
        case "minItems":
            return f"{place}: has too few elements"
        case "multipleOf":
            return f"{place}: is no multiple of {rule}"
        case "format" if rule == "date-time":
            return f"{place}: {quoted(error.instance)} is no time with a zone, such as 2026-01-31T12:00:00Z"
    return f"{place}: is not as the schema has it ({error.validator})"


def _place(error: ValidationError) -> str:
    place = ""
    for step in error.absolute_path:
        place = f"{place}[{step}]" if isinstance(step, int) else _below(place, step)
    return place or "payload"


def _below(place: str, name: str) -> str:
    return name if place in ("", "payload") else f"{place}.{name}"
