"""Tests of `edge_twisted.desk.desk`: the core's rules with what is remembered, who is present and whom to tell."""

from attrs import evolve
from twisted.internet.defer import Deferred, succeed

from edge_twisted.core import events as e
from edge_twisted.core.endpoint import Endpoint, Trust
from edge_twisted.core.lane import Lane
from edge_twisted.core.learning import enter_secret, key_set
from edge_twisted.core.policy import Plan, Refusal, Unsupported
from edge_twisted.core.record import Binding, Detected, Place, Record
from edge_twisted.core.steps import Answered, End, Failed, Opened, Tried
from edge_twisted.desk.stays import LOOK_SECONDS, STAY_SECONDS
from edge_twisted.store.errors import StoreError
from edge_twisted.store.memory import MemoryChargers
from edge_twisted.words import en
from tests.scene import (
    HERE,
    NOW,
    RULES,
    THERE,
    WS,
    WSS,
    DeskCase,
    at_door,
    endpoints,
    entered,
    name_of,
    passwords,
    record_of,
    secret,
)

BY_HAND = Endpoint(True, "central.example.net", 8443, "/ocpp")


class AdmitTests(DeskCase):
    """Who may dial."""

    def test_plan(self) -> None:
        """A charger that nobody knows is dialled through; the desk knows that it is there until it is gone."""
        name, plan = self.planned(at_door(b"X"))
        self.assertEqual((endpoints(plan), passwords(plan.dials)), ([str(WSS)], [b"X"]))
        self.assertFalse(plan.served_before)
        self.desk.ended(name, End("left"), 0.0)
        self.assert_idle()

    def test_refused_is_told(self) -> None:
        """What Edge itself refuses becomes an event, with the reason and the wait."""
        self.remember(evolve(record_of(), blocked=True))
        self.assertEqual(self.refused(at_door(secure=True)), Refusal(403, "blocked"))
        (event,) = self.seen(e.AttemptRefused)
        found = (event.charger, event.address, event.secure, event.status, event.cause, event.wait)
        self.assertEqual(found, (name_of(b"CP001"), HERE, True, 403, "blocked", 0))
        self.assert_idle()

    def test_letter_case(self) -> None:
        """'Block, clash and approval compare identities without regard to case.' Block and approval here."""
        self.remember(evolve(record_of(b"CP001"), blocked=True))
        self.assertEqual(self.refused(at_door(identity="cp001")).code, "blocked")
        self.desk.rules = evolve(RULES, approve=True)
        self.assertEqual(self.refused(at_door(identity="cp002")).code, "approval")
        self.remember(evolve(record_of(b"CP002"), approved=True))
        self.planned(at_door(identity="cp002"))
        self.remember(evolve(record_of(b"CP003"), first_served=NOW))
        self.planned(at_door(identity="cp003"))

    def test_case_apart(self) -> None:
        """Nothing else is shared between identities that differ in letter case: neither secrets nor endpoints."""
        self.remember(evolve(record_of(b"CP001"), entered=entered(b"S"), wss_only=True))
        _, plan = self.planned(at_door(b"X", identity="cp001"))
        self.assertEqual(passwords(plan.dials), [b"X"])

    def test_user_is_another(self) -> None:
        """A user name that is another known identity is dialled, with an alarm."""
        self.remember(record_of(b"CP002"))
        self.planned(at_door(b"X", user=b"CP002"))
        self.assertEqual(self.alarms(), ["user-is-another"])
        self.planned(at_door(b"X", identity="CP003", user=b"nobody"))
        self.assertEqual(self.alarms(), ["user-is-another"])

    def test_trailing_slash(self) -> None:
        """A trailing slash is let through for an identity that is known."""
        attempt = at_door(target="/ocpp/CP001/")
        self.assertEqual(self.refused(attempt), Refusal(404, "trailing-slash"))
        self.remember(record_of())
        self.planned(attempt)

    def test_unsupported(self) -> None:
        """No subprotocol in common takes nothing of the bounds, and throws nobody out."""
        self.serve(at_door())
        name, decided = self.come(at_door(protocols="ocpp2.0.1"))
        self.assertEqual((decided.verdict, self.line.closed), (Unsupported(), []))
        self.desk.ended(name, End("unsupported"), 0.0)

    def test_alarms_are_folded(self) -> None:
        """An alarm of one kind is told once in 10 minutes per charger."""
        self.remember(evolve(record_of(), no_password=Binding("", THERE), entered=entered(b"S")))
        for seconds in (0, 1, 598, 1):
            self.now += seconds
            self.refused(at_door())
        self.assertEqual(self.alarms(), ["moved", "moved"])


