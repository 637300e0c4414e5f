"""Tests of `edge_twisted.core.policy`: the tables of the design's section 4, row by row."""

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.credentials import Credentials
from edge_twisted.core.endpoint import Endpoint, Trust
from edge_twisted.core.policy import Attempt, Dial, Plan, Refusal, Rules, Unsupported, World, decide, knows_secret
from edge_twisted.core.record import Binding, Detected, KeyChange, Record, Window
from tests.scene import (
    HERE,
    LITERAL,
    NEAR,
    NOW,
    RULES,
    THERE,
    WS,
    WSS,
    at_door,
    endpoints,
    entered,
    passwords,
    record_of,
    secret,
)

BY_HAND = Endpoint(True, "central.example.net", 8443, "/ocpp")
OPEN_AIR = Endpoint(False, "central.example.net", 80)
KEY = KeyChange("6b65796f6e65", NOW)
"""K: its bytes are `keyone`."""


class PolicyCase(SynchronousTestCase):
    """What the tests of the policy share."""

    def decide(
        self, attempt: Attempt, record: Record | None = None, *, rules: Rules = RULES, world: World | None = None
    ) -> Refusal | Unsupported | Plan:
        """The verdict."""
        return decide(rules, record, attempt, world or World(known=record is not None), NOW)

    def plan(self, attempt: Attempt, record: Record | None = None, *, rules: Rules = RULES) -> Plan:
        """The plan for somebody who may dial."""
        verdict = self.decide(attempt, record, rules=rules)
        assert isinstance(verdict, Plan), verdict
        return verdict

    def refusal(self, attempt: Attempt, record: Record | None = None, *, rules: Rules = RULES) -> Refusal:
        """The refusal of somebody who may not."""
        verdict = self.decide(attempt, record, rules=rules)
        assert isinstance(verdict, Refusal), verdict
        return verdict


class OrderTests(PolicyCase):
    """The order of checks."""

    def test_first_match_answers(self) -> None:
        """'Order of checks, the first that matches answers: `listen.from` (dropped), wrong kind of traffic (alert,
        400), head (400), no upgrade (page, root certificate or 426), browser (403), identity (404), blocked (403),
        WSS only (403), throttle (429; never for a right secret), approval (404), credentials (401), incumbent (503),
        hold-off, cache, lane (503), dial.' From the identity to the credentials: with everything wrong, each check
        answers in its turn as soon as those before it are content.
        """
        rules = evolve(RULES, approve=True)
        records = [evolve(record_of(), entered=entered(b"S"), wss_only=True)]
        records.append(evolve(records[0], wss_only=False))
        worlds = [World(known=False, blocked=True, approved=False, throttled=30)]
        worlds.append(evolve(worlds[-1], known=True))
        worlds.append(evolve(worlds[-1], blocked=False))
        worlds.append(evolve(worlds[-1], throttled=0.0))
        worlds.append(evolve(worlds[-1], approved=True))
        attempts = [at_door(b"wrong", user=b"other", target="/ocpp/CP001/")]
        attempts.append(at_door(b"S"))
        for record, world, attempt, expected in (
            (0, 0, 0, (404, "trailing-slash")),
            (0, 1, 0, (403, "blocked")),
            (0, 2, 0, (403, "wss-only")),
            (1, 2, 0, (429, "throttled")),
            (1, 3, 0, (404, "approval")),
            (1, 4, 0, (401, "password-wrong")),
            (1, 4, 1, None),
        ):
            verdict = decide(rules, records[record], attempts[attempt], worlds[world], NOW)
            found = (verdict.status, verdict.code) if isinstance(verdict, Refusal) else None
            self.assertEqual(found, expected)

    def test_throttle_never_for_a_right_secret(self) -> None:
        """S, the own secret, X and K pass a throttle; everybody else waits for as long as it says."""
        record = evolve(
            record_of(),
            entered=entered(b"S"),
            own=secret(b"own"),
            detected=Detected(secret(b"X"), NOW, HERE),
            pending=KEY,
        )
        for password in (b"S", b"own", b"X", b"keyone", b"6b65796f6e65", b"6B65796F6E65"):
            verdict = self.decide(at_door(password), record, world=World(throttled=30))
            self.assertFalse(isinstance(verdict, Refusal) and verdict.status == 429, password)
        for attempt in (at_door(b"guess"), at_door(), at_door(b"")):
            self.assertEqual(self.decide(attempt, record, world=World(throttled=30)), Refusal(429, "throttled", 30))

    def test_broken_authorization(self) -> None:
        """D6: what is no Basic authentication gets 401, whatever is remembered; nothing is dialled."""
        attempt = at_door()
        broken = evolve(attempt, request=evolve(attempt.request, broken_authorization=True))
        for record in (None, evolve(record_of(), entered=entered(b"S"))):
            self.assertEqual(self.refusal(broken, record), Refusal(401, "authorization-broken"))

    def test_approve(self) -> None:
        """'`admission.mode = "open"` (default: the central system knows its chargers), or `"approve"` (404 until
        approved; 404 is not final for a charger, J-07).' A9, A10.
        """
        self.plan(at_door())
        rules = evolve(RULES, approve=True)
        self.assertEqual(self.decide(at_door(), rules=rules), Refusal(404, "approval"))
        self.assertIsInstance(self.decide(at_door(), rules=rules, world=World(approved=True)), Plan)

    def test_trailing_slash(self) -> None:
        """'A trailing slash is accepted only if the segment before it is a known identity or the Basic user name; else
        404.'
        """
        slashed = at_door(target="/ocpp/CP001/")
        self.assertEqual(self.decide(slashed), Refusal(404, "trailing-slash"))
        self.assertIsInstance(self.decide(slashed, record_of()), Plan)
        self.assertIsInstance(self.decide(at_door(b"X", target="/ocpp/CP001/")), Plan)
        other = at_door(b"X", user=b"ocpp", target="/ocpp/CP001/")
        self.assertEqual(self.decide(other), Refusal(404, "trailing-slash"))


