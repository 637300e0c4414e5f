"""Text on pages: times, spans and numbers as a person reads them, and text from outside made harmless."""

import re
from datetime import UTC, datetime
from typing import Final

from markupsafe import Markup

from edge_twisted.words.language import ENGLISH, spoken, units

KEPT: Final = "\n\t"
_PLAIN: Final = re.compile(r"[\x20-\x7e\n\t]*")
_HOSTILE: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]"
)
"""Control characters, and those that turn, join or hide text; lone surrogates, which no encoding takes."""
SIZES: Final = (86400, 3600, 60, 1)
"""Of a day, an hour, a minute and a second, in seconds."""


def clean(text: str) -> str:
    """Make text from outside harmless to whoever reads it; HTML's own characters are the templates' matter.

    Args:
        text: any.

    Returns:
        The same text; what would turn or hide a part of it shows as `\N{REPLACEMENT CHARACTER}`.
    """
    return text if _PLAIN.fullmatch(text) else _HOSTILE.sub("\N{REPLACEMENT CHARACTER}", text)


def shorten(text: str, length: int) -> str:
    """Cut a text.

    Args:
        text: any.
        length: characters that stay, the dots included.
    """
    return text if len(text) <= length else text[: length - 1] + "…"


def span(seconds: float) -> str:
    """A span of time in its largest unit, such as `12 s`, `3 min`, `2 h` or `4 d`.

    Args:
        seconds: less than one counts as none.
    """
    whole = max(0, int(seconds))
    size, unit = next(one for one in zip(SIZES, units(), strict=True) if whole >= one[0] or one[0] == 1)
    return f"{whole // size} {unit}"


def moment(seconds: float) -> str:
    """A time for the `datetime` attribute, such as `2026-01-31T12:00:00Z`.

    Args:
        seconds: since the epoch.
    """
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock(seconds: float) -> Markup:
    """A time of day as an element; the page's script shows it in the reader's own zone.

    Args:
        seconds: since the epoch.
    """
    shown = datetime.fromtimestamp(seconds, UTC)
    return Markup('<time datetime="{}" data-time="clock">{:%H:%M:%S} UTC</time>').format(moment(seconds), shown)


def date(seconds: float) -> Markup:
    """A date with the time of day, in the same way as `clock`.

    Args:
        seconds: since the epoch.
    """
    shown = datetime.fromtimestamp(seconds, UTC)
    return Markup('<time datetime="{}" data-time="date">{:%Y-%m-%d %H:%M:%S} UTC</time>').format(moment(seconds), shown)


def number(value: float, digits: int = 0) -> str:
    """A number with thin spaces between its thousands, and the reader's decimal sign.

    Args:
        value: any.
        digits: behind the point.
    """
    plain = f"{value:,.{digits}f}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    return plain if spoken() == ENGLISH else plain.replace(".", ",")
