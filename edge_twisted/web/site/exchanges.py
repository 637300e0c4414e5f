"""Messages in pairs: a call with its answer is one line of the list."""

from collections.abc import Iterable
from typing import Final

from attrs import frozen

from edge_twisted.web.message_shapes import Message

SLOW_SECONDS: Final = 2.0
"""From here on an answer is marked as slow."""


@frozen
class Exchange:
    """A call with its answer, or a message that has no counterpart here.

    Args:
        first: the call; or the only message.
        answer: what answered it, where that is on the same page.
    """

    first: Message
    answer: Message | None = None

    @property
    def key(self) -> str:
        """Of the page's element."""
        return f"m{self.first.id}"

    @property
    def action(self) -> str:
        """What it is about; nothing where nobody knows."""
        return self.first.action

    @property
    def is_call(self) -> bool:
        """Whether it begins with a call."""
        return self.first.kind == "call"

    @property
    def error(self) -> str:
        """Why it went wrong; nothing where it did not."""
        if self.first.kind in ("unreadable", "error") or self.first.error:
            return self.first.error or self.first.kind
        return self.answer.error if self.answer else ""

    @property
    def seconds(self) -> float | None:
        """How long the answer took; None: there is none."""
        return self.first.seconds

    @property
    def tone(self) -> str:
        """Of its badge."""
        if self.error or self.first.kind == "unreadable":
            return "bad"
        if self.is_call and self.first.answered_by is None:
            return "off"
        return "warn" if (self.seconds or 0.0) >= SLOW_SECONDS else "good"


def exchanges_of(messages: Iterable[Message]) -> list[Exchange]:
    """Pair messages.

    Args:
        messages: newest last.

    Returns:
        The newest first, by when its first message passed.
    """
    known = {message.id: message for message in messages}
    answers = {message.answers: message for message in known.values() if message.answers in known}
    found = [
        Exchange(message, answers.get(message.id))
        for message in known.values()
        if message.answers is None or message.answers not in known
    ]
    return found[::-1]
