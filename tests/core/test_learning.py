"""Tests of `edge_twisted.core.learning`: what being served teaches, and what a maintainer enters."""

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.credentials import Credentials
from edge_twisted.core.endpoint import Endpoint, EndpointError, Trust, parse_endpoint
from edge_twisted.core.learning import (
    WINDOW,
    EntryError,
    Shows,
    allow_again,
    enter_endpoint,
    enter_secret,
    key_refused,
    key_set,
    pin_detected,
    served,
)
from edge_twisted.core.policy import Attempt, Dial, Kind, Plan, Refusal, Rules, World, decide
from edge_twisted.core.record import Binding, Detected, KeyChange, Record, Window, stayed
from tests.scene import HERE, LITERAL, NEAR, NOW, RULES, THERE, WS, WSS, at_door, entered, passwords, record_of, secret

BY_HAND = Endpoint(True, "central.example.net", 8443, "/ocpp")
OPEN_AIR = Endpoint(False, "central.example.net", 80)
KEY = KeyChange("6b65796f6e65", NOW - 60)


def dial_of(kind: Kind, password: bytes | None, endpoint: Endpoint = WSS) -> Dial:
    """A dial that the central system accepted."""
    return Dial(endpoint, Trust(), None if password is None else secret(password), kind, kind == "entered")


class LearningCase(SynchronousTestCase):
    """What the tests of learning share."""

    def serve(self, record: Record, attempt: Attempt, dial: Dial, now: float = NOW) -> Record:
        """What is remembered after a session was served."""
        return served(RULES, record, attempt, dial, now)[0]

    def admits(self, record: Record, attempt: Attempt, now: float = NOW) -> bool:
        """Whether the policy lets somebody in."""
        return isinstance(decide(RULES, record, attempt, World(known=True), now), Plan)


class ServedTests(LearningCase):
    """What being served teaches."""

    def test_when_and_where(self) -> None:
        """Each time it is remembered when, from where and how it was served; the first time stays the first."""
        attempt = at_door(b"X", address=THERE, mac="02:aa", secure=True)
        record = self.serve(record_of(), attempt, dial_of("shown", b"X"))
        found = (record.last_address, record.last_mac, record.leg_secure, record.shown, record.was_served)
        self.assertEqual(found, (THERE, "02:aa", True, secret(b"X"), True))
        self.assertEqual(record.last_host, attempt.request.host)
        self.assertTrue(record.last_host)
        again = self.serve(record, at_door(), dial_of("none", None), NOW + 9)
        self.assertEqual((again.first_served, again.last_served, again.last_address), (NOW, NOW + 9, HERE))
        self.assertEqual((again.leg_secure, again.shown), (False, None))

    def test_shown(self) -> None:
        """'Served: X is remembered and shown as detected.' Exactly as it was dialled, with its user name; another one
        replaces it. D8.
        """
        odd = Credentials(b"somebody", b"\x00:\xff")
        record, learned = served(RULES, record_of(), at_door(), Dial(WSS, Trust(), odd, "shown"), NOW)
        self.assertEqual((record.detected, learned), (Detected(odd, NOW, HERE), ("wss", "password")))
        self.assertEqual(served(RULES, record, at_door(), Dial(WSS, Trust(), odd, "shown"), NOW + 5)[1], ())
        record, learned = served(RULES, record, at_door(b"Y"), dial_of("shown", b"Y"), NOW + 9)
        self.assertEqual((record.detected, learned), (Detected(secret(b"Y"), NOW + 9, HERE), ("password-changed",)))

    def test_nothing_shown(self) -> None:
        """Being served without a password does not take away the one that was detected."""
        before = evolve(record_of(), detected=Detected(secret(b"X"), NOW - 9, HERE))
        self.assertEqual(self.serve(before, at_door(), dial_of("none", None)).detected, before.detected)

    def test_entered_is_not_detected(self) -> None:
        """What Edge adds is not taken for what the charger shows."""
        record = evolve(record_of(), entered=entered(b"S"), no_password=Binding("", HERE))
        self.assertIsNone(self.serve(record, at_door(), dial_of("entered", b"S")).detected)

    def test_wss(self) -> None:
        """'Served over `uplink.wss` is remembered as detected, and never lowered by itself (S-03, T-34: never from wss
        to ws, never to unverified TLS).'
        """
        record, learned = served(RULES, record_of(), at_door(), dial_of("none", None), NOW)
        self.assertEqual((record.wss_detected_at, learned), (NOW, ("wss",)))
        for endpoint in (WS, WSS, LITERAL, BY_HAND):
            record, learned = served(RULES, record, at_door(), dial_of("none", None, endpoint), NOW + 9)
            self.assertEqual((record.wss_detected_at, learned), (NOW, ()))
        plan = decide(NEAR, record, at_door(b"X"), World(), NOW)
        assert isinstance(plan, Plan)
        self.assertEqual([dial.endpoint for dial in plan.dials], [WSS])

    def test_not_wss(self) -> None:
        """Neither ws, nor an endpoint set by hand, nor a `uplink.wss` that is none, says anything about wss."""
        for endpoint in (WS, BY_HAND):
            self.assertEqual(self.serve(record_of(), at_door(), dial_of("none", None, endpoint)).wss_detected_at, 0)
        record = served(Rules(WS, LITERAL), record_of(), at_door(), dial_of("none", None, LITERAL), NOW)[0]
        self.assertEqual(record.wss_detected_at, 0)

    def test_profile_kept(self) -> None:
        """A05.FR.09: a profile of 2 or more counts once the charger was served over wss on its own leg afterwards."""
        accepted = evolve(record_of(), security_profile=2)
        self.assertFalse(self.serve(accepted, at_door(), dial_of("none", None)).profile_kept)
        record, learned = served(RULES, accepted, at_door(secure=True), dial_of("none", None), NOW)
        self.assertEqual((record.profile_kept, "profile-kept" in learned), (True, True))
        self.assertFalse(self.serve(record_of(), at_door(secure=True), dial_of("none", None)).profile_kept)