class SecrecyTests(DeskCase):
    """What strangers learn."""

    def test_who_is_online(self) -> None:
        """'(So a stranger without the secret doesn't learn who is online.)' With S, the answer is the same before and
        after the charger is connected, and nobody is probed for a stranger.
        """
        self.remember(evolve(record_of(), entered=entered(b"S")))
        strangers = (at_door(b"X", address=THERE), at_door(address=THERE))
        before = [self.refused(attempt) for attempt in strangers]
        self.serve(at_door(b"S"))
        self.assertEqual([self.refused(attempt) for attempt in strangers], before)
        self.assertEqual((self.line.probed, self.line.closed), ([], []))

    def test_events(self) -> None:
        """No event holds a password, a user name, or an identity that is its charger's only secret."""
        self.remember(evolve(record_of(b"ONLY-SECRET"), detected=Detected(secret(b"hush"), NOW, HERE)))
        name = self.serve(at_door(identity="ONLY-SECRET"))
        self.leave(name)
        self.turn_away(at_door(b"hush-2", identity="CP-NEW", user=b"hush-3"), Answered(401))
        self.remember(evolve(record_of(b"CP-S"), entered=entered(b"hush-4")))
        self.refused(at_door(b"hush-5", identity="CP-S"))
        self.assertGreater(len(self.events), 5)
        for hidden in ("hush", "ONLY-SECRET", "NLY-"):
            self.assertNotIn(hidden, repr(self.events))


class ThrottleTests(DeskCase):
    """Guesses."""

    def guess(self, times: int, address: str = THERE, identity: str = "CP001") -> list[int]:
        """Guess so often; the statuses."""
        return [self.refused(at_door(b"guess", address=address, identity=identity)).status for _ in range(times)]

    def test_per_address_and_identity(self) -> None:
        """'Failed attempts are counted per (address, identity).' Neither another address nor another identity is
        slowed down, and the right secret passes.
        """
        for identity in (b"CP001", b"CP002"):
            self.remember(evolve(record_of(identity), entered=entered(b"S")))
        self.assertEqual(self.guess(12), [401] * 10 + [429] * 2)
        self.assertEqual(self.guess(1, address=HERE), [401])
        self.assertEqual(self.guess(1, identity="CP002"), [401])
        self.planned(at_door(b"S", address=THERE))

    def test_letter_case(self) -> None:
        """Letter case gives no further guesses."""
        for identity in (b"CP001", b"cp001"):
            self.remember(evolve(record_of(identity), entered=entered(b"S")))
        self.guess(10)
        self.assertEqual(self.guess(1, identity="cp001"), [429])

    def test_judged_by_the_central_system(self) -> None:
        """Guesses that the central system answers with 401 count as well."""
        self.remember(evolve(record_of(), first_served=NOW, detected=Detected(secret(b"X"), NOW, HERE)))
        for number in range(10):
            self.turn_away(at_door(b"guess%d" % number, address=THERE), Answered(401))
        self.assertEqual(self.guess(1), [429])
        self.planned(at_door(b"X", address=THERE))

    def test_broken(self) -> None:
        """So do headers that are no Basic authentication."""
        attempt = at_door(address=THERE)
        broken = evolve(attempt, request=evolve(attempt.request, broken_authorization=True))
        found = [self.refused(broken).status for _ in range(11)]
        self.assertEqual(found, [401] * 10 + [429])

    def test_served(self) -> None:
        """Being served forgets the failures of that address."""
        self.remember(evolve(record_of(), entered=entered(b"S")))
        self.guess(9)
        self.leave(self.serve(at_door(b"S", address=THERE)))
        self.assertEqual(self.guess(10), [401] * 10)


