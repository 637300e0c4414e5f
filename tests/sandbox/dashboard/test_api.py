"""Tests of the JSON API: all that the pages can, with errors that name what is wrong."""

from twisted.python.failure import Failure

from edge_twisted.sandbox.central.asking import NotAnswered
from edge_twisted.sandbox.central.faults import FAULTS
from edge_twisted.sandbox.security import Account, Credentials, Security
from edge_twisted.sandbox.tls import NOBODY, SYSTEM
from tests.pages.browser import Told, parse
from tests.sandbox.dashboard.stage import BASIC, SECRET, DashboardCase, exchange

ONE = "/api/chargers/CP-1"


class ChargerTests(DashboardCase):
    """Chargers and their security."""

    def test_read(self) -> None:
        """A charger, and all of them: with whether a password is set, and not with the password."""
        self.online()
        told = self.browser.call("GET", ONE)
        self.assertEqual(told.headers["content-type"], "application/json")
        charger = told.json
        self.assertEqual(
            (charger["identity"], charger["state"], charger["security"]), ("CP-1", "Online", "basic-over-wss")
        )
        self.assertEqual((charger["user"], charger["password_set"]), ("CP-1", True))
        self.assertEqual(self.browser.call("GET", "/api/chargers").json, {"chargers": [charger]})
        self.assertNotIn(SECRET, told.text)

    def test_security(self) -> None:
        """It is set, also for a charger that was not there; an identity with a slash is one."""
        body = {"security": "basic-over-wss", "credentials": "me:pass:word"}
        told = self.browser.call("PUT", "/api/chargers/a%2Fb%20%25/security", body)
        self.assertEqual((told.status, told.json["identity"]), (200, "a/b %"))
        expected = Account(Security.BASIC_OVER_WSS, Credentials(b"me", b"pass:word"))
        self.assertEqual(self.central.accounts["a/b %"], expected)
        leg = self.online()
        self.assertEqual(self.browser.call("PUT", f"{ONE}/security", {"security": "none", "close": True}).status, 200)
        self.assertEqual(leg.left, [1000])

    def test_security_wrong(self) -> None:
        """What is wrong is named."""
        for body, field in (
            ({}, "security"),
            ({"security": "other"}, "security"),
            ({"security": 1}, "security"),
            ({"security": "basic-over-wss"}, "credentials"),
            ({"security": "basic-over-wss", "credentials": "x"}, "credentials"),
            ({"security": "none", "close": "yes"}, "close"),
            ({"security": "none", "secruity": "x"}, "secruity"),
        ):
            told = self.browser.call("PUT", f"{ONE}/security", body)
            self.assertEqual(self.refused(told), (422, field), body)
        for identity in ("%20" * 101, "x" * 101, "%0A"):
            told = self.browser.call("PUT", f"/api/chargers/{identity}/security", {"security": "none"})
            self.assertEqual(self.refused(told), (422, "identity"))
        self.assertEqual(dict(self.central.accounts), {})

    def test_bodies(self) -> None:
        """A body that is no JSON object, or too long, is refused."""
        self.known()
        for body, status in ((b"{", 400), (b"\xff", 400), (b"[]", 422), (b"[" * 60_000, 400), (b" " * 70_000, 413)):
            self.assertEqual(self.browser.ask("POST", f"{ONE}/ask", body).status, status, body[:9])

    def test_remove(self) -> None:
        """It is removed."""
        self.known()
        self.assertEqual(self.browser.call("DELETE", ONE).json, {})
        self.assertEqual(self.browser.call("GET", ONE).status, 404)

    def test_disconnect(self) -> None:
        """Its connection is closed with a code that may be sent."""
        leg = self.online()
        self.assertEqual(self.browser.call("POST", f"{ONE}/disconnect", {"code": 4001}).json, {"closed": True})
        self.assertEqual(leg.left, [4001])
        for code in (1005, 99, "x", True):
            told = self.browser.call("POST", f"{ONE}/disconnect", {"code": code})
            self.assertEqual(self.refused(told), (422, "code"))

    def test_messages(self) -> None:
        """Its last messages."""
        self.known().note(exchange("charger", "call", "1", "Heartbeat", '[2,"1","Heartbeat",{}]', "a finding"))
        [message] = self.browser.call("GET", f"{ONE}/messages").json["messages"]
        self.assertEqual((message["action"], message["findings"]), ("Heartbeat", ["a finding"]))


class AskTests(DashboardCase):
    """Requests to a charger."""

    def asked(self, path: str, body: object, answer: object) -> Told:
        """Ask, and let the charger answer."""
        import json

        leg = self.online()
        _, wire = self.browser.begin("POST", f"{ONE}/{path}", json.dumps(body).encode())
        self.request = leg.asked[0][:2]
        self.assertEqual(wire.value(), b"")
        leg.asked[0][2].callback(answer) if isinstance(answer, dict) else leg.asked[0][2].errback(Failure(answer))
        return parse(wire.value())

    def test_ask(self) -> None:
        """The answer is told; the payload goes as it is, since a wrong one may be what is wanted."""
        told = self.asked("ask", {"action": "Reset", "payload": {"type": "Wrong"}}, {"status": "Accepted"})
        self.assertEqual((told.status, told.json), (200, {"answer": {"status": "Accepted"}}))
        self.assertEqual(self.request, ("Reset", {"type": "Wrong"}))

    def test_unanswered(self) -> None:
        """Why there is none, as a status, a code and a sentence."""
        for code, status in (("offline", 409), ("crowded", 429), ("timeout", 504), ("NotSupported", 502)):
            told = self.asked("ask", {"action": "ClearCache"}, NotAnswered(code))
            self.assertEqual((told.status, told.json["code"]), (status, code))
            self.refused(told)

    def test_wrong(self) -> None:
        """What is wrong is named."""
        self.online()
        for body, field in (
            ({}, "action"),
            ({"action": "X"}, "action"),
            ({"action": "Reset", "payload": 1}, "payload"),
        ):
            self.assertEqual(self.refused(self.browser.call("POST", f"{ONE}/ask", body)), (422, field))
        self.assertEqual(self.refused(self.browser.call("POST", f"{ONE}/password", {"form": "x"})), (422, "form"))
        self.assertEqual(self.refused(self.browser.call("POST", f"{ONE}/profile", {"profile": 4})), (422, "profile"))

    def test_security(self) -> None:
        """Password and profile over OCPP."""
        told = self.asked("password", {}, {"status": "Rejected"})
        self.assertEqual(told.json, {"status": "Rejected"})
        self.assertEqual(self.asked("profile", {"profile": 2}, {"status": "Accepted"}).json, {"status": "Accepted"})
        self.assertEqual(self.request[1], {"key": "SecurityProfile", "value": "2"})
        self.assertEqual(self.central.accounts["CP-1"].credentials, BASIC.credentials)

    def test_actions(self) -> None:
        """All that can be asked, with its schema."""
        told = self.browser.call("GET", "/api/actions").json["actions"]
        self.assertEqual(told["Reset"]["required"], ["type"])


