"""Tests of `edge_twisted.core.session`: the life of one charger's session (design section 3)."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.credentials import Credentials
from edge_twisted.core.endpoint import Trust
from edge_twisted.core.policy import Dial, Kind, Plan, Refusal, Unsupported
from edge_twisted.core.session import Session, State
from edge_twisted.core.steps import (
    OUTCOMES,
    Accept,
    AcceptAndClose,
    Allowed,
    Answered,
    Ask,
    Clear,
    Cleared,
    Close,
    Command,
    Decided,
    DialEnded,
    Displace,
    Displaced,
    Drop,
    End,
    Event,
    Failed,
    Leg,
    Opened,
    Ordered,
    Refuse,
    Result,
    Shut,
    Tried,
    Try,
    WasServed,
)
from edge_twisted.wire.closing import close_payload
from tests.scene import WS, WSS

CHARGER, CENTRAL = Leg.CHARGER, Leg.CENTRAL
SECRET = Credentials(b"CP001", b"S")
FIRST, SECOND = Dial(WS, Trust(), None, "none"), Dial(WSS, Trust(), None, "none")
TRIED = Tried(SECOND, Opened(None))


def ours(kind: Kind) -> Dial:
    """A dial with a secret that Edge adds."""
    return Dial(WSS, Trust(), SECRET, kind, True)


class SessionCase(SynchronousTestCase):
    """A session that was asked at 100 s."""

    def setUp(self) -> None:
        self.session = Session(100.0)
        self.now = 100.0
        self.allows = True

    def do(self, event: Event, after: float = 0.0) -> list[Command]:
        """Let an event happen, so many seconds after the one before; the desk allows every further dial at once."""
        self.now += after
        commands = self.session.handle(event, self.now)
        if self.allows and len(commands) == 1 and isinstance(commands[0], Ask):
            return self.session.handle(Allowed(), self.now)
        return commands

    def decided(self, *dials: Dial, same_secret: bool = False) -> list[Command]:
        """The desk gave a plan."""
        return self.do(Decided(Plan(dials or (FIRST,), ("ocpp1.6",)), same_secret))

    def open(self) -> None:
        """Get as far as both legs."""
        self.decided()
        self.do(DialEnded(Opened("ocpp1.6")))
        self.assertEqual(self.do(Cleared()), [Accept("ocpp1.6")])

    def refusal(self, *results: Result, dials: tuple[Dial, ...] = (FIRST,)) -> tuple[Refusal, End]:
        """What becomes of an attempt whose dials come to these results, the last commands of all."""
        self.setUp()
        self.decided(*dials)
        commands: list[Command] = []
        for result in results:
            commands = self.do(DialEnded(result))
        refuse, end = commands
        assert isinstance(refuse, Refuse) and isinstance(end, End), commands
        self.assertEqual(end.refusal, refuse.refusal)
        return refuse.refusal, end


class LateAcceptTests(SessionCase):
    """'The charger is answered only after the central system answered the uplink handshake' (section 3.4)."""

    def test_way_in(self) -> None:
        """Asked, dialled, cleared with the desk, accepted: in this order, with what the central system chose."""
        self.assertEqual(self.decided(), [Try(FIRST, 10.0)])
        tried = (Tried(FIRST, Opened("ocpp1.5")),)
        self.assertEqual(self.do(DialEnded(Opened("ocpp1.5"))), [Clear(tried)])
        self.assertEqual(self.do(Cleared()), [Accept("ocpp1.5")])
        self.assertIs(self.session.state, State.OPEN)

    def test_none_chosen(self) -> None:
        """'None chosen: none, and the relay runs'. B8."""
        self.decided()
        self.do(DialEnded(Opened(None)))
        self.assertEqual(self.do(Cleared()), [Accept(None)])

    def test_refused_by_edge(self) -> None:
        """What the desk refuses is answered at once; nothing is dialled."""
        refusal = Refusal(403, "blocked")
        self.assertEqual(self.do(Decided(refusal)), [Refuse(refusal), End("refused", refusal=refusal)])

    def test_unsupported(self) -> None:
        """J-11: no subprotocol in common ends with a 101 without the header and a close. B4."""
        self.assertEqual(self.do(Decided(Unsupported())), [AcceptAndClose(), End("unsupported")])

    def test_refused_after_all(self) -> None:
        """The desk may refuse what opened: the uplink is closed with 1001, the charger hears the refusal."""
        self.decided()
        self.do(DialEnded(Opened(None)))
        refusal = Refusal(503, "rival", 5)
        commands = self.do(Cleared(refusal))
        self.assertEqual(commands[:2], [Close(CENTRAL, 1001), Refuse(refusal)])
        self.assertEqual(commands[2:], [End("refused", (Tried(FIRST, Opened(None)),), refusal=refusal)])


class DialTests(SessionCase):
    """Dials, one after the other, and what comes of them."""

    def test_turned_away_goes_on(self) -> None:
        """401, 403 and 404 lead to the next dial, in this attempt; nothing else does."""
        for status in (401, 403, 404):
            self.setUp()
            self.decided(FIRST, SECOND)
            self.assertEqual(self.do(DialEnded(Answered(status))), [Try(SECOND, 10.0)])
        others: tuple[Result, ...] = (
            *(Answered(status) for status in (200, 302, 400, 429, 500, 503, 504)),
            *(Failed(kind) for kind in ("dns", "refused", "unreachable", "timeout", "tls", "reset", "not-http")),
        )
        for result in others:
            self.setUp()
            self.decided(FIRST, SECOND)
            refuse, end = self.do(DialEnded(result))
            assert isinstance(refuse, Refuse) and isinstance(end, End)
            self.assertEqual((end.outcome, end.tried), ("uplink-failed", (Tried(FIRST, result),)))

    def test_wss_once(self) -> None:
        """'Turned away there by an HTTP answer: `uplink.wss` once in this attempt (both refuse: the first answer is
        passed on); turned away after the 101: the next attempt begins with `uplink.wss`.' The last of these is
        `tests.desk.test_desk.BeginTests`.
        """
        self.decided(FIRST, SECOND)
        self.do(DialEnded(Answered(404)))
        self.assertEqual(self.do(DialEnded(Opened(None)))[0].__class__, Clear)
        for second in (Answered(401), Answered(503), Failed("tls", "expired")):
            refusal, end = self.refusal(Answered(404), second, dials=(FIRST, SECOND))
            self.assertEqual((refusal.status, end.outcome, len(end.tried)), (404, "turned-away", 2))

    def test_no_answer_ends_the_attempt(self) -> None:
        """No answer on ws is not turned away: nothing is tried on wss, and nothing on ws after wss."""
        for kind in ("dns", "refused", "tls", "timeout"):
            _, end = self.refusal(Failed(kind), dials=(FIRST, SECOND))
            self.assertEqual(len(end.tried), 1)

    def test_answers(self) -> None:
        """'401 with `WWW-Authenticate`; 403, 404 as above; uplink refused, no DNS, TLS failure or 3xx: 502; time-out:
        504; hold-off: 503; all 5xx and 429 carry Retry-After.' Here the status; the headers are the bridge's. C1, C2,
        C4 to C7.
        """
        for result, status in (
            (Answered(401), 401),
            (Answered(403), 403),
            (Answered(404), 404),
            (Failed("refused"), 502),
            (Failed("unreachable"), 502),
            (Failed("dns"), 502),
            (Failed("tls", "expired"), 502),
            (Failed("reset"), 502),
            (Failed("not-http"), 502),
            (Failed("handshake", "accept"), 502),
            (Answered(302), 502),
            (Answered(200), 502),
            (Answered(500), 502),
            (Failed("timeout"), 504),
            (Answered(504), 504),
            (Answered(503), 503),
            (Answered(429), 429),
        ):
            self.assertEqual(self.refusal(result)[0].status, status, result)

    def test_retry_after(self) -> None:
        """C7: the central system's Retry-After is mirrored."""
        for status in (429, 503):
            self.assertEqual(self.refusal(Answered(status, 120.0))[0].wait, 120)

    def test_ours_refused(self) -> None:
        """W-23: where Edge added the secret the charger is not at fault and gets 503, never a 401. C3."""
        for status in (401, 403, 404):
            refusal, end = self.refusal(Answered(status), dials=(ours("entered"),))
            self.assertEqual((refusal.status, refusal.code, end.outcome), (503, "secret-refused", "turned-away"))
        refusal, _ = self.refusal(Answered(401), Answered(403), dials=(ours("pending"), ours("entered")))
        self.assertEqual(refusal.status, 503)

    def test_k_then_s(self) -> None:
        """K4: the new secret is dialled, then the old one once."""
        self.assertEqual(self.decided(ours("pending"), ours("entered")), [Try(ours("pending"), 10.0)])
        self.assertEqual(self.do(DialEnded(Answered(401))), [Try(ours("entered"), 10.0)])
        refuse, end = self.do(DialEnded(Answered(401)))
        self.assertIsInstance(end, End)


