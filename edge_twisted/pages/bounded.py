"""What every site of ours reads of a request: a bounded body, which Twisted does not take apart by itself."""

from typing import Any, Final

from twisted.web.server import Request

BODY_BYTES: Final = 65_536
"""Of a request's body; of a longer one just so much is kept that it shows."""
PATIENCE_BYTES: Final = 1 << 20
"""Of a request's body; who sends more than that is dropped before the end."""
_FORM: Final = b"application/x-www-form-urlencoded"


class BoundedRequest(Request):
    """A request whose body can't fill memory or disk, and which Twisted does not read as a form by itself.

    Attributes:
        form: whether the body is said to be a form, and nothing else.
    """

    form = False
    _taken = 0

    def gotLength(self, length: int | None) -> None:
        """The body begins; it is held in memory, however long it is said to be."""
        super().gotLength(0)

    def handleContentChunk(self, data: bytes) -> None:
        """Some of the body."""
        room = max(0, BODY_BYTES + 1 - self._taken)
        self._taken += len(data)
        super().handleContentChunk(data[:room])
        if self._taken > PATIENCE_BYTES:
            transport: Any = self.channel.transport
            transport.abortConnection()

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """The request is complete."""
        kinds = self.requestHeaders.getRawHeaders(b"content-type", [])
        self.form = [kind.partition(b";")[0].strip().lower() for kind in kinds] == [_FORM]
        self.requestHeaders.removeHeader(b"content-type")
        super().requestReceived(command, path, version)