class WhereTests(PolicyCase):
    """Where the uplink goes."""

    def test_by_hand(self) -> None:
        """'An endpoint set by hand: exactly that, scheme included.' It wins over everything else."""
        record = evolve(record_of(), wss_detected_at=NOW, entered=entered(b"S"))
        for endpoint in (BY_HAND, LITERAL):
            for attempt in (at_door(b"S"), at_door(b"S", secure=True)):
                plan = self.plan(attempt, evolve(record, endpoint=endpoint), rules=evolve(RULES, always=True))
                self.assertEqual(endpoints(plan), [str(endpoint)])
        plan = self.plan(at_door(secure=True), evolve(record_of(), endpoint=OPEN_AIR))
        self.assertEqual(endpoints(plan), ["ws://central.example.net"])

    def test_secret_in_the_open(self) -> None:
        """'`ws://` with a secret only to a private or loopback address literal or `localhost`: else refused on entry,
        and 502 with an alarm at the dial.' Whoever's secret it is.
        """
        shown = evolve(record_of(), endpoint=OPEN_AIR)
        adds = evolve(shown, entered=entered(b"S", OPEN_AIR), no_password=Binding("", HERE))
        for attempt, record in ((at_door(b"X"), shown), (at_door(b"S"), adds), (at_door(), adds)):
            refusal = self.refusal(attempt, record)
            self.assertEqual((refusal.status, refusal.code, refusal.alarm), (502, "plain-secret", "plain-secret"))
            self.assertGreater(refusal.wait, 0)
        self.assertEqual(endpoints(self.plan(at_door(), shown)), [str(OPEN_AIR)])
        for host in ("10.1.2.3", "127.0.0.1", "localhost", "fd00::1"):
            self.plan(at_door(b"X"), evolve(record_of(), endpoint=Endpoint(False, host, 80)))
        for host in ("198.51.100.7", "localhost.example.net", "edge.lan"):
            self.refusal(at_door(b"X"), evolve(record_of(), endpoint=Endpoint(False, host, 80)))

    def test_secure(self) -> None:
        """'`uplink.secure = "always"`, or the charger's leg is `wss`, or `wss` was detected before: `uplink.wss`.'"""
        detected = evolve(record_of(), wss_detected_at=NOW - 5)
        for rules in (RULES, NEAR):
            for password in (None, b"X"):
                plans = (
                    self.plan(at_door(password), rules=evolve(rules, always=True)),
                    self.plan(at_door(password, secure=True), rules=rules),
                    self.plan(at_door(password), detected, rules=rules),
                )
                for plan in plans:
                    self.assertEqual(endpoints(plan), [str(WSS)])

    def test_secret(self) -> None:
        """''Secret' = Edge will send credentials, whoever's. First match wins:' and 'A secret: `uplink.wss`; or
        `uplink.ws` if that is such a literal.'
        """
        self.assertEqual(endpoints(self.plan(at_door(b"X"))), [str(WSS)])
        self.assertEqual(endpoints(self.plan(at_door(b"X"), rules=NEAR)), [str(LITERAL), str(WSS)])
        adds = evolve(record_of(), entered=entered(b"S"), no_password=Binding("", HERE))
        for rules in (RULES, NEAR):
            self.assertEqual(endpoints(self.plan(at_door(), adds, rules=rules)), [str(WSS)])
        near = evolve(adds, entered=entered(b"S", LITERAL))
        self.assertEqual(self.plan(at_door(), near, rules=NEAR).dials[0].kind, "entered")

    def test_no_secret(self) -> None:
        """'Else `uplink.ws`.' With `uplink.wss` behind it, where they differ."""
        self.assertEqual(endpoints(self.plan(at_door())), [str(WS), str(WSS)])
        self.assertEqual(endpoints(self.plan(at_door(), rules=Rules(WSS, WSS))), [str(WSS)])

    def test_trust(self) -> None:
        """A charger's own trust goes before that of the configuration; it is part of the dial and of its hold-off."""
        trust, other = Trust(pins=(b"p" * 32,)), Trust(system=False)
        rules = evolve(RULES, trust=other)
        self.assertEqual({dial.trust for dial in self.plan(at_door(), rules=rules).dials}, {other})
        plan = self.plan(at_door(), evolve(record_of(), trust=trust), rules=rules)
        self.assertEqual(plan.dials[0].target, ("ws.evc-net.com", 80, trust))

    def test_leg_lowered(self) -> None:
        """'A charger whose own leg was last served on `wss` and now comes on `ws` is admitted with an alarm; it gets
        403 only where the maintainer switched 'WSS only' on, or a `SecurityProfile` of 2 or more was accepted and the
        charger was afterwards served over `wss` (A05.FR.08, FR.09): otherwise one wss connection by a stranger, or a
        failed change, would shut it out.' J8: the uplink stays where it was.
        """
        record = evolve(record_of(), leg_secure=True, wss_detected_at=NOW - 5)
        plan = self.plan(at_door(), record)
        self.assertEqual((plan.alarms, endpoints(plan)), (("leg-lowered",), [str(WSS)]))
        failed = evolve(record, security_profile=2)
        self.assertEqual(self.plan(at_door(), failed).alarms, ("leg-lowered",))
        kept = evolve(failed, profile_kept=True)
        for refused in (evolve(record, wss_only=True), kept, evolve(kept, security_profile=3)):
            self.assertEqual(self.refusal(at_door(), refused), Refusal(403, "wss-only"))
            self.assertEqual(self.plan(at_door(secure=True), refused).alarms, ())
        self.plan(at_door(), evolve(kept, security_profile=1))
        self.assertEqual(self.plan(at_door(secure=True), record).alarms, ())