class ServedTests(DeskCase):
    """Being served: the only moment at which anything is learned."""

    def test_stored(self) -> None:
        """'An identity is stored once it was served or approved.' Not by an attempt, nor by a 101."""
        self.turn_away(at_door(b"X"), Answered(401))
        name, plan = self.planned(at_door(b"Y"))
        self.opened(name, plan)
        self.assertEqual((len(self.book), self.store.rows), (0, {}))
        self.desk.served(name, "result")
        (record,) = self.store.load()
        assert record.detected
        self.assertEqual((record.identity, record.detected.credentials), (b"CP001", secret(b"Y")))
        self.successResultOf(self.desk.edit(record_of(b"CP002"), "approved", "installer"))
        self.assertEqual({one.identity for one in self.store.load()}, {b"CP001", b"CP002"})

    def test_turned_away_teaches_nothing(self) -> None:
        """'Turned away: passed on, nothing remembered.' D9: by HTTP, and after the 101 as well."""
        self.leave(self.serve(at_door(b"X")))
        before = self.known()
        self.turn_away(at_door(b"Y"), Answered(401))
        name, plan = self.planned(at_door(b"Z"))
        self.opened(name, plan)
        self.leave(name, outcome="central-closed", turned_away=True, close=1008)
        self.assertEqual(evolve(self.known(), places=before.places), before)
        self.assertEqual([event.status for event in self.seen(e.TurnedAway)], [401, 0])

    def test_told(self) -> None:
        """Being served is told once, with how, whether it was the first time, and what was learned."""
        name = self.serve(at_door(b"X", secure=True))
        self.desk.served(name, "call")
        (event,) = self.seen(e.Served)
        self.assertEqual((event.session, event.how, event.first), (name, "result", True))
        self.assertEqual([event.what for event in self.seen(e.Learned)], ["wss", "password"])
        snapshot = self.registry.get(name_of(b"CP001"))
        assert snapshot
        self.assertEqual((snapshot.served, snapshot.uplink_secure, snapshot.password), (True, True, True))
        self.leave(name)
        self.serve(at_door(b"X", secure=True))
        self.assertFalse(self.seen(e.Served)[-1].first)

    def test_restart(self) -> None:
        """H8: what was learned is there after a restart."""
        self.serve(at_door(b"X", mac="02:aa"))
        before = self.known()
        self.start()
        self.assertEqual(self.known(), before)
        self.assertTrue(self.planned(at_door(b"X"))[1].served_before)

    def test_too_early(self) -> None:
        """Nobody is served before both legs stand, nor after the end, nor under a name that nobody has."""
        name, plan = self.planned(at_door(b"X"))
        self.desk.served(name, "result")
        self.opened(name, plan)
        self.leave(name)
        self.desk.served(name, "result")
        self.desk.served("nobody", "result")
        self.assertEqual(len(self.book), 0)

    def test_places(self) -> None:
        """How long a charger was served where is added up; a session that was not served adds nothing."""
        self.leave(self.serve(at_door()), seconds=100.0)
        name, plan = self.planned(at_door(address=THERE))
        self.opened(name, plan)
        self.leave(name, seconds=5000.0)
        self.assertEqual(self.known().places, (Place(HERE, 100.0),))
        self.leave(self.serve(at_door(address=THERE)), seconds=30.0)
        self.assertEqual(self.known().places, (Place(HERE, 100.0), Place(THERE, 30.0)))

    def test_disk_full(self) -> None:
        """A record that can't be written is kept in memory, and that is told."""
        self.store.fault = StoreError("full")
        self.serve(at_door(b"X"))
        self.assertEqual(self.known().shown, secret(b"X"))
        self.assertEqual([event.charger for event in self.seen(e.StoreFailed)], [name_of(b"CP001")])


class FullBookTests(DeskCase):
    """A central system that serves everybody must not let a stranger fill the disk."""

    def setUp(self) -> None:
        super().setUp()
        self.remember(record_of())
        self.book.most = 1

    def test_served_and_not_remembered(self) -> None:
        """Who is new while the book is full is served, and nothing of it is kept; an alarm tells once an hour."""
        for number in range(5):
            name = self.serve(at_door(b"X", identity=f"NEW{number}"))
            self.assertTrue(self.registry.get(name_of(b"NEW%d" % number)))
            self.leave(name)
        self.assertEqual((len(self.book), list(self.store.rows)), (1, [name_of(b"CP001")]))
        self.assertEqual(len(self.seen(e.Served)), 5)
        self.assertEqual(self.seen(e.Learned), [])
        (alarm,) = self.seen(e.Alarm)
        self.assertEqual((alarm.what, alarm.charger, alarm.address), ("book-full", name_of(b"NEW0"), HERE))
        self.now += 3599
        self.leave(self.serve(at_door(identity="NEW9")))
        self.assertEqual(self.alarms(), ["book-full"])
        self.now += 1
        self.leave(self.serve(at_door(identity="NEW9")))
        self.assertEqual(self.alarms(), ["book-full", "book-full"])
        self.assert_idle()

    def test_known_ones(self) -> None:
        """Who is known learns on as ever, and what a maintainer edits or approves is remembered."""
        self.leave(self.serve(at_door(b"X")))
        self.assertEqual(self.known().shown, secret(b"X"))
        self.successResultOf(self.desk.edit(record_of(b"NEW"), "approved", "tester"))
        self.leave(self.serve(at_door(identity="NEW")))
        self.assertTrue(self.known(b"NEW").was_served)
        self.assertEqual(self.alarms(), [])


