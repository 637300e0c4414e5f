"""The box: what it is, where it listens, whether it is well, and what an engineer elsewhere needs to help."""

import shutil
from typing import Any, Final

from attrs import define, frozen

from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Asked, Data, Page, Route
from edge_twisted.web import shapes
from edge_twisted.web.doctor import EARLIEST
from edge_twisted.web.refusing import refuse
from edge_twisted.web.site.place import Door, Place, host_of, page
from edge_twisted.web.site.trust import attachment
from edge_twisted.words.language import mark

HERE: Final = "/box"
LITTLE_SHARE: Final = 0.05
LITTLE_BYTES: Final = 200 * 10**6
"""Of free space: what is less deserves a word."""


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

    def _page(self, asked: Asked, checks: list[shapes.Check] | None) -> Page:
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

        return page(asked, "box.html", mark("Box"), values)


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
