"""Accounts of people and tokens of programs: who may come in, for administrators."""

from typing import Any, Final
from urllib.parse import quote

from attrs import define
from msgspec import UNSET

from edge_twisted.core.accounts import Account
from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Answer, Asked, Page, Problem, Redirect, Route
from edge_twisted.pages.forms import Form
from edge_twisted.web import access_shapes as shapes
from edge_twisted.web.refusing import Refused
from edge_twisted.web.site.place import Door, Place, beside, caller_of, page
from edge_twisted.words.language import mark, say

HERE: Final = "/accounts"
ONE: Final = f"{HERE}/<string:name>"
ADDED: Final = mark("{} can log in now.")
CHANGED: Final = mark("Saved. It holds at once.")
REMOVED: Final = mark("{} can't log in any more.")
TOKEN_REMOVED: Final = mark("That token is worth nothing any more.")
NO_SUCH: Final = mark(
    "There is no account of this name; somebody may have removed it just now. Go back to the list of accounts."
)
ROLE_NEEDED: Final = mark("Choose what this one may do.")
DAYS_WRONG: Final = mark("Enter a whole number of days from 1 to 3650, or leave it empty for a token without an end.")
SECRETS: Final = ("password", "new_password")
ROLE_WAS: Final = "role_was"
"""The field with the role that an account had when its page was made."""


@define
class PeoplePages:
    """The pages.

    Args:
        place: what is shown and changed.
    """

    place: Place

    def routes(self) -> tuple[Door, ...]:
        """Its pages."""
        found = (
            Route("GET", HERE, self.show),
            Route("POST", HERE, self.add),
            Route("POST", f"{HERE}-tokens", self.add_token),
            Route("POST", f"{HERE}-tokens/<string:id>/remove", self.remove_token),
            Route("GET", ONE, self.one),
            Route("POST", ONE, self.change),
            Route("GET", f"{ONE}/remove", self.ask_remove),
            Route("POST", f"{ONE}/remove", self.remove),
        )
        return tuple(Door(route, Role.ADMIN) for route in found)

    async def show(self, asked: Asked) -> Page:
        """The list."""
        return await self._list(asked, Form.of({"role": Role.VIEWER.value, "token_role": Role.READONLY.value}))

    async def add(self, asked: Asked) -> Answer:
        """Make an account."""
        form = asked.form()
        role = _role(form, "role")
        if role is None:
            return await self._list(asked, form)
        body = shapes.NewAccount(name=form.text("name"), role=role, password=form.raw("password"))
        try:
            made = await self.place.access.staff.add_account(self.place.of_api(asked, body))
        except Refused as refused:
            beside(form, refused)
            return await self._list(asked, form)
        return Redirect(HERE, say(ADDED).format(made.name))

    async def one(self, asked: Asked) -> Page:
        """One account."""
        role = self._known(asked).role.value
        return self._one(asked, Form.of({"role": role, ROLE_WAS: role}))

    async def change(self, asked: Asked) -> Answer:
        """Change one: its role, its password, or take its second factor away."""
        form, known = asked.form(), self._known(asked)
        role = _role(form, "role")
        if role is None:
            return self._one(asked, form)
        stays = role.value == form.raw(ROLE_WAS) or role is known.role  # somebody else may have changed it meanwhile
        body = shapes.AccountChange(
            role=UNSET if stays else role,
            password=form.raw("new_password") or UNSET,
            second_factor_off=form.on("second_factor_off"),
        )
        try:
            await self.place.access.staff.change_account(self.place.of_api(asked, body, name=known.name))
        except Refused as refused:
            field = "role" if refused.problem.error == "last-admin" else refused.problem.field
            form.wrong({"password": "new_password"}.get(field or "", field or "role"), refused.problem.message)
            return self._one(asked, form)
        return Redirect(_url(known), CHANGED)

    def ask_remove(self, asked: Asked) -> Page:
        """Ask once more."""
        known = self._known(asked)
        title = say("Remove {name}?").format(name=known.name)
        return page(asked, "account_remove.html", title, lambda: {"name": known.name, "url": HERE})

    async def remove(self, asked: Asked) -> Answer:
        """Remove one."""
        known = self._known(asked)
        try:
            await self.place.access.staff.remove_account(self.place.of_api(asked, name=known.name))
        except Refused as refused:
            return Redirect(_url(known), refused.problem.message, "bad")
        return Redirect(HERE, say(REMOVED).format(known.name))

    async def add_token(self, asked: Asked) -> Answer:
        """Make a token, which is shown on this one page."""
        form = asked.form()
        role, days = _role(form, "token_role"), form.text("days")
        if days and not (days.isascii() and days.isdigit() and len(days) < 6):
            form.wrong("days", DAYS_WRONG)
        if role is None or not form.good:
            return await self._list(asked, form)
        body = shapes.NewToken(label=form.text("label"), role=role, days=int(days) if days else None)
        try:
            made = await self.place.access.staff.add_token(self.place.of_api(asked, body))
        except Refused as refused:
            form.wrong(refused.problem.field or "label", refused.problem.message)
            return await self._list(asked, form)
        return page(asked, "token.html", mark("A new token"), lambda: {"made": made})

    async def remove_token(self, asked: Asked) -> Answer:
        """Remove a token."""
        await self.place.access.staff.remove_token(self.place.of_api(asked, name=asked.path["id"]))
        return Redirect(HERE, TOKEN_REMOVED)

    async def _list(self, asked: Asked, form: Form) -> Page:
        staff, given = self.place.access.staff, self.place.of_api(asked)
        accounts, tokens = (await staff.accounts(given)).accounts, (await staff.tokens(given)).tokens
        _usual(form)

        def values() -> dict[str, Any]:
            return {"accounts": accounts, "tokens": tokens, "roles": tuple(Role), "now": self.place.time()}

        return page(asked, "accounts.html", mark("Accounts"), values, form=form)

    def _one(self, asked: Asked, form: Form) -> Page:
        known = self._known(asked)
        session = caller_of(asked).session
        _usual(form)

        def values() -> dict[str, Any]:
            return {
                "title": known.name,
                "account": known,
                "mine": bool(session and session.account == known.key),
                "roles": tuple(Role),
                "url": _url(known),
                "list": HERE,
            }

        return page(asked, "account.html", "", values, form=form)

    def _known(self, asked: Asked) -> Account:
        found = self.place.access.people.account(asked.path["name"])
        if found is None:
            raise Problem(404, NO_SUCH)
        return found


def _role(form: Form, name: str) -> Role | None:
    """The role that a form names; where it names none, it says so."""
    found = next((role for role in Role if role.value == form.text(name)), None)
    if found is None:
        form.wrong(name, ROLE_NEEDED)
    return found


def _usual(form: Form) -> None:
    """What stands in the forms of a page beside the one that was sent; what is secret is never sent back."""
    for name in SECRETS:
        form.values.pop(name, None)
    for name, value in (("role", "viewer"), ("token_role", "readonly"), ("days", "365")):
        form.values.setdefault(name, value)


def _url(account: Account) -> str:
    return f"{HERE}/{quote(account.name, safe='')}"
