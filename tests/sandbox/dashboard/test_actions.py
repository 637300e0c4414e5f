"""Tests of the actions: each has a form made from its schema, which is read, judged and sent."""

import json
from urllib.parse import urlencode

from twisted.python.failure import Failure

from edge_twisted.pages.forms import Form
from edge_twisted.sandbox.central.asking import NotAnswered
from edge_twisted.sandbox.central.known import Transaction
from edge_twisted.sandbox.central.schemas import central_actions, request_findings
from edge_twisted.sandbox.dashboard.schema import inputs_of, payload_of
from edge_twisted.sandbox.dashboard.words import ACTIONS
from tests.sandbox.dashboard.stage import NOW, DashboardCase

EXAMPLES = {
    "choice": lambda one: one.choices[0],
    "whole": lambda one: "1",
    "number": lambda one: "16.5",
    "truth": lambda one: "true",
    "moment": lambda one: "2026-01-31T12:00:00Z",
    "text": lambda one: "x",
    "long": lambda one: "x",
    "lines": lambda one: "a\nb",
    "json": lambda one: one.example,
}


class SchemaTests(DashboardCase):
    """Forms and payloads."""

    def payload(self, action: str, **entered: str) -> tuple[dict[str, object], dict[str, str]]:
        """What is made of what was entered, and what is wrong with it."""
        form = Form.of(entered)
        return payload_of(action, inputs_of(central_actions()[action]), form), form.errors

    def test_all(self) -> None:
        """For every action the form can be filled in so that the schema has nothing against it, examples included."""
        self.assertEqual(set(ACTIONS), set(central_actions()))
        for action, schema in central_actions().items():
            inputs = inputs_of(schema)
            self.assertEqual({one.name for one in inputs}, set(schema.get("properties", {})))
            for chosen in (inputs, [one for one in inputs if one.required]):
                entered = {one.name: EXAMPLES[one.kind](one) for one in chosen}
                payload, errors = self.payload(action, **entered)
                if action not in ("GetDiagnostics", "UpdateFirmware"):
                    self.assertEqual(errors, {}, action)
                self.assertEqual(request_findings(action, payload), (), action)

    def test_values(self) -> None:
        """What is entered becomes what JSON means by it; what is left empty is left out."""
        payload, errors = self.payload("GetConfiguration", key=" A \n\n B ")
        self.assertEqual((payload, errors), ({"key": ["A", "B"]}, {}))
        self.assertEqual(self.payload("GetConfiguration", key="  ")[0], {})
        payload, _ = self.payload("RemoteStartTransaction", idTag="X", connectorId=" -1 ")
        self.assertEqual(payload, {"idTag": "X", "connectorId": -1})

    def test_wrong(self) -> None:
        """What is wrong is said at its field, also what is wrong deep in its JSON."""
        profile = inputs_of(central_actions()["SetChargingProfile"])[1].example
        deep = json.loads(profile)
        deep["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] = "much"
        for action, entered, name in (
            ("Reset", {}, "type"),
            ("Reset", {"type": "Maybe"}, "type"),
            ("RemoteStartTransaction", {"idTag": "x" * 21}, "idTag"),
            ("RemoteStartTransaction", {"idTag": "x", "connectorId": "one"}, "connectorId"),
            ("RemoteStartTransaction", {"idTag": "x", "connectorId": "9" * 5000}, "connectorId"),
            ("RemoteStartTransaction", {"idTag": "x", "chargingProfile": "{"}, "chargingProfile"),
            ("RemoteStartTransaction", {"idTag": "x", "chargingProfile": "[" * 30_000}, "chargingProfile"),
            ("RemoteStartTransaction", {"idTag": "x", "chargingProfile": "1"}, "chargingProfile"),
            ("SetChargingProfile", {"connectorId": "1", "csChargingProfiles": json.dumps(deep)}, "csChargingProfiles"),
            (
                "ReserveNow",
                {"connectorId": "1", "idTag": "x", "reservationId": "1", "expiryDate": "soon"},
                "expiryDate",
            ),
            ("GetConfiguration", {"key": "x" * 51}, "key"),
        ):
            self.assertEqual(list(self.payload(action, **entered)[1]), [name], (action, entered))


class ActionsTests(DashboardCase):
    """The pages."""

    def begin(self, action: str, **fields: str) -> None:
        """Send a form, and don't wait."""
        _, self.wire = self.browser.begin(
            "POST",
            f"/chargers/CP-1/actions/{action}",
            urlencode(fields).encode(),
            Content_Type="application/x-www-form-urlencoded",
        )

    def followed(self) -> str:
        """The page that follows."""
        head = self.wire.value().decode()
        return self.page(
            next(line.split(": ")[1] for line in head.split("\r\n") if line.lower().startswith("location"))
        )

    def test_buttons(self) -> None:
        """Every action is a button that leads to a form."""
        self.online()
        text = self.page("/chargers/CP-1/actions")
        for action in central_actions():
            self.assertIn(f'href="/chargers/CP-1/actions/{action}"', text)
            self.assertIn(f">Send {action}<", self.page(f"/chargers/CP-1/actions/{action}"))
        self.assertEqual(self.browser.get("/chargers/CP-1/actions/Nonsense").status, 404)

    def test_prefilled(self) -> None:
        """What is most likely meant stands in the form, such as the session that runs."""
        self.online()
        self.known().transactions = {
            6: Transaction(6, 1, "X", NOW, 0, 0.0, NOW),
            7: Transaction(7, 1, "X", NOW, 0, 0.0),
        }
        self.assertIn(
            'name="transactionId" type="text" value="7"', self.page("/chargers/CP-1/actions/RemoteStopTransaction")
        )

    def test_asked(self) -> None:
        """What is entered goes to the charger; its answer follows, above its messages."""
        leg = self.online()
        self.begin("RemoteStartTransaction", idTag="CARD", connectorId="2", chargingProfile="")
        action, payload, answer = leg.asked[0]
        self.assertEqual((action, payload), ("RemoteStartTransaction", {"idTag": "CARD", "connectorId": 2}))
        answer.callback({"status": "Accepted"})
        text = self.followed()
        self.assertIn("the charger answered “Accepted”", text)
        self.assertIn('aria-current="page">Messages', text)

    def test_rejected(self) -> None:
        """A refusal shows as one."""
        for status in ("Rejected", "NotSupported", "UnknownMessageId", "Occupied", "Failed"):
            leg = self.online()
            self.begin("ClearCache")
            leg.asked[0][2].callback({"status": status})
            self.assertIn('class="notice bad"', self.followed())

    def test_unanswered(self) -> None:
        """No answer: why, in words, above the form."""
        for code, words in (
            ("timeout", "did not answer in time"),
            ("crowded", "Too many requests"),
            ("offline", "is offline"),
            ("NotSupported", "error NotSupported"),
        ):
            leg = self.online()
            self.begin("ClearCache")
            leg.asked[0][2].errback(Failure(NotAnswered(code)))
            self.assertIn(words, self.followed())

    def test_wrong(self) -> None:
        """What is wrong is not sent; what was entered stays."""
        leg = self.online()
        text = self.wrong("/chargers/CP-1/actions/RemoteStartTransaction", idTag="<" * 21, connectorId="x")
        self.assertIn("&lt;" * 21, text)
        self.assertIn('id="e-connectorId"', text)
        self.assertEqual(leg.asked, [])

    def test_gone(self) -> None:
        """A browser that leaves before the answer harms nothing."""
        from twisted.internet.error import ConnectionDone

        leg = self.online()
        channel, wire = self.browser.begin("POST", "/chargers/CP-1/actions/ClearCache")
        channel.connectionLost(Failure(ConnectionDone()))
        leg.asked[0][2].callback({"status": "Accepted"})
        self.assertEqual(self.flushLoggedErrors(), [])