class FurtherTests(DeskCase):
    """Further dials of an attempt."""

    def test_gate(self) -> None:
        """After a hold-off of `uplink.wss` a second dial is its probing dial, and others have to come back, with wss
        first.
        """
        self.turn_away(at_door(identity="OTHER", secure=True), Failed("refused"))
        self.now += 1
        (one, plan), (two, _) = [self.planned(at_door(identity=identity)) for identity in ("CP001", "CP002")]
        self.assertEqual(endpoints(plan), [str(WS), str(WSS)])
        self.assertIsNone(self.successResultOf(self.desk.further(one, plan.dials[1])))
        refusal = self.successResultOf(self.desk.further(two, plan.dials[1]))
        assert refusal
        self.assertEqual((refusal.status, refusal.code), (503, "central-down"))
        tried = (Tried(plan.dials[0], Answered(404)),)
        self.desk.ended(two, End("uplink-failed", tried, unfinished=plan.dials[1], refusal=refusal), 0.0)
        self.opened(one, plan, Answered(404))
        self.leave(one)
        self.assertEqual(endpoints(self.planned(at_door(identity="CP002"))[1]), [str(WSS)])

    def test_left(self) -> None:
        """A charger that left meanwhile takes no place."""
        name, plan = self.planned(at_door())
        self.desk.ended(name, End("left"), 0.0)
        self.assertTrue(self.successResultOf(self.desk.further(name, plan.dials[1])))
        self.assert_idle()


class TurnedAwayTests(DeskCase):
    """What follows from being turned away."""

    def test_s(self) -> None:
        """'S turned away: over HTTP the charger gets 503 with Retry-After, after the 101 its close code; EdgeManager an
        alarm that names the dashboard's step (W-23); that charger is held off, doubling to 5 minutes, until an edit.'
        """
        record = evolve(record_of(), entered=entered(b"S"))
        self.remember(record)
        for wait in (10, 20, 40, 80, 160, 300, 300):
            self.turn_away(at_door(b"S"), Answered(401))
            refusal = self.refused(at_door(b"S"))
            self.assertEqual((refusal.status, refusal.code), (503, "held-off"))
            self.assertTrue(wait <= refusal.wait <= 1.25 * wait)
            self.now += wait
        self.turn_away(at_door(b"S"), Answered(404))
        self.assertEqual(set(self.alarms()), {"secret-refused"})
        self.assertEqual(self.seen(e.TurnedAway)[0].remedy, "check-dashboard-password")
        self.successResultOf(self.desk.edit(record, "secret", "installer"))
        self.planned(at_door(b"S"))

    def test_s_served(self) -> None:
        """Being served ends it: the next time it begins with the shortest."""
        self.remember(evolve(record_of(), entered=entered(b"S")))
        self.turn_away(at_door(b"S"), Answered(401))
        self.now += 10
        self.leave(self.serve(at_door(b"S")))
        self.turn_away(at_door(b"S"), Answered(401))
        self.now += 10
        self.planned(at_door(b"S"))

    def test_s_after_the_101(self) -> None:
        """After the 101 the same, with the close code in the event."""
        self.remember(evolve(record_of(), entered=entered(b"S")))
        name, plan = self.planned(at_door(b"S"))
        self.opened(name, plan)
        self.leave(name, outcome="central-closed", turned_away=True, close=1008)
        self.assertEqual((self.alarms(), self.seen(e.TurnedAway)[-1].close), (["secret-refused"], 1008))
        self.assertEqual(self.refused(at_door(b"S")).code, "held-off")

    def test_s_unanswered(self) -> None:
        """K was refused, and S never got an answer: S is not refused."""
        self.remember(key_set(evolve(record_of(), entered=entered(b"S")), "abcd", NOW))
        self.turn_away(at_door(b"S"), Answered(401), Failed("reset"))
        self.assertEqual(self.alarms(), [])
        self.now += 1
        self.planned(at_door(b"S"))

    def test_unserved_is_cached(self) -> None:
        """An identity that was never served hears the same again for a minute, without a dial."""
        self.turn_away(at_door(), Answered(404), Answered(403))
        self.assertEqual(self.refused(at_door()), Refusal(404, "cached"))
        self.assertIsInstance(self.come(at_door(b"X"))[1].verdict, Plan)
        self.now += 60
        self.planned(at_door())

    def test_served_before_is_asked_each_time(self) -> None:
        """One that was served before is asked for each time: the central system is the judge."""
        self.leave(self.serve(at_door()))
        for _ in range(3):
            self.turn_away(at_door(), Answered(404))

    def test_told(self) -> None:
        """Every dial that failed is told, with cause and remedy, whatever became of the attempt."""
        name, plan = self.planned(at_door())
        self.opened(name, plan, Answered(404))
        self.turn_away(at_door(identity="CP002"), Failed("tls", "expired"))
        found = [(event.uplink, event.status, event.cause) for event in self.seen(e.TurnedAway)]
        self.assertEqual(found, [(str(WS), 404, "uplink-identity-unknown")])
        self.assertEqual([event.cause for event in self.seen(e.UplinkFailed)], ["uplink-expired"])