class TimeTests(SessionCase):
    """'10 s a dial from DNS to 101, 20 s for all dials of one attempt; a further dial needs 5 s left, else 504, and the
    next attempt begins there'.
    """

    def further(self, after: float) -> list[Command]:
        """What follows when the first of two dials is turned away so many seconds after the attempt began."""
        self.setUp()
        self.decided(FIRST, SECOND)
        return self.do(DialEnded(Answered(404)), after)

    def test_one_dial(self) -> None:
        """A dial has 10 s, the second one too where so much is left."""
        self.assertEqual(self.decided(), [Try(FIRST, 10.0)])
        for after in (0.0, 5.0, 10.0):
            self.assertEqual(self.further(after), [Try(SECOND, 10.0)])

    def test_all_dials(self) -> None:
        """What is left of the 20 s bounds a further dial."""
        for after, seconds in ((11.0, 9.0), (14.5, 5.5), (15.0, 5.0)):
            self.assertEqual(self.further(after), [Try(SECOND, seconds)])

    def test_no_time(self) -> None:
        """With less than 5 s left: 504, and the end names the dial at which the next attempt begins."""
        for after in (15.01, 19.0, 25.0):
            refuse, end = self.further(after)
            assert isinstance(refuse, Refuse) and isinstance(end, End)
            self.assertEqual((refuse.refusal.status, end.unfinished, end.turned_away), (504, SECOND, False))
        self.assertIsNone(self.refusal(Answered(404))[1].unfinished)

    def test_waiting_at_the_desk(self) -> None:
        """The seconds that the desk takes to find out about an incumbent are part of the 20 s, not of the first 10."""
        self.now += 3.0
        self.assertEqual(self.decided(FIRST, SECOND), [Try(FIRST, 10.0)])
        self.assertEqual(self.do(DialEnded(Answered(404)), 10.0), [Try(SECOND, 7.0)])

    def test_other_limits(self) -> None:
        """The two limits are the configuration's."""
        self.session = Session(100.0, dial_seconds=4.0, dials_seconds=7.0)
        self.assertEqual(self.decided(FIRST, SECOND), [Try(FIRST, 4.0)])
        self.assertEqual(self.do(DialEnded(Answered(404)), 1.0), [Try(SECOND, 4.0)])


