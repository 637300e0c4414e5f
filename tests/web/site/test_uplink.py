"""Tests of `edge_twisted.web.site.uplink`, `uplink_form`, `uplink_acts` and `settings`: the pages of one uplink."""

import base64
import re
from html import unescape
from typing import Any, Final

from attrs import evolve

from edge_twisted.core.endpoint import Trust
from edge_twisted.core.policy import Refusal
from edge_twisted.core.record import Binding
from edge_twisted.core.roles import Role
from edge_twisted.core.steps import Answered, End
from edge_twisted.store.errors import StoreError
from edge_twisted.web import message_shapes
from edge_twisted.web.routes import ACTIONS
from edge_twisted.words import en
from tests.certificates import Root
from tests.scene import HERE, THERE, WSS, at_door, entered, record_of
from tests.web.asked import CP001, OWN, SECRET, Told
from tests.web.site.rooms import RoomCase, text_of

PATH: Final = f"/chargers/{CP001}/settings/network/uplink"
TEXT: Final = SECRET.decode()
M: Final = Role.MAINTAINER
HOSTILE: Final = '"><script>alert(1)</script>'


class UplinkCase(RoomCase):
    """What the tests share."""

    def save(self, who: Role = M, /, **fields: str) -> Told:
        """Save what was entered."""
        sent: dict[str, Any] = {"way": "keep", "endpoint": "", "do": "save", **fields}
        return self.submit(PATH, who, **sent)

    def try_out(self, who: Role = M, /, **fields: str) -> Told:
        """Test it."""
        return self.save(who, **{**fields, "do": "test"})

    def error(self, told: Told, field: str) -> str:
        """What stands beside a field."""
        self.assertEqual(told.status, 422, told.data)
        found = re.search(rf'id="e-{field}">.*?<span>(.*?)</span>', told.data.decode(), re.DOTALL)
        assert found, f"nothing beside {field}: {text_of(told)}"
        return unescape(found[1])

    def said(self, told: Told, who: Role = M) -> str:
        """The page after a change."""
        return text_of(self.follow(told, who))


class WayTests(UplinkCase):
    """From the live view to the page."""

    def test_way(self) -> None:
        """Settings leads to Network interfaces, that to Uplink interface; each names the pages above it."""
        self.absent_charger(None)
        base = f"/chargers/{CP001}"
        pages = {
            "/settings": ("Network interfaces", f'href="{base}/settings/network"'),
            "/settings/network": ("Uplink interface", f'href="{base}/settings/network/uplink"'),
            "/settings/network/uplink": ("Endpoint and password", f'href="{base}/settings/network"'),
        }
        for path, (words, link) in pages.items():
            told = self.open(base + path, Role.READONLY)
            self.assertEqual(told.status, 200)
            self.assertIn(words, text_of(told))
            self.assertIn(link, told.data.decode())
            self.assertNotIn(b"CP001", told.data)
            self.assertEqual(self.open(base + path, Role.VIEWER).status, 403)
            self.assertEqual(self.open(f"/chargers/{'0' * 16}{path}").status, 404)

    def test_network(self) -> None:
        """Network interfaces tells of both sides, also while a session stands."""
        self.known_charger(secure=True)
        told = text_of(self.open(f"/chargers/{CP001}/settings/network"))
        for words in ("From Edge to the central system.", str(WSS), "WSS encrypted", HERE, "off: ws and wss are taken"):
            self.assertIn(words, told)


