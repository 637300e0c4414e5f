"""What happened to the keeping of messages: events as those of `core.events`."""

from typing import ClassVar

from attrs import frozen

from edge_twisted.core.events import Event


@frozen
class MessagesFailed(Event):
    """Messages that pass can't be kept on the disk, and why; told once until it works again."""

    code: ClassVar[str] = "messages-failed"
    error: str


@frozen
class MessagesMissed(Event):
    """That many messages passed and were not kept."""

    code: ClassVar[str] = "messages-missed"
    count: int
