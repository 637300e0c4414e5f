"""What of a message may be kept: its text without passwords, cards, and the identity that is its charger's only secret.

Stricter than `redaction.frame`, which it begins with: what is kept outlives the moment, and leaves the box in exports.
"""

import json
import re
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

from edge_twisted.core.redaction import CUT, HIDDEN, frame, short

TEXT_MOST: Final = 65_536
"""Characters of a message's text that are kept."""
IDENTITY_LEAST: Final = 4
"""Characters of an identity that is hidden; a shorter one is no secret, and stands in every other figure."""
DEPTH: Final = 40
"""Levels of JSON that are searched; what lies deeper is hidden where it may be secret."""

_CARD: Final = re.compile(r'(idTag"\s*:\s*)(?:"((?:[^"\\]|\\.)*)(?:"|\Z)|(\d[\d.eE+-]*))', re.IGNORECASE | re.DOTALL)
_CARD_WITHIN: Final = re.compile(r'(idTag\\+"\s*:\s*\\+")([^"\\]*)', re.IGNORECASE)  # JSON in a text
_LOGIN: Final = re.compile(r"(?<=://)[^/\s\"@]{1,1000}(?=@)")
_SECRET_HINTS: Final = (
    "pass",
    "secret",
    "credential",
    "token",
    "psk",
    "pin",
    "pwd",
    "wpa",
    "api",
    "private",
    "authorization",
)
"""In lower case; where none of them stands in a message, no name in it can be one of `_SECRET_NAME`."""
_SECRET_NAME: Final = re.compile(
    r"passw|passphrase|secret|credential|wpa|api_?key|private_?key|authorization_?key|(?:token|psk|pin|pwd)$",
    re.IGNORECASE,
)
_FRAME_HINTS: Final = ("authorizationkey", "changeconfiguration", "\\u00")


def kept(text: str, secret_identity: bytes = b"") -> str:
    """The text of a message as it may be kept.

    Args:
        text: the whole message, at most as long as the relay lets through.
        secret_identity: the charger's identity where it is its only secret, else nothing.

    Returns:
        The text with `•••` in place of passwords, cards by their last characters, the identity shortened; at most
        `TEXT_MOST` characters, `…` at the end of one that was longer. Where nothing is secret it stands as it came.
    """
    lower = text.lower()
    if _any_in(lower, _FRAME_HINTS):
        text = frame(text)
        lower = text.lower()
    if _any_in(lower, _SECRET_HINTS):
        text = _without_secrets(text)
    if "idtag" in lower:
        text = _CARD.sub(lambda found: f'{found[1]}"{_card(found[2] or found[3] or "")}"', text)
        text = _CARD_WITHIN.sub(lambda found: found[1] + _card(found[2]), text)
    if "@" in text and "://" in text:
        text = _LOGIN.sub(HIDDEN, text)
    if secret_identity:
        text = without_identity(text, secret_identity)
    return text if len(text) <= TEXT_MOST else text[: TEXT_MOST - 1] + CUT


def _any_in(text: str, hints: tuple[str, ...]) -> bool:
    for hint in hints:  # noqa: SIM110 - a loop costs half of what `any` does, and this is asked of each message
        if hint in text:
            return True
    return False


def without_identity(text: str, identity: bytes) -> str:
    """A text in which an identity stands shortened, however it is encoded.

    Args:
        text: any.
        identity: the decoded identity.

    Returns:
        The text; as it came where the identity is shorter than `IDENTITY_LEAST`.
    """
    forms, pattern = _identity(identity)
    if pattern is None:
        return text
    lower = text.lower()
    for form in forms:
        if form in lower:
            return pattern.sub(lambda _: short(identity), text)
    return text


def texts_without_identity(value: Any, identity: bytes) -> Any:
    """A value of JSON in whose texts an identity stands shortened; arguments as for `without_identity`."""
    if isinstance(value, str):
        return without_identity(value, identity)
    if isinstance(value, list):
        return [texts_without_identity(one, identity) for one in value]
    if isinstance(value, dict):
        return {name: texts_without_identity(one, identity) for name, one in value.items()}
    return value


@lru_cache(4096)
def _identity(identity: bytes) -> tuple[frozenset[str], re.Pattern[str] | None]:
    """How an identity can stand in a text: in lower case, and a pattern for all of it."""
    plain = identity.decode("utf-8", "backslashreplace")
    if len(plain) < IDENTITY_LEAST:
        return frozenset(), None
    forms = {plain, json.dumps(plain)[1:-1], json.dumps(plain, ensure_ascii=False)[1:-1], quote(identity, safe="")}
    either = "|".join(re.escape(form) for form in sorted(forms, key=len, reverse=True))
    pattern = rf"(?<![\d.]){either}(?![\d.])" if plain.isdigit() else either
    return frozenset(form.lower() for form in forms), re.compile(pattern, re.IGNORECASE)


def _card(card: str) -> str:
    shown = min(3, len(card) // 3)
    return CUT + (card[len(card) - shown :] if shown and "\\" not in card else "")


def _without_secrets(text: str) -> str:
    """Hide the values that belong to names such as `WifiPassword`; only then is a message written anew."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        found = _SECRET_NAME.search(text)
        return text[: found.end()] + HIDDEN if found else text
    hidden, changed = _hide(message, 0)
    return json.dumps(hidden, ensure_ascii=False, separators=(",", ":")) if changed else text


def _hide(value: Any, depth: int) -> tuple[Any, bool]:
    """A value without its secrets, and whether there were any."""
    if depth > DEPTH:
        return HIDDEN, True
    if isinstance(value, list):
        pairs = [_hide(one, depth + 1) for one in value]
        return [one for one, _ in pairs], any(changed for _, changed in pairs)
    if isinstance(value, dict):
        named = any(
            isinstance(one, str) and name.lower() in ("key", "name") and _SECRET_NAME.search(one)
            for name, one in value.items()
        )
        told: dict[str, Any] = {}
        changed = False
        for name, one in value.items():
            secret = _SECRET_NAME.search(name) or (named and name.lower() == "value")
            if secret and one not in (None, True, False, HIDDEN):
                told[name], changed = HIDDEN, True
            else:
                told[name], deeper = _hide(one, depth + 1)
                changed = changed or deeper
        return told, changed
    if isinstance(value, str) and value[:1] in ("{", "["):
        hidden = _without_secrets(value)  # JSON in a text, as DataTransfer carries it
        return hidden, hidden != value
    return value, False
