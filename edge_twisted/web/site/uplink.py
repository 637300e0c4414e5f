"""The page `Uplink interface`: endpoint and password of one charger's uplink, a test of them, and its certificates."""

from collections.abc import Mapping
from typing import Any, Final

from attrs import define
from markupsafe import Markup

from edge_twisted.core.policy import usual_dial
from edge_twisted.core.record import Record
from edge_twisted.core.roles import Role
from edge_twisted.pages.answers import Answer, Asked, Page, Redirect, Route
from edge_twisted.pages.forms import Form
from edge_twisted.pages.text import date
from edge_twisted.store.errors import StoreError
from edge_twisted.web import shapes
from edge_twisted.web.refusing import Refused
from edge_twisted.web.site.charger_frame import ChargerFrame
from edge_twisted.web.site.place import Door, Place, caller_of
from edge_twisted.web.site.settings import TAB, UPLINK, around, identity_of
from edge_twisted.web.site.uplink_form import compare, fresh_form, put_beside, read_answer, read_change, without_secrets
from edge_twisted.web.views import shown_from_now
from edge_twisted.words import speech
from edge_twisted.words.language import mark, say

CHANGES: Final = 20
"""Of the charger's settings, that the page tells of."""
ENTRIES: Final = 1000
"""Of the journal, among which these are looked for."""
SAVED: Final = mark("Saved, and in force: it is used when the charger comes next.")
SAVED_CLOSED: Final = mark(
    "Saved, and in force: the charger's connection was closed, so that it comes back by itself over the new uplink."
)
SAVED_STANDS: Final = mark(
    "Saved, and in force. The charger's connection stands, since nothing about it had to change."
)
NOTHING: Final = mark("Nothing was changed: this is how it is set already.")
ANSWER: Final = {"shows": "answer", "confirm": "answer_confirm", "confirm_address": "confirm_address"}
"""The names that the question's fields have where it stands a second time on the page."""
TRUST_SAVED: Final = mark("Saved, and in force: only these root certificates count for this charger's uplink.")
TRUST_BACK: Final = mark(
    "Saved, and in force: the root certificates of the system and of Edge's configuration count again."
)
ANSWERED: Final = mark("Saved, and in force: this is what the charger itself has to show from now on.")


