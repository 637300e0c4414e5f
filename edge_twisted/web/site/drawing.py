"""Draws EdgeManager's pages: what every form needs to be believed stands in it, whoever wrote it.

A live part that looks the same for several readers is drawn once.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from markupsafe import escape

from edge_twisted.pages.assets import Assets
from edge_twisted.pages.templates import Templates
from edge_twisted.web.gate import TOKEN_FIELD
from edge_twisted.web.site.place import SAME, TOKEN
from edge_twisted.words.language import spoken

FOLDER: Final = Path(__file__).parent
KEPT: Final = 8
"""Drawings that are kept for others; one has some 50 KB."""
_FORM: Final = re.compile(r'<form\b[^>]*\smethod="post"[^>]*>')
"""Of our own templates only: text that comes from elsewhere is escaped, and so holds no form."""


def site_assets() -> Assets:
    """The files of all rooms."""
    return Assets([FOLDER / "static"])


class SiteTemplates(Templates):
    """The templates of all rooms; each form that changes something gets the reader's cross-site token."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._drawn: dict[object, Mapping[str, str]] = {}

    def render(self, name: str, /, **values: Any) -> bytes:
        """Draw a page; arguments as for `Templates`."""
        return with_token(super().render(name, **values).decode(), values.get(TOKEN, "")).encode()

    def parts(self, name: str, parts: Iterable[str], /, **values: Any) -> dict[str, str]:
        """Draw some blocks of a page alone; arguments as for `Templates`."""
        drawn = self._parts(name, tuple(parts), values)
        return {part: with_token(html, values.get(TOKEN, "")) for part, html in drawn.items()}

    def _parts(self, name: str, parts: tuple[str, ...], values: Mapping[str, Any]) -> Mapping[str, str]:
        """Draw, without the token, unless that was drawn just now for somebody else who may see the same."""
        if values.get(SAME) is None:
            return super().parts(name, parts, **values)
        key = (name, parts, values[SAME], values["caller_is"].role, spoken())
        found = self._drawn.get(key)
        if found is None:
            found = self._drawn[key] = super().parts(name, parts, **{**values, TOKEN: "", "caller_is": None})
            while len(self._drawn) > KEPT:
                del self._drawn[next(iter(self._drawn))]
        return found


def with_token(html: str, token: str) -> str:
    """Put a cross-site token into each form that changes something.

    Args:
        html: of a page or a part of it.
        token: the reader's; empty: he has no session, and so nothing that somebody else could make use of.
    """
    if not token:
        return html
    field = f'<input type="hidden" name="{TOKEN_FIELD.decode()}" value="{escape(token)}">'
    return _FORM.sub(lambda found: found[0] + field, html)