class FurtherDialTests(SessionCase):
    """A further dial goes through the gate of its endpoint like the first one (sections 3.9 and 4)."""

    def setUp(self) -> None:
        super().setUp()
        self.allows = False

    def test_asked(self) -> None:
        """The desk is asked before a further dial, and not before the first one or one made once more."""
        self.assertEqual(self.decided(FIRST, SECOND), [Try(FIRST, 10.0)])
        self.assertEqual(self.do(DialEnded(Answered(404)), 1.0), [Ask(SECOND)])
        self.assertEqual(self.do(Allowed(), 2.0), [Try(SECOND, 10.0)])
        self.assertEqual(self.do(DialEnded(Opened(None))), [Clear((Tried(FIRST, Answered(404)), TRIED))])

    def test_not_allowed(self) -> None:
        """Where there is no place the charger is asked to come back, and its next attempt begins there; the first
        answer is not passed on, since the central system was asked in one of two ways only.
        """
        self.decided(FIRST, SECOND)
        self.do(DialEnded(Answered(404)))
        refusal = Refusal(503, "central-down", 3)
        refuse, end = self.do(Allowed(refusal))
        assert isinstance(end, End)
        self.assertEqual((refuse, end.refusal), (Refuse(refusal), refusal))
        self.assertEqual((end.outcome, end.unfinished, end.turned_away), ("uplink-failed", SECOND, False))
        self.assertEqual(end.tried, (Tried(FIRST, Answered(404)),))

    def test_unasked(self) -> None:
        """Word of a place that nobody asked for starts no dial."""
        self.decided(FIRST, SECOND)
        self.assertEqual(self.do(Allowed()), [])
        self.do(DialEnded(Answered(404)))
        self.assertEqual(self.do(Displaced()), [])
        self.do(Allowed())
        self.assertEqual(self.do(Allowed()), [])

    def test_leaves_meanwhile(self) -> None:
        """A charger that leaves while the desk is asked is gone."""
        self.decided(FIRST, SECOND)
        self.do(DialEnded(Answered(404)))
        self.assertIsInstance(self.do(Shut(CHARGER, "lost"))[-1], End)
        self.assertEqual(self.do(Allowed()), [])


