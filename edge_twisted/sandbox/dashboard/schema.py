"""A form made from a JSON schema: one field for each property, and a payload made of what was entered."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal

from attrs import frozen

from edge_twisted.pages.forms import Form
from edge_twisted.sandbox.central.schemas import request_findings

LONG: Final = 200
"""Characters from which a text gets more than one line."""
MOMENT: Final = "2026-01-31T12:00:00Z"

Kind = Literal["choice", "whole", "number", "truth", "moment", "text", "long", "lines", "json"]
KINDS: Final[Mapping[str, Kind]] = {"integer": "whole", "number": "number", "boolean": "truth"}


@frozen
class Input:
    """One field.

    Args:
        name: of the property.
        kind: which sort of field.
        required: whether it must be filled in.
        choices: of `choice` and `truth`.
        length: characters at most; 0: any number.
        example: of `json`.
    """

    name: str
    kind: Kind
    required: bool
    choices: tuple[str, ...] = ()
    length: int = 0
    example: str = ""

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The choices, for a list."""
        return [(value, value) for value in self.choices]

    @property
    def triples(self) -> list[tuple[str, str, str]]:
        """The choices, for radio buttons."""
        return [(value, value, "") for value in self.choices]

    @property
    def hint(self) -> str:
        """What to enter."""
        return {
            "whole": "A whole number.",
            "number": "A number, such as 16.5.",
            "moment": f"A time in UTC, such as {MOMENT}.",
            "lines": "One in each line.",
            "json": "JSON.",
        }.get(self.kind, f"At most {self.length} characters." if self.length else "")


def inputs_of(schema: Mapping[str, Any]) -> tuple[Input, ...]:
    """Make the fields: the required ones first, both in the order of the schema.

    Args:
        schema: of an object; it may refer to its own definitions.
    """
    required = schema.get("required", ())
    found = [_input(name, _resolved(one, schema), name in required, schema) for name, one in _properties(schema)]
    return tuple(sorted(found, key=lambda one: not one.required))


def payload_of(action: str, inputs: tuple[Input, ...], form: Form) -> dict[str, Any]:
    """Read what was entered; what is wrong is said in the form, beside its field.

    Args:
        action: whose schema it must obey.
        inputs: its fields.
        form: what was entered.

    Returns:
        The payload; worth something only where nothing is wrong with the form.
    """
    payload: dict[str, Any] = {}
    for one in inputs:
        entered = form.text(one.name)
        if not entered:
            if one.required:
                form.wrong(one.name, f"{one.name}: this is required.")
            continue
        try:
            payload[one.name] = _value(one, entered)
        except ValueError as error:
            form.wrong(one.name, f"{one.name}: {error}")
    if form.good:
        for finding in request_findings(action, payload):
            form.wrong(field_of(finding, inputs), f"{finding}.")
    return payload


def field_of(finding: str, inputs: tuple[Input, ...]) -> str:
    """Which field a finding is about.

    Args:
        finding: begins with the place.
        inputs: the fields.

    Returns:
        Its name; of one that is about none of them, the first one's.
    """
    name = re.split(r"[.\[:]", finding, maxsplit=1)[0]
    names = [one.name for one in inputs]
    return name if name in names or not names else names[0]


def _properties(schema: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return list(schema.get("properties", {}).items())


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    name = str(schema.get("$ref", "")).removeprefix("#/definitions/")
    found: Mapping[str, Any] = root.get("definitions", {}).get(name, {}) if name else schema
    return found


def _input(name: str, schema: Mapping[str, Any], required: bool, root: Mapping[str, Any]) -> Input:
    kind = schema.get("type")
    length = int(schema.get("maxLength", 0))
    if "enum" in schema:
        return Input(name, "choice", required, tuple(str(value) for value in schema["enum"]))
    if kind == "boolean":
        return Input(name, "truth", required, ("true", "false"))
    if kind == "string":
        text: Kind = "moment" if schema.get("format") == "date-time" else "long" if length > LONG else "text"
        return Input(name, text, required, length=length)
    if kind == "array" and _resolved(schema.get("items", {}), root).get("type") == "string":
        return Input(name, "lines", required)
    if isinstance(kind, str) and kind in KINDS:
        return Input(name, KINDS[kind], required)
    return Input(name, "json", required, example=json.dumps(_example(name, schema, root), indent=2))


def _example(name: str, schema: Mapping[str, Any], root: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that obeys a schema: of what is not required, nothing below the second level."""
    schema = _resolved(schema, root)
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            required = schema.get("required", ())
            kept = [(key, one) for key, one in _properties(schema) if key in required]
            return {key: _example(key, one, root, depth + 1) for key, one in kept}
        case "array":
            return [_example(name, schema.get("items", {}), root, depth + 1)]
        case "integer":
            return 0 if name in ("startPeriod", "stackLevel") else 1
        case "number":
            return 16.0
        case "boolean":
            return True
    return MOMENT if schema.get("format") == "date-time" else "…"[: int(schema.get("maxLength", 1))]


def _value(one: Input, entered: str) -> Any:
    """One value.

    Raises:
        ValueError: with the reason.
    """
    match one.kind:
        case "whole":
            if not re.fullmatch(r"[+-]?[0-9]{1,15}", entered):
                raise ValueError("enter a whole number, such as 1.")
            return int(entered)
        case "number":
            if not re.fullmatch(r"[+-]?[0-9]{1,15}([.,][0-9]{1,9})?", entered):
                raise ValueError("enter a number, such as 16.5.")
            return float(entered.replace(",", "."))
        case "truth":
            return entered == "true"
        case "moment":
            try:
                datetime.fromisoformat(entered)
            except ValueError:
                raise ValueError(f"enter a time such as {MOMENT}.") from None
            return entered
        case "lines":
            return [line.strip() for line in entered.splitlines() if line.strip()]
        case "json":
            try:
                return json.loads(entered)
            except json.JSONDecodeError as error:
                raise ValueError(f"this is no JSON: line {error.lineno}, column {error.colno}.") from None
            except (ValueError, RecursionError):
                raise ValueError("this is no JSON that can be read.") from None
    return entered
