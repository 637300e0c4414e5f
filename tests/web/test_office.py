"""Tests of `edge_twisted.web.office`: what a maintainer changes, and what follows from it (design section 4)."""

import base64

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from edge_twisted.core.credentials import Credentials
from edge_twisted.core.endpoint import Endpoint
from edge_twisted.core.policy import Refusal
from edge_twisted.core.record import Binding, Window
from edge_twisted.core.steps import Answered, End, Failed
from edge_twisted.store.memory import MemoryChargers
from edge_twisted.words import en
from tests.scene import (
    HERE,
    NOW,
    RULES,
    THERE,
    WS,
    WSS,
    at_door,
    endpoints,
    entered,
    name_of,
    passwords,
    record_of,
    secret,
)
from tests.web.asked import CP001, OWN, SECRET, ApiCase

BY_HAND = Endpoint(True, "central.example.net", 8443, "/ocpp")
TEXT = SECRET.decode()


class EndpointTests(ApiCase):
    """Where an uplink goes."""

    def test_l2_edits(self) -> None:
        """L2: scheme, port and path can be edited; what is saved is told back, and the next dial goes there."""
        self.absent_charger(None)
        for text, saved in (
            ("ws://ws.evc-net.com", "ws://ws.evc-net.com"),
            ("wss://ws.evc-net.com", "wss://ws.evc-net.com"),
            ("wss://WSS.evc-net.com:443/", "wss://wss.evc-net.com"),
            ("wss://wss.evc-net.com:9443", "wss://wss.evc-net.com:9443"),
            (" wss://wss.evc-net.com:9443/ocpp/1.6/ ", "wss://wss.evc-net.com:9443/ocpp/1.6"),
            ("wss://[2001:db8::1]:8443/x", "wss://[2001:db8::1]:8443/x"),
        ):
            told = self.put({"endpoint": text})
            self.assertEqual((told.status, told.json["endpoint"]), (200, saved))
            name, plan = self.planned(at_door())
            self.assertEqual(endpoints(plan), [saved])
            self.desk.ended(name, End("left"), 0.0)
        self.assertIsNone(self.put({"endpoint": None}).json["endpoint"])
        self.assertEqual(endpoints(self.planned(at_door())[1]), [str(WS), str(WSS)])

    def test_l2_bad(self) -> None:
        """L2: what cannot be an endpoint is refused with what is wrong, a user name in it as well; none is saved."""
        self.absent_charger()
        bad = {
            "scheme": ("http://wss.evc-net.com", "wss.evc-net.com", "", "wss:wss.evc-net.com"[3:]),
            "host": ("wss://", "wss://a..b", "wss://-x", "wss://1.2.3"),
            "port": ("wss://x:0", "wss://x:99999", "wss://x:"),
            "user": ("wss://user@x", "wss://CP001:own-secret@x/y"),
            "query": ("wss://x?y", "wss://x/#z"),
            "identity": ("wss://x/CP001", "wss://x/ocpp/%43P001/"),
            "characters": ("wss://x/a b", "wss://bücher.example", 'wss://x/"'),
            "syntax": ("wss://x/%zz", "wss://x//y", "wss://x/../y", "wss://" + "x" * 1000),
        }
        self.assertEqual(set(bad), set(en.ENDPOINT))
        for code, texts in bad.items():
            for text in texts:
                told = self.put({"endpoint": text})
                self.assertEqual(told.refusal, (422, f"endpoint-{code}", "endpoint"), text)
                self.assertEqual(told.json["message"], en.ENDPOINT[code] + ".")
                self.assertNotIn(b"own-secret", told.data)
        self.assertIsNone(self.known().endpoint)
        self.assertEqual(self.edits(), [])

    def test_l3_loop(self) -> None:
        """L3: an endpoint that leads back to Edge itself is refused."""
        self.desk.rules = evolve(RULES, own=frozenset({("edge.lan", 80), ("192.168.1.2", 443)}))
        for text in ("ws://edge.lan", "ws://EDGE.lan:80/x", "wss://192.168.1.2"):
            told = self.call("PUT", "/v1/chargers/CP001/uplink?new=1", {"endpoint": text})
            self.assertEqual(told.refusal, (422, "loop", "endpoint"))
            self.assertEqual(told.json["message"], en.ENTRY["loop"] + ".")
        told = self.call("PUT", "/v1/chargers/CP001/uplink?new=1", {"endpoint": "wss://edge.lan:8443"})
        self.assertEqual(told.status, 200)

    def test_plain(self) -> None:
        """`ws://` with a secret is refused on entry, whoever's it is; to a private literal it may go."""
        self.absent_charger()
        self.assertEqual(self.put({"endpoint": "ws://ws.evc-net.com"}).refusal, (422, "plain-secret", "endpoint"))
        self.assertEqual(self.put({"endpoint": "ws://192.168.1.9"}).status, 200)
        self.remember(record_of())
        body = {"endpoint": "ws://ws.evc-net.com", "password": TEXT, "shows": "same"}
        self.assertEqual(self.put(body).refusal, (422, "plain-secret", "endpoint"))
        self.assertEqual(self.put({**body, "endpoint": "ws://localhost:8080"}).status, 200)

    def test_cleared_first(self) -> None:
        """A secret that goes in the same step is no reason against an endpoint without encryption."""
        self.remember(evolve(record_of(), entered=entered(SECRET)))
        told = self.put({"endpoint": "ws://ws.evc-net.com", "clear_secret": True})
        self.assertEqual((told.status, told.json["secret"]), (200, None))

    def test_h9_live(self) -> None:
        """H9: an endpoint edited while the charger is connected closes the session; the next one goes there."""
        name = self.known_charger(None)
        told = self.put({"endpoint": str(BY_HAND)})
        self.assertEqual(told.status, 200)
        self.assertIsNone(told.json["session"])
        self.assertEqual(self.line.closed, [(name, "changed")])
        self.assertEqual(endpoints(self.planned(at_door())[1]), [str(BY_HAND)])

    def test_q29_nothing_changes(self) -> None:
        """Q29: a save that changes nothing closes nothing, approves nothing and writes no journal; nor does `{}`."""
        self.known_charger(None)
        self.put({"endpoint": str(WS)})
        edits = self.edits()
        for body in ({}, {"endpoint": str(WS)}, {"clear_secret": True}, {"confirm_address": HERE}, b""):
            self.assertEqual(self.put(body).status, 200)
        self.assertEqual((self.line.closed, self.edits()), ([], edits))
        self.assertEqual(self.call("PUT", "/v1/chargers/CP-NEW/uplink?new=1", {}).status, 200)
        self.assertNotIn(b"CP-NEW", self.book)

    def test_same_uplink_by_another_way(self) -> None:
        """Q29: an endpoint set to where the uplink already goes closes nothing either."""
        self.known_charger()
        self.assertEqual(self.put({"endpoint": str(WSS)}).status, 200)
        self.assertEqual((self.line.closed, self.known().endpoint), ([], WSS))

    def test_l7_journal(self) -> None:
        """L7: the journal says who changed which charger's endpoint, from what and to what."""
        self.absent_charger(None)
        self.put({"endpoint": str(BY_HAND)})
        self.put({"endpoint": None})
        told = [("endpoint", "control:0", "", str(BY_HAND)), ("endpoint", "control:0", str(BY_HAND), "")]
        self.assertEqual(self.edits(), told)
        entries = self.get(f"/events?charger={CP001}")["events"]
        sentences = [one["sentence"] for one in entries if one["code"] == "edited"]
        self.assertIn("user root of this box changed the endpoint of its uplink; now: wss://central", sentences[0])
        self.assertEqual(self.alarms(), ["other-host"])

    def test_approves(self) -> None:
        """Who sets an endpoint for a new charger lets it in thereby."""
        self.desk.rules = evolve(RULES, approve=True)
        told = self.call("PUT", "/v1/chargers/CP-NEW/uplink?new=1", {"endpoint": str(BY_HAND)})
        self.assertTrue(told.json["approved"])
        self.planned(at_door(identity="CP-NEW"))

    def test_nothing_is_lost(self) -> None:
        """What is learned while a change of endpoint and secret waits for the disk is not written over."""
        self.absent_charger()
        waiting: Deferred[None] = Deferred()
        save = MemoryChargers.save
        self.patch(MemoryChargers, "save", lambda store, record, within=0.0: waiting)
        _, wire = self.begin(
            "PUT",
            "/v1/chargers/CP001/uplink",
            {"endpoint": str(BY_HAND), "password": TEXT, "shows": "detected"},
        )
        self.assertEqual(wire.value(), b"")
        self.now += 5
        self.serve(at_door(SECRET))
        self.patch(MemoryChargers, "save", save)
        waiting.callback(None)
        self.assertIn(b"200 OK", wire.value())
        known = self.known()
        self.assertEqual((known.own, known.last_served, known.endpoint), (None, NOW + self.now, BY_HAND))
        self.assertEqual([edit[0] for edit in self.edits()], ["endpoint", "secret"])


