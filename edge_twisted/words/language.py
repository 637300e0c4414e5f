"""In which language something is said: a reader's, where he has one, else English.

Texts stand in the code in English and are the keys of the catalogues (gettext). `say` gives a text in the language of
whoever is being answered; `mark` only notes a text that stands where no reader is known yet, so that it gets into the
catalogues, and is given to `say` when it is shown.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final

ENGLISH: Final = "en"
LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "nl": "Nederlands", "de": "Deutsch", "fr": "Français"}
"""What there is, each by the name that its speakers know."""
FOLDER: Final = Path(__file__).parent / "catalogues"

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
    return text if language == ENGLISH or not text else catalogue(language).gettext(text)


def say_number(one: str, many: str, number: int) -> str:
    """A text that has a form for one thing, and others for several; arguments as for `gettext.ngettext`."""
    return catalogue(_spoken.get()).ngettext(one, many, number)


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
def catalogue(language: str) -> NullTranslations:
    """The translations into a language, read once, when they are first asked for.

    Args:
        language: one of `LANGUAGES`.
    """
    if language == ENGLISH:
        return NullTranslations()
    # Here, so that log and command line start without it.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    compiled = BytesIO()
    with (FOLDER / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