class CredentialsTests(PolicyCase):
    """The table of credentials."""

    def setUp(self) -> None:
        self.record = evolve(record_of(), entered=entered(b"S"))

    def test_nothing_and_nothing(self) -> None:
        """'none | nothing | dials without credentials; badge 'the identity is this charger's only secret'; where a
        password was detected before, also an alarm 'stopped showing its password''. The badge is EdgeManager's.
        """
        plan = self.plan(at_door())
        self.assertEqual([(d.kind, d.credentials) for d in plan.dials], [("none", None)] * 2)
        self.assertEqual(plan.alarms, ())
        before = evolve(record_of(), detected=Detected(secret(b"X"), NOW, HERE))
        plan = self.plan(at_door(), before)
        self.assertEqual((passwords(plan.dials), plan.alarms), ([None, None], ("stopped-showing",)))

    def test_nothing_entered(self) -> None:
        """'none | X | dials with exactly X.' Also where another password was detected: 'A later, different X is judged
        by the central system in the same way: a changed password follows by itself'.
        """
        before = evolve(record_of(), detected=Detected(secret(b"X"), NOW, HERE))
        for shown in (b"X", b"another", b"", b"\x00:\r\n\xff", b"58"):
            for record in (None, before):
                plan = self.plan(at_door(shown), record)
                self.assertEqual([(d.kind, d.credentials) for d in plan.dials], [("shown", secret(shown))])
                self.assertFalse(plan.dials[0].ours)

    def test_right_secret(self) -> None:
        """'S | S, or the charger's own secret | dials with S'."""
        record = evolve(self.record, own=secret(b"own"))
        for shown in (b"S", b"own", b"53", b"6f776E"):
            plan = self.plan(at_door(shown), record)
            self.assertEqual([(d.kind, d.credentials, d.ours) for d in plan.dials], [("entered", secret(b"S"), True)])

    def test_user_of_s(self) -> None:
        """S goes up with the user name that was entered, whatever the charger calls itself (Q12)."""
        record = evolve(self.record, entered=evolve(entered(b"S"), credentials=Credentials(b"account", b"S")))
        plan = self.plan(at_door(b"S", user=b"admin"), record)
        self.assertEqual(plan.dials[0].credentials, Credentials(b"account", b"S"))

    def test_wrong_secret(self) -> None:
        """'S | anything else | 401; the uplink is not dialled (S-41: no confused deputy)'. D10, D11."""
        for shown in (b"X", b"", b"s", b"S ", b"own"):
            self.assertEqual(self.refusal(at_door(shown), self.record), Refusal(401, "password-wrong"))

    def test_permission(self) -> None:
        """'S | nothing | 401, unless the maintainer lets this charger connect without a password: bound to its MAC on
        the box's own segment, else to the address of its last served session (never served: of its last attempt,
        confirmed by the maintainer).' Here: what is bound holds, and only for nothing shown.
        """
        self.assertEqual(self.refusal(at_door(), self.record), Refusal(401, "password-missing"))
        by_mac = evolve(self.record, no_password=Binding("02:aa", HERE))
        by_address = evolve(self.record, no_password=Binding("", HERE))
        self.assertEqual(passwords(self.plan(at_door(mac="02:aa", address=THERE), by_mac).dials), [b"S"])
        self.assertEqual(passwords(self.plan(at_door(), by_address).dials), [b"S"])
        self.assertEqual(self.refusal(at_door(b"X"), by_address).code, "password-wrong")

    def test_moved(self) -> None:
        """'From elsewhere: 401 and an alarm with one action, 'it moved''. A MAC is not replaced by an address."""
        by_mac = evolve(self.record, no_password=Binding("02:aa", HERE))
        by_address = evolve(self.record, no_password=Binding("", HERE))
        moved = Refusal(401, "moved", alarm="moved")
        for attempt in (at_door(), at_door(mac="02:bb")):
            self.assertEqual(self.refusal(attempt, by_mac), moved)
        self.assertEqual(self.refusal(at_door(address=THERE, mac="02:aa"), by_address), moved)

    def test_window(self) -> None:
        """Its next password within 10 minutes, from its usual address: anything is let in there, nowhere else."""
        record = evolve(self.record, own=secret(b"own"), own_next=Window(NOW + 1, HERE))
        self.assertEqual(passwords(self.plan(at_door(b"new"), record).dials), [b"S"])
        self.assertEqual(passwords(self.plan(at_door(b"own", address=THERE), record).dials), [b"S"])
        self.assertEqual(self.refusal(at_door(b"new", address=THERE), record).code, "password-wrong")
        self.assertEqual(self.refusal(at_door(), record).code, "password-missing")
        late = evolve(record, own_next=Window(NOW, HERE))
        self.assertEqual(self.refusal(at_door(b"new"), late).code, "password-wrong")

    def test_other_origin(self) -> None:
        """'S is stored under (scheme, host, port) and used only there; entered without an endpoint, under
        `uplink.wss`.' Elsewhere the charger is shown through, and an alarm tells that S is not used.
        """
        record = evolve(self.record, endpoint=BY_HAND)
        for shown in (None, b"X", b"S"):
            plan = self.plan(at_door(shown), record)
            self.assertEqual(passwords(plan.dials), [shown])
            self.assertFalse(plan.dials[0].ours)
            self.assertIn("secret-unused", plan.alarms)
        for endpoint in (evolve(WSS, port=444), Endpoint(False, "localhost", 443), evolve(WSS, host="evc-net.com")):
            self.assertIn("secret-unused", self.plan(at_door(), evolve(record, endpoint=endpoint)).alarms)
        same = evolve(record, endpoint=evolve(WSS, path="/elsewhere"))
        self.assertEqual(passwords(self.plan(at_door(b"S"), same).dials), [b"S"])
        self.assertEqual(self.plan(at_door(b"S"), self.record).alarms, ())

    def test_user_names(self) -> None:
        """'A user name that differs from the identity is accepted and shown (Q12); if it is another known identity, an
        alarm: the central system judges.' D7.
        """
        attempt = at_door(b"X", user=b"CP002")
        self.assertEqual(self.plan(attempt).dials[0].credentials, Credentials(b"CP002", b"X"))
        verdict = self.decide(attempt, world=World(other_user=True))
        assert isinstance(verdict, Plan)
        self.assertEqual(verdict.alarms, ("user-is-another",))
        self.assertEqual(verdict.dials, self.plan(attempt).dials)

    def test_earlier_password(self) -> None:
        """A charger that falls back to the password that was detected before S is refused with an alarm."""
        record = evolve(self.record, detected=Detected(secret(b"X"), NOW, HERE))
        refused = self.refusal(at_door(b"X"), record)
        self.assertEqual((refused.status, refused.alarm), (401, "earlier-password"))
        self.assertEqual(self.refusal(at_door(b"Y"), record).alarm, "")

    def test_only_the_password_counts(self) -> None:
        """'Comparisons are constant-time, of the password only, and also try the hex form (S-07).' The comparison
        itself is `credentials.same_password`; everything that compares uses it.
        """
        record = evolve(self.record, own=secret(b"own"), pending=KEY, detected=Detected(secret(b"X"), NOW, HERE))
        for shown in (b"S", b"53", b"own", b"6F776e", b"keyone", b"6b65796f6e65", b"X", b"58"):
            for user in (b"CP001", b"", b"else"):
                self.assertTrue(knows_secret(record, Credentials(user, shown)), shown)
        for shown in (b"", b"s", b"CP001"):
            self.assertFalse(knows_secret(record, Credentials(b"CP001", shown)), shown)
        self.assertFalse(knows_secret(record, None))


