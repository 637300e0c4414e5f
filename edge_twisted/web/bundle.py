"""The support bundle: all that an engineer needs who can't be here, in one ZIP file without secrets.

Box, configuration, chargers, journal, and the messages of the last day, each bounded.
"""

import io
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec
from attrs import define, field, fields, has

from edge_twisted.config_values import Root
from edge_twisted.store.messages import Messages, Row, Search
from edge_twisted.web.refusing import refuse
from edge_twisted.words.language import ENGLISH, speaking

MESSAGES: Final = 50_000
"""Messages of the last day that are in it, the latest."""
MESSAGES_BYTES: Final = 20 << 20
PAGE: Final = 500
DAY: Final = 86_400.0

Content = Callable[[], Awaitable[Any]]


@define(eq=False)
class Bundle:
    """Makes bundles, one at a time.

    Args:
        contents: by the name of a file: gives what can be JSON.
        messages: the store, or None.
        show: makes a line of a message: its charger's identity is hidden where it is secret.
        time: seconds since the epoch.
        pack: does something that blocks in a thread.
    """

    contents: Mapping[str, Content]
    messages: Messages | None
    show: Callable[[Row], Any]
    time: Callable[[], float]
    pack: Callable[[Callable[[], bytes]], Awaitable[bytes]]
    _busy: bool = field(init=False, default=False)

    async def make(self) -> bytes:
        """Make one.

        Returns:
            The ZIP file.

        Raises:
            Refused: 503 while another one is being made.
        """
        if self._busy:
            raise refuse(503, "not-yet")
        self._busy = True
        try:
            with speaking(ENGLISH):  # it is for whoever helps, elsewhere
                files = {
                    name: msgspec.json.format(msgspec.json.encode(await give())) for name, give in self.contents.items()
                }
            files["messages.jsonl"] = await self._messages()
            return await self.pack(partial(_zip, files))
        finally:
            self._busy = False

    async def _messages(self) -> bytes:
        """The messages of the last day, oldest first."""
        if self.messages is None:
            return b""
        pages: list[bytes] = []
        search, room, octets = Search(since=self.time() - DAY, limit=PAGE), MESSAGES, MESSAGES_BYTES
        before = search.before
        while room > 0 and octets > 0:
            found = await self.messages.find(Search(since=search.since, limit=min(PAGE, room), before=before))
            page = b"".join(msgspec.json.encode(self.show(row)) + b"\n" for row in found.rows)
            pages.append(page)
            room, octets, before = room - len(found.rows), octets - len(page), found.reached
            if not found.reached or (found.rows and found.rows[0].at < search.since):
                break
        return b"".join(reversed(pages))


def _zip(files: Mapping[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, content in files.items():
            archive.writestr(f"edge/{name}", content)
    return data.getvalue()


def show_settings(settings: Any) -> Any:
    """The configuration as JSON; it holds no secrets, and of certificates only the file's name is told.

    Args:
        settings: `config.Settings`, or a value in it.
    """
    if isinstance(settings, Root):
        return str(settings.path)
    if has(type(settings)) and not hasattr(settings, "origin"):
        return {one.name.rstrip("_"): show_settings(getattr(settings, one.name)) for one in fields(type(settings))}
    if isinstance(settings, tuple | list):
        return [show_settings(one) for one in settings]
    if isinstance(settings, bytes):
        return settings.hex()
    return settings if isinstance(settings, str | int | float | bool | None) else str(settings)