class BeginTests(DeskCase):
    """Where the next attempt begins."""

    def test_after_the_101(self) -> None:
        """Turned away after the 101 on ws: the next attempt begins with wss; turned away
        there, the one after with ws.
        """
        name, plan = self.planned(at_door())
        self.opened(name, plan)
        self.leave(name, outcome="central-closed", turned_away=True, close=1000)
        name, plan = self.planned(at_door())
        self.assertEqual(endpoints(plan), [str(WSS)])
        self.opened(name, plan)
        self.leave(name, outcome="central-closed", turned_away=True, close=1000)
        self.assertEqual(endpoints(self.planned(at_door())[1]), [str(WS), str(WSS)])

    def test_after_an_answer(self) -> None:
        """So it is if wss then answers by HTTP, or can't be reached."""
        for result in (Answered(404), Failed("refused")):
            self.start()
            name, plan = self.planned(at_door())
            self.opened(name, plan)
            self.leave(name, outcome="central-closed", turned_away=True, close=1000)
            self.turn_away(at_door(), result)
            self.now += 300
            self.assertEqual(endpoints(self.planned(at_door())[1]), [str(WS), str(WSS)])

    def test_another_close(self) -> None:
        """A close that turns nobody away moves nothing."""
        name, plan = self.planned(at_door())
        self.opened(name, plan)
        self.leave(name, outcome="central-closed", close=1012)
        self.assertEqual(endpoints(self.planned(at_door())[1]), [str(WS), str(WSS)])

    def test_no_time(self) -> None:
        """An attempt that had no time for its second dial: the next one begins there."""
        name, plan = self.planned(at_door())
        tried = (Tried(plan.dials[0], Answered(404)),)
        self.desk.ended(name, End("uplink-failed", tried, unfinished=plan.dials[1]), 0.0)
        self.assertEqual(endpoints(self.planned(at_door())[1]), [str(WSS)])

    def test_served_forgets(self) -> None:
        """Being served at the second makes nothing of it the first: what was detected decides."""
        name, plan = self.planned(at_door())
        self.desk.ended(name, End("uplink-failed", unfinished=plan.dials[1]), 0.0)
        self.leave(self.serve(at_door()))
        self.successResultOf(self.desk.edit(evolve(self.known(), wss_detected_at=0.0), "test", "tester"))
        self.assertEqual(endpoints(self.planned(at_door())[1]), [str(WS), str(WSS)])

    def test_k_after_the_101(self) -> None:
        """With S: K turned away after the 101, S is next; S turned away as well, it is refused."""
        self.remember(key_set(evolve(record_of(), entered=entered(b"S")), "no hex", NOW))
        for expected in ([b"no hex", b"S"], [b"S"]):
            self.assertEqual(self.alarms(), [])
            name, plan = self.planned(at_door(b"S"))
            self.assertEqual(passwords(plan.dials), expected)
            self.opened(name, plan)
            self.leave(name, outcome="central-closed", turned_away=True, close=1008)
        self.assertEqual(self.alarms(), ["secret-refused"])

    def test_edit_forgets(self) -> None:
        """An edit begins at the beginning."""
        name, plan = self.planned(at_door())
        self.desk.ended(name, End("uplink-failed", unfinished=plan.dials[1]), 0.0)
        self.successResultOf(self.desk.edit(record_of(), "test", "tester"))
        self.assertEqual(endpoints(self.planned(at_door())[1]), [str(WS), str(WSS)])