class SameSecretTests(SessionCase):
    """'A refused dial leaves the incumbent alone, unless the newcomer showed exactly what the incumbent showed and the
    answer was not 401 or 404: then the old is closed and the dial made once more' (section 3.8).
    """

    def test_once_more(self) -> None:
        """The incumbent is displaced, then the same dial is made again."""
        for status in (403, 409, 429, 500, 503):
            self.setUp()
            self.decided(FIRST, SECOND, same_secret=True)
            self.assertEqual(self.do(DialEnded(Answered(status))), [Displace()])
            self.assertEqual(self.do(Displaced(), 1.0), [Try(FIRST, 10.0)])

    def test_only_once(self) -> None:
        """The second answer counts."""
        self.decided(same_secret=True)
        self.do(DialEnded(Answered(503)))
        self.do(Displaced())
        commands = self.do(DialEnded(Answered(503)))
        self.assertEqual([type(command) for command in commands], [Refuse, End])

    def test_left_alone(self) -> None:
        """401 and 404, no answer at all, and a newcomer who showed something else leave it alone."""
        results: tuple[Result, ...] = (Answered(401), Answered(404), Failed("timeout"), Failed("refused"))
        for result in results:
            self.setUp()
            self.decided(same_secret=True)
            self.assertNotIn(Displace(), self.do(DialEnded(result)))
        self.setUp()
        self.decided()
        self.assertNotIn(Displace(), self.do(DialEnded(Answered(503))))

    def test_no_time(self) -> None:
        """There must be time for the dial: an incumbent is not closed for nothing."""
        self.decided(same_secret=True)
        self.assertNotIn(Displace(), self.do(DialEnded(Answered(503)), 15.5))

    def test_unasked(self) -> None:
        """Word of a displacement that nobody asked for starts no second dial."""
        self.decided(FIRST, SECOND)
        self.assertEqual(self.do(Displaced()), [])
        self.assertEqual(self.do(DialEnded(Answered(404))), [Try(SECOND, 10.0)])


