"""Draws EdgeManager's pages: what every form needs to be believed stands in it, whoever wrote it."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from markupsafe import escape

from edge_twisted.pages.assets import Assets
from edge_twisted.pages.templates import Templates
from edge_twisted.web.gate import TOKEN_FIELD
from edge_twisted.web.site.place import TOKEN

FOLDER: Final = Path(__file__).parent
_FORM: Final = re.compile(r'<form\b[^>]*\smethod="post"[^>]*>')
"""Of our own templates only: text that comes from elsewhere is escaped, and so holds no form."""


def site_assets() -> Assets:
    """The files of all rooms."""
    return Assets([FOLDER / "static"])


class SiteTemplates(Templates):
    """The templates of all rooms; each form that changes something gets the reader's cross-site token."""

    def render(self, name: str, /, **values: Any) -> bytes:
        """Draw a page; arguments as for `Templates`."""
        return with_token(super().render(name, **values).decode(), values.get(TOKEN, "")).encode()

    def parts(self, name: str, parts: Iterable[str], /, **values: Any) -> dict[str, str]:
        """Draw some blocks of a page alone; arguments as for `Templates`."""
        drawn = super().parts(name, parts, **values)
        return {part: with_token(html, values.get(TOKEN, "")) for part, html in drawn.items()}


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
