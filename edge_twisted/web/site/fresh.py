"""What a live page shows and only a disk knows: read ahead, so that a page is drawn at once from what was read last."""

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from attrs import define, field
from twisted.internet.defer import ensureDeferred
from twisted.logger import Logger

from edge_twisted.pages.answers import Asked

T = TypeVar("T")

_log = Logger(namespace="pages")


@define(eq=False)
class Fresh(Generic[T]):
    """Something that is read again each time it is shown; where it came out otherwise, the page is told.

    Args:
        found: as it was read first.
        read: reads it again; None: it stays as it is.
        changed: tells that the page should be drawn again.
    """

    found: T
    read: Callable[[], Awaitable[T]] | None
    changed: Callable[[], None]
    _reading: bool = field(init=False, default=False)

    def now(self) -> T:
        """What was read last; it is read again meanwhile."""
        if self.read is not None and not self._reading:
            self._reading = True
            ensureDeferred(self._again(self.read))
        return self.found

    async def _again(self, read: Callable[[], Awaitable[T]]) -> None:
        try:
            found = await read()
        except Exception as error:  # noqa: BLE001 - the next time may be better; the text may quote what is secret
            _log.warn("A live page can't be read: {kind}", kind=type(error).__name__)
            return
        finally:
            self._reading = False
        if found != self.found:
            self.found = found
            self.changed()


def is_stream(asked: Asked) -> bool:
    """Whether a page asks for its live updates."""
    return b"text/event-stream" in (asked.request.getHeader(b"accept") or b"")
