"""Templates: Jinja2 with everything escaped, the shared macros at hand, and single parts of a page for live updates."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from attrs import frozen
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, StrictUndefined
from jinja2.nodes import Extends
from jinja2.runtime import Context
from markupsafe import Markup

from edge_twisted.pages.assets import Assets
from edge_twisted.pages.text import clean, clock, date, moment, number, shorten, span
from edge_twisted.words.language import LANGUAGES, mark, say, say_number, spoken, units

Block = Callable[[Context], Iterator[str]]

FOLDER: Final = Path(__file__).parent / "templates"
AGO: Final = mark("{} ago")


@frozen
class Link:
    """An entry of a menu.

    Args:
        url, words: where it leads, and what it is called.
        here: whether it is the page that is shown, or the page above it.
        count: a number beside it; 0: none.
    """

    url: str
    words: str
    here: bool = False
    count: int = 0


class Templates:
    """The templates of an app.

    Args:
        assets: its static files.
        folders: where its own templates lie; they may extend `base.html`, and use the macros `ui` and `forms`.
        shared: what every template may use.
        macros: the app's own files of macros, without `.html`: each is at hand in every template, under its name.
        now: seconds since the epoch.
    """

    def __init__(
        self,
        assets: Assets,
        folders: Iterable[Path] = (),
        shared: Mapping[str, Any] | None = None,
        macros: Iterable[str] = (),
        now: Callable[[], float] = time.time,
    ) -> None:
        def ago(seconds: float) -> Markup:
            text = say(AGO).replace("{}", span(now() - seconds))
            return Markup('<time datetime="{}" data-time="ago">{}</time>').format(moment(seconds), text)

        self._kept: dict[str, Mapping[str, Block]] = {}
        self._environment = Environment(
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            finalize=_harmless,
            loader=ChoiceLoader([FileSystemLoader(folder) for folder in (*folders, FOLDER)]),
        )
        self._environment.install_gettext_callables(say, say_number, newstyle=True)  # type: ignore[attr-defined]  # of the extension
        self._environment.filters |= {
            "ago": ago,
            "clock": clock,
            "date": date,
            "moment": moment,
            "number": number,
            "shorten": shorten,
            "span": span,
            "segment": segment,
        }
        self._environment.globals |= {
            "asset": assets.url,
            "version": assets.version,
            "language": spoken,
            "languages": LANGUAGES,
            "script_words": script_words,
            **(shared or {}),
        }
        for name in ("ui", "forms", *macros):
            self._environment.globals[name] = _Macros(self._environment, f"{name}.html")

    def render(self, name: str, /, **values: Any) -> bytes:
        """Draw a page.

        Args:
            name: of the template.
            values: what it shows.

        Returns:
            HTML as UTF-8.

        Raises:
            jinja2.TemplateError: it is broken, or a value is missing.
        """
        return self._environment.get_template(name).render(**values).encode("utf-8")

    def parts(self, name: str, parts: Iterable[str], /, **values: Any) -> dict[str, str]:
        """Draw some blocks of a page alone.

        Args:
            name: of the template.
            parts: which of its blocks.
            values: as for `render`.

        Returns:
            HTML by block.
        """
        blocks = self._blocks(name)
        context = self._environment.get_template(name).new_context(dict(values))
        return {part: "".join(blocks[part](context)) for part in parts}

    def _blocks(self, name: str) -> Mapping[str, Block]:
        """The blocks of a template, and those that it has from the one that it extends."""
        found = self._kept.get(name)
        if found is None:
            assert self._environment.loader is not None
            source, _, _ = self._environment.loader.get_source(self._environment, name)
            extends = self._environment.parse(source).find(Extends)
            above = self._blocks(extends.template.as_const()) if extends is not None else {}
            found = self._kept[name] = {**above, **self._environment.get_template(name).blocks}
        return found


class _Macros:
    """A file of macros that is compiled when a page first uses it, which takes some milliseconds.

    Args:
        environment: of the templates.
        name: of the file.
    """

    def __init__(self, environment: Environment, name: str) -> None:
        self._environment = environment
        self._name = name

    def __getattr__(self, macro: str) -> Any:
        found = getattr(self._environment.get_template(self._name).module, macro)
        setattr(self, macro, found)
        return found


def script_words() -> dict[str, str]:
    """The few words that the pages' script says, in the reader's language."""
    return {
        "lost": say("Connection lost. What you see may be out of date; trying again…"),
        "ago": say(AGO),
        "units": " ".join(units()),
        "copy": say("Copy"),
        "copied": say("Copied"),
        "not_copied": say("Copying is not possible here. Mark the text and copy it."),
        "show": say("Show"),
        "hide": say("Hide"),
        "made": say(
            "A random password of 20 characters stands in the field. Note it before you save: it is not shown again."
        ),
    }


def segment(text: str) -> str:
    """Text as one segment of a path."""
    return quote(text, safe="")


def _harmless(value: Any) -> Any:
    """Every value on its way into a page."""
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
