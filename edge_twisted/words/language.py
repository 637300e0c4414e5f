"""In which language something is said: a reader's, where he has one, else English.

Texts stand in the code in English and are the keys of the catalogues (gettext). `say` gives a text in the language of
whoever is being answered; `mark` only notes a text that stands where no reader is known yet, so that it gets into the
catalogues, and is given to `say` when it is shown.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

ENGLISH: Final = "en"
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
    return text


def spoken() -> str:
    """The reader's language, as HTML's `lang` has it."""
    return _spoken.get()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Answer somebody in his language; what he waits for (coroutines, Deferreds of coroutines) keeps it.

    Args:
        language: one of those that there are.
    """
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)