class EndTests(DeskCase):
    """Every attempt ends once."""

    def test_session(self) -> None:
        """Exactly one `SessionEnded` for each session that was opened, with how it ended."""
        name = self.serve(at_door(b"X"))
        self.leave(name, seconds=12.3456, outcome="central-closed", close=1012, served=True)
        self.leave(name)
        self.desk.ended("nobody", End("left"), 0.0)
        (event,) = self.seen(e.SessionEnded)
        found = (event.session, event.outcome, event.close, event.seconds, event.served)
        self.assertEqual(found, (name, "central-closed", 1012, 12.346, True))
        self.assert_idle()

    def test_opened_but_never_accepted(self) -> None:
        """A charger that leaves between the central system's 101 and its own: what was told as opened ends too."""
        name, plan = self.planned(at_door(b"X"))
        self.opened(name, plan)
        self.desk.ended(name, End("left", (Tried(plan.dials[0], Opened("ocpp1.6")),)), 0.0)
        self.assertEqual(len(self.seen(e.SessionOpened)), len(self.seen(e.SessionEnded)))
        self.assert_idle()

    def test_attempts(self) -> None:
        """Attempts that never became a session end without one, and give everything back."""
        self.start(Lane(at_once=2, share=1.0))
        for _ in range(5):
            name, plan = self.planned(at_door())
            self.desk.ended(name, End("left"), 0.0)
        self.assertEqual(self.seen(e.SessionEnded), [])
        self.assert_idle()

    def test_left_before_it_opened(self) -> None:
        """A charger that left while its uplink opened is refused; nobody makes room for it."""
        old = self.serve(at_door(b"X"))
        name, plan = self.planned(at_door(b"X"))
        self.desk.ended(name, End("left"), 0.0)
        tried = (Tried(plan.dials[0], Opened("ocpp1.6")),)
        refusal = self.successResultOf(self.desk.opened(name, tried))
        assert isinstance(refusal, Refusal)
        self.assertEqual((refusal.status, self.line.closed), (503, []))
        self.leave(old)
        self.assert_idle()

    def test_slot_until_the_answer(self) -> None:
        """A place in the lane is held from dial to HTTP answer, not for the session."""
        self.start(Lane(at_once=1, share=1.0))
        name, plan = self.planned(at_door())
        self.assertEqual(self.refused(at_door(identity="CP002")).code, "lane")
        self.opened(name, plan)
        self.planned(at_door(identity="CP002"))


class RefusedMeanwhileTests(DeskCase):
    """A charger that Edge itself refuses after it was let in to dial, and before its 101."""

    def test_told(self) -> None:
        """Replaced, edited, or Edge stops: the 503 is told with why, once."""
        for why in ("replaced", "changed", "stopping"):
            name, _ = self.planned(at_door())
            self.desk.ended(name, End(why, refusal=Refusal(503, why, 5)), 0.0)
            (event,) = self.seen(e.AttemptRefused)
            self.assertEqual((event.charger, event.address, event.status), (name_of(b"CP001"), HERE, 503))
            self.assertEqual((event.cause, event.wait), (why, 5))
            self.assertIn(why, en.REFUSALS)
            self.events.clear()
        self.assert_idle()

    def test_told_while_asking(self) -> None:
        """The same where the desk was still asking whether the incumbent is there."""
        self.serve(at_door())
        self.line.slow = True
        name, asked = self.ask(at_door())
        self.desk.ended(name, End("stopping", refusal=Refusal(503, "stopping", 5)), 0.0)
        self.line.probes.pop().callback(True)
        self.assertIsInstance(self.successResultOf(asked).verdict, Refusal)
        self.assertEqual([event.cause for event in self.seen(e.AttemptRefused)], ["stopping"])

    def test_open_is_told_as_a_session(self) -> None:
        """A session that was opened is told by its end alone."""
        name = self.serve(at_door())
        self.desk.ended(name, End("stopping", opened=True, close=1001), 9.0)
        self.assertEqual((self.seen(e.AttemptRefused), len(self.seen(e.SessionEnded))), ([], 1))