class SaveTests(UplinkCase):
    """Endpoint and password."""

    def test_endpoint(self) -> None:
        """The seed's step: Endpoint set to wss and saved; it is in force at once, and the page says so."""
        name = self.known_charger(None)
        told = self.save(endpoint="wss://WSS.evc-net.com/")
        self.assertIn("the charger's connection was closed", self.said(told))
        self.assertEqual((self.known().endpoint, self.line.closed), (WSS, [(name, "changed")]))
        self.assertEqual(self.edits(), [("endpoint", "account:mira", "", str(WSS))])
        self.assertIn("Nothing was changed", self.said(self.save(endpoint=str(WSS))))
        self.assertIn("Saved, and in force", self.said(self.save(endpoint="")))
        self.assertIsNone(self.known().endpoint)

    def test_stands(self) -> None:
        """An endpoint to which the uplink goes already closes nothing, and the page says that."""
        self.known_charger()
        self.assertIn("connection stands", self.said(self.save(endpoint=str(WSS))))

    def test_wrong_endpoint(self) -> None:
        """What can't be an endpoint is told beside the field, which keeps what was entered; nothing is saved."""
        self.absent_charger()
        for text, code in (("http://x", "scheme"), ("wss://u@x", "user"), ("wss://x/CP001", "identity")):
            told = self.save(endpoint=text)
            self.assertEqual(self.error(told, "endpoint"), en.ENDPOINT[code] + ".")
            self.assertIn(f'value="{text}"', told.data.decode())
        self.assertEqual(
            self.error(self.save(endpoint="ws://ws.evc-net.com"), "endpoint"), en.ENTRY["plain-secret"] + "."
        )
        self.assertIn("administrator", self.error(self.save(endpoint="wss://other.example"), "endpoint"))
        self.assertNotIn(b"<script>alert", self.save(endpoint=HOSTILE).data)
        self.assertEqual(self.edits(), [])
        self.assertEqual(self.save(Role.ADMIN, endpoint="wss://other.example").status, 303)

    def test_two_at_once(self) -> None:
        """Whose page is older than another's change is told so, and nothing is changed: neither that endpoint taken
        back, nor a password entered for another host than the one on the page."""
        self.absent_charger(None)
        was = re.search(r'name="endpoint_was" value="(.*?)"', self.open(PATH, M).data.decode())
        assert was
        self.assertEqual(self.save(Role.ADMIN, endpoint="wss://other.example").status, 303)
        old = {"endpoint_was": was[1], "way": "password", "password": TEXT, "shows": "same"}
        told = self.save(Role.ADMIN, **old)
        self.assertIn("it is wss://other.example now", self.error(told, "endpoint"))
        for name in ("endpoint", "endpoint_was"):
            self.assertRegex(told.data.decode(), f'name="{name}"[^>]* value="wss://other.example"')
        told = self.save(Role.ADMIN, **old, endpoint=str(WSS))
        self.assertRegex(told.data.decode(), f'name="endpoint"[^>]* value="{WSS}"')  # what was entered stays
        self.assertEqual((str(self.known().endpoint), self.known().entered), ("wss://other.example", None))
        self.assertEqual(self.save(Role.ADMIN, **{**old, "endpoint_was": "wss://other.example"}).status, 303)
        told = self.save(endpoint_was="wss://other.example", endpoint=str(WSS))
        self.assertIn("Edge detects it now", self.error(told, "endpoint"))
        self.assertEqual(self.save(endpoint_was=str(WSS), endpoint="").status, 303)  # both want the same

    def test_passwords(self) -> None:
        """User name and password, base64 credentials, or hexadecimal digits: the same is saved, and never shown."""
        token = base64.b64encode(b"CP001:" + SECRET).decode()
        for way, fields in (
            ("password", {"username": "CP001", "password": TEXT}),
            ("password", {"username": "", "password": TEXT}),
            ("base64", {"basic_base64": token, "password": "left over"}),
            ("hex", {"password_hex": SECRET.hex(), "hex_username": "CP001"}),
        ):
            self.remember(record_of())
            told = self.save(way=way, shows="same", endpoint=str(WSS), **fields)
            page = self.follow(told, M)
            found = self.known().entered
            assert found
            self.assertEqual((found.credentials.password, found.credentials.user), (SECRET, b"CP001"))
            for hidden in (TEXT, token, SECRET.hex()):
                self.assertNotIn(hidden, page.data.decode())
        self.assertIn("A password is entered: user name CP001.", text_of(self.open(PATH, M)))

    def test_wrong_password(self) -> None:
        """What is wrong with a password stands beside it, and no page holds it."""
        self.absent_charger(None)
        for way, fields, field, error in (
            ("password", {"password": ""}, "password", "password-empty"),
            ("password", {"password": TEXT, "username": "a:b"}, "username", "username-colon"),
            ("base64", {"basic_base64": "no base64"}, "basic_base64", "base64-broken"),
            ("hex", {"password_hex": "0g"}, "password_hex", "hex-broken"),
            ("hex", {"password_hex": "00", "hex_username": "a:b"}, "hex_username", "username-colon"),
            ("password", {"password": TEXT * 100}, "password", "secret-long"),
        ):
            told = self.save(way=way, shows="same", **fields)
            self.assertEqual(self.error(told, field), en.API[error] + ".")
            for value in (TEXT, "no base64", 'value="0g"'):
                self.assertNotIn(value, told.data.decode())
            self.assertEqual("Enter it once more" in text_of(told), bool(fields.get("password", "x")))
        self.assertIn("Choose one of these", self.error(self.save(way="guess"), "way"))
        self.assertEqual(self.edits(), [])

    def test_question(self) -> None:
        """With a password the question has to be answered; the likely answer is preselected, with date and address."""
        self.absent_charger()
        page = self.open(PATH, M).data.decode()
        self.assertRegex(page, r'name="shows" value="detected" checked')
        self.assertIn(f"from {HERE}", page)
        self.assertIn("without an answer", self.error(self.save(way="password", password=TEXT), "shows"))
        self.assertEqual(self.save(way="password", password=TEXT, shows="detected").status, 303)
        own = self.known().own
        assert own
        self.assertEqual(own.password, OWN)

    def test_confirm(self) -> None:
        """Where a charger was never served, its address has to be confirmed, as it stood on the page."""
        self.turned_away_by(401)
        page = self.open(PATH, M).data.decode()
        self.assertIn(f'name="confirm_address" value="{HERE}"', page)
        fields: dict[str, Any] = {"way": "password", "password": TEXT, "shows": "nothing", "confirm_address": HERE}
        self.assertIn("tick the box", self.error(self.save(**fields), "confirm"))
        self.refused(at_door(None, address=THERE))
        told = self.save(**fields, confirm="on")
        self.assertIn(THERE, self.error(told, "confirm"))
        self.assertNotRegex(told.data.decode(), r'name="confirm" value="on" checked')
        self.assertEqual(self.save(**{**fields, "confirm_address": THERE}, confirm="on").status, 303)
        self.assertEqual(self.known().no_password, Binding("", THERE))

    def test_removed(self) -> None:
        """A password that is entered can be removed; and answer and endpoint, all at once, go back to detected."""
        self.remember(evolve(record_of(), entered=entered(SECRET), endpoint=WSS))
        self.assertEqual(self.save(way="none", endpoint=str(WSS)).status, 303)
        self.assertEqual((self.known().entered, self.known().endpoint), (None, WSS))
        self.remember(evolve(record_of(), entered=entered(SECRET), endpoint=WSS))
        self.assertEqual(self.submit(f"{PATH}/detected", M).status, 303)
        self.assertEqual((self.known().entered, self.known().endpoint), (None, None))

    def test_answer(self) -> None:
        """The answer alone can be changed for a password that is entered; a wrong one is told beside the question."""
        record = self.absent_charger()
        self.remember(evolve(record, entered=entered(SECRET)))
        self.assertIn('name="answer" value="same" checked', self.open(PATH, M).data.decode())
        self.assertEqual(self.submit(f"{PATH}/answer", M, answer="nothing").status, 303)
        self.assertEqual(self.known().no_password, Binding("", HERE))
        self.assertIn("Say what the charger", self.error(self.submit(f"{PATH}/answer", M, answer="x"), "answer"))
        self.remember(record_of())
        told = self.submit(f"{PATH}/answer", M, answer="same")
        self.assertIn("Enter the secret with it", text_of(told))

    def test_roles(self) -> None:
        """Who may look only finds no form and no button; whoever sends one all the same is refused."""
        self.remember(evolve(record_of(), entered=entered(SECRET)))
        page = self.open(PATH, Role.READONLY).data.decode()
        self.assertNotIn(f'action="{PATH}', page)
        self.assertIn("Your role can look at this", page)
        self.assertNotIn(f"{PATH}/trust", self.open(PATH, M).data.decode())
        posts = ["", "/answer", "/detected", "/trust/back", "/wss-only", "/moved", "/forget"]
        for path in posts + [f"/{action}" for action in ACTIONS]:
            self.assertEqual(self.submit(PATH + path, Role.READONLY).status, 403, path)
            self.assertEqual(self.submit(PATH + path, M, token=False).status, 403, path)
        self.assertEqual(self.submit(f"{PATH}/trust", M, pem="x").status, 403)
        self.assertEqual(self.edits(), [])