@define
class UplinkPages:
    """The page, and what its forms do.

    Args:
        place: what every room gets.
    """

    place: Place

    def routes(self) -> tuple[Door, ...]:
        """The ways in."""
        path = "/chargers/<string:id>" + UPLINK
        return (
            Door(Route("GET", path, self.show), Role.READONLY),
            Door(Route("POST", path, self.save), Role.MAINTAINER),
            Door(Route("POST", path + "/answer", self.answer), Role.MAINTAINER),
            Door(Route("POST", path + "/detected", self.back_to_detected), Role.MAINTAINER),
            Door(Route("POST", path + "/trust", self.upload), Role.ADMIN),
            Door(Route("POST", path + "/trust/back", self.back_to_system), Role.MAINTAINER),
        )

    async def show(self, asked: Asked) -> Page:
        """The page before anybody touched it."""
        return await self._page(asked, self._fresh(self._record(asked)))

    async def save(self, asked: Asked) -> Answer:
        """Save what was entered, or try it without saving."""
        identity, form = identity_of(self.place, asked), asked.form()
        if form.text("do") == "test":
            return await self._test(asked, identity, form)
        record = self._record(asked)
        compare(form, record)
        change = read_change(form, shapes.UplinkChange(), self.place.views.choices(record))
        if not form.good:
            return await self._page(asked, form)
        return await self._set(asked, identity, change, form)

    async def _set(self, asked: Asked, identity: bytes, change: shapes.UplinkChange, form: Form) -> Answer:
        caller, office = caller_of(asked), self.place.office
        before = self.place.views.charger(identity)
        try:
            was, will_be = office.would_be(identity, change, caller.role or Role.VIEWER)
            await office.set_uplink(identity, change, caller.by, caller.role or Role.VIEWER)
        except Refused as refused:
            put_beside(form, refused)
            return await self._page(asked, form)
        after = self.place.views.charger(identity)
        if was == will_be:
            return Redirect(self._url(asked), NOTHING, "info")
        if before.session is None:
            return Redirect(self._url(asked), SAVED)
        same = after.session is not None and after.session.name == before.session.name
        return Redirect(self._url(asked), SAVED_STANDS if same else SAVED_CLOSED)

    async def _test(self, asked: Asked, identity: bytes, form: Form) -> Page:
        caller, choices = caller_of(asked), self.place.views.choices(self._record(asked))
        change = read_change(form, shapes.TestRequest(replace_live=form.on("replace_live")), choices, asks=False)
        told = None
        if form.good:
            try:
                told = await self.place.office.test(identity, change, caller.role or Role.VIEWER)
            except Refused as refused:
                put_beside(form, refused)
        return await self._page(asked, form, told)

    async def answer(self, asked: Asked) -> Answer:
        """Answer anew what the charger itself will show, for the password that is entered already."""
        identity, caller, sent = identity_of(self.place, asked), caller_of(asked), asked.form()
        record, change = self._record(asked), shapes.UplinkChange()
        form = Form({name: sent.values[field] for name, field in ANSWER.items() if field in sent.values})
        read_answer(form, change, self.place.views.choices(record))
        try:
            if form.good:
                await self.place.office.set_uplink(identity, change, caller.by, caller.role or Role.VIEWER)
                return Redirect(self._url(asked), ANSWERED)
        except Refused as refused:
            put_beside(form, refused)
        shown = self._fresh(record)
        shown.values |= sent.values
        shown.errors |= {ANSWER.get(name, name): why for name, why in form.errors.items()}
        return await self._page(asked, shown)

    async def back_to_detected(self, asked: Asked) -> Answer:
        """Take back what was entered by hand: Edge detects endpoint and password by itself."""
        identity = identity_of(self.place, asked)
        change = shapes.UplinkChange(endpoint=None, clear_secret=True)
        return await self._set(asked, identity, change, Form())

    # --- root certificates -------------------------------------------------------------------------------------------

    async def upload(self, asked: Asked) -> Answer:
        """Take root certificates for this uplink."""
        form = asked.form()
        change = shapes.TrustChange(pem=form.text("pem"), cn_fallback=form.on("cn_fallback"))
        try:
            await self._set_trust(asked, change)
        except Refused as refused:
            shown = self._fresh(self._record(asked))
            shown.values |= {"pem": form.text("pem") if refused.problem.error != "root-key" else ""}
            if change.cn_fallback:
                shown.values["cn_fallback"] = "on"
            put_beside(shown, refused)
            return await self._page(asked, shown)
        return Redirect(self._url(asked), TRUST_SAVED)

    async def back_to_system(self, asked: Asked) -> Answer:
        """Let the roots of the configuration count again."""
        await self._set_trust(asked, shapes.TrustChange(pem=None))
        return Redirect(self._url(asked), TRUST_BACK)

    async def _set_trust(self, asked: Asked, change: shapes.TrustChange) -> None:
        caller = caller_of(asked)
        identity = identity_of(self.place, asked)
        await self.place.office.set_trust(identity, change, caller.by, caller.role or Role.VIEWER)

    # --- the page ----------------------------------------------------------------------------------------------------

    async def _page(self, asked: Asked, form: Form, told: shapes.TestResult | None = None) -> Page:
        identity = identity_of(self.place, asked)
        form = without_secrets(form)
        changes = await self._changes(asked)

        def values(charger: shapes.Charger) -> Mapping[str, Any]:
            record, rules = self._record(asked), self.place.desk.rules
            choices = [choice for choice in self.place.views.choices(record) if choice.usable]
            return {
                **around(charger, UPLINK),
                "usual": str(usual_dial(rules, record).endpoint),
                "configured": (str(rules.wss), str(rules.ws)),
                "by_hand": bool(charger.endpoint or charger.secret),
                "options": [(one.value, one.sentence, _seen(one)) for one in choices],
                "answered": speech.shows(charger.secret.shows) if charger.secret else "",
                "confirm": next((choice.address for choice in choices if choice.confirm), None),
                "again": form.on("again"),
                "charging": charger.session is not None and self.place.views.is_charging(identity),
                "told": told,
                "changes": changes,
                "approves": rules.approve,
                "moved_to": _moved_to(charger),
                "uplink": f"/chargers/{charger.id}{UPLINK}",
            }

        return ChargerFrame(self.place).page(asked, "uplink.html", TAB, values, ("now",), form=form)

    async def _changes(self, asked: Asked) -> list[shapes.Happening] | None:
        """Who changed what, newest first; None where the journal can't be read."""
        try:
            found = await self.place.events.read(0, ENTRIES, asked.path["id"])
        except (StoreError, Refused):
            return None
        return [one for one in reversed(found.events) if one.code == "edited"][:CHANGES]

    def _fresh(self, record: Record) -> Form:
        form = fresh_form(record, self.place.views.choices(record))
        if record.entered:
            form.values["answer"] = shown_from_now(record)
        return form

    def _record(self, asked: Asked) -> Record:
        return self.place.desk.record(identity_of(self.place, asked))

    def _url(self, asked: Asked) -> str:
        return f"/chargers/{asked.path['id']}{UPLINK}"


def _seen(choice: shapes.Choice) -> str:
    """When and from where the charger was seen that an answer is about."""
    if choice.at:
        return Markup(say("Seen {time} from {address}.")).format(time=date(choice.at), address=choice.address)  # noqa: S704 - our own text
    return say("Its address: {address}.").format(address=choice.address) if choice.address else ""


def _moved_to(charger: shapes.Charger) -> str:
    """From where a charger without a password tries, if that is not its place; or nothing."""
    attempt = charger.last_attempt
    bound = charger.secret is not None and charger.secret.shows == "nothing"
    return attempt.address if attempt and bound and attempt.cause == "moved" else ""