class QuestionTests(ApiCase):
    """What the charger itself will show: each answer leads to what section 4 demands."""

    def enter(self, shows: str, status: int = 200, **more: object) -> object:
        """Enter S with an answer; what is told."""
        told = self.put({"password": TEXT, "shows": shows, **more})
        self.assertEqual(told.status, status, told.data)
        return told.json

    def dialled(self, password: bytes | None, address: str = HERE) -> list[bytes | None] | str:
        """What the central system is shown when the charger shows this; or why it is refused."""
        name, decided = self.come(at_door(password, address=address))
        self.desk.ended(name, End("left"), 0.0)
        verdict = decided.verdict
        return verdict.code if isinstance(verdict, Refusal) else passwords(verdict.dials)  # type: ignore[union-attr]  # it is connected, or a plan, here

    def test_unanswered(self) -> None:
        """Without an answer: 409, and nothing is changed."""
        before = self.absent_charger()
        for body in ({"password": TEXT}, {"password": TEXT, "endpoint": str(BY_HAND)}):
            self.assertEqual(self.put(body).refusal, (409, "shows-missing", "shows"))
        self.assertEqual((self.known(), self.edits()), (before, []))

    def test_same(self) -> None:
        """`same`: who shows S is dialled with S, anybody else gets 401; the detected one with an alarm."""
        self.absent_charger()
        self.enter("same")
        self.assertEqual(self.known().entered, entered_now(self.now))
        self.assertEqual(self.dialled(SECRET), [SECRET])
        self.assertEqual(self.dialled(None), "password-missing")
        self.assertEqual(self.dialled(b"else"), "password-wrong")
        self.assertEqual(self.dialled(OWN), "password-wrong")
        self.assertEqual(self.alarms(), ["earlier-password"])

    def test_detected(self) -> None:
        """`detected`: who shows S, or what the charger showed when last served, is dialled with S."""
        self.absent_charger()
        self.enter("detected")
        self.assertEqual(self.known().own, secret(OWN))
        self.assertEqual((self.dialled(OWN), self.dialled(SECRET)), ([SECRET], [SECRET]))
        self.assertEqual(self.dialled(b"else"), "password-wrong")

    def test_detected_nothing(self) -> None:
        """`detected`, where nothing is: 422 with what would be right."""
        self.turned_away_by(401, password=OWN)
        told = self.enter("detected", 422)
        assert isinstance(told, dict)
        self.assertEqual((told["error"], told["field"]), ("nothing-detected", "shows"))

    def test_next(self) -> None:
        """`next`: within 10 minutes from the usual address any password is dialled with S, and adopted when served."""
        self.absent_charger()
        self.enter("next")
        self.assertEqual(self.known().own_next, Window(NOW + self.now + 600, HERE))
        self.assertEqual(self.dialled(b"new-one", THERE), "password-wrong")
        self.leave(self.serve(at_door(b"new-one")))
        self.assertEqual((self.known().own, self.known().own_next), (secret(b"new-one"), None))
        self.assertEqual((self.dialled(b"new-one", THERE), self.dialled(OWN)), ([SECRET], "password-wrong"))

    def test_next_too_late(self) -> None:
        """`next`, after 10 minutes: nothing is adopted any more; the earlier password still counts."""
        self.absent_charger()
        self.enter("next")
        self.now += 600
        self.assertEqual((self.dialled(b"new-one"), self.dialled(OWN)), ("password-wrong", [SECRET]))

    def test_nothing(self) -> None:
        """`nothing`: from the address of its last served session it is dialled with S; from elsewhere 401, an alarm."""
        self.absent_charger(None)
        self.enter("nothing")
        self.assertEqual(self.dialled(None), [SECRET])
        self.assertEqual(self.dialled(None, THERE), "moved")
        self.assertEqual(self.alarms(), ["moved"])

    def test_nothing_by_mac(self) -> None:
        """`nothing`, on the box's own segment: the permission is bound to the MAC."""
        self.leave(self.serve(at_door(mac="02:00:5e:00:00:01")))
        self.enter("nothing")
        self.assertEqual(self.known().no_password, Binding("02:00:5e:00:00:01", HERE))

    def test_nothing_confirmed(self) -> None:
        """`nothing`, never served: the address of the last attempt counts once the maintainer confirms it."""
        self.turned_away_by(401, address=THERE)
        told = self.enter("nothing", 409)
        assert isinstance(told, dict)
        self.assertEqual((told["error"], told["field"]), ("confirm-address", "confirm_address"))
        self.assertEqual(told["address"], THERE)
        self.assertTrue(told["message"].endswith(f". As Edge sees it now, the address is {THERE}."), told["message"])
        self.assertNotIn(b"CP001", self.book)
        self.enter("nothing", confirm_address=THERE)
        self.assertEqual((self.dialled(None, THERE), self.dialled(None, HERE)), ([SECRET], "moved"))

    def test_confirmed_too_late(self) -> None:
        """A stranger who tries between the maintainer's look and his answer is not bound: 409, with the address that
        it is now, and nothing is changed; for `nothing` and for `next`.
        """
        self.turned_away_by(401, address=THERE)
        choices = {one["value"]: one for one in self.put({"password": TEXT}).json["choices"]}
        for shows in ("nothing", "next"):
            self.assertEqual((choices[shows]["address"], choices[shows]["confirm"]), (THERE, True))
        self.turned_away_by(401, address="192.168.1.77", password=b"guessed")
        for shows in ("nothing", "next"):
            told = self.enter(shows, 409, confirm_address=THERE)
            assert isinstance(told, dict)
            self.assertEqual((told["error"], told["field"]), ("address-changed", "confirm_address"))
            self.assertEqual(told["address"], "192.168.1.77")
            self.assertIn("the address is 192.168.1.77.", told["message"])
        self.assertNotIn(b"CP001", self.book)
        self.assertEqual(self.edits(), [])

    def test_served_needs_no_confirmation(self) -> None:
        """Where the charger was served, its address is known and needs not be confirmed; attempts of others from
        elsewhere change nothing.
        """
        self.absent_charger()
        self.turned_away_by(401, address=THERE)
        choices = {one["value"]: one for one in self.put({"password": TEXT}).json["choices"]}
        for shows in ("nothing", "next"):
            self.assertEqual((choices[shows]["address"], choices[shows]["confirm"]), (HERE, False))
            self.enter(shows)

    def test_no_place(self) -> None:
        """`nothing` and `next` need an address at which the charger was seen."""
        for shows, code in (("nothing", "no-place"), ("next", "no-usual-address")):
            told = self.call("PUT", "/v1/chargers/CP001/uplink?new=1", {"password": TEXT, "shows": shows})
            self.assertEqual(told.refusal, (422, code, "shows"))
        self.assertNotIn(b"CP001", self.book)

    def test_live(self) -> None:
        """A live session follows at once: it is closed, where it went up without S."""
        name = self.known_charger()
        self.enter("detected")
        self.assertEqual(self.line.closed, [(name, "changed")])
        again = self.serve(at_door(OWN))
        self.enter("detected")
        self.assertEqual(self.line.closed, [(name, "changed")], "S again closes nothing (Q29)")
        self.enter("same")
        self.assertEqual(self.line.closed[1:], [(again, "changed")], "it shows what is its own no longer")

    def test_another_answer(self) -> None:
        """Another answer alone changes what the charger shows, and leaves S at the place it was entered for."""
        self.absent_charger()
        self.enter("same")
        saved = self.known().entered
        self.put({"endpoint": str(BY_HAND)})
        self.now += 1
        told = self.put({"shows": "detected"})
        self.assertEqual((told.json["secret"]["shows"], told.json["secret"]["used"]), ("detected", False))
        self.assertEqual(self.known().entered, saved)
        self.assertEqual(self.edits()[-1], ("secret", "control:0", "entered, same", "entered, detected"))

    def test_answer_without_a_secret(self) -> None:
        """An answer without any secret is refused."""
        self.absent_charger()
        self.assertEqual(self.put({"shows": "same"}).refusal, (422, "secret-missing", "shows"))

    def test_bound_to_its_origin(self) -> None:
        """S is stored under (scheme, host, port) of the endpoint that is set in the same step."""
        self.absent_charger()
        self.enter("same", endpoint=str(BY_HAND))
        assert (known := self.known().entered)
        self.assertEqual(known.origin, BY_HAND.origin)

    def test_cleared(self) -> None:
        """S can be removed: the central system is the judge again."""
        self.absent_charger()
        self.enter("same")
        told = self.put({"clear_secret": True})
        self.assertEqual((told.status, told.json["secret"]), (200, None))
        self.assertEqual(self.dialled(b"else"), [b"else"])
        self.assertEqual(self.edits()[-1], ("secret", "control:0", "entered, same", "none"))

    def test_entered_and_cleared(self) -> None:
        """Both at once is refused."""
        told = self.call(
            "PUT", "/v1/chargers/C/uplink?new=1", {"password": TEXT, "shows": "same", "clear_secret": True}
        )
        self.assertEqual(told.refusal, (422, "secret-both", "clear_secret"))

    def test_ways(self) -> None:
        """S as text, as hexadecimal digits and as base64, with a user name of its own: the same octets arrive."""
        octets = bytes.fromhex("00ff3a0d0a8081c3")
        token = base64.b64encode(b"somebody:" + octets).decode()
        for body, credentials in (
            ({"password": "pä:ss"}, secret("pä:ss".encode())),
            ({"password_hex": octets.hex()}, secret(octets)),
            ({"username": "somebody", "password_hex": "00 FF 3a0d0a8081c3"}, Credentials(b"somebody", octets)),
            ({"basic_base64": token}, Credentials(b"somebody", octets)),
            ({"basic_base64": f" Basic {token}\n"}, Credentials(b"somebody", octets)),
        ):
            self.remember(record_of())
            told = self.put({**body, "shows": "same"})
            self.assertEqual((told.status, told.json["secret"]["username"]), (200, credentials.user.decode()))
            assert (saved := self.known().entered)
            self.assertEqual(saved.credentials, credentials)
            self.assertEqual(saved.digits, "".join(str(body.get("password_hex", "")).split()))

    def test_l7_journal(self) -> None:
        """L7: the journal says who entered a secret and what the charger shows, and never the secret."""
        self.absent_charger()
        self.enter("detected")
        self.enter("same")
        told = [
            ("secret", "control:0", "none", "entered, detected"),
            ("secret", "control:0", "entered, detected", "entered, same"),
        ]
        self.assertEqual(self.edits(), told)
        sentences = [one["sentence"] for one in self.get("/events")["events"] if one["code"] == "edited"]
        self.assertIn("before: entered in Edge, the charger itself shows what it showed before; now:", sentences[1])