class CloseTests(SessionCase):
    """The table of section 3.7, row by row: what goes to the charger, and what to the central system."""

    def shut(self, leg: Leg, how: str, code: int | None = None, reason: bytes = b"") -> tuple[list[Command], End]:
        """What follows when a leg of an open session ends by itself."""
        self.setUp()
        self.open()
        *commands, end = self.do(Shut(leg, how, code, reason))
        assert isinstance(end, End)
        self.assertEqual((end.outcome, end.opened), (f"{leg.value}-{how}", True))
        self.assertIn(end.outcome, OUTCOMES)
        return commands, end

    def test_code(self) -> None:
        """'a peer closed with a code that may go on the wire (W-04) | that code and reason | that code and reason'. Its
        own leg answers by itself; the other one is told the same. G3, G6, G7.
        """
        for leg in Leg:
            for code in (1000, 1001, 1002, 1003, 1008, 1011, 1012, 1014, 3000, 4001, 4999):
                commands, end = self.shut(leg, "closed", code, "zü spät".encode())
                self.assertEqual(commands, [Close(leg.other, code, "zü spät".encode())])
                self.assertEqual(close_payload(code, b"late"), (code, b"late"))
                self.assertEqual(end.close, code)

    def test_no_code(self) -> None:
        """'a peer closed with no code | empty close | empty close'. G4."""
        for leg in Leg:
            commands, end = self.shut(leg, "closed")
            self.assertEqual((commands, end.close), ([Close(leg.other, None)], 0))
        self.assertEqual(close_payload(None, b""), (None, None))

    def test_lost(self) -> None:
        """'a peer vanished, reset, or sent a code that may not be sent | 1001 | 1001'. G5, H1, H2."""
        for leg in Leg:
            self.assertEqual(self.shut(leg, "lost")[0], [Close(leg.other, 1001)])
            for how in ("silent", "slow"):
                self.assertEqual(self.shut(leg, how)[0], [Drop(leg), Close(leg.other, 1001)])
            for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000):
                (command,) = self.shut(leg, "closed", code)[0]
                assert isinstance(command, Close)
                self.assertEqual((command.leg, close_payload(command.code, b"no")), (leg.other, (1001, None)))

    def test_broke(self) -> None:
        """'a peer broke the protocol / UTF-8 / size | 1002 / 1007 / 1009 to it, 1001 to the other | same'. E8, E15."""
        for leg in Leg:
            for code in (1002, 1007, 1009):
                commands, end = self.shut(leg, "broke", code)
                self.assertEqual(commands, [Close(leg, code), Close(leg.other, 1001)])

    def test_ordered(self) -> None:
        """'replaced, settings changed, Edge stopping | 1001 | 1001'."""
        for why in ("replaced", "changed", "stopping", "internal"):
            self.setUp()
            self.open()
            *commands, end = self.do(Ordered(why))
            assert isinstance(end, End)
            self.assertEqual(commands, [Close(CHARGER, 1001), Close(CENTRAL, 1001)])
            self.assertEqual((end.outcome, end.opened, end.turned_away), (why, True, False))
            self.assertIn(why, OUTCOMES)

    def test_turned_away(self) -> None:
        """Turned away: 'closed after the 101 before anything was served (not with 1001, 1012, 1013, not by reset)'."""
        for code in (None, 1000, 1002, 1008, 1011, 4001):
            self.assertTrue(self.shut(CENTRAL, "closed", code)[1].turned_away, code)
        for code in (1001, 1012, 1013):
            self.assertFalse(self.shut(CENTRAL, "closed", code)[1].turned_away, code)
        for how in ("lost", "silent", "slow"):
            self.assertFalse(self.shut(CENTRAL, how)[1].turned_away, how)
        self.assertFalse(self.shut(CENTRAL, "broke", 1002)[1].turned_away)
        self.assertFalse(self.shut(CHARGER, "closed", 1000)[1].turned_away)

    def test_served_first(self) -> None:
        """A session that was served is not turned away, whatever ends it; its end tells that it was served."""
        self.open()
        self.assertEqual(self.do(WasServed()), [])
        end = self.do(Shut(CENTRAL, "closed", 1008))[-1]
        assert isinstance(end, End)
        self.assertEqual((end.served, end.turned_away), (True, False))


