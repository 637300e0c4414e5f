"""Reads the JSON that a program sends, and writes what it gets."""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from edge_twisted.pages.answers import Asked, Data, Problem
from edge_twisted.pages.forms import Form

Word = TypeVar("Word", bound=str)


def reply(told: object) -> Data:
    """Answer with JSON."""
    return Data(json.dumps(told).encode("ascii") + b"\n")


def read(asked: Asked, *names: str) -> dict[str, Any]:
    """Read an object; an empty body is one without fields.

    Args:
        asked: the request.
        names: which fields it may have; none: any.

    Raises:
        Problem: 400, 413 or 422.
    """
    try:
        body = json.loads(asked.body() or b"{}")
    except (ValueError, RecursionError):
        raise Problem(400, "The body must be JSON in UTF-8.") from None
    if not isinstance(body, dict):
        raise Problem(422, "The body must be an object.")
    for name in body:
        if names and name not in names:
            raise Problem(422, f"There is no field of this name here; there are: {', '.join(names)}.", name[:60])
    return body


def text(body: Mapping[str, Any], name: str) -> str:
    """A text; empty where there is none.

    Raises:
        Problem: 422.
    """
    value = body.get(name, "")
    if not isinstance(value, str):
        raise Problem(422, f"{name} must be a text.", name)
    return value


def whole(body: Mapping[str, Any], name: str, otherwise: int) -> int:
    """A whole number.

    Raises:
        Problem: 422.
    """
    value = body.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Problem(422, f"{name} must be a whole number.", name)
    return value


def truth(body: Mapping[str, Any], name: str) -> bool:
    """True or false; false where there is nothing.

    Raises:
        Problem: 422.
    """
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise Problem(422, f"{name} must be true or false.", name)
    return value


def one_of(body: Mapping[str, Any], name: str, choices: tuple[Word, ...]) -> Word:
    """One of several words; the first where there is nothing.

    Raises:
        Problem: 422.
    """
    value = body.get(name, choices[0])
    for choice in choices:
        if choice == value:
            return choice
    raise Problem(422, f"{name} must be one of {', '.join(choices)}.", name)


def refuse(form: Form) -> None:
    """Refuse what is wrong.

    Raises:
        Problem: 422, with the first error.
    """
    for name, why in form.errors.items():
        raise Problem(422, why, name)