class FaultTests(DashboardCase):
    """Faults."""

    def test_faults(self) -> None:
        """They are switched on and off, for all and for one; the list is told each time."""
        self.known()
        for place in ("/api", ONE):
            fault = {"kind": "close", "code": 4000, "reason": "", "seconds": 0}
            self.assertEqual(self.browser.call("POST", f"{place}/faults", fault).json, {"faults": [fault]})
            self.assertEqual(self.browser.call("GET", f"{place}/faults").json, {"faults": [fault]})
            self.assertEqual(self.browser.call("DELETE", f"{place}/faults/close").json, {"faults": []})
            self.browser.call("POST", f"{place}/faults", {"kind": "garbage"})
            self.assertEqual(self.browser.call("DELETE", f"{place}/faults").json, {"faults": []})

    def test_wrong(self) -> None:
        """What is wrong is named."""
        self.known()
        for body, field in (
            ({}, "kind"),
            ({"kind": "x"}, "kind"),
            ({"kind": "close", "code": 1005}, "code"),
            ({"kind": "close", "colour": 1}, "colour"),
        ):
            self.assertEqual(self.refused(self.browser.call("POST", "/api/faults", body)), (422, field))
        told = self.browser.call("POST", f"{ONE}/faults", {"kind": "down"})
        self.assertEqual(self.refused(told)[0], 422)
        self.assertEqual(self.refused(self.browser.call("DELETE", "/api/faults/x")), (404, "kind"))

    def test_kinds(self) -> None:
        """All kinds, with their parameters."""
        told = self.browser.call("GET", "/api/kinds").json["kinds"]
        self.assertEqual(list(told), list(FAULTS))
        self.assertEqual(told["close"]["fields"][0]["name"], "code")


class FleetTests(DashboardCase):
    """The ledger and the simulated chargers."""

    def test_ledger(self) -> None:
        """What became of messages."""
        self.simulate()
        self.known()
        told = self.browser.call("GET", "/api/ledger").json
        self.assertTrue(told["clean"] and told["chargers"]["CP-1"]["clean"])
        self.assertEqual(self.browser.call("GET", f"{ONE}/ledger").json["up"]["sent"], 0)

    def test_fleet(self) -> None:
        """They are told, changed, and used."""
        self.simulate(connectors=2)
        charger, place = self.fleet.chargers["CP-1"], "/api/fleet/CP-1"
        [told] = self.browser.call("GET", "/api/fleet").json["chargers"]
        self.assertEqual((told["endpoint"], told["online"], told["roots"]), ("ws://localhost:9", False, []))
        self.assertEqual(self.browser.call("GET", place).json["identity"], "CP-1")
        told = self.browser.call("PUT", place, {"trust": "system", "credentials": "me:x", "endpoint": "wss://h"}).json
        self.assertEqual((told["endpoint"], told["shows_password"]), ("wss://h", True))
        self.assertEqual(charger.settings.access.trust, SYSTEM)
        self.assertEqual(self.browser.call("PUT", place, {"trust": "nobody", "credentials": None}).status, 200)
        access = charger.settings.access
        self.assertEqual((access.trust, access.credentials, access.endpoint), (NOBODY, None, "wss://h"))
        self.assertEqual(self.browser.call("POST", f"{place}/plug-in", {"connector": 2, "card": "C"}).status, 200)
        self.assertEqual(self.browser.call("POST", f"{place}/unplug", {"connector": 2}).status, 200)
        self.assertEqual(self.browser.call("POST", f"{place}/power-cycle").status, 200)

    def test_wrong(self) -> None:
        """What is wrong is named."""
        self.simulate()
        for body, field in (
            ({"endpoint": "x"}, "endpoint"),
            ({"trust": "x"}, "trust"),
            ({"credentials": "x"}, "credentials"),
        ):
            self.assertEqual(self.refused(self.browser.call("PUT", "/api/fleet/CP-1", body)), (422, field))
        told = self.browser.call("POST", "/api/fleet/CP-1/plug-in", {"connector": 2})
        self.assertEqual(self.refused(told), (422, "connector"))
        self.assertEqual(self.browser.call("GET", "/api/fleet/CP-9").status, 404)

    def test_documentation(self) -> None:
        """The page lists every address."""
        text = self.page("/api").replace("<wbr>", "").replace("&lt;", "<").replace("&gt;", ">")
        for route in self.routes():
            if route.kind == "json":
                self.assertIn(f"<code>{route.path.replace('string:', '')}</code>", text)
