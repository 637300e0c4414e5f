"""The same in JSON: everything that the pages show and change, for programs."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import asdict, define, evolve
from twisted.internet.defer import Deferred

from edge_twisted.pages.answers import Asked, Data, Page, Problem, Route
from edge_twisted.pages.forms import Form
from edge_twisted.sandbox.central.asking import NotAnswered
from edge_twisted.sandbox.central.faults import FAULTS, Fault
from edge_twisted.sandbox.central.rotation import FORMS
from edge_twisted.sandbox.charger.charger import Charger
from edge_twisted.sandbox.dashboard import views
from edge_twisted.sandbox.dashboard.at_charger import connector_of, entered_access
from edge_twisted.sandbox.dashboard.entering import read_account
from edge_twisted.sandbox.dashboard.reading import one_of, read, refuse, reply, text, truth, whole
from edge_twisted.sandbox.dashboard.words import unanswered
from edge_twisted.sandbox.dashboard.world import BAD_IDENTITY, World, is_identity

ONE: Final = "/api/chargers/<string:id>"
SECURITY_FIELDS: Final = "security: none | none-over-wss | basic-over-wss, credentials: username:password, close"
CHARGER_FIELDS: Final = "endpoint, trust: nobody | system | PEM text, credentials: username:password or null"
UNANSWERED_STATUS: Final = {"offline": 409, "crowded": 429, "timeout": 504}


@define
class Api:
    """The routes under `/api/`.

    Args:
        world: what is shown and changed.
    """

    world: World

    def routes(self) -> tuple[Route, ...]:
        """All of them."""
        fault = ", ".join(("kind", *dict.fromkeys(one.name for kind in FAULTS.values() for one in kind.fields)))
        rows: tuple[tuple[Any, str, Callable[[Asked], Any], str, str], ...] = (
            ("GET", "/api/chargers", self.chargers, "All chargers.", ""),
            ("GET", ONE, self.charger, "One charger.", ""),
            ("DELETE", ONE, self.remove, "Remove a charger from the dashboard.", ""),
            ("PUT", f"{ONE}/security", self.security, "Set its security, also of a new charger.", SECURITY_FIELDS),
            ("POST", f"{ONE}/password", self.rotate, "Change the password over OCPP.", "form: hex | text | verbatim"),
            ("POST", f"{ONE}/profile", self.raise_profile, "Raise the security profile.", "profile: 1 | 2 | 3"),
            ("POST", f"{ONE}/ask", self.ask, "Ask it something, and wait for its answer.", "action, payload"),
            ("POST", f"{ONE}/disconnect", self.disconnect, "Close its connection.", "code: 1000 if left out"),
            ("GET", f"{ONE}/messages", self.messages, "Its last messages, oldest first.", ""),
            ("GET", f"{ONE}/ledger", self.ledger_of, "What became of its messages.", ""),
            ("GET", f"{ONE}/faults", self.faults, "Its own faults.", ""),
            ("POST", f"{ONE}/faults", self.start_fault, "Switch one of its faults on.", fault),
            ("DELETE", f"{ONE}/faults", self.clear_faults, "Switch all its faults off.", ""),
            ("DELETE", f"{ONE}/faults/<string:kind>", self.stop_fault, "Switch one of its faults off.", ""),
            ("GET", "/api/faults", self.faults, "The faults of all chargers.", ""),
            ("POST", "/api/faults", self.start_fault, "Switch a fault of all chargers on.", fault),
            ("DELETE", "/api/faults", self.clear_faults, "Switch the faults of all chargers off.", ""),
            ("DELETE", "/api/faults/<string:kind>", self.stop_fault, "Switch one of them off.", ""),
            ("GET", "/api/kinds", self.kinds, "All kinds of faults.", ""),
            ("GET", "/api/actions", self.actions, "What can be asked, with the JSON schema of each request.", ""),
            ("GET", "/api/ledger", self.ledger, "What became of all messages, and of each charger's.", ""),
            ("GET", "/api/fleet", self.fleet, "The simulated chargers, as they see themselves.", ""),
            ("GET", "/api/fleet/<string:id>", self.at_charger, "One of them.", ""),
            ("PUT", "/api/fleet/<string:id>", self.enter, "Enter something at the charger.", CHARGER_FIELDS),
            ("POST", "/api/fleet/<string:id>/plug-in", self.plug_in, "Plug in a car.", "connector, card"),
            ("POST", "/api/fleet/<string:id>/unplug", self.unplug, "Unplug it.", "connector"),
            ("POST", "/api/fleet/<string:id>/power-cycle", self.power_cycle, "Switch the charger off and on.", ""),
        )
        found = tuple(Route(way, path, handler, words, takes, "json") for way, path, handler, words, takes in rows)
        return (*found, Route("GET", "/api", lambda asked: self.documentation(found)))

    def documentation(self, routes: tuple[Route, ...]) -> Page:
        """The page that lists them."""
        shown = [(one.method, one.path.replace("<string:", "<"), one.words, one.takes) for one in routes]
        return Page("api.html", lambda: {"title": "API", "routes": shown})

    # --- chargers ----------------------------------------------------------------------------------------------------

    def chargers(self, asked: Asked) -> Data:
        """All chargers."""
        return reply({"chargers": [views.charger(known) for known in self.world.chargers()]})

    def charger(self, asked: Asked) -> Data:
        """One charger."""
        return reply(views.charger(self.world.known(asked)))

    def remove(self, asked: Asked) -> Data:
        """Remove a charger."""
        self.world.remove(self.world.known(asked).identity)
        return reply({})

    def security(self, asked: Asked) -> Data:
        """Set the security."""
        body = read(asked, "security", "credentials", "close")
        identity = asked.path["id"]
        if not is_identity(identity):
            raise Problem(422, BAD_IDENTITY, "identity")
        known = self.world.central.known(identity)
        form = Form.of({name: text(body, name) for name in ("security", "credentials")})
        account = read_account(form, known.account if known is not None else None)
        refuse(form)
        assert account is not None
        self.world.save(identity, account, close=truth(body, "close"))
        return reply(views.charger(self.world.known(asked)))

    async def rotate(self, asked: Asked) -> Data:
        """Change the password over OCPP."""
        form = one_of(read(asked, "form"), "form", FORMS)
        return await self._answer(self.world.central.rotate(self.world.known(asked).identity, form), "status")

    async def raise_profile(self, asked: Asked) -> Data:
        """Raise the security profile."""
        profile = whole(read(asked, "profile"), "profile", 2)
        if profile not in (1, 2, 3):
            raise Problem(422, "profile must be 1, 2 or 3.", "profile")
        asking = self.world.central.raise_profile(self.world.known(asked).identity, profile)
        return await self._answer(asking, "status")

    async def ask(self, asked: Asked) -> Data:
        """Ask something."""
        body, known = read(asked, "action", "payload"), self.world.known(asked)
        action, payload = text(body, "action"), body.get("payload", {})
        if action not in self.world.central.actions:
            raise Problem(422, "action must be one of those that /api/actions lists.", "action")
        if not isinstance(payload, dict):
            raise Problem(422, "payload must be an object.", "payload")
        return await self._answer(self.world.central.ask(known.identity, action, payload), "answer")

    def disconnect(self, asked: Asked) -> Data:
        """Close the connection."""
        code = whole(read(asked, "code"), "code", 1000)
        try:
            closed = self.world.central.disconnect(self.world.known(asked).identity, code)
        except ValueError as error:
            raise Problem(422, str(error), "code") from None
        return reply({"closed": closed})

    def messages(self, asked: Asked) -> Data:
        """The last messages."""
        return reply({"messages": [views.message(one) for one in self.world.known(asked).messages]})

    # --- faults ------------------------------------------------------------------------------------------------------

    def faults(self, asked: Asked) -> Data:
        """The faults that are switched on."""
        return reply({"faults": [fault.as_json() for fault in self.world.own_faults(self._whose(asked))]})

    def start_fault(self, asked: Asked) -> Data:
        """Switch one on."""
        identity, body = self._whose(asked), read(asked)
        try:
            self.world.central.faults.start(Fault.read(body), identity)
        except ValueError as error:
            field = next((name for name in body if str(error).startswith(name)), "kind")
            raise Problem(422, str(error), field) from None
        return self.faults(asked)

    def stop_fault(self, asked: Asked) -> Data:
        """Switch one off."""
        if asked.path["kind"] not in FAULTS:
            raise Problem(404, f"There is no fault “{asked.path['kind']}”; /api/kinds lists them.", "kind")
        self.world.central.faults.stop(asked.path["kind"], self._whose(asked))
        return self.faults(asked)

    def clear_faults(self, asked: Asked) -> Data:
        """Switch all off."""
        self.world.clear_faults(self._whose(asked))
        return self.faults(asked)

    def kinds(self, asked: Asked) -> Data:
        """All kinds."""
        told = {
            name: {"words": kind.words, "scope": kind.scope, "fields": [asdict(one) for one in kind.fields]}
            for name, kind in FAULTS.items()
        }
        return reply({"kinds": told})

    def actions(self, asked: Asked) -> Data:
        """What can be asked."""
        return reply({"actions": dict(self.world.central.actions)})

    # --- ledger and fleet --------------------------------------------------------------------------------------------

    def ledger(self, asked: Asked) -> Data:
        """What became of all messages."""
        ledger = self.world.the_ledger()
        each = {identity: views.report(ledger.report(identity)) for identity in ledger.identities}
        return reply({**views.report(ledger.report()), "chargers": each})

    def ledger_of(self, asked: Asked) -> Data:
        """What became of a charger's."""
        return reply(views.report(self.world.the_ledger().report(self.world.known(asked).identity)))

    def fleet(self, asked: Asked) -> Data:
        """The simulated chargers."""
        fleet = self.world.fleet
        return reply({"chargers": [views.simulated(one) for one in (fleet.chargers.values() if fleet else ())]})

    def at_charger(self, asked: Asked) -> Data:
        """One of them."""
        return reply(views.simulated(self.world.at_charger(asked)))

    def enter(self, asked: Asked) -> Data:
        """Enter something at it."""
        charger, body = self.world.at_charger(asked), read(asked, "endpoint", "trust", "credentials")
        access = charger.access
        values = {"endpoint": text(body, "endpoint") or access.endpoint, "trust": "keep", "shows": "keep"}
        if "trust" in body:
            trust = text(body, "trust")
            values |= {"trust": trust} if trust in ("nobody", "system") else {"trust": "root", "root": trust}
        if "credentials" in body:
            shown = body["credentials"] is not None
            values |= {"shows": "entered", "credentials": text(body, "credentials")} if shown else {"shows": "nothing"}
        form = Form.of(values)
        entered = entered_access(form, access)
        form.errors = {("trust" if name == "root" else name): why for name, why in form.errors.items()}
        refuse(form)
        charger.change(evolve(charger.settings, access=entered))
        return self.at_charger(asked)

    def plug_in(self, asked: Asked) -> Data:
        """A car comes."""
        charger, body = self.world.at_charger(asked), read(asked, "connector", "card")
        charger.plug_in(self._connector(charger, body), text(body, "card")[:20] or None)
        return self.at_charger(asked)

    def unplug(self, asked: Asked) -> Data:
        """It leaves."""
        charger = self.world.at_charger(asked)
        charger.unplug(self._connector(charger, read(asked, "connector")))
        return self.at_charger(asked)

    def power_cycle(self, asked: Asked) -> Data:
        """Switch it off and on."""
        self.world.at_charger(asked).power_cycle()
        return self.at_charger(asked)

    # --- the rest ----------------------------------------------------------------------------------------------------

    def _whose(self, asked: Asked) -> str | None:
        return self.world.known(asked).identity if "id" in asked.path else None

    def _connector(self, charger: Charger, body: Mapping[str, Any]) -> int:
        form = Form.of({"connector": whole(body, "connector", 1)})
        number = connector_of(form, charger.settings.connectors)
        refuse(form)
        return number

    async def _answer(self, asking: Deferred[Any], name: str) -> Data:
        try:
            return reply({name: await asking})
        except NotAnswered as failed:
            status = UNANSWERED_STATUS.get(failed.code, 502)
            raise Problem(status, unanswered(failed.code), more={"code": failed.code}) from None
