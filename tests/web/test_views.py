"""Tests of `edge_twisted.web.views`: what a maintainer sees of chargers, and what nobody sees."""

from urllib.parse import quote

from attrs import evolve

from edge_twisted.core.endpoint import Endpoint
from edge_twisted.core.learning import enter_secret, key_set
from edge_twisted.core.policy import Refusal, Unsupported
from edge_twisted.core.record import Binding
from edge_twisted.core.steps import End, Failed, Tried
from edge_twisted.web import views
from edge_twisted.words import en
from tests.scene import HERE, NOW, RULES, THERE, WSS, at_door, entered, name_of, record_of, secret
from tests.web.asked import CP001, OWN, SECRET, ApiCase


class FindTests(ApiCase):
    """How a charger is named."""

    def test_names(self) -> None:
        """A charger is found by its id, by a unique beginning of it in any letter case, and by its whole OCPP ID."""
        self.absent_charger()
        for ref in (CP001, CP001[:4], CP001[:9].upper(), "CP001", "%43P001"):
            self.assertEqual(self.get(f"/chargers/{ref}")["id"], CP001, ref)

    def test_nobody(self) -> None:
        """404 for what names nobody: too short a beginning, a part of an OCPP ID, another letter case of it."""
        self.absent_charger()
        for ref in (CP001[:3], "CP00", "cp001", "0" * 16, "%ff", "-", "a%00b"):
            told = self.call("GET", f"/v1/chargers/{ref}")
            self.assertEqual(told.refusal, (404, "charger-unknown", "charger"), ref)
            self.assertEqual(told.json["message"], en.API["charger-unknown"] + ".")

    def test_odd_identities(self) -> None:
        """An OCPP ID with slashes, percent signs, spaces and bytes that are no text is found by its encoded form."""
        for identity in (b"A/B", b"50%", b"RDAM 123", b"\xff\x00x"[:1] + b"x", "Zürich".encode(), b"a?b#c"):
            self.remember(record_of(identity))
            found = self.get(f"/chargers/{quote(identity, safe='')}")
            self.assertEqual(found["id"], name_of(identity), identity)

    def test_ambiguous(self) -> None:
        """Where a beginning fits two chargers, or one by id and one by OCPP ID, nobody is taken for the other."""
        self.patch_names({b"CP001": "abcd222222222222", b"CP002": "abcd333333333333"})
        self.turned_away_by(404, identity="abcd2")
        for ref in ("abcd", "abcd2"):
            told = self.call("GET", f"/v1/chargers/{ref}")
            self.assertEqual(told.refusal, (404, "charger-ambiguous", "charger"))
        self.assertEqual(self.get("/chargers/abcd3")["id"], "abcd333333333333")

    def test_id_counts_first(self) -> None:
        """A stranger who connects with a charger's id as his OCPP ID does not take its name before a maintainer."""
        self.absent_charger()
        self.turned_away_by(404, identity=CP001)
        self.assertTrue(self.get(f"/chargers/{CP001}")["detected"]["password"])
        for new in ("", "?new=1"):
            self.call("POST", f"/v1/chargers/{CP001}/block{new}")
        self.assertTrue(self.known().blocked)
        self.assertNotIn(CP001.encode(), self.book)

    def test_new(self) -> None:
        """With new=1 a whole OCPP ID is enough, and is never taken for the beginning of an id; without, it is 404."""
        self.patch_names({b"CP001": "abcd222222222222"})
        self.assertEqual(self.call("POST", "/v1/chargers/NEW-1/approve").status, 404)
        self.assertEqual(self.call("POST", "/v1/chargers/NEW-1/approve?new=1").status, 200)
        self.assertTrue(self.known(b"NEW-1").approved)
        self.assertEqual(self.call("POST", "/v1/chargers/abcd2/block?new=1").status, 200)
        self.assertEqual((self.known().blocked, self.known(b"abcd2").blocked), (False, True))
        self.assertEqual(self.call("POST", "/v1/chargers/CP001/block?new=1").status, 200)
        self.assertTrue(self.known().blocked)

    def test_unusable(self) -> None:
        """Nobody is made whose OCPP ID no charger can have."""
        for ref in ("%00", "a%0Ab", "..%2F..", "x" * 256):
            told = self.call("POST", f"/v1/chargers/{ref}/approve?new=1")
            self.assertEqual(told.refusal, (422, "identity-unusable", "charger"), ref)
        self.assertEqual(len(self.book), 0)

    def patch_names(self, names: dict[bytes, str]) -> None:
        """Give chargers these ids."""
        self.book.name = lambda identity: names.get(identity) or name_of(identity)
        for identity, name in names.items():
            self.remember(evolve(record_of(identity), id=name))