class DigitsTests(LearningCase):
    """A password that a maintainer enters in hexadecimal digits has two readings (S-06, S-07)."""

    DIGITS = "00Ff3a"
    BYTES, TEXT = secret(b"\x00\xff\x3a"), secret(b"00Ff3a")

    def setUp(self) -> None:
        self.record = enter_secret(RULES, record_of(), self.BYTES, "same", NOW, digits=self.DIGITS)

    def dials(self, record: Record, shown: bytes) -> list[tuple[Credentials | None, tuple[str, str]]]:
        """What is dialled, in order: credentials, and how an attempt remembers them."""
        plan = decide(RULES, record, at_door(shown), World(known=True), NOW)
        assert isinstance(plan, Plan), plan
        return [(dial.credentials, dial.key) for dial in plan.dials]

    def test_both_are_tried(self) -> None:
        """The bytes first, then the digits as they stand, whichever the charger shows; each is a dial of its own."""
        wanted = [(self.BYTES, (str(WSS), "entered")), (self.TEXT, (str(WSS), "entered-digits"))]
        for shown in (b"\x00\xff\x3a", b"00Ff3a"):
            self.assertEqual(self.dials(self.record, shown), wanted)

    def test_kept(self) -> None:
        """What the central system takes is kept, and the other reading is tried no more."""
        for taken in (self.BYTES, self.TEXT):
            dial = Dial(WSS, Trust(), taken, "entered", True, taken is self.TEXT)
            record = self.serve(self.record, at_door(b"00Ff3a"), dial)
            assert record.entered
            self.assertEqual((record.entered.credentials, record.entered.digits), (taken, ""))
            self.assertEqual(self.dials(record, b"00Ff3a"), [(taken, (str(WSS), "entered"))])

    def test_never_shown(self) -> None:
        """The digits are a secret as well."""
        self.assertNotIn(self.DIGITS, repr(self.record))

    def test_strangers(self) -> None:
        """Two readings let nobody in who shows neither."""
        self.assertFalse(self.admits(self.record, at_door(b"00ff3b")))

    def test_with_a_new_key(self) -> None:
        """A key that the central system sets meanwhile goes first, as before any secret that was entered."""
        record = evolve(self.record, pending=KEY)
        keys = [key[1] for _, key in self.dials(record, b"00Ff3a")]
        self.assertEqual(keys, ["pending", "entered", "entered-digits"])