class KeyChangeTests(PolicyCase):
    """A key change that is pending."""

    def setUp(self) -> None:
        self.with_s = evolve(record_of(), entered=entered(b"S"), pending=KEY)
        self.with_x = evolve(record_of(), detected=Detected(secret(b"X"), NOW, HERE), pending=KEY)

    def kinds(self, attempt: Attempt, record: Record) -> list[tuple[str, bytes | None]]:
        """What is dialled, in order."""
        plan = self.plan(attempt, record)
        return list(zip((d.kind for d in plan.dials), passwords(plan.dials), strict=True))

    def test_shows_k(self) -> None:
        """'While it is pending, a charger that shows K (either form) is admitted like one that
        shows its own secret.'
        """
        for shown in (b"keyone", b"6b65796f6e65", b"6B65796F6E65"):
            self.plan(at_door(shown), self.with_s)
            self.assertEqual(self.refusal(at_door(shown), evolve(self.with_s, pending=None)).status, 401)
        self.assertEqual(self.refusal(at_door(b"neither"), self.with_s).status, 401)

    def test_with_s(self) -> None:
        """'With S: K is dialled first (the bytes of the hex, unless the charger shows the
        text); turned away: S once.'
        """
        later = ("entered", b"S")
        for shown in (b"S", b"keyone"):
            self.assertEqual(self.kinds(at_door(shown), self.with_s), [("pending", b"keyone"), later])
        for text in (b"6b65796f6e65", b"6B65796F6E65"):
            self.assertEqual(self.kinds(at_door(text), self.with_s), [("pending", text), later])
        odd = evolve(self.with_s, pending=KeyChange("no hex at all", NOW))
        self.assertEqual(self.kinds(at_door(b"S"), odd), [("pending", b"no hex at all"), later])

    def test_without_s(self) -> None:
        """'Without S: what the charger shows; if that is K and it is turned away, the detected X once.'"""
        self.assertEqual(self.kinds(at_door(b"X"), self.with_x), [("shown", b"X")])
        self.assertEqual(self.kinds(at_door(b"Y"), self.with_x), [("shown", b"Y")])
        for text in (b"keyone", b"6b65796f6e65"):
            self.assertEqual(self.kinds(at_door(text), self.with_x), [("pending", text), ("detected", b"X")])
        none = evolve(self.with_x, detected=None)
        self.assertEqual(self.kinds(at_door(b"keyone"), none), [("pending", b"keyone")])
        plan = self.plan(at_door(), self.with_x)
        self.assertEqual(passwords(plan.dials), [None, None])

    def test_earlier_one_first(self) -> None:
        """'The earlier one served: it goes first, K stays second.'"""
        second = evolve(KEY, first=False)
        with_s, with_x = evolve(self.with_s, pending=second), evolve(self.with_x, pending=second)
        self.assertEqual(self.kinds(at_door(b"S"), with_s), [("entered", b"S"), ("pending", b"keyone")])
        self.assertEqual(self.kinds(at_door(b"keyone"), with_x), [("detected", b"X"), ("pending", b"keyone")])

    def test_only_at_its_origin(self) -> None:
        """K in place of S goes to the origin of S only."""
        self.assertEqual(self.kinds(at_door(b"X"), evolve(self.with_s, endpoint=BY_HAND)), [("shown", b"X")])