class StayTests(DeskCase):
    """Time at an address, counted while a session stands, so that a killed Edge does not forget the usual address."""

    def places(self) -> dict[str, float]:
        """What is remembered of the charger's addresses."""
        return {place.address: place.seconds for place in self.known().places}

    def wait(self, seconds: float) -> None:
        """Time passes; the desk looks every `LOOK_SECONDS`."""
        end = self.now + seconds
        while self.now < end:
            self.now += LOOK_SECONDS
            self.desk.stays.count()

    def test_standing(self) -> None:
        """A session that stands for hours is counted every hour or so, and no second twice."""
        self.serve(at_door())
        self.wait(STAY_SECONDS)
        found = self.places()[HERE]
        self.assertTrue(STAY_SECONDS / 2 <= found <= STAY_SECONDS, found)
        self.wait(5 * STAY_SECONDS)
        self.assertTrue(5 * STAY_SECONDS <= self.places()[HERE] <= 6 * STAY_SECONDS)
        self.start()
        self.assertEqual(self.known().usual_address, HERE)
        self.assertGreaterEqual(self.places()[HERE], 5 * STAY_SECONDS)

    def test_no_second_twice(self) -> None:
        """What was counted while the session stood is not counted again at its end."""
        name = self.serve(at_door())
        self.wait(5 * STAY_SECONDS)
        self.leave(name, 5 * STAY_SECONDS)
        self.assertEqual(self.places(), {HERE: 5 * STAY_SECONDS})
        self.wait(3 * STAY_SECONDS)
        self.assertEqual(self.places(), {HERE: 5 * STAY_SECONDS})
        self.assertEqual(len(self.desk.stays), 0)

    def test_not_served(self) -> None:
        """A session that was never served is not counted, nor is one of a charger that was forgotten."""
        name, plan = self.planned(at_door())
        self.opened(name, plan)
        self.wait(3 * STAY_SECONDS)
        self.assertIsNone(self.book.get(b"CP001"))
        self.desk.served(name, "call")
        self.line.deaf.add(name)
        self.successResultOf(self.desk.forget(b"CP001", "tester"))
        self.wait(3 * STAY_SECONDS)
        self.assertIsNone(self.book.get(b"CP001"))

    def test_spread(self) -> None:
        """A thousand sessions that began at the same moment are written a few at a time."""
        drawn = iter(range(1000))
        self.desk.stays.spread = lambda: next(drawn) / 1000
        writes: list[Record] = []
        self.brakes.lane = Lane(10**6, 10**6)
        for number in range(1000):
            self.serve(at_door(identity=f"CP{number}"))

        def write(_: MemoryChargers, record: Record, after: float = 0.0) -> Deferred[None]:
            writes.append(record)
            return succeed(None)

        self.patch(MemoryChargers, "save", write)
        most = 0
        for _ in range(int(STAY_SECONDS / LOOK_SECONDS)):
            self.now += LOOK_SECONDS
            before = len(writes)
            self.desk.stays.count()
            most = max(most, len(writes) - before)
        self.assertEqual(len({record.id for record in writes}), 1000)
        self.assertLessEqual(most, 10)


