"""The page `Security` of a charger: how the central system lets it in, and the two changes that go over OCPP."""

from typing import Any, Final

from attrs import define

from edge_twisted.pages.answers import Answer, Asked, Page, Redirect, Route
from edge_twisted.pages.forms import Form
from edge_twisted.sandbox.central import rotation
from edge_twisted.sandbox.central.known import Known
from edge_twisted.sandbox.dashboard.charger import ChargerPages
from edge_twisted.sandbox.dashboard.entering import CHOICE_HINTS, read_account
from edge_twisted.sandbox.dashboard.unanswered import asked_of
from edge_twisted.sandbox.dashboard.words import SAVE
from edge_twisted.sandbox.dashboard.world import World, url_of
from edge_twisted.sandbox.security import CHOICES, Security

SAVED: Final = "Saved: “{}”. It holds from the charger's next connection on."
SAVED_CLOSED: Final = "Saved: “{}”. The charger's connection was closed, so that it holds at once."
ROTATED: Final = {
    "Accepted": "The charger took the new password. Only the new one is valid from now on.",
    "RebootRequired": "The charger takes the new password at its next restart. Until it shows it, both are valid.",
    "Rejected": "The charger rejected the new password. The old one stays valid.",
    "NotSupported": "The charger can't change its password over OCPP. The old one stays valid.",
}
RAISED: Final = {
    "Accepted": "The charger took security profile {}. Once it has connected with it, a lower one is refused.",
    "RebootRequired": "The charger takes security profile {} at its next restart.",
    "Rejected": "The charger rejected security profile {}. It may lack a password or a root certificate for it.",
    "NotSupported": "The charger does not know security profiles.",
}
PROFILES: Final = (
    ("1", "1: Basic authentication, not encrypted"),
    ("2", "2: TLS with Basic authentication"),
    ("3", "3: TLS with a client certificate"),
)
USUAL: Final = {"form": "hex", "profile": "2"}
FORMS: Final = (
    ("hex", "As OCPP 1.6 has it", "20 random bytes, sent as 40 hexadecimal digits."),
    ("text", "As OCPP 1.6 has it, in letters and digits", "20 of them, sent as hexadecimal digits."),
    ("verbatim", "As it is", "20 letters and digits, for chargers that know no hexadecimal."),
)


@define
class SecurityPages:
    """The page.

    Args:
        world: what is changed.
        pages: a charger's pages.
    """

    world: World
    pages: ChargerPages

    def routes(self) -> tuple[Route, ...]:
        """Its pages."""
        return (
            Route("GET", "/chargers/<string:id>/security", self.show),
            Route("POST", "/chargers/<string:id>/security", self.save),
            Route("POST", "/chargers/<string:id>/security/password", self.rotate),
            Route("POST", "/chargers/<string:id>/security/profile", self.raise_profile),
        )

    def show(self, asked: Asked) -> Page:
        """The form."""
        account = self.world.known(asked).account
        return self._page(asked, Form.of({"security": account.security.value if account else "none", **USUAL}))

    def save(self, asked: Asked) -> Answer:
        """Save changes."""
        known, form = self.world.known(asked), asked.form()
        account = read_account(form, known.account)
        if account is None:
            form.values |= USUAL
            return self._page(asked, form)
        close = form.on("close") and bool(known.online)
        self.world.save(known.identity, account, close=form.on("close"))
        words = CHOICES[account.security]
        return Redirect(url_of(known.identity, "security"), (SAVED_CLOSED if close else SAVED).format(words))

    async def rotate(self, asked: Asked) -> Answer:
        """Change the password over OCPP."""
        known = self.world.known(asked)
        entered = asked.form().text("form")
        form: rotation.Form = next((one for one in rotation.FORMS if one == entered), "hex")
        status, tone = await asked_of(self.world.central.rotate(known.identity, form), ROTATED)
        return Redirect(url_of(known.identity, "security"), status, tone)

    async def raise_profile(self, asked: Asked) -> Answer:
        """Raise the security profile."""
        known, entered = self.world.known(asked), asked.form().text("profile")
        profile = int(entered) if entered in ("1", "2", "3") else 2
        words = {name: text.format(profile) for name, text in RAISED.items()}
        status, tone = await asked_of(self.world.central.raise_profile(known.identity, profile), words)
        return Redirect(url_of(known.identity, "security"), status, tone)

    def _page(self, asked: Asked, form: Form) -> Page:
        def values(known: Known) -> dict[str, Any]:
            account = known.account
            held = account.credentials if account is not None else None
            return {
                "choices": CHOICE_HINTS,
                "basic": Security.BASIC_OVER_WSS.value,
                "save": SAVE,
                "user": held.user.decode("utf-8", "replace") if held else known.identity,
                "held": held is not None,
                "later": account is not None and account.later is not None,
                "raising": account.raising if account is not None else 0,
                "reached": account.reached if account is not None else 0,
                "profiles": PROFILES,
                "password_forms": FORMS,
            }

        return self.pages.page(asked, "security.html", "security", values, form=form)