class ProtocolTests(PolicyCase):
    """Subprotocols."""

    def test_offered(self) -> None:
        """B1 to B3: what is carried is offered on, in the charger's order."""
        for offer, expected in (
            ("ocpp1.6", ("ocpp1.6",)),
            ("ocpp2.0.1, ocpp1.6", ("ocpp1.6",)),
            ("ocpp1.5, ocpp1.6", ("ocpp1.5", "ocpp1.6")),
        ):
            self.assertEqual(self.plan(at_door(protocols=offer)).protocols, expected)

    def test_unsupported(self) -> None:
        """'Unsupported subprotocol: 101 without the header, then close (J-11); none offered: served as ocpp1.6,
        answered without the header (Q19).' B4, B5, B7; who shows a wrong password is told that first.
        """
        for offer in ("ocpp2.0.1", "OCPP1.6", "ocpp1.2, ocpp2.1"):
            self.assertEqual(self.decide(at_door(protocols=offer)), Unsupported())
        self.assertEqual(self.plan(at_door(protocols="")).protocols, ("ocpp1.6",))
        guarded = evolve(record_of(), entered=entered(b"S"))
        self.assertEqual(self.refusal(at_door(b"wrong", protocols="ocpp2.0.1"), guarded).status, 401)


class PlanTests(PolicyCase):
    """Plans as values."""

    def test_no_secret(self) -> None:
        """No repr of an attempt, a dial or a plan holds a password, a user name or an identity."""
        attempt = at_door(b"hush", user=b"somebody")
        plan = self.plan(attempt, evolve(record_of(), detected=Detected(secret(b"hush"), NOW, HERE)))
        text = repr((attempt, plan, plan.dials[0], Dial(WSS, Trust(), secret(b"hush"), "shown")))
        for hidden in ("hush", "somebody", "CP001"):
            self.assertNotIn(hidden, text)

    def test_served_before(self) -> None:
        """A plan tells whether its identity was served before."""
        self.assertFalse(self.plan(at_door()).served_before)
        self.assertTrue(self.plan(at_door(), evolve(record_of(), first_served=NOW)).served_before)