class EditTests(DeskCase):
    """What a maintainer changes."""

    def edit(self, record: Record) -> None:
        """Save a record."""
        self.successResultOf(self.desk.edit(record, "test", "tester"))

    def test_nothing_that_matters(self) -> None:
        """'A save that changes neither uplink, trust nor secret of a live session closes nothing (Q29).'"""
        self.serve(at_door(b"X"))
        plain, _ = self.planned(at_door(identity="CP002"))
        for record in (
            self.known(),
            evolve(self.known(), approved=True),
            evolve(self.known(), endpoint=WSS),
            evolve(self.known(), wss_detected_at=NOW),
        ):
            self.edit(record)
        self.assertEqual(self.line.closed, [])

    def test_throttled_elsewhere(self) -> None:
        """A save closes no live session because somebody guesses from the same address just then."""
        name, plan = self.planned(at_door())
        self.opened(name, plan)
        self.desk.served(name, "result")
        for _ in range(11):
            self.brakes.throttle.failed((HERE, "cp001"), self.now)
        self.edit(self.known())
        self.assertEqual(self.line.closed, [])

    def test_what_matters(self) -> None:
        """Uplink, trust, secret and block do close it, with `changed`; H9."""
        changes = (
            {"endpoint": BY_HAND},
            {"endpoint": evolve(WSS, path="/other")},
            {"trust": Trust(pins=(b"p" * 32,))},
            {"entered": entered(b"S"), "own": secret(b"X")},
            {"blocked": True},
        )
        for change in changes:
            self.setUp()
            name = self.serve(at_door(b"X"))
            self.edit(evolve(self.known(), **change))
            self.assertEqual(self.line.closed, [(name, "changed")], change)

    def test_own_secret(self) -> None:
        """A live session whose charger would not be let in again, after its own secret changed, is closed."""
        self.remember(evolve(record_of(), entered=entered(b"S"), own=secret(b"own")))
        name = self.serve(at_door(b"own"))
        self.edit(evolve(self.known(), own=None))
        self.assertEqual(self.line.closed, [(name, "changed")])

    def test_letter_case(self) -> None:
        """A block closes every session of the identity, however it writes itself, remembered or not."""
        for identity in ("cp001", "Cp001"):
            self.setUp()
            name, plan = self.planned(at_door(identity=identity))
            self.opened(name, plan)
            self.edit(evolve(record_of(b"CP001"), blocked=True))
            self.assertEqual(self.line.closed, [(name, "changed")])

    def test_at_the_door(self) -> None:
        """An edit while somebody waits at the door holds for him: he is judged by what is true when he is let in."""
        changes = (({"blocked": True}, "blocked"), ({"entered": entered(b"S")}, "password-wrong"))
        for change, code in changes:
            self.setUp()
            self.serve(at_door(b"X"))
            self.line.slow = True
            _, asked = self.ask(at_door(b"X"))
            self.edit(evolve(self.known(), **change))
            self.line.probes[0].callback(False)
            refusal = self.successResultOf(asked).verdict
            assert isinstance(refusal, Refusal)
            self.assertEqual(refusal.code, code)

    def test_dialling(self) -> None:
        """Who dials just then is sent away, and begins anew with what is true now."""
        name, _ = self.planned(at_door(b"X"))
        self.edit(evolve(record_of(), endpoint=BY_HAND))
        self.assertEqual(self.line.closed, [(name, "changed")])
        self.assertEqual(endpoints(self.planned(at_door(b"X"))[1]), [str(BY_HAND)])

    def test_approves(self) -> None:
        """Who changes a charger that was never served approves it thereby; who blocks it does not."""
        self.edit(record_of(b"CP001"))
        self.edit(evolve(record_of(b"CP002"), blocked=True))
        self.assertEqual([self.known(one).approved for one in (b"CP001", b"CP002")], [True, False])

    def test_told(self) -> None:
        """An edit is told with what and by whom; one that leads to another host raises an alarm."""
        self.edit(evolve(record_of(), endpoint=BY_HAND))
        (event,) = self.seen(e.Edited)
        self.assertEqual((event.charger, event.what, event.by), (name_of(b"CP001"), "test", "tester"))
        self.assertEqual(self.alarms(), ["other-host"])

    def test_address_of_the_last_attempt(self) -> None:
        """A maintainer sees from where a charger last tried, also where nothing is remembered of it."""
        self.assertEqual(self.desk.record(b"CP001"), record_of())
        self.refused_by_central(THERE)
        record = self.desk.record(b"CP001")
        self.assertEqual(record.attempt_address, THERE)
        self.edit(enter_secret(RULES, record, secret(b"S"), "nothing", NOW, confirmed=THERE))
        self.assertEqual(passwords(self.planned(at_door(address=THERE))[1].dials), [b"S"])

    def refused_by_central(self, address: str) -> None:
        """Somebody tries in vain."""
        self.turn_away(at_door(address=address), Answered(404), Answered(404))

    def test_waits_for_the_disk(self) -> None:
        """An edit is done when it is on disk; until then it holds already."""
        waiting: Deferred[None] = Deferred()
        self.patch(MemoryChargers, "save", lambda store, record: waiting)
        done = self.desk.edit(evolve(record_of(), blocked=True), "blocked", "tester")
        self.assertNoResult(done)
        self.assertEqual(self.refused(at_door()).code, "blocked")
        waiting.callback(None)
        self.successResultOf(done)


class ObservedTests(DeskCase):
    """What the wire saw."""

    def test_passed_on(self) -> None:
        """An event of the wire goes on the bus as it is."""
        event = e.HandshakeFailed(HERE, True, "root-unknown", "load-root", "48")
        self.desk.observed(event)
        self.assertEqual(self.events, [event])

    def test_opened(self) -> None:
        """An open session is told, and stands in the registry, with what goes up and whose credentials."""
        name, plan = self.planned(at_door(b"X", secure=True, protocols="ocpp2.0.1, ocpp1.6"))
        self.opened(name, plan)
        (event,) = self.seen(e.SessionOpened)
        found = (event.session, event.secure, event.password, event.uplink, event.kind, event.protocol)
        self.assertEqual(found, (name, True, True, str(WSS), "shown", "ocpp1.6"))
        snapshot = self.registry.get(name_of(b"CP001"))
        assert snapshot
        self.assertEqual((snapshot.session, snapshot.served, snapshot.since), (name, False, NOW + self.now))
