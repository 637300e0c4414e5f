"""In which language something is said: a reader's, where he has one, else English.

Texts stand in the code in English and are the keys of the catalogues (gettext). `say` gives a text in the language of
whoever is being answered; `mark` only notes a text that stands where no reader is known yet, so that it gets into the
catalogues, and is given to `say` when it is shown.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Final

ENGLISH: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "nl": "Nederlands", "de": "Deutsch", "fr": "Français"}
"""What there is, each by the name that its speakers know."""
FOLDER: Final = Path(__file__).parent / "catalogues"
LIKE_ONE: Final[Mapping[str, tuple[int, ...]]] = {"fr": (0, 1)}
"""The numbers that a language counts as one, where it is not 1 alone; for all others each has one form more."""

_TEXT: Final = r'((?:"[^\n]*"\n)+)'
_ENTRY: Final = re.compile(
    rf"(?:#[^\n]*\n)*msgid {_TEXT}(?:msgstr {_TEXT}|msgid_plural {_TEXT}msgstr\[0\] {_TEXT}msgstr\[1\] {_TEXT})\n*"
)
"""A text in a catalogue as `make catalogues` writes it: with its translation, or with those for one and for several."""
_ESCAPED: Final = re.compile(r"\\(.)")

_spoken: ContextVar[str] = ContextVar("spoken", default=ENGLISH)


def mark(text: str) -> str:
    """Note a text for the catalogues; it comes back as it is."""
    return text


def say(text: str) -> str:
    """A text in the reader's language.

    Args:
        text: in English, whole sentences where possible. Values are put in afterwards, by name:
            `say("Line {line}: {why}").format(line=3, why=why)`.

    Returns:
        The translation; the text itself where there is none.
    """
    language = _spoken.get()
    return text if language == ENGLISH or not text else catalogue(language).get(text) or text


def say_number(one: str, many: str, number: int) -> str:
    """A text that has a form for one thing, and another for several; arguments as for `gettext.ngettext`."""
    language = _spoken.get()
    if number in LIKE_ONE.get(language, (1,)):
        return say(one)
    return many if language == ENGLISH else catalogue(language).get(many) or many


def units() -> list[str]:
    """What stands behind a number of days, hours, minutes and seconds."""
    return say("d h min s").split()


def spoken() -> str:
    """The reader's language, as HTML's `lang` has it."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Answer somebody in his language; what he waits for (coroutines, Deferreds of coroutines) keeps it.

    Args:
        language: one of `LANGUAGES`.
    """
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """The translations into a language, read once, when they are first asked for.

    Babel would read catalogues of all kinds, and take ten times as long, in which no message goes on.

    Args:
        language: one of `LANGUAGES`, but English.

    Returns:
        Translations by text; a text for several things has one of its own.

    Raises:
        ValueError: the file holds something else.
    """
    written = (FOLDER / f"{language}.po").read_text(encoding="utf-8")
    translations: dict[str, str] = {}
    end = 0
    while end < len(written):
        entry = _ENTRY.match(written, end)
        if entry is None:
            raise ValueError(f"{language}.po, from character {end} on, is not written as by make catalogues")
        end = entry.end()
        one, whole, many, *forms = map(_unquoted, entry.groups(""))
        translations |= {one: whole} if whole else {one: forms[0], many: forms[1]}
    return translations


def _unquoted(lines: str) -> str:
    text = lines[1:-2].replace('"\n"', "")
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], text) if "\\" in text else text
