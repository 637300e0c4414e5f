"""Coming in: the first visit with the label's code, the login, and the way out."""

from typing import Any, Final

from attrs import define

from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Answer, Asked, Page, Redirect, Route
from edge_twisted.pages.forms import Form
from edge_twisted.web import access_shapes as shapes
from edge_twisted.web.refusing import Refused
from edge_twisted.web.site.entrance import HOME, LOG_OUT, LOGIN, SET_UP, safe_path
from edge_twisted.web.site.place import Door, Place, beside, caller_of, page
from edge_twisted.words.language import mark

WELCOME: Final = mark("Welcome. This box has its administrator now; the code on its label is used up.")
GONE: Final = mark("You are logged out.")
NAME_NEEDED: Final = mark("Enter your name here.")
PASSWORD_NEEDED: Final = mark("Enter your password here.")


@define
class Entering:
    """The pages without a login.

    Args:
        place: what is shown and changed.
    """

    place: Place

    def routes(self) -> tuple[Door, ...]:
        """Its pages."""
        return (
            Door(Route("GET", SET_UP, self.first), None),
            Door(Route("POST", SET_UP, self.set_up), None),
            Door(Route("GET", LOGIN, self.ask), None),
            Door(Route("POST", LOGIN, self.log_in), None),
            Door(Route("POST", LOG_OUT, self.log_out), Role.VIEWER),
        )

    def first(self, asked: Asked) -> Answer:
        """The first visit."""
        if not self.place.access.people.setup_code:
            return Redirect(LOGIN)
        return self._first(asked, Form())

    async def set_up(self, asked: Asked) -> Answer:
        """Make the administrator."""
        form = asked.form()
        body = shapes.SetupRequest(code=form.text("code"), name=form.text("name"), password=form.raw("password"))
        try:
            await self.place.access.own.set_up(self.place.of_api(asked, body))
        except Refused as refused:
            if refused.problem.error == "setup-done":
                return Redirect(LOGIN, refused.problem.message, "info")
            return self._first(asked, form, refused)
        return Redirect(HOME, WELCOME)

    def ask(self, asked: Asked) -> Answer:
        """The login."""
        onward = safe_path(asked.query.get("next", HOME))
        if self.place.access.people.setup_code:
            return Redirect(SET_UP)
        if caller_of(asked).session:
            return Redirect(onward)
        return self._login(asked, Form(), onward)

    async def log_in(self, asked: Asked) -> Answer:
        """Log in, and go on to where the reader wanted to be."""
        form = asked.form()
        onward = safe_path(form.text("next") or HOME)
        for name, why in (("name", NAME_NEEDED), ("password", PASSWORD_NEEDED)):
            if not form.raw(name):
                form.wrong(name, why)
        if not form.good:
            return self._login(asked, form, onward)
        code = "".join(form.text("code").split())
        body = shapes.Login(name=form.text("name"), password=form.raw("password"), code=code)
        try:
            await self.place.access.own.login(self.place.of_api(asked, body))
        except Refused as refused:
            return self._login(asked, form, onward, refused)
        return Redirect(onward)

    async def log_out(self, asked: Asked) -> Answer:
        """Log out."""
        await self.place.access.own.logout(self.place.of_api(asked))
        return Redirect(LOGIN, GONE)

    def _first(self, asked: Asked, form: Form, refused: Refused | None = None) -> Page:
        status = _judged(asked, form, refused, "code")
        return page(asked, "setup.html", mark("Set up this box"), form=form, status=status)

    def _login(self, asked: Asked, form: Form, onward: str, refused: Refused | None = None) -> Page:
        status = _judged(asked, form, refused, "password")

        def values() -> dict[str, Any]:
            return {"onward": onward}

        return page(asked, "login.html", mark("Log in"), values, form=form, status=status)


def _judged(asked: Asked, form: Form, refused: Refused | None, usual: str) -> int:
    """Say in a form why nobody comes in; the page's status. What was secret in it is not sent back."""
    if refused is not None:
        if refused.retry:
            asked.request.setHeader(b"retry-after", b"%d" % refused.retry)
        if refused.problem.field:
            beside(form, refused)
        else:
            form.wrong(usual, refused.problem.message)
    for name in ("password", "code") if usual == "password" else ("password",):
        form.values.pop(name, None)
    return 200 if refused is None else refused.status
