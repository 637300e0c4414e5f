"""What a person may see of an identity, of text from outside, and of a frame (design section 4, S-43)."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from attrs import define, field

HIDDEN: Final = "•••"
"""Stands where a secret stood."""

CUT: Final = "…"
"""Stands where text was left out."""

# Letters and marks that show nothing, although Unicode counts them as printable.
_INVISIBLE: Final = frozenset(
    map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0x180B, 0x1810)))
).union(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


def _visible(character: str) -> bool:
    return character.isprintable() and character not in _INVISIBLE


def _units(identity: bytes) -> list[str]:
    """The characters of an identity as shown; a byte that is not UTF-8 is one of them, as `\\xff`."""
    text = identity.decode("utf-8", "surrogateescape")
    if text.isascii() and text.isprintable():  # nearly always
        return list(text)
    escaped = (f"\\x{ord(c) - 0xDC00:02x}" if "\udc80" <= c <= "\udcff" else c for c in text)
    return [unit for unit in escaped if len(unit) > 1 or _visible(unit)]


def short(identity: bytes) -> str:
    """Shorten an identity that is its charger's only secret.

    Args:
        identity: the decoded identity.

    Returns:
        At most the first quarter of its characters, at most 4, then `…`; nothing tells how long it is.
    """
    units = _units(identity)
    return "".join(units[: min(4, len(units) // 4)]) + CUT


def shown_identity(identity: bytes, has_password: bool) -> str:
    """Show an identity as far as it is no secret.

    Args:
        identity: the decoded identity.
        has_password: whether the charger proves itself by Basic authentication.

    Returns:
        The whole of it (at most 200 characters) with a password, else `short`.
    """
    if not has_password:
        return short(identity)
    text = identity.decode("utf-8", "surrogateescape")
    if len(text) <= 200 and text.isascii() and text.isprintable():  # nearly always
        return text
    units = _units(identity)
    return "".join(units) if len(units) <= 200 else "".join(units[:199]) + CUT


def clean(text: str, limit: int = 200) -> str:
    """Make text from outside harmless for a person's eyes: vendor, model, reason, Host.

    Args:
        text: hostile text.
        limit: the most characters to return, at least 1.

    Returns:
        The text on one line, without control, bidirectional, zero-width and invisible characters and without
        surrogates; any white space is a plain space. `…` ends it where it was too long.
    """
    if len(text) <= limit and text.isascii() and text.isprintable():  # nearly always
        return text.strip()
    # However much of it is invisible, only so much is looked at.
    window = text[: 8 * limit]
    spaced = (" " if character.isspace() else character for character in window)
    kept = "".join(islice(filter(_visible, spaced), limit + 1)).strip()
    if len(kept) > limit or len(window) < len(text):
        return kept[: limit - 1] + CUT
    return kept


def clean_bytes(data: bytes, limit: int = 200) -> str:
    """Make bytes from outside harmless for a person's eyes.

    Args:
        data: hostile bytes, UTF-8 or not.
        limit: the most characters to return, at least 1.

    Returns:
        As `clean`; bytes that are not UTF-8 stand as `\\xff`.
    """
    return clean(data[: 8 * limit + 8].decode("utf-8", "backslashreplace"), limit)


def _spelled(word: str) -> str:
    """A pattern for a word in any letter case, each letter plain or as a JSON escape, also of JSON within JSON."""
    return "".join(rf"(?:{c}|\\{{1,8}}u00(?:{ord(c):02x}|{ord(c.upper()):02x}))" for c in word)


def places(frames: Iterable[Sequence[Any]], most: int = 8) -> str:
    """Tell where an exception came from, for a log: its own text may quote secrets.

    Args:
        frames: (function, file, line, ...) of each call, the outermost first, as Twisted's `Failure.frames` has them.
        most: how many are told.

    Returns:
        Such as `desk.py:90 admit < bridge.py:78 start`, the innermost first.
    """
    told = (f"{str(path).rpartition('/')[2]}:{line} {name}" for name, path, line, *_ in reversed(list(frames)))
    return " < ".join(islice(told, most))


_NAME: Final = re.compile(_spelled("authorizationkey"), re.IGNORECASE)
_CHANGE: Final = re.compile(_spelled("changeconfiguration"), re.IGNORECASE)
_VALUE: Final = re.compile(_spelled("value"), re.IGNORECASE)
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]|[^\s\[\]{},:"]+', re.DOTALL)


def frame(text: str) -> str:
    """Hide the value of `AuthorizationKey` in an OCPP frame, for display only (S-43, J-65, K6, K17).

    The name is recognised in any letter case, also where JSON escapes spell it. Hidden are: in an object that names it,
    everything but the name, true, false and null (`ChangeConfiguration`, and each entry of a `GetConfiguration`
    answer); the value of a member called so; a text of which the name is a part; description and details of a
    CALLERROR that mentions it. All else stays as it was written. Redact first, cut to length afterwards.

    Args:
        text: the frame. If it is not JSON, everything after the name is hidden, and a value that stands before it;
            in a `ChangeConfiguration` that is not JSON, everything after that word.

    Returns:
        The frame with `•••` in place of what is secret.
    """
    name = _NAME.search(text)
    change = _CHANGE.search(text)
    found = name or change
    if found is None:
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        value = _VALUE.search(text, 0, found.start())
        return text[: value.start() if value else found.end()] + HIDDEN
    if name is None:
        return text
    parts = []
    at = 0
    for start, end in sorted(_secrets(text)):
        if start >= at:
            parts += [text[at:start], f'"{HIDDEN}"']
            at = end
    return "".join(parts) + text[at:]


@define
class _Open:
    """An object or array that is being read.

    Args:
        is_object: which of them.
        start: where it begins.
        name: of the member whose value comes next; None before a name, and in an array.
        members: (start, end, name, text) of each value so far; the text is None for true, false and null, which hide
            nothing, and empty for a number, an object or an array.
    """

    is_object: bool
    start: int
    name: str | None = None
    members: list[tuple[int, int, str, str | None]] = field(factory=list)

    def take(self, start: int, end: int, word: str) -> None:
        """Take a name or a value that ended."""
        text = json.loads(word, strict=False) if word.startswith('"') else ""
        if self.is_object and self.name is None:
            self.name = text
        else:
            self.members.append((start, end, self.name or "", None if word in ("true", "false", "null") else text))
            self.name = None

    def secrets(self) -> Iterator[tuple[int, int]]:
        """Where secrets stand directly in it."""
        tells = self.is_object and any(_NAME.search(text) for _, _, _, text in self.members if text)
        for start, end, name, text in self.members:
            if text is None or _NAME.fullmatch(text.strip()):
                continue
            if tells or _NAME.search(name) or _NAME.search(text):
                yield start, end


def _secrets(text: str) -> Iterator[tuple[int, int]]:
    """Where secrets stand in a frame that is JSON, as (start, end) in any order, some within others."""
    stack = [_Open(False, 0)]
    for token in _TOKEN.finditer(text):
        word = token.group()
        if word in ("{", "["):
            stack.append(_Open(word == "{", token.start()))
        elif word in ("}", "]"):
            done = stack.pop()
            yield from done.secrets()
            stack[-1].take(done.start, token.end(), "")
            if len(stack) == 1 and done.members and text[slice(*done.members[0][:2])] == "4":
                yield from ((start, end) for start, end, _, _ in done.members[3:])
        else:
            stack[-1].take(*token.span(), word)
