"""My account: the own password, the second factor, and where one is logged in."""

from typing import Any, Final

from attrs import define
from markupsafe import Markup

from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Answer, Asked, Page, Redirect, Route
from edge_twisted.pages.forms import Form
from edge_twisted.web import access_shapes as shapes
from edge_twisted.web.qr import svg
from edge_twisted.web.refusing import Refused
from edge_twisted.web.site.entrance import LOGIN
from edge_twisted.web.site.place import Door, Place, beside, caller_of, page
from edge_twisted.web.totp import uri
from edge_twisted.words.language import mark

HERE: Final = "/me"
FACTOR: Final = "/me/second-factor"
CHANGED: Final = mark("Your password is changed. Everywhere else you are logged out.")
ON: Final = mark(
    "The second factor is on: from now on a login asks for a code of your app. Everywhere else you are logged out."
)
OFF: Final = mark("The second factor is off. A login asks for your name and password only.")
ENDED: Final = mark("That login is over.")
SECRETS: Final = ("old", "new", "password", "proof", "code")


@define
class OwnPages:
    """The pages.

    Args:
        place: what is shown and changed.
    """

    place: Place

    def routes(self) -> tuple[Door, ...]:
        """Its pages."""
        own = (
            Route("GET", HERE, self.show),
            Route("POST", f"{HERE}/password", self.change_password),
            Route("GET", FACTOR, self.factor),
            Route("POST", FACTOR, self.begin),
            Route("POST", f"{FACTOR}/confirm", self.confirm),
            Route("POST", f"{FACTOR}/off", self.switch_off),
            Route("POST", f"{HERE}/sessions/<string:id>/end", self.end),
        )
        return tuple(Door(route, Role.VIEWER) for route in own)

    async def show(self, asked: Asked) -> Page:
        """The page."""
        return await self._show(asked, Form())

    async def change_password(self, asked: Asked) -> Answer:
        """Choose another password."""
        form = asked.form()
        body = shapes.PasswordChange(old=form.raw("old"), new=form.raw("new"))
        try:
            await self.place.access.own.change_password(self.place.of_api(asked, body))
        except Refused as refused:
            return await self._show(asked, form, refused)
        return Redirect(HERE, CHANGED)

    def factor(self, asked: Asked) -> Answer:
        """The page with the picture, as long as it waits for its first code."""
        session = caller_of(asked).session
        return self._picture(asked, Form()) if session and session.new_factor else Redirect(HERE)

    async def begin(self, asked: Asked) -> Answer:
        """Make a second factor."""
        form = asked.form()
        body = shapes.OwnPassword(password=form.raw("proof"))
        try:
            await self.place.access.own.begin_second_factor(self.place.of_api(asked, body))
        except Refused as refused:
            return await self._show(asked, form, refused)
        return Redirect(FACTOR)

    async def confirm(self, asked: Asked) -> Answer:
        """Switch it on."""
        form = asked.form()
        body = shapes.SecondFactorCode(code="".join(form.text("code").split()))
        try:
            await self.place.access.own.confirm_second_factor(self.place.of_api(asked, body))
        except Refused as refused:
            session = caller_of(asked).session
            if session is None or not session.new_factor:
                return Redirect(HERE, refused.problem.message, "bad")
            beside(form, refused)
            return self._picture(asked, form)
        return Redirect(HERE, ON)

    async def switch_off(self, asked: Asked) -> Answer:
        """Switch it off."""
        form = asked.form()
        body = shapes.OwnPassword(password=form.raw("proof"))
        try:
            await self.place.access.own.end_second_factor(self.place.of_api(asked, body))
        except Refused as refused:
            return await self._show(asked, form, refused)
        return Redirect(HERE, OFF)

    async def end(self, asked: Asked) -> Answer:
        """End one of the own logins."""
        session = caller_of(asked).session
        await self.place.access.own.end_session(self.place.of_api(asked, name=asked.path["id"]))
        return Redirect(LOGIN if session and session.id == asked.path["id"] else HERE, ENDED)

    async def _show(self, asked: Asked, form: Form, refused: Refused | None = None) -> Page:
        if refused is not None:
            beside(form, refused, {"password": "proof"})
        _forget(form)
        own = self.place.access.own
        given = self.place.of_api(asked)
        me = await own.me(given)
        sessions = (await own.sessions(given)).sessions if given.caller.session else []

        def values() -> dict[str, Any]:
            return {"me": me, "sessions": sessions}

        return page(asked, "me.html", mark("My account"), values, form=form)

    def _picture(self, asked: Asked, form: Form) -> Page:
        caller = caller_of(asked)
        secret = caller.session.new_factor if caller.session else ""
        _forget(form)

        def values() -> dict[str, Any]:
            picture = svg(uri(secret, caller.name, self.place.access.own.box))
            grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
            return {"picture": Markup(picture), "secret": grouped}  # noqa: S704 - made by ourselves

        return page(asked, "second_factor.html", mark("Second factor"), values, form=form)


def _forget(form: Form) -> None:
    """What is secret is never sent back."""
    for name in SECRETS:
        form.values.pop(name, None)