class TestTests(UplinkCase):
    """`Test now`."""

    def test_worked(self) -> None:
        """A test dials with what was entered, says what came back, and saves nothing."""
        self.absent_charger(None)
        told = self.try_out(way="password", password=TEXT, endpoint=str(WSS))
        self.assertEqual(told.status, 200)
        self.assertIn("The test worked", text_of(told))
        self.assertNotIn(TEXT, told.data.decode())
        [(dial, segment)] = self.trials
        assert dial.credentials
        self.assertEqual((dial.endpoint, dial.credentials.password, segment), (WSS, SECRET, b"CP001"))
        self.assertEqual(self.edits(), [])

    def test_failed(self) -> None:
        """A refusal is told with the step on the dashboard that helps."""
        self.absent_charger(None)
        self.result = Answered(401)
        told = text_of(self.try_out(way="password", password=TEXT))
        self.assertIn("The test failed", told)
        self.assertIn("answered 401", told)
        self.assertIn("dashboard", told)

    def test_live(self) -> None:
        """With a session it warns first, and during a transaction it is refused however it is asked for."""
        self.known_charger(None)
        self.assertIn("Test although the charger is connected", text_of(self.open(PATH, M)))
        self.assertEqual(self.error(self.try_out(), "replace_live"), en.API["live-session"] + ".")
        charging = message_shapes.Transaction(id=1, card="", started=0.0, energy=None, accepted="")
        plug = message_shapes.Connector(
            number=1,
            status="Charging",
            error="",
            info="",
            vendor_error="",
            status_at=None,
            transaction=charging,
            metered_at=None,
            power=None,
            register=None,
            soc=None,
            currents={},
            voltages={},
        )
        shown = message_shapes.Observed(
            boot=None,
            connectors=[plug],
            heartbeat_at=None,
            heartbeat_seconds=None,
            last_message=None,
            power=None,
            curve=[],
        )
        self.api.views.observed = lambda _: shown
        self.assertIn("no test is made", text_of(self.open(PATH, M)))
        told = self.try_out(replace_live="on")
        self.assertEqual(self.error(told, "replace_live"), en.API["live-transaction"] + ".")
        self.assertEqual(self.trials, [])
        self.api.views.observed = lambda _: None
        self.assertIn("The test worked", text_of(self.try_out(replace_live="on")))

    def test_wrong(self) -> None:
        """What can't be tried is told beside its field, as when it is saved."""
        self.absent_charger(None)
        self.assertEqual(self.error(self.try_out(endpoint="x"), "endpoint"), en.ENDPOINT["scheme"] + ".")
        self.assertIn("administrator", self.error(self.try_out(endpoint="wss://other.example"), "endpoint"))
        self.assertEqual(self.trials, [])


