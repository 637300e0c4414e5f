"""A message over several lines, as people read JSON; every text and figure stands as it was written."""

import json
import re
from typing import Final

LONGEST: Final = 200_000
"""Characters of a message that is laid out; a longer one stands as it is."""
DEEPEST: Final = 100
"""Levels that are indented; what lies deeper is no message for people."""

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}:,]|[^\s\[\]{}:,"]+', re.DOTALL)
_CLOSES: Final = {"[": "]", "{": "}"}


def lay_out(text: str) -> str:
    """Lay out a message.

    Args:
        text: JSON, or anything.

    Returns:
        It over several lines; as it is where it is no JSON.
    """
    if len(text) > LONGEST:
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    parts: list[str] = []
    depth = 0
    before = ""
    for token in _TOKEN.findall(text):
        if token in ("]", "}"):
            depth -= 1
            parts.append(token if _CLOSES.get(before) == token else _line(depth) + token)
        elif before in ("[", "{", ","):
            parts.append(_line(depth) + token)
        else:
            parts.append(f" {token}" if before == ":" else token)
        depth += token in ("[", "{")
        before = token
    return "".join(parts)


def _line(depth: int) -> str:
    return "\n" + "  " * min(depth, DEEPEST)
