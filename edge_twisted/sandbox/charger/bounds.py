"""Bounds of settings, as validators of attrs."""

import math
from collections.abc import Callable
from typing import Any

from attrs import Attribute


def at_least(least: float, most: float = math.inf) -> Callable[[Any, "Attribute[Any]", float], None]:
    """Make a validator for numbers.

    Args:
        least, most: the bounds, both allowed.

    Returns:
        The validator; it raises ValueError with what would be right.
    """

    def check(_: object, __: "Attribute[Any]", value: float) -> None:
        if not least <= value <= most or not math.isfinite(value):
            raise ValueError(f"must be {least} or more" if most == math.inf else f"must be from {least} to {most}")

    return check


def not_empty(_: object, __: "Attribute[Any]", value: str) -> None:
    """Be a validator for texts; raises ValueError."""
    if not value:
        raise ValueError("must not be empty")