class TrustTests(UplinkCase):
    """Root certificates."""

    def test_upload(self) -> None:
        """An administrator uploads a root, which the page names; it goes back to the system's."""
        self.absent_charger(None)
        root = Root(HOSTILE)
        told = self.submit(f"{PATH}/trust", pem=root.pem, cn_fallback="on")
        self.assertIn("only these root certificates count", self.said(told, Role.ADMIN))
        self.assertEqual(self.known().trust, Trust(False, (root.pem,), True))
        page = self.open(PATH, M)
        self.assertIn("alert(1)", text_of(page))
        self.assertNotIn(b"<script>alert", page.data)
        self.assertEqual(self.submit(f"{PATH}/trust/back", M).status, 303)
        self.assertIsNone(self.known().trust)

    def test_wrong(self) -> None:
        """What is none is told beside the field; a private key is not shown again."""
        self.absent_charger(None)
        leaf, key = Root().issue(names=["x"])
        self.assertIn("no root certificate", self.error(self.submit(f"{PATH}/trust", pem=leaf.decode()), "pem"))
        told = self.submit(f"{PATH}/trust", pem=leaf.decode() + key.decode())
        self.assertIn("private key", self.error(told, "pem"))
        self.assertNotIn(b"PRIVATE KEY-", told.data)