class StateTests(ApiCase):
    """What a charger is doing."""

    def only(self) -> dict[str, object]:
        """The one charger there is, alone and in the list."""
        [one] = self.get("/chargers")["chargers"]
        self.assertEqual(one, self.get(f"/chargers/{one['id']}"))
        return dict(one)

    def test_nobody(self) -> None:
        """Before anybody tried, nobody is listed."""
        self.assertEqual(self.get("/chargers"), {"chargers": []})

    def test_connected(self) -> None:
        """A live session, with both legs and whose credentials go up, before and after it is served."""
        name, plan = self.planned(at_door(OWN, secure=True))
        self.opened(name, plan)
        one = self.only()
        session = {
            "name": name,
            "since": NOW + self.now,
            "address": HERE,
            "secure": True,
            "password": True,
            "uplink": str(WSS),
            "uplink_secure": True,
            "credentials": "shown",
            "protocol": "ocpp1.6",
            "quirks": [],
            "served": False,
        }
        self.assertEqual((one["state"], one["session"], one["label"]), ("connected", session, "C…"))
        self.desk.served(name, "result")
        one = self.only()
        self.assertEqual(one["session"], {**session, "served": True})
        self.assertEqual(one["label"], "CP001")
        detected = {"wss_at": NOW + self.now, "password": {"username": "CP001", "at": NOW + self.now, "address": HERE}}
        self.assertEqual(one["detected"], detected)

    def test_away(self) -> None:
        """A charger that left, with when and where it was served."""
        self.absent_charger()
        one = self.only()
        self.assertEqual((one["state"], one["session"]), ("away", None))
        self.assertEqual((one["first_served"], one["last_served"]), (NOW + self.now,) * 2)
        self.assertEqual((one["last_address"], one["usual_address"]), (HERE, HERE))
        self.assertEqual(one["last_attempt"]["status"], 101)  # type: ignore[index]  # JSON

    def attempt(self, state: str, status: int, cause: str) -> str:
        """The one charger is in this state, because of its last attempt; the sentence."""
        one = self.only()
        attempt = one["last_attempt"]
        assert isinstance(attempt, dict)
        self.assertEqual((one["state"], attempt["status"], attempt["cause"]), (state, status, cause))
        self.assertEqual((attempt["at"], attempt["address"], attempt["secure"]), (NOW + self.now, HERE, False))
        return str(attempt["sentence"])

    def test_refused_by_edge(self) -> None:
        """A charger that Edge refused, with the reason and what to do."""
        self.remember(evolve(record_of(), entered=entered(SECRET)))
        self.end_refused(at_door(b"wrong"))
        self.assertEqual(self.attempt("refused", 401, "password-wrong"), en.REFUSALS["password-wrong"] + ".")

    def end_refused(self, attempt: object) -> None:
        """Let somebody come who is refused, as the wire ends it."""
        name, decided = self.come(attempt)  # type: ignore[arg-type]  # as the test needs it
        assert isinstance(decided.verdict, Refusal)
        self.desk.ended(name, End("refused", refusal=decided.verdict), 0.0)

    def test_turned_away(self) -> None:
        """A charger that the central system turned away: what that means there, and which step helps."""
        self.turned_away_by(401, password=b"wrong")
        sentence = self.attempt("refused", 401, "turned-away")
        self.assertEqual(
            sentence, f"{en.CAUSES['uplink-unauthorized']} (401). {en.REMEDIES['check-dashboard-password']}."
        )

    def test_repeated(self) -> None:
        """An answer from Edge's memory tells what the central system said, and that it was not asked again."""
        self.turned_away_by(404)
        self.end_refused(at_door())
        sentence = self.attempt("refused", 404, "cached")
        self.assertIn(en.CAUSES["uplink-identity-unknown"], sentence)
        self.assertIn(en.REFUSALS["cached"], sentence)

    def test_no_connection(self) -> None:
        """No connection to the central system: why, and then why nobody tries just now."""
        name, plan = self.planned(at_door(OWN))
        tried = (Tried(plan.dials[0], Failed("tls", "expired")),)
        self.desk.ended(name, End("uplink-failed", tried, refusal=Refusal(502, "central-failed")), 0.0)
        sentence = self.attempt("refused", 502, "central-failed")
        self.assertEqual(sentence, f"{en.CAUSES['uplink-expired']}. {en.REMEDIES['ask-operator-certificate']}.")
        self.end_refused(at_door(OWN))
        self.assertIn(en.CAUSES["uplink-expired"], self.attempt("refused", 503, "central-down"))
        self.now += 60
        self.known_charger()
        self.assertEqual(self.attempt("connected", 101, ""), "")

    def test_closed_at_once(self) -> None:
        """Turned away after the 101: it looks refused, not merely away."""
        name, plan = self.planned(at_door())
        self.opened(name, plan)
        self.leave(name, outcome="central-closed", turned_away=True, close=1008)
        self.assertIn(en.CAUSES["uplink-closed"], self.attempt("refused", 101, "turned-away"))

    def test_no_version(self) -> None:
        """A charger without a version in common is told to speak OCPP 1.6."""
        name, decided = self.come(at_door(protocols="ocpp2.0.1"))
        self.assertIsInstance(decided.verdict, Unsupported)
        self.desk.ended(name, End("unsupported"), 0.0)
        self.assertEqual(self.attempt("refused", 101, "unsupported"), en.OUTCOMES["unsupported"] + ".")

    def test_waiting(self) -> None:
        """A new charger waits for approval, where that is asked for."""
        self.desk.rules = evolve(RULES, approve=True)
        self.end_refused(at_door())
        self.assertEqual(self.attempt("waiting", 404, "approval"), en.REFUSALS["approval"] + ".")

    def test_blocked(self) -> None:
        """A block shows at every writing of the OCPP ID, since it holds for all of them."""
        self.remember(evolve(record_of(b"CP001"), blocked=True))
        self.end_refused(at_door(identity="cp001"))
        states = {one["id"]: (one["state"], one["blocked"]) for one in self.get("/chargers")["chargers"]}
        self.assertEqual(states, {CP001: ("blocked", True), name_of(b"cp001"): ("blocked", True)})

    def test_what_is_set(self) -> None:
        """What a maintainer set: flags, endpoint, the secret's user name and place, and what the charger shows."""
        by_hand = Endpoint(True, "central.example.net", 8443, "/ocpp")
        record = evolve(record_of(), wss_only=True, approved=True, endpoint=by_hand, attempt_address=HERE)
        for shows, confirmed in (("nothing", HERE), ("same", None), ("next", HERE)):
            self.remember(enter_secret(RULES, record, secret(SECRET), shows, NOW, confirmed))  # type: ignore[arg-type]  # as the test needs it
            one = self.only()
            self.assertEqual((one["endpoint"], one["wss_only"], one["approved"]), (str(by_hand), True, True))
            told = {"username": "CP001", "origin": "wss://central.example.net:8443", "since": NOW, "shows": shows}
            self.assertEqual(one["secret"], {**told, "used": True})
        self.remember(evolve(self.known(), endpoint=None))
        self.assertFalse(self.only()["secret"]["used"])  # type: ignore[index]  # JSON

    def test_key(self) -> None:
        """A password that the central system set and that has not proved itself."""
        self.remember(key_set(evolve(record_of(), entered=entered(SECRET), own=secret(OWN)), "00ff3a", NOW))
        one = self.only()
        self.assertEqual(one["pending_key"], {"since": NOW, "first": True})
        self.assertEqual(one["secret"]["shows"], "detected")  # type: ignore[index]  # JSON
        self.assertNotIn("00ff3a", str(one))

    def test_order(self) -> None:
        """The list is sorted by label, the ones that only tried among the known ones."""
        for identity in ("ZZ-CHARGER", "AA-CHARGER"):
            self.leave(self.serve(at_door(OWN, identity=identity)))
        self.turned_away_by(404, identity="MM-CHARGER")
        labels = [one["label"] for one in self.get("/chargers")["chargers"]]
        self.assertEqual(labels, ["AA-CHARGER", "MM…", "ZZ-CHARGER"])

    def test_strangers(self) -> None:
        """Of those that only tried, the latest are listed; whoever is known is listed in any case."""
        self.patch(views, "STRANGERS", 2)
        self.absent_charger()
        for number in (1, 2, 3):
            self.turned_away_by(404, identity=f"MADE-UP-{number}")
        told = {one["id"] for one in self.get("/chargers")["chargers"]}
        self.assertEqual(told, {CP001, name_of(b"MADE-UP-2"), name_of(b"MADE-UP-3")})
        self.assertEqual(self.get("/chargers/MADE-UP-1")["state"], "refused")


