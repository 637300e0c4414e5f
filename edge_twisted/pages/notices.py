"""Notices: what a change came to, shown on the page that follows it, without a cookie."""

import secrets
from collections import OrderedDict
from typing import Final, Literal

from attrs import frozen

KEPT: Final = 200

Tone = Literal["good", "bad", "info"]


@frozen
class Notice:
    """One notice.

    Args:
        tone: whether it went well.
        text: sentences.
    """

    tone: Tone
    text: str


class Notices:
    """Keeps the last `KEPT` of them under names that nobody can guess, which stand in the next page's address."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Notice] = OrderedDict()

    def put(self, tone: Tone, text: str) -> str:
        """Keep a notice.

        Args:
            tone, text: as in `Notice`.

        Returns:
            Its name.
        """
        name = secrets.token_urlsafe(9)
        self._kept[name] = Notice(tone, text)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return name

    def get(self, name: str) -> Notice | None:
        """The notice of that name; it may be asked for again, since pages are loaded again."""
        return self._kept.get(name)