class ActTests(UplinkCase):
    """The short actions."""

    def test_actions(self) -> None:
        """Each does what the API's does, and says so."""
        self.absent_charger()
        self.assertIn("Pinned", self.said(self.submit(f"{PATH}/pin", M)))
        self.assertIn("Blocked", self.said(self.submit(f"{PATH}/block", M)))
        self.assertTrue(self.known().blocked)
        self.assertIn("Unblocked", self.said(self.submit(f"{PATH}/unblock", M)))
        self.assertIn("Approved", self.said(self.submit(f"{PATH}/approve", M)))
        self.assertIn("detects anew", self.said(self.submit(f"{PATH}/reset-transport", M)))
        self.assertIn("refused over ws", self.said(self.submit(f"{PATH}/wss-only", M, on="1")))
        self.assertTrue(self.known().wss_only)
        self.assertIn("over ws and over wss", self.said(self.submit(f"{PATH}/wss-only", M, on="0")))
        self.assertEqual({by for _, by, _, _ in self.edits()}, {"account:mira"})
        told = self.submit(f"{PATH}/forget", M)
        self.assertIn(("forgotten", "account:mira", "", ""), self.edits())
        self.assertTrue(told.headers["location"].startswith("/?notice="))
        self.assertEqual(self.submit(f"{PATH}/block", M).status, 404)

    def test_pin_nothing(self) -> None:
        """An action that does not apply says why."""
        self.absent_charger(None)
        self.assertIn("No password of this charger", self.said(self.submit(f"{PATH}/pin", M)))

    def test_moved(self) -> None:
        """A charger without a password that tries from elsewhere is offered to be let in from there, as seen."""
        record = self.absent_charger(None)
        self.remember(evolve(record, entered=entered(SECRET), no_password=Binding("", HERE)))
        name, decided = self.come(at_door(None, address=THERE))
        assert isinstance(decided.verdict, Refusal)
        self.desk.ended(name, End("refused", refusal=decided.verdict), 0.0)
        page = self.open(PATH, M)
        self.assertIn("It moved: let it in from there", text_of(page))
        self.assertIn("not the one that was confirmed", self.said(self.submit(f"{PATH}/moved", M, address="10.0.0.9")))
        self.assertIn("new address", self.said(self.submit(f"{PATH}/moved", M, address=THERE)))
        self.assertEqual(self.known().no_password, Binding("", THERE))


class JournalTests(UplinkCase):
    """Who changed what."""

    def test_changes(self) -> None:
        """The page tells who changed what and when, newest first, and nothing of other chargers."""
        self.absent_charger(None)
        self.save(endpoint=str(WSS))
        self.submit(f"{PATH}/block", M)
        told = text_of(self.open(PATH, Role.READONLY)).partition("Who changed what")[2]
        self.assertIn("mira changed the endpoint of its uplink", told)
        self.assertLess(told.index("mira blocked it"), told.index("mira changed the endpoint"))

    def test_unreadable(self) -> None:
        """Without the journal the page works all the same."""
        self.absent_charger(None)
        self.journal.fault = StoreError("broken")
        self.assertIn("The journal can't be read", text_of(self.open(PATH, M)))