class SecrecyTests(ApiCase):
    """What no answer holds."""

    def everything(self) -> str:
        """All that can be read of the chargers."""
        told = [self.call("GET", "/v1/chargers"), self.call("GET", "/v1/events"), self.call("GET", "/v1/box")]
        told += [self.call("GET", f"/v1/chargers/{one['id']}") for one in told[0].json["chargers"]]
        return "\n".join(one.data.decode() for one in told)

    def test_identities(self) -> None:
        """No whole OCPP ID of a charger without a password: not known, not refused, not when it is changed."""
        self.site  # noqa: B018 - from now on the journal is written
        self.serve(at_door(identity="ONLY-SECRET-1"))
        self.turned_away_by(404, identity="ONLY-SECRET-2")
        self.call("POST", "/v1/chargers/ONLY-SECRET-1/wss-only", {"on": True})
        self.call("POST", "/v1/chargers/ONLY-SECRET-3/block?new=1")
        told = [
            self.call("PUT", "/v1/chargers/ONLY-SECRET-4/uplink?new=1", {"endpoint": "wss://x/ONLY-SECRET-4"}),
            self.call("PUT", "/v1/chargers/ONLY-SECRET-4/uplink", {}),
            self.call("GET", "/v1/chargers/ONLY-SECRET-4/nothing"),
        ]
        found = self.everything() + "".join(one.data.decode() for one in told)
        self.assertIn("ONL…", found)
        self.assertNotIn("ONLY", found)

    def test_identity_as_user_name(self) -> None:
        """Nor as a user name: of a charger that stopped showing its password, and of another charger."""
        record = self.absent_charger()
        self.remember(evolve(record, shown=None))
        self.remember(record_of(b"ONLY-SECRET-1"))
        self.turned_away_by(404, identity="ONLY-SECRET-2")
        for identity, user in (("CP-A", b"ONLY-SECRET-1"), ("CP-B", b"only-secret-1"), ("CP-C", b"ONLY-SECRET-2")):
            self.leave(self.serve(at_door(OWN, identity=identity, user=user)))
        found = self.everything().lower()
        self.assertIn("cp-b", found)
        self.assertNotIn("cp001", found)
        self.assertNotIn("only-secret", found)

    def test_passwords(self) -> None:
        """No password in any form: S, the own one, the detected one, K (each answer is searched, see `ApiCase`)."""
        self.site  # noqa: B018 - from now on the journal is written
        self.absent_charger()
        self.post("pin")
        self.put({"password": SECRET.decode(), "shows": "detected"})
        self.remember(key_set(self.known(), SECRET.hex(), NOW))
        self.assertIn("secret", self.everything())

    def test_hostile_user_name(self) -> None:
        """A user name that the central system served may hold anything; nothing of it acts on a terminal."""
        self.leave(self.serve(at_door(OWN, user="a\x1b[2J\u202eb".encode())))
        self.assertEqual(self.get("/chargers/CP001")["detected"]["password"]["username"], "a[2Jb")


