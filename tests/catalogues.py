"""The translators' catalogues, brought up to date with the texts in the sources: `make catalogues`.

What is new stands there without a translation, which a test finds; what is said no more is taken out. A text that
names a number has two forms in each language (`words.language.LIKE_ONE`): Babel would want a third one in French, for
millions.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import edge_twisted
from edge_twisted.words import en
from edge_twisted.words.language import ENGLISH, FOLDER, LANGUAGES

PACKAGE: Final = Path(edge_twisted.__file__).parent
PLACES: Final = ("pages", "web", "words")
"""Folders of the package whose texts people read in their own language; the sandbox speaks English."""
METHODS: Final = [("**/templates/**.html", "jinja2.ext:babel_extract"), ("**.py", "python")]
OPTIONS: Final = {"**/templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
PLURALS: Final = {"fr": "n > 1"}
"""What `LIKE_ONE` says, as Babel says it."""
KEYWORDS: Final[Mapping[str, Any]] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "mark": None,
    "say": None,
    "say_number": (1, 2),
}


def texts(found: object) -> Iterator[str]:
    """All texts in one of the English tables, however deep."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, Mapping):
        for inner in found.values():
            yield from texts(inner)
    elif isinstance(found, Iterable):
        for inner in found:
            yield from texts(inner)


def extracted() -> Catalog:
    """What there is to be translated, in the order of the sources."""
    catalog = Catalog(project="Edge", charset="utf-8", fuzzy=False)
    for place in PLACES:
        for file, _, message, comments, context in extract_from_dir(
            PACKAGE / place, METHODS, OPTIONS, keywords=dict(KEYWORDS)
        ):
            catalog.add(message, None, [(f"{place}/{file}", 0)], auto_comments=comments, context=context)
    for name in en.__all__:
        for text in texts(getattr(en, name)):
            if text:
                catalog.add(text, None, [(f"words/en: {name}", 0)])
    return catalog


def translated(language: str) -> Catalog:
    """A catalogue as it is on the disk; an empty one where there is none."""
    path = FOLDER / f"{language}.po"
    if not path.exists():
        return Catalog(locale=language, project="Edge", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        found = read_po(file, locale=language)
    for message in found:
        if isinstance(message.string, tuple | list):
            message.string = tuple(message.string[:2])
    found.mime_headers = [("Plural-Forms", f"nplurals=2; plural=({PLURALS.get(language, 'n != 1')});")]
    return found


def main() -> None:
    """Bring all catalogues up to date."""
    FOLDER.mkdir(exist_ok=True)
    wanted = extracted()
    for language in LANGUAGES:
        if language == ENGLISH:
            continue
        catalog = translated(language)
        catalog.update(wanted, no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        with (FOLDER / f"{language}.po").open("wb") as file:
            write_po(file, catalog, width=120, omit_header=True, include_lineno=False, ignore_obsolete=True)
        missing = sum(1 for message in catalog if message.id and not message.string)
        sys.stdout.write(f"{language}: {len(catalog)} texts, {missing} without a translation\n")


if __name__ == "__main__":
    main()