def entered_now(now: float) -> object:
    """S as it is entered for the configured uplink."""
    return evolve(entered(SECRET, WSS), at=NOW + now)


class TrialTests(ApiCase):
    """Dials that are saved nowhere."""

    def test_saves_nothing(self) -> None:
        """A test dials with what is given, and leaves record and journal as they are."""
        before = self.absent_charger()
        told = self.post("test", {"endpoint": str(BY_HAND), "username": "u", "password": TEXT})
        self.assertEqual(told.json["outcome"], "accepted")
        [(dial, segment)] = self.trials
        self.assertEqual((dial.endpoint, dial.credentials, segment), (BY_HAND, secret(SECRET, b"u"), b"CP001"))
        self.assertEqual((self.known(), self.edits()), (before, []))

    def test_digits(self) -> None:
        """Of a password in hexadecimal digits both readings are tested; the second only where the first is refused."""
        self.absent_charger()
        self.post("test", {"password_hex": "00 Ff"})
        self.assertEqual([dial.credentials for dial, _ in self.trials], [secret(b"\x00\xff")])
        self.trials.clear()
        self.result = Answered(401)
        self.assertEqual(self.post("test", {"password_hex": "00 Ff"}).json["outcome"], "refused")
        self.assertEqual([dial.credentials for dial, _ in self.trials], [secret(b"\x00\xff"), secret(b"00Ff")])
        self.trials.clear()
        self.result = Answered(503)
        self.post("test", {"password_hex": "00 Ff"})
        self.assertEqual(len(self.trials), 1)

    def test_results(self) -> None:
        """What the central system said, as codes and as a sentence with the step that helps."""
        self.absent_charger()
        for result, outcome, status, cause in (
            (Answered(401), "refused", 401, "uplink-unauthorized"),
            (Answered(503, 60), "refused", 503, "uplink-unavailable"),
            (Failed("dns"), "failed", 0, "uplink-dns"),
            (Failed("tls", "alert", 116), "failed", 0, "uplink-wants-certificate"),
        ):
            self.result = result
            told = self.post("test", {}).json
            self.assertEqual((told["outcome"], told["status"], told["cause"]), (outcome, status, cause))
            self.assertIn(en.REMEDIES[told["remedy"]] + ".", told["sentence"])

    def test_as_it_is(self) -> None:
        """Without values: S at its origin, else the detected password over wss, else nothing over ws."""
        dialled = []
        for record in (
            record_of(),
            evolve(record_of(), wss_detected_at=NOW),
            self.absent_charger(),
            evolve(record_of(), entered=entered(SECRET)),
            evolve(record_of(), entered=entered(SECRET), endpoint=BY_HAND),
        ):
            self.remember(record)
            self.assertEqual(self.call("POST", "/v1/chargers/CP001/test").status, 200)
            dial = self.trials[-1][0]
            dialled.append((str(dial.endpoint), dial.credentials and dial.credentials.password))
        told = [(str(WS), None), (str(WSS), None), (str(WSS), OWN), (str(WSS), SECRET), (str(BY_HAND), None)]
        self.assertEqual(dialled, told)

    def test_without_the_secret(self) -> None:
        """A test can leave the entered secret out."""
        self.remember(evolve(record_of(), entered=entered(SECRET)))
        self.post("test", {"clear_secret": True})
        self.assertIsNone(self.trials[0][0].credentials)
        told = self.post("test", {"clear_secret": True, "password": TEXT})
        self.assertEqual(told.refusal, (422, "secret-both", "clear_secret"))

    def test_new(self) -> None:
        """A charger that has not connected yet can be tested."""
        self.assertEqual(self.call("POST", "/v1/chargers/A%2FB/test?new=1", {}).status, 200)
        self.assertEqual(self.trials[0][1], b"A%2FB")
        self.assertEqual(len(self.book), 0)

    def test_live(self) -> None:
        """A live session is not put at risk unasked: 409, without a dial; with `replace_live` it is dialled."""
        self.known_charger()
        self.assertEqual(self.post("test", {}).refusal, (409, "live-session", "replace_live"))
        self.assertEqual(self.trials, [])
        self.assertEqual(self.post("test", {"replace_live": True}).status, 200)
        self.assertEqual((len(self.trials), self.line.closed), (1, []))

    def test_wrong_values(self) -> None:
        """Wrong values are told before anything is dialled, also while the charger is connected."""
        self.known_charger()
        for body, refusal in (
            ({"endpoint": "http://x"}, (422, "endpoint-scheme", "endpoint")),
            ({"endpoint": "ws://ws.evc-net.com", "password": TEXT}, (422, "plain-secret", "endpoint")),
            ({"password": ""}, (422, "password-empty", "password")),
        ):
            self.assertEqual(self.post("test", body).refusal, refusal)
        self.assertEqual(self.trials, [])

    def test_plain(self) -> None:
        """S never goes over ws to a public place, not for a test either."""
        self.remember(record_of())
        told = self.post("test", {"endpoint": "ws://ws.evc-net.com", "password": TEXT})
        self.assertEqual((told.refusal, self.trials), ((422, "plain-secret", "endpoint"), []))

    def test_forgets_what_is_held(self) -> None:
        """'...and forgotten at any edit or test of that identity': after a test the charger is dialled again."""
        self.turned_away_by(404)
        self.assertEqual(self.refused(at_door()).code, "cached")
        self.post("test", {})
        self.planned(at_door())