class ChoicesTests(ApiCase):
    """The question that is always asked."""

    def asked(self) -> dict[str, dict[str, object]]:
        """Enter a secret without an answer; the choices by value."""
        told = self.put({"password": SECRET.decode()})
        self.assertEqual(told.refusal, (409, "shows-missing", "shows"))
        self.assertEqual(told.json["message"], en.ENTRY["shows-missing"] + ".")
        return {one["value"]: one for one in told.json["choices"]}

    def usable(self) -> list[str]:
        """The answers that can be given; the preselected one first."""
        found = [value for value, one in self.asked().items() if one["usable"]]
        return sorted(found, key=lambda value: not self.asked()[value]["preselected"])

    def test_sentences(self) -> None:
        """All four answers are told, each in one sentence."""
        self.absent_charger()
        told = {value: one["sentence"] for value, one in self.asked().items()}
        self.assertEqual(told, {value: words + "." for value, words in en.SHOWS.items()})

    def test_served(self) -> None:
        """What it showed when last served is preselected, with date and address."""
        self.absent_charger()
        self.assertEqual(self.usable(), ["detected", "same", "next", "nothing"])
        asked = self.asked()
        self.assertEqual((asked["detected"]["at"], asked["detected"]["address"]), (NOW + self.now, HERE))
        self.assertEqual((asked["nothing"]["address"], asked["nothing"]["confirm"]), (HERE, False))
        self.assertEqual((asked["next"]["address"], asked["same"]["address"]), (HERE, None))

    def test_stopped_showing(self) -> None:
        """Of a charger that shows nothing any more, the detected password is offered with its own date and address."""
        record = self.absent_charger()
        self.remember(evolve(record, shown=None, last_served=NOW + 9999, last_address=THERE))
        asked = self.asked()["detected"]
        self.assertEqual((asked["usable"], asked["at"], asked["address"]), (True, NOW + self.now, HERE))

    def test_served_without(self) -> None:
        """Of a charger that never showed a password, nothing is detected; the same one is preselected."""
        self.absent_charger(None)
        self.assertEqual(self.usable(), ["same", "next", "nothing"])

    def test_only_tried(self) -> None:
        """Of a charger that was never served, its last attempt's address has to be confirmed."""
        self.turned_away_by(401, password=b"X", address=THERE)
        self.assertEqual(self.usable(), ["same", "next", "nothing"])
        nothing = self.asked()["nothing"]
        self.assertEqual((nothing["address"], nothing["confirm"]), (THERE, True))

    def test_never_seen(self) -> None:
        """Of a charger that was never here there is no address: only the same secret is left."""
        self.remember(evolve(record_of(), no_password=Binding("", HERE)))
        self.assertEqual(self.usable(), ["same"])