class EarlyTests(SessionCase):
    """What ends an attempt before the charger's 101."""

    def test_charger_leaves(self) -> None:
        """A charger that leaves ends its attempt; a dial that is out is given up, an uplink that opened is dropped."""
        self.assertEqual(self.do(Shut(CHARGER, "lost")), [End("left")])
        self.setUp()
        self.decided()
        self.assertEqual(self.do(Shut(CHARGER, "lost")), [Drop(CENTRAL), End("left")])
        self.setUp()
        self.decided()
        self.do(DialEnded(Opened(None)))
        commands = self.do(Shut(CHARGER, "lost"))
        self.assertEqual(commands, [Drop(CENTRAL), End("left", (Tried(FIRST, Opened(None)),))])

    def test_uplink_vanishes(self) -> None:
        """An uplink that vanishes right after its 101 is no open session: 502."""
        self.decided()
        self.do(DialEnded(Opened(None)))
        refuse, end = self.do(Shut(CENTRAL, "lost"))
        assert isinstance(refuse, Refuse) and isinstance(end, End)
        self.assertEqual((refuse.refusal.status, end.outcome, end.opened), (502, "central-lost", False))

    def test_ordered(self) -> None:
        """What Edge ends itself before the 101 gets 503 with a wait, whatever was under way."""
        for steps, dropped in ((0, []), (1, [Drop(CENTRAL)]), (2, [Drop(CENTRAL)])):
            self.setUp()
            for event in (Decided(Plan((FIRST,), ("ocpp1.6",))), DialEnded(Opened(None)))[:steps]:
                self.do(event)
            *commands, end = self.do(Ordered("stopping"))
            self.assertEqual(commands[: len(dropped)], dropped)
            (refuse,) = commands[len(dropped) :]
            assert isinstance(refuse, Refuse) and isinstance(end, End)
            self.assertEqual((refuse.refusal.status, end.outcome, end.opened), (503, "stopping", False))
            self.assertGreater(refuse.refusal.wait, 0)

    def test_serving_too_early(self) -> None:
        """Nothing is served before both legs stand."""
        self.decided()
        self.do(WasServed())
        self.do(DialEnded(Opened(None)))
        self.do(WasServed())
        self.assertFalse(self.session.served)


EVENTS: tuple[Event, ...] = (
    Decided(Refusal(403, "blocked")),
    Decided(Unsupported()),
    Decided(Plan((FIRST, SECOND), ("ocpp1.6",))),
    Decided(Plan((FIRST, SECOND), ("ocpp1.6",)), same_secret=True),
    Decided(Plan((ours("pending"), ours("entered")), ("ocpp1.6",))),
    *(DialEnded(Answered(status)) for status in (401, 404, 503)),
    DialEnded(Failed("timeout")),
    *(DialEnded(Opened("ocpp1.6")),) * 3,
    Displaced(),
    Allowed(Refusal(503, "central-down", 3)),
    *(Cleared(),) * 2,
    Cleared(Refusal(503, "left")),
    Shut(CHARGER, "lost"),
    Shut(CENTRAL, "closed", 1008),
    Shut(CENTRAL, "broke", 1002),
    Ordered("replaced"),
    WasServed(),
)


class OneFateTests(SessionCase):
    """'One fate ... exactly one `SessionEnded(outcome)`' (section 3.7)."""

    def test_after_the_end(self) -> None:
        """Behind the end nothing matters any more."""
        self.open()
        self.do(Shut(CHARGER, "closed", 1000))
        for event in EVENTS:
            self.assertEqual(self.do(event), [])

    @given(st.lists(st.tuples(st.sampled_from(EVENTS), st.sampled_from([0.0, 4.0, 11.0])), max_size=12))
    def test_any_order(self, events: list[tuple[Event, float]]) -> None:
        """In whatever order things happen: one end, as the last command; the charger is answered once; a leg is closed
        once; one dial is out at a time, for 1 to 10 s.
        """
        self.setUp()
        commands = []
        for event, after in events:
            commands += self.do(event, after)
        commands += self.do(Ordered("stopping"))
        self.assertIs(self.session.state, State.OVER)
        kinds = Counter(type(command) for command in commands)
        self.assertEqual(kinds[End], 1)
        end = commands[-1]
        assert isinstance(end, End)
        self.assertIn(end.outcome, OUTCOMES)
        self.assertEqual([end.refusal], [c.refusal for c in commands if isinstance(c, Refuse)] or [None])
        answers = kinds[Accept] + kinds[AcceptAndClose] + kinds[Refuse]
        self.assertEqual(answers, 0 if end.outcome == "left" else 1)
        self.assertEqual(end.opened, kinds[Accept] == 1)
        closed = Counter(command.leg for command in commands if isinstance(command, Close | Drop))
        self.assertLessEqual(max(closed.values(), default=0), 1)
        self.assertLessEqual(len(end.tried), kinds[Try])
        for command in commands:
            if isinstance(command, Try):
                self.assertTrue(1 <= command.seconds <= 10)