class OwnSecretTests(LearningCase):
    """The own secret, after S was entered."""

    def setUp(self) -> None:
        self.record = evolve(record_of(), entered=entered(b"S"), own=secret(b"own"))

    def test_shows_s(self) -> None:
        """'Served while showing S: that is the own secret from then on, the earlier one is refused with an alarm, and a
        no-password permission ends.' An open window ends too.
        """
        before = evolve(
            self.record,
            detected=Detected(secret(b"own"), NOW - 99, HERE),
            no_password=Binding("", HERE),
            own_next=Window(NOW + 99, HERE),
        )
        record, learned = served(RULES, before, at_door(b"S"), dial_of("entered", b"S"), NOW)
        self.assertEqual((record.own, record.no_password, record.own_next), (None, None, None))
        self.assertIn("own-password", learned)
        self.assertTrue(self.admits(record, at_door(b"S")))
        for attempt, alarm in ((at_door(b"own"), "earlier-password"), (at_door(), "")):
            refusal = decide(RULES, record, attempt, World(known=True), NOW)
            assert isinstance(refusal, Refusal)
            self.assertEqual((refusal.status, refusal.alarm), (401, alarm))

    def test_one_value(self) -> None:
        """'The own secret is one value.' A new one takes the place of the earlier."""
        window = evolve(self.record, own_next=Window(NOW + 99, HERE))
        record = self.serve(window, at_door(b"new"), dial_of("entered", b"S"))
        self.assertEqual(record.own, secret(b"new"))
        self.assertFalse(self.admits(record, at_door(b"own")))

    def test_own_stays(self) -> None:
        """Served while showing its own secret, nothing changes."""
        before = evolve(self.record, own_next=Window(NOW + 99, HERE))
        record, learned = served(RULES, before, at_door(b"own"), dial_of("entered", b"S"), NOW)
        self.assertEqual((record.own, record.own_next), (before.own, before.own_next))
        self.assertNotIn("own-password", learned)

    def test_adopted_when_served(self) -> None:
        """The next password is adopted when served, even if the window closed between its coming and that moment."""
        before = evolve(self.record, own_next=Window(NOW, HERE))
        self.assertFalse(self.admits(before, at_door(b"new")))
        record = self.serve(before, at_door(b"new"), dial_of("entered", b"S"), NOW + 1)
        self.assertEqual((record.own, record.own_next), (secret(b"new"), None))
        self.assertTrue(self.admits(record, at_door(b"new"), NOW + 9999))

    def test_first_of_two(self) -> None:
        """The window takes one password; a second that came through it beside the first is not adopted."""
        before = evolve(self.record, own_next=Window(NOW + 99, HERE))
        record = self.serve(before, at_door(b"one"), dial_of("entered", b"S"))
        record = self.serve(record, at_door(b"two"), dial_of("entered", b"S"))
        self.assertEqual(record.own, secret(b"one"))

    def test_only_through_the_window(self) -> None:
        """A charger elsewhere, let in for something else, does not use up the window."""
        before = evolve(self.record, own_next=Window(NOW + 99, HERE), pending=KEY)
        for attempt in (at_door(b"keyone"), at_door(b"else", address=THERE)):
            record = self.serve(before, attempt, dial_of("entered", b"S"))
            self.assertEqual((record.own, record.own_next), (before.own, before.own_next))

    def test_other_origin(self) -> None:
        """Where S is not used, being served with something else says nothing about the own secret."""
        before = evolve(self.record, endpoint=BY_HAND, no_password=Binding("", HERE))
        record = self.serve(before, at_door(b"S"), dial_of("shown", b"S", BY_HAND))
        self.assertEqual((record.own, record.no_password), (before.own, before.no_password))


