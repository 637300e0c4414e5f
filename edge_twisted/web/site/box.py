"""The box: what it is, where it listens, whether it is well, and what an engineer elsewhere needs to help."""

import shutil
from datetime import UTC, datetime
from typing import Any, Final

from attrs import define, frozen
from twisted.logger import Logger

from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Answer, Asked, Data, Page, Route
from edge_twisted.pages.forms import Form
from edge_twisted.store.backups import Busy
from edge_twisted.store.errors import StateError
from edge_twisted.web import shapes
from edge_twisted.web.doctor import EARLIEST
from edge_twisted.web.refusing import Refused, refuse
from edge_twisted.web.site.place import Door, Place, beside, caller_of, host_of, page
from edge_twisted.web.site.trust import attachment
from edge_twisted.words.language import mark

HERE: Final = "/box"
SECRETS: Final = ("passphrase", "again", "proof")
LITTLE_SHARE: Final = 0.05
LITTLE_BYTES: Final = 200 * 10**6
"""Of free space: what is less deserves a word."""

_log = Logger(namespace="edge")


@frozen
class Disk:
    """The disk on which the state lies.

    Args:
        free, whole: gigabytes.
        little: whether it should not become less.
    """

    free: float
    whole: float
    little: bool


@define
class BoxPages:
    """The pages.

    Args:
        place: what is shown.
    """

    place: Place

    def routes(self) -> tuple[Door, ...]:
        """Its pages."""
        return (
            Door(Route("GET", HERE, self.show), Role.VIEWER),
            Door(Route("POST", f"{HERE}/checks", self.examine), Role.MAINTAINER),
            Door(Route("POST", f"{HERE}/bundle", self.pack), Role.MAINTAINER),
            Door(Route("POST", f"{HERE}/backup", self.back_up), Role.ADMIN),
        )

    def show(self, asked: Asked) -> Page:
        """The page."""
        return self._page(asked, None)

    async def examine(self, asked: Asked) -> Page:
        """The same, with what the doctor finds; both central systems are asked once."""
        return self._page(asked, (await self.place.doctor.examine()).checks)

    async def pack(self, asked: Asked) -> Data:
        """The support bundle."""
        bundle = self.place.insight.bundle
        if bundle is None:
            raise refuse(503, "messages-off")
        return attachment(await bundle.make(), "application/zip", "edge-bundle.zip")

    async def back_up(self, asked: Asked) -> Answer:
        """The back-up of the settings, with all secrets, for who proves that he is the administrator."""
        form = asked.form()
        own, given, passphrase = self.place.access.own, self.place.of_api(asked), form.raw("passphrase")
        try:
            own.judge(passphrase, caller_of(asked).name, "passphrase")
            if passphrase != form.raw("again"):
                raise refuse(422, "backup-differs", "again")
            await own.prove(given, form.raw("proof"), "proof")
            data = await self._made(passphrase)
        except Refused as refused:
            beside(form, refused)
            for name in SECRETS:
                form.values.pop(name, None)
            return self._page(asked, None, form)
        own.tell(given, "backed-up", None)
        day = datetime.fromtimestamp(self.place.time(), UTC).strftime("%Y-%m-%d")
        return attachment(data, "application/octet-stream", f"edge-{day}.edgebackup")

    async def _made(self, passphrase: str) -> bytes:
        if self.place.backups is None:
            raise refuse(503, "backup-failed")
        try:
            return await self.place.backups.make(passphrase)
        except Busy:
            raise refuse(503, "not-yet") from None
        except StateError as error:
            _log.error("A back-up could not be made: {error}", error=str(error))
            raise refuse(503, "backup-failed") from None

    def _page(self, asked: Asked, checks: list[shapes.Check] | None, form: Form | None = None) -> Page:
        def values() -> dict[str, Any]:
            box = self.place.box.describe()
            return {
                "box": box,
                "checks": checks,
                "disk": disk(box.state_directory),
                "clock_set": box.now >= EARLIEST,
                "settings": self.place.settings,
                "plain": host_of(asked),
            }

        return page(asked, "box.html", mark("Box"), values, form=form or Form())


def disk(directory: str) -> Disk | None:
    """How full the disk is.

    Args:
        directory: on it.

    Returns:
        None where that can't be found out.
    """
    try:
        found = shutil.disk_usage(directory)
    except OSError:
        return None
    little = found.free < max(LITTLE_BYTES, found.total * LITTLE_SHARE)
    return Disk(found.free / 1e9, found.total / 1e9, little)
