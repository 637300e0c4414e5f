"""The short actions on the page `Uplink interface`: let in, shut out, pin, moved, forget."""

from typing import Final

from attrs import define

from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Answer, Asked, Redirect, Route
from edge_twisted.web import shapes
from edge_twisted.web.refusing import Refused
from edge_twisted.web.routes import ACTIONS
from edge_twisted.web.site.place import Door, Place, caller_of
from edge_twisted.web.site.settings import UPLINK, identity_of
from edge_twisted.words.language import mark

DONE: Final = {
    "pin": mark("Pinned: from now on the charger must show this password, and Edge shows it to the central system."),
    "approve": mark("Approved: the charger is let in when it comes next."),
    "block": mark("Blocked: its connection was closed, and it is not let in any more."),
    "unblock": mark("Unblocked: the charger is let in when it comes next."),
    "reset-transport": mark("Forgotten: Edge detects anew whether the central system takes this charger over WSS."),
    "moved": mark("The charger may connect without a password from its new address."),
}
BACK: Final = {"security": "/security"}
"""Other pages with these buttons, by the word that they send."""
WSS_ONLY: Final = mark("From now on this charger is refused over ws. Over wss it is let in.")
WS_TOO: Final = mark("This charger is let in over ws and over wss.")
FORGOTTEN: Final = mark("Forgotten. If the charger connects again, it is a new one.")


@define
class UplinkActs:
    """The actions.

    Args:
        place: what every room gets.
    """

    place: Place

    def routes(self) -> tuple[Door, ...]:
        """The ways in."""
        path = "/chargers/<string:id>" + UPLINK
        actions = ", ".join(repr(action) for action in ACTIONS)
        return (
            Door(Route("POST", f"{path}/<any({actions}):action>", self.act), Role.MAINTAINER),
            Door(Route("POST", f"{path}/wss-only", self.wss_only), Role.MAINTAINER),
            Door(Route("POST", f"{path}/moved", self.moved), Role.MAINTAINER),
            Door(Route("POST", f"{path}/forget", self.forget), Role.MAINTAINER),
        )

    async def act(self, asked: Asked) -> Answer:
        """Carry out one that takes nothing."""
        action = asked.path["action"]
        try:
            await self.place.office.act(identity_of(self.place, asked), action, caller_of(asked).by)
        except Refused as refused:
            return self._back(asked, refused.problem.message, good=False)
        return self._back(asked, DONE[action])

    async def wss_only(self, asked: Asked) -> Answer:
        """Demand wss of the charger itself, or no longer."""
        on = asked.form().text("on") == "1"
        await self.place.office.set_wss_only(identity_of(self.place, asked), on, caller_of(asked).by)
        return self._back(asked, WSS_ONLY if on else WS_TOO)

    async def moved(self, asked: Asked) -> Answer:
        """Let a charger without a password in from the address that was on the page."""
        moved = shapes.Moved(address=asked.form().text("address"))
        try:
            await self.place.office.moved(identity_of(self.place, asked), moved, caller_of(asked).by)
        except Refused as refused:
            return self._back(asked, refused.problem.message, good=False)
        return self._back(asked, DONE["moved"])

    async def forget(self, asked: Asked) -> Answer:
        """Forget the charger."""
        await self.place.office.forget(identity_of(self.place, asked), caller_of(asked).by)
        return Redirect("/", FORGOTTEN)

    def _back(self, asked: Asked, text: str, *, good: bool = True) -> Redirect:
        """To the page on which the button was."""
        own = f"/chargers/{asked.path['id']}{UPLINK}"
        return Redirect(BACK.get(asked.form().text("back"), own), text, "good" if good else "bad")