class KeyTests(LearningCase):
    """A pending key change, judged."""

    def setUp(self) -> None:
        self.with_s = evolve(record_of(), entered=entered(b"S"), pending=KEY)
        self.with_x = evolve(record_of(), detected=Detected(secret(b"X"), NOW - 99, HERE), pending=KEY)

    def test_k_replaces_s(self) -> None:
        """'K served: it replaces S and X.' S keeps its origin and its user name; K is no longer pending. K1."""
        before = evolve(self.with_s, own=secret(b"own"))
        record, learned = served(RULES, before, at_door(b"keyone"), dial_of("pending", b"keyone"), NOW)
        self.assertEqual(record.entered, evolve(entered(b"keyone"), at=NOW))
        self.assertEqual((record.pending, record.own), (None, None))
        self.assertIn("key-proved", learned)
        self.assertTrue(self.admits(record, at_door(b"6b65796f6e65")))
        for gone in (b"S", b"own"):
            self.assertFalse(self.admits(record, at_door(gone)))

    def test_k_replaces_x(self) -> None:
        """Without S, K takes the place of X."""
        for text in (b"keyone", b"6b65796f6e65"):
            record = self.serve(self.with_x, at_door(text), dial_of("pending", text))
            self.assertEqual((record.detected, record.pending), (Detected(secret(text), NOW, HERE), None))

    def test_charger_not_yet(self) -> None:
        """K is proved while the charger still shows what it always did (it has to restart first): that stays its own
        secret until it shows K, or it would be shut out.
        """
        always = (
            (evolve(self.with_s), at_door(b"S")),
            (evolve(self.with_s, own=secret(b"own")), at_door(b"own")),
            (evolve(self.with_s, no_password=Binding("", HERE)), at_door()),
            (evolve(self.with_s, no_password=Binding("", HERE), own=secret(b"own")), at_door()),
        )
        for before, attempt in always:
            record = self.serve(before, attempt, dial_of("pending", b"keyone"))
            assert record.entered
            self.assertEqual((record.entered.credentials, record.pending), (secret(b"keyone"), None))
            self.assertTrue(self.admits(record, attempt))
            self.assertTrue(self.admits(record, at_door(b"keyone")))
            after = self.serve(record, at_door(b"keyone"), dial_of("entered", b"keyone"))
            self.assertFalse(self.admits(after, attempt))

    def test_earlier_one(self) -> None:
        """The earlier one served: K stays second, as it was set."""
        cases = (
            (self.with_s, at_door(b"S"), dial_of("entered", b"S")),
            (self.with_s, at_door(b"keyone"), dial_of("entered", b"S")),
            (self.with_x, at_door(b"keyone"), dial_of("detected", b"X")),
            (self.with_x, at_door(b"X"), dial_of("shown", b"X")),
        )
        for before, attempt, dial in cases:
            record, learned = served(RULES, before, attempt, dial, NOW)
            self.assertEqual(record.pending, evolve(KEY, first=False))
            self.assertEqual((record.entered, "key-second" in learned), (before.entered, True))
            self.assertNotIn("key-second", served(RULES, record, attempt, dial, NOW)[1])

    def test_served_without(self) -> None:
        """Being served without a password judges no key."""
        self.assertEqual(self.serve(self.with_x, at_door(), dial_of("none", None)).pending, KEY)

    def test_second_after_all(self) -> None:
        """K that stands second and is served after all replaces the earlier one."""
        before = evolve(self.with_s, pending=evolve(KEY, first=False))
        record = self.serve(before, at_door(b"keyone"), dial_of("pending", b"keyone"))
        assert record.entered
        self.assertEqual(record.entered.credentials, secret(b"keyone"))

    def test_the_same_in_another_form(self) -> None:
        """X served after the charger showed K proves nothing of K, even where both are the same in different forms."""
        before = evolve(self.with_x, detected=Detected(secret(b"keyone"), NOW - 99, HERE))
        record = self.serve(before, at_door(b"6b65796f6e65"), dial_of("detected", b"keyone"))
        self.assertEqual(record.pending, evolve(KEY, first=False))

    def test_next_key(self) -> None:
        """A further key while the charger already shows the one before, which the central system never took: that one
        stays the charger's own secret, should the further one be refused.
        """
        record = self.serve(self.with_s, at_door(b"keyone"), dial_of("entered", b"S"))
        record = key_refused(key_set(record, "abcd", NOW))
        self.assertTrue(self.admits(record, at_door(b"keyone")))
        record = key_refused(key_set(self.serve(self.with_s, at_door(b"S"), dial_of("entered", b"S")), "abcd", NOW))
        self.assertFalse(self.admits(record, at_door(b"keyone")))

    def test_set_and_refused(self) -> None:
        """A key that is set is pending, first; one that the charger refused is gone, and nothing else with it."""
        record = key_set(self.with_s, "abcd", NOW)
        self.assertEqual(record.pending, KeyChange("abcd", NOW))
        self.assertEqual(key_refused(record), evolve(self.with_s, pending=None))


