"""A simulated charger as its installer sees it, standing in front of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from attrs import define, evolve
from cryptography.x509 import load_pem_x509_certificates

from edge_twisted.pages.answers import Answer, Asked, Page, Redirect, Route
from edge_twisted.pages.forms import Form
from edge_twisted.sandbox.central.known import Known
from edge_twisted.sandbox.charger.charger import Charger
from edge_twisted.sandbox.charger.settings import Access
from edge_twisted.sandbox.dashboard.actions import CARD
from edge_twisted.sandbox.dashboard.charger import ChargerPages
from edge_twisted.sandbox.dashboard.entering import credentials_of, wrong_with
from edge_twisted.sandbox.dashboard.words import failure
from edge_twisted.sandbox.dashboard.world import World, url_of
from edge_twisted.sandbox.tls import NOBODY, SYSTEM, Trust

EVERY_SECONDS: Final = 1.0
"""Nobody tells what happens inside a simulated charger, so the page looks by itself."""
KEEP: Final = ("keep", "Leave as it is", "")
TRUSTS: Final = (
    ("nobody", "No root certificate at all", ""),
    ("system", "The usual public ones", ""),
    ("root", "The root certificate below", ""),
)
SHOWS: Final = (("keep", "Leave as it is"), ("nothing", "Show none"), ("entered", "Show the one below"))
BAD_ENDPOINT: Final = "Enter ws:// or wss://, a host and a port, such as wss://localhost:8443, without the identity."
BAD_ROOT: Final = "This is no PEM certificate: it begins with -----BEGIN CERTIFICATE-----."
SAVED: Final = "Entered at {}. It connects anew."
PLUGGED: Final = "A car is plugged in at connector {}."
UNPLUGGED: Final = "The car at connector {} is unplugged."
CYCLED: Final = "{} was switched off and on."
NO_FILE: Final = "The file {} can't be read now. Check that the program that writes it runs."
NO_CONNECTOR: Final = "It has {} connectors: enter a number from 1 to {}."


@define
class AtCharger:
    """The page.

    Args:
        world: where the charger is.
        pages: a charger's pages.
    """

    world: World
    pages: ChargerPages

    def routes(self) -> tuple[Route, ...]:
        """Its pages."""
        each = "/chargers/<string:id>/at-the-charger"
        return (
            Route("GET", each, self.show),
            Route("POST", each, self.enter),
            Route("POST", f"{each}/plug-in", self.plug_in),
            Route("POST", f"{each}/unplug", self.unplug),
            Route("POST", f"{each}/power-cycle", self.power_cycle),
        )

    def show(self, asked: Asked) -> Page:
        """What it shows, and the form."""
        access = self.world.at_charger(asked).access
        entered = {"endpoint": access.endpoint, "trust": "keep", "shows": "keep", "card": CARD}
        return self._page(asked, Form.of(entered))

    def enter(self, asked: Asked) -> Answer:
        """Enter what an installer enters."""
        charger, form = self.world.at_charger(asked), asked.form()
        install_known(form, self.world.roots)
        access = entered_access(form, charger.access)
        if not form.good:
            return self._page(asked, form)
        charger.change(evolve(charger.settings, access=access))
        return self._back(charger, SAVED.format(charger.identity))

    def plug_in(self, asked: Asked) -> Answer:
        """A car comes."""
        charger, form = self.world.at_charger(asked), asked.form()
        number = connector_of(form, charger.settings.connectors)
        if not form.good:
            return self._back(charger, form.errors["connector"], "bad")
        charger.plug_in(number, form.text("card")[:20] or None)
        return self._back(charger, PLUGGED.format(number))

    def unplug(self, asked: Asked) -> Answer:
        """It leaves."""
        charger, form = self.world.at_charger(asked), asked.form()
        number = connector_of(form, charger.settings.connectors)
        if not form.good:
            return self._back(charger, form.errors["connector"], "bad")
        charger.unplug(number)
        return self._back(charger, UNPLUGGED.format(number))

    def power_cycle(self, asked: Asked) -> Answer:
        """Switch it off and on."""
        charger = self.world.at_charger(asked)
        charger.power_cycle()
        return self._back(charger, CYCLED.format(charger.identity))

    def _known_roots(self) -> list[tuple[str, str, str]]:
        roots = enumerate(self.world.roots.items())
        return [(f"root-{number}", f"The root certificate of {name}", str(path)) for number, (name, path) in roots]

    def _back(self, charger: Charger, text: str, tone: Any = "good") -> Redirect:
        return Redirect(url_of(charger.identity, "at-the-charger"), text, tone)

    def _page(self, asked: Asked, form: Form) -> Page:
        self.world.at_charger(asked)

        def values(known: Known) -> Mapping[str, Any]:
            charger = self.world.at_charger(asked)
            return {
                "own": charger.state,
                "failure": failure(charger.state.failure),
                "access": charger.access,
                "connectors": [
                    (str(number), f"Connector {number}: {status}")
                    for number, status in enumerate(charger.state.connectors, 1)
                ],
                "charging": ["not numbered yet" if one < 0 else str(one) for one in charger.state.transactions],
                "trusts": [KEEP, *self._known_roots(), *TRUSTS],
                "shows": [(value, words, "") for value, words in SHOWS],
            }

        return self.pages.page(
            asked, "at-the-charger.html", "at-the-charger", values, parts=("own",), form=form, every=EVERY_SECONDS
        )


def install_known(form: Form, roots: Mapping[str, Path]) -> None:
    """Where one of the known root certificates was chosen, enter that; what is wrong is said in the form.

    Args:
        form: what was entered.
        roots: PEM files by the name of whose they are.
    """
    for number, path in enumerate(roots.values()):
        if form.text("trust") == f"root-{number}":
            try:
                form.values |= {"trust": "root", "root": path.read_text("ascii")}
            except (OSError, ValueError):
                form.wrong("trust", NO_FILE.format(path))


def entered_access(form: Form, access: Access) -> Access:
    """Read endpoint, trust and credentials; what is wrong is said in the form.

    Args:
        form: what was entered.
        access: what holds so far.

    Returns:
        What holds now.
    """
    endpoint = form.text("endpoint")
    if not is_endpoint(endpoint):
        form.wrong("endpoint", BAD_ENDPOINT)
    trust: Trust = access.trust
    match form.text("trust"):
        case "nobody":
            trust = NOBODY
        case "system":
            trust = SYSTEM
        case "root":
            pem = form.text("root")
            if not is_pem(pem):
                form.wrong("root", BAD_ROOT)
            trust = Trust(roots=(pem + "\n",))
    credentials = access.credentials
    match form.text("shows"):
        case "nothing":
            credentials = None
        case "entered":
            entered = form.text("credentials")
            why = wrong_with(entered)
            if why:
                form.wrong("credentials", why)
            else:
                credentials = credentials_of(entered)
    return evolve(access, endpoint=endpoint, trust=trust, credentials=credentials) if form.good else access


def is_endpoint(text: str) -> bool:
    """Whether a charger can go there."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    plain = not parts.query and not parts.fragment and "@" not in parts.netloc and text.isascii() and text.isprintable()
    return parts.scheme in ("ws", "wss") and bool(parts.hostname) and plain and port != 0 and " " not in text


def is_pem(text: str) -> bool:
    """Whether it is one certificate or several, as PEM."""
    try:
        return bool(load_pem_x509_certificates(text.encode()))
    except ValueError:
        return False


def connector_of(form: Form, connectors: int) -> int:
    """Read the number of a connector; what is wrong is said in the form."""
    entered = form.text("connector") or "1"
    if entered.isdecimal() and len(entered) < 4 and 1 <= int(entered) <= connectors:
        return int(entered)
    form.wrong("connector", NO_CONNECTOR.format(connectors, connectors))
    return 0