class ActionTests(ApiCase):
    """The short actions."""

    def test_pin(self) -> None:
        """Pin: the detected secret becomes S; a live session that shows it goes on."""
        self.known_charger()
        told = self.post("pin")
        self.assertEqual((told.json["secret"]["shows"], told.json["secret"]["username"]), ("same", "CP001"))
        assert (saved := self.known().entered)
        self.assertEqual((saved.credentials, saved.origin), (secret(OWN), WSS.origin))
        self.assertEqual(self.refused(at_door(b"else", address=THERE)).code, "password-wrong")
        self.assertEqual(self.edits(), [("pinned", "control:0", "none", "entered, same")])

    def test_pin_nothing(self) -> None:
        """409 where no password is detected."""
        self.absent_charger(None)
        told = self.post("pin")
        self.assertEqual(told.refusal, (409, "nothing-detected", "charger"))
        self.assertEqual(told.json["message"], en.ENTRY["nothing-detected"] + ".")

    def test_block(self) -> None:
        """Block closes a live session at once and refuses the charger, until it is unblocked."""
        name = self.known_charger()
        self.assertEqual(self.post("block").json["state"], "blocked")
        self.assertEqual(self.line.closed, [(name, "changed")])
        self.assertEqual(self.refused(at_door(OWN)).code, "blocked")
        self.assertEqual(self.post("unblock").json["blocked"], False)
        self.planned(at_door(OWN))
        self.assertEqual([edit[:2] for edit in self.edits()], [("blocked", "control:0"), ("unblocked", "control:0")])

    def test_block_in_other_letters(self) -> None:
        """Block holds for every writing of the OCPP ID, closes its sessions too, and can be lifted at any of them."""
        name = self.serve(at_door(OWN, identity="cp001"))
        self.call("POST", "/v1/chargers/CP001/block?new=1")
        self.assertEqual(self.line.closed, [(name, "changed")])
        self.assertEqual(self.refused(at_door(OWN, identity="cP001")).code, "blocked")
        self.post("unblock", ref="cp001")
        self.planned(at_door(OWN, identity="cP001"))

    def test_unblock_nobody(self) -> None:
        """Who is not blocked can be unblocked: nothing happens."""
        before = self.absent_charger()
        self.assertEqual(self.post("unblock").status, 200)
        self.assertEqual((self.known(), self.edits()), (before, []))

    def test_approve(self) -> None:
        """Approve lets a waiting charger in."""
        self.desk.rules = evolve(RULES, approve=True)
        self.refused(at_door())
        self.assertTrue(self.post("approve").json["approved"])
        self.planned(at_door())
        self.assertEqual(self.edits(), [("approved", "control:0", "", "")])

    def test_wss_only(self) -> None:
        """'WSS only' closes a session over ws and refuses the next; off again it is let in."""
        name = self.known_charger()
        self.assertTrue(self.post("wss-only", {"on": True}).json["wss_only"])
        self.assertEqual(self.line.closed, [(name, "changed")])
        self.assertEqual(self.refused(at_door(OWN)).code, "wss-only")
        self.planned(at_door(OWN, secure=True))
        self.assertFalse(self.post("wss-only", {"on": False}).json["wss_only"])
        told = [("wss-only", "control:0", "false", "true"), ("wss-only", "control:0", "true", "false")]
        self.assertEqual(self.edits(), told)

    def test_wss_only_live(self) -> None:
        """A session over wss goes on."""
        self.known_charger(secure=True)
        self.post("wss-only", {"on": True})
        self.assertEqual(self.line.closed, [])

    def test_reset_transport(self) -> None:
        """Reset-transport: detected wss is forgotten, and the next attempt begins with ws."""
        self.serve_over_wss()
        self.assertEqual(endpoints(self.planned(at_door())[1]), [str(WSS)])
        self.assertIsNone(self.post("reset-transport").json["detected"]["wss_at"])
        self.assertEqual(endpoints(self.planned(at_door())[1]), [str(WS), str(WSS)])
        self.assertEqual(self.edits(), [("reset-transport", "control:0", "wss", "")])

    def serve_over_wss(self) -> None:
        """A charger that is served over wss after ws turned it away."""
        self.leave(self.serve(at_door(), Answered(403)))
        self.assertTrue(self.known().wss_detected_at)

    def test_reset_transport_profile(self) -> None:
        """Reset-transport also lifts what follows from an accepted SecurityProfile."""
        self.remember(evolve(record_of(), security_profile=2, profile_kept=True, leg_secure=True))
        self.assertEqual(self.refused(at_door()).code, "wss-only")
        self.post("reset-transport")
        self.planned(at_door())
        self.assertEqual(self.alarms(), [])

    def test_moved(self) -> None:
        """'It moved': the alarm's one action lets a charger without a password in from where it last tried."""
        self.absent_charger(None)
        self.put({"password": TEXT, "shows": "nothing"})
        self.assertEqual(self.refused(at_door(address=THERE)).code, "moved")
        told = self.post("moved")
        self.assertEqual((told.refusal, told.json["address"]), ((409, "confirm-address", "address"), THERE))
        self.assertEqual(self.post("moved", {"address": THERE}).status, 200)
        self.assertEqual(passwords(self.planned(at_door(address=THERE))[1].dials), [SECRET])
        self.assertEqual(self.refused(at_door()).code, "moved")
        self.assertEqual(self.edits()[-1], ("moved", "control:0", HERE, THERE))

    def test_moved_too_late(self) -> None:
        """A stranger who tries between the maintainer's look and his answer is not let in: 409, and nothing changes."""
        self.absent_charger(None)
        self.put({"password": TEXT, "shows": "nothing"})
        before, edits = self.known(), self.edits()
        self.refused(at_door(address=THERE))
        self.refused(at_door(address="192.168.1.77"))
        told = self.post("moved", {"address": THERE})
        self.assertEqual(told.refusal, (409, "address-changed", "address"))
        self.assertIn("the address is 192.168.1.77.", told.json["message"])
        self.assertEqual((self.known(), self.edits()), (before, edits))
        self.assertEqual(self.post("moved", {"address": 5}).refusal, (422, "field-wrong", "address"))

    def test_moved_nothing(self) -> None:
        """409 where it never had such a permission, or was not seen."""
        self.absent_charger()
        self.assertEqual(self.post("moved").refusal, (409, "not-allowed-before", "charger"))
        self.remember(evolve(record_of(b"CP002"), no_password=Binding("", HERE)))
        self.assertEqual(self.post("moved", ref="CP002").refusal, (409, "no-place", "charger"))

    def test_forget(self) -> None:
        """Forget: learned, entered and tried are gone, a live session is closed, and the charger is new."""
        name = self.known_charger()
        self.put({"password": TEXT, "shows": "detected"})
        self.assertEqual(self.line.closed, [(name, "changed")])
        again = self.serve(at_door(OWN))
        self.assertEqual(self.post("forget").json, {"forgotten": CP001})
        self.assertEqual(self.line.closed[1:], [(again, "changed")])
        self.assertEqual((len(self.book), self.store.rows, self.get("/chargers")), (0, {}, {"chargers": []}))
        self.assertEqual(self.edits()[-1], ("forgotten", "control:0", "", ""))
        self.assertEqual(self.call("GET", "/v1/chargers/CP001").status, 404)
        self.assertEqual(passwords(self.planned(at_door(b"X"))[1].dials), [b"X"])

    def test_forget_a_stranger(self) -> None:
        """Somebody who only tried can be forgotten too."""
        self.turned_away_by(404, identity="CP009")
        self.assertEqual(self.post("forget", ref="CP009").json, {"forgotten": name_of(b"CP009")})
        self.assertEqual(self.get("/chargers"), {"chargers": []})

    def test_waits_for_the_disk(self) -> None:
        """A change is answered when it is on the disk; who leaves before does not undo it, and no error is logged."""
        name = self.known_charger()
        waiting: Deferred[None] = Deferred()
        self.patch(MemoryChargers, "save", lambda store, record, within=0.0: waiting)
        channel, wire = self.begin("POST", "/v1/chargers/CP001/block")
        self.assertEqual((wire.value(), self.line.closed), (b"", [(name, "changed")]))
        channel.connectionLost(Failure(ConnectionLost()))
        waiting.callback(None)
        self.assertEqual(wire.value(), b"")
        self.assertTrue(self.known().blocked)