class EntryTests(LearningCase):
    """What a maintainer enters."""

    def enter(self, record: Record, shows: Shows | None, *, confirmed: str | None = None) -> Record:
        """Enter S."""
        return enter_secret(RULES, record, secret(b"S"), shows, NOW, confirmed)

    def error(self, record: Record, shows: Shows | None) -> str:
        """Why S can't be entered."""
        code: str = self.assertRaises(EntryError, self.enter, record, shows).code
        return code

    def unconfirmed(self, record: Record, shows: Shows, confirmed: str | None = None) -> tuple[str, str]:
        """Why S can't be entered with that address, and the address as it is now."""
        error = self.assertRaises(EntryError, self.enter, record, shows, confirmed=confirmed)
        return error.code, error.address

    def test_always_asked(self) -> None:
        """'When S is entered, EdgeManager, edgectl and the API always ask what the charger itself will show (without an
        answer the API says 409): nothing / the same as S / its next password within 10 minutes, from its usual
        address, adopted when served / what it showed when last served (preselected, with date and address).' Here: no
        entry without an answer.
        """
        self.assertEqual(self.error(record_of(), None), "shows-missing")

    def test_the_same(self) -> None:
        """The same as S: whatever was its own secret before, is no more."""
        before = evolve(
            record_of(),
            own=secret(b"own"),
            own_next=Window(NOW + 9, HERE),
            no_password=Binding("", HERE),
            pending=KEY,
            shown=secret(b"X"),
        )
        record = self.enter(before, "same")
        self.assertEqual(record.entered, evolve(entered(b"S"), at=NOW))
        self.assertEqual((record.own, record.own_next, record.no_password, record.pending), (None,) * 4)
        found = [self.admits(record, at_door(shown)) for shown in (b"S", b"X", b"own", b"keyone", None)]
        self.assertEqual(found, [True, False, False, False, False])

    def test_nothing_by_mac(self) -> None:
        """Nothing: bound to the MAC with which it was last served."""
        before = evolve(record_of(), last_address=HERE, last_mac="02:aa", attempt_address=THERE)
        record = self.enter(before, "nothing")
        self.assertEqual(record.no_password, Binding("02:aa", HERE))
        self.assertTrue(self.admits(record, at_door(mac="02:aa", address=THERE)))
        self.assertFalse(self.admits(record, at_door(address=HERE)))

    def test_nothing_by_address(self) -> None:
        """Nothing, off the box's segment: bound to the address of its last served session, not of a later attempt."""
        before = evolve(record_of(), last_address=HERE, attempt_address=THERE)
        record = self.enter(before, "nothing")
        found = [self.admits(record, at_door(address=address)) for address in (HERE, THERE)]
        self.assertEqual(found, [True, False])

    def test_nothing_never_served(self) -> None:
        """Nothing, never served: bound to the address of its last attempt, and only if the maintainer confirms it."""
        self.assertEqual(self.error(record_of(), "nothing"), "no-place")
        before = evolve(record_of(), attempt_address=THERE)
        self.assertEqual(self.unconfirmed(before, "nothing"), ("confirm-address", THERE))
        self.assertEqual(self.enter(before, "nothing", confirmed=THERE).no_password, Binding("", THERE))

    def test_confirmed_as_seen(self) -> None:
        """A stranger who tries after the maintainer looked is not bound in the charger's place: what was confirmed is
        bound, or nothing is. That holds also where the stranger was served meanwhile.
        """
        self.assertEqual(self.error(record_of(), "nothing"), "no-place")
        tried = evolve(record_of(), attempt_address=THERE)
        met = stayed(evolve(tried, first_served=NOW, last_served=NOW, last_address=THERE, last_mac="02:aa"), THERE, 1)
        for record in (tried, met):
            for shows in ("nothing", "next"):
                for other in (HERE, "", f"{THERE} "):
                    self.assertEqual(self.unconfirmed(record, shows, other), ("address-changed", THERE))
        self.assertEqual(self.enter(met, "nothing", confirmed=THERE).no_password, Binding("02:aa", THERE))
        self.assertEqual(self.enter(met, "next", confirmed=THERE).own_next, Window(NOW + 600, THERE))

    def test_moved(self) -> None:
        """'It moved' binds to the address that the maintainer saw, and only while it is that of the last attempt."""
        before = evolve(record_of(), no_password=Binding("02:aa", HERE), last_address=HERE, attempt_address=THERE)
        self.assertEqual(allow_again(before, THERE).no_password, Binding("", THERE))
        for confirmed, code in ((None, "confirm-address"), (HERE, "address-changed")):
            error = self.assertRaises(EntryError, allow_again, before, confirmed)
            self.assertEqual((error.code, error.address), (code, THERE))
        for record, code in (
            (evolve(before, no_password=None), "not-allowed-before"),
            (evolve(before, attempt_address=""), "no-place"),
        ):
            error = self.assertRaises(EntryError, allow_again, record, THERE)
            self.assertEqual((error.code, error.address), (code, ""))

    def test_next(self) -> None:
        """Its next password: for 10 minutes, from where it was served longest; until then the present one stays."""
        before = stayed(evolve(record_of(), shown=secret(b"X"), attempt_address=THERE), HERE, 60)
        record = self.enter(before, "next")
        self.assertEqual((WINDOW, record.own_next), (600, Window(NOW + 600, HERE)))
        cases = (
            (at_door(b"X"), NOW + 9999, True),
            (at_door(b"new"), NOW + 599, True),
            (at_door(b"new"), NOW + 600, False),
            (at_door(b"new", address=THERE), NOW + 1, False),
            (at_door(), NOW + 1, False),
        )
        for attempt, now, expected in cases:
            self.assertEqual(self.admits(record, attempt, now), expected)

    def test_next_without_a_place(self) -> None:
        """Its next password, never served: from where it last tried, if the maintainer confirms it; without even that
        it can't be entered.
        """
        self.assertEqual(self.error(record_of(), "next"), "no-usual-address")
        before = evolve(record_of(), attempt_address=THERE)
        self.assertEqual(self.unconfirmed(before, "next"), ("confirm-address", THERE))
        record = self.enter(before, "next", confirmed=THERE)
        self.assertEqual(record.own_next, Window(NOW + 600, THERE))

    def test_what_it_showed(self) -> None:
        """What it showed when last served becomes its own secret."""
        self.assertEqual(self.error(record_of(), "detected"), "nothing-detected")
        detected = Detected(secret(b"X"), NOW - 9, HERE)
        self.assertEqual(self.enter(evolve(record_of(), detected=detected), "detected").own, secret(b"X"))
        record = self.enter(evolve(record_of(), detected=detected, shown=secret(b"Y")), "detected")
        self.assertEqual(record.own, secret(b"Y"))

    def test_origin(self) -> None:
        """S is bound to the origin of the endpoint set by hand, else of `uplink.wss`."""
        for endpoint, expected in ((None, WSS), (BY_HAND, BY_HAND), (LITERAL, LITERAL)):
            record = self.enter(evolve(record_of(), endpoint=endpoint), "same")
            assert record.entered
            self.assertEqual(record.entered.origin, expected.origin)

    def test_in_the_open(self) -> None:
        """S for an endpoint where it would travel in the open is refused on entry, and so is such an endpoint for a
        charger whose password would; without any password it may be set.
        """
        self.assertEqual(self.error(evolve(record_of(), endpoint=OPEN_AIR), "same"), "plain-secret")
        for record in (
            evolve(record_of(), entered=entered(b"S")),
            evolve(record_of(), detected=Detected(secret(b"X"), NOW, HERE)),
            evolve(record_of(), shown=secret(b"X")),
        ):
            error = self.assertRaises(EntryError, enter_endpoint, record, OPEN_AIR)
            self.assertEqual(error.code, "plain-secret")
            self.assertEqual(enter_endpoint(record, LITERAL).endpoint, LITERAL)
        self.assertEqual(enter_endpoint(record_of(), OPEN_AIR).endpoint, OPEN_AIR)

    def test_endpoint(self) -> None:
        """An endpoint is set and taken back; S stays bound to where it was entered for."""
        before = evolve(record_of(), entered=entered(b"S"))
        record = enter_endpoint(before, BY_HAND)
        self.assertEqual((record.endpoint, record.entered), (BY_HAND, before.entered))
        self.assertEqual(enter_endpoint(record, None), before)

    def test_as_a_person_writes_it(self) -> None:
        """'An endpoint's trailing `/` is dropped; one with a query, with a user name, whose last segment is the
        identity, or that points at Edge itself is refused when entered, with the reason.' L2.
        """
        self.assertEqual(parse_endpoint("wss://central.example.net:8443/ocpp/"), BY_HAND)
        for text, code in (
            ("wss://central.example.net/ocpp?x=1", "query"),
            ("wss://user@central.example.net/ocpp", "user"),
            ("wss://user:pass@central.example.net/ocpp", "user"),
            ("wss://central.example.net/ocpp/CP001/", "identity"),
            ("wss://central.example.net/ocpp/CP%3001", "identity"),
        ):
            self.assertEqual(self.assertRaises(EndpointError, parse_endpoint, text, b"CP001").code, code)
        own = {(BY_HAND.host, BY_HAND.port)}
        self.assertEqual(self.assertRaises(EntryError, enter_endpoint, record_of(), BY_HAND, own).code, "loop")

    def test_loop(self) -> None:
        """L3: an endpoint that points at Edge itself is refused when entered."""
        own = {("192.168.1.5", 80), ("edge.lan", 443)}
        for endpoint in (Endpoint(False, "192.168.1.5", 80), Endpoint(True, "edge.lan", 443, "/ocpp")):
            self.assertEqual(self.assertRaises(EntryError, enter_endpoint, record_of(), endpoint, own).code, "loop")
        near = Endpoint(False, "192.168.1.5", 8080)
        self.assertEqual(enter_endpoint(record_of(), near, own).endpoint, near)

    def test_pin(self) -> None:
        """'Pin (one action): the detected secret becomes S, for central systems that check none.' The charger goes on
        showing it, and nobody else gets in.
        """
        self.assertEqual(self.assertRaises(EntryError, pin_detected, RULES, record_of(), NOW).code, "nothing-detected")
        before = evolve(record_of(), detected=Detected(secret(b"X"), NOW - 9, HERE), own=secret(b"old"))
        record = pin_detected(RULES, before, NOW)
        self.assertEqual(record.entered, evolve(entered(b"X"), at=NOW))
        found = [self.admits(record, at_door(shown)) for shown in (b"X", b"old", b"Y", None)]
        self.assertEqual(found, [True, False, False, False])

    def test_error_is_a_word(self) -> None:
        """What is wrong with an entry is a word, without anything that was entered."""
        error = self.assertRaises(EntryError, self.enter, evolve(record_of(), endpoint=OPEN_AIR), "same")
        self.assertEqual(str(error), "plain-secret")


class BytesTests(LearningCase):
    """Secrets are bytes all the way."""

    @given(st.binary(max_size=40), st.sampled_from(["same", "detected"]))
    def test_as_entered(self, password: bytes, shows: Shows) -> None:
        """'Passwords are bytes from the wire to the store and back (J-62, J-66).' Here: from the header to the dial,
        detected, pinned and as the own secret, whatever the bytes.
        """
        attempt = at_door(password)
        plan = decide(RULES, None, attempt, World(), NOW)
        assert isinstance(plan, Plan)
        self.assertEqual(passwords(plan.dials), [password])
        record = self.serve(record_of(), attempt, plan.dials[0])
        pinned = pin_detected(RULES, record, NOW)
        own = enter_secret(RULES, record, secret(b"S"), shows, NOW)
        for new, expected in ((pinned, password), (own, b"S")):
            plan = decide(RULES, new, attempt, World(known=True), NOW)
            if shows == "detected" or new is pinned:
                assert isinstance(plan, Plan)
                self.assertEqual(passwords(plan.dials), [expected])
            elif password not in (b"S", b"53"):
                assert isinstance(plan, Refusal)
                self.assertEqual(plan.status, 401)
