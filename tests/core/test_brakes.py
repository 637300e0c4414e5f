"""Tests of `edge_twisted.core.brakes`: hold-offs, lane, cache and trouble, put together (design section 3.9)."""

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.brakes import CAPACITY, Brakes, Ticket
from edge_twisted.core.endpoint import Endpoint, Trust
from edge_twisted.core.lane import Lane
from edge_twisted.core.policy import Dial, Plan, Refusal
from edge_twisted.core.steps import Answered, Failed, Opened, Result, Tried
from tests.scene import HERE, THERE, WS, WSS, at_door

ON_WS, ON_WSS = Dial(WS, Trust(), None, "none"), Dial(WSS, Trust(), None, "none")
OTHER = Dial(Endpoint(True, "central.example.net", 443), Trust(), None, "none")
CALM = 0.0
"""The spread that adds least to a wait."""


class BrakesCase(SynchronousTestCase):
    """Brakes with a usual lane."""

    def setUp(self) -> None:
        self.brakes = Brakes(Lane())
        self.now = 1000.0

    def ticket(
        self, identity: bytes = b"CP001", *, digest: bytes = b"", address: str = HERE, served: bool = True
    ) -> Ticket:
        """Somebody's ticket."""
        return Ticket(identity, digest, address, served)

    def enter(self, ticket: Ticket, *dials: Dial) -> Plan | Refusal:
        """Ask to dial."""
        return self.brakes.enter(ticket, Plan(dials or (ON_WS,), ("ocpp1.6",)), self.now, CALM)

    def attempt(self, ticket: Ticket, *results: Result, dials: tuple[Dial, ...] = (ON_WS, ON_WSS)) -> None:
        """Dial, and come to these results."""
        plan = self.enter(ticket, *dials)
        assert isinstance(plan, Plan), plan
        for dial in plan.dials[1 : len(results)]:
            self.assertIsNone(self.further(ticket, dial))
        tried = [Tried(dial, result) for dial, result in zip(plan.dials, results, strict=False)]
        self.brakes.judge(ticket, tried, self.now)

    def further(self, ticket: Ticket, dial: Dial) -> Refusal | None:
        """Ask to make a further dial."""
        return self.brakes.further(ticket, dial, self.now, CALM)

    def wait(self, ticket: Ticket, *dials: Dial) -> tuple[str, float]:
        """Why somebody may not dial now, and for how long; ('', 0): he may, and gives it back at once."""
        found = self.enter(ticket, *dials)
        if isinstance(found, Refusal):
            self.assertEqual(found.status, 503)
            return found.code, found.wait
        self.brakes.leave(ticket)
        return "", 0

    def assert_idle(self) -> None:
        """Nothing is held."""
        self.assertEqual((self.brakes._endpoints._busy, self.brakes.lane._slots.total()), ({}, 0))


class EndpointTests(BrakesCase):
    """'Hold-off per (host, port, trust) for DNS, TCP and TLS failures: 1 s, doubling to 30 s, reset by success.'"""

    def test_connection_failures(self) -> None:
        """They hold everybody off who wants to go there, whoever saw them."""
        for kind in ("dns", "refused", "unreachable", "tls"):
            self.setUp()
            self.attempt(self.ticket(), Failed(kind))
            self.assertEqual(self.wait(self.ticket(b"CP002"))[0], "central-down", kind)
            self.now += 1
            self.assertEqual(self.wait(self.ticket(b"CP002")), ("", 0))

    def test_doubling(self) -> None:
        """1, 2, 4, 8, 16, then 30 s; then nothing is left after a success."""
        waits = []
        for _ in range(7):
            self.attempt(self.ticket(), Failed("refused"))
            waits.append(self.brakes._endpoints.remaining(ON_WS.target, self.now))
            self.now += waits[-1]
        self.assertEqual(waits, [1, 2, 4, 8, 16, 30, 30])
        self.attempt(self.ticket(), Answered(500))
        self.attempt(self.ticket(), Failed("refused"))
        self.assertEqual(self.brakes._endpoints.remaining(ON_WS.target, self.now), 1)

    def test_other_failures(self) -> None:
        """What may lie in the one charger's request, such as a reset or an odd answer, holds off that charger only."""
        for kind in ("timeout", "reset", "not-http", "handshake"):
            self.setUp()
            self.attempt(self.ticket(), Failed(kind))
            self.assertEqual(self.wait(self.ticket(b"CP002")), ("", 0), kind)
            self.assertEqual(self.wait(self.ticket())[0], "held-off", kind)

    def test_given_up(self) -> None:
        """A dial that was given up says nothing about anybody."""
        self.attempt(self.ticket(), Failed("cancelled"))
        self.assertEqual(self.wait(self.ticket()), ("", 0))

    def test_per_target(self) -> None:
        """Another host, another port and another trust have hold-offs of their own."""
        self.attempt(self.ticket(), Failed("tls", "expired"), dials=(ON_WSS,))
        pinned = Dial(WSS, Trust(pins=(b"p" * 32,)), None, "none")
        port = Dial(Endpoint(True, WSS.host, 8443), Trust(), None, "none")
        path = Dial(Endpoint(True, WSS.host, 443, "/path"), Trust(), None, "none")
        found = [self.wait(self.ticket(), dial)[0] for dial in (ON_WS, OTHER, pinned, port, path, ON_WSS)]
        self.assertEqual(found, ["", "", "", "", "central-down", "central-down"])

    def test_further_dials_left_out(self) -> None:
        """A further dial at an endpoint that is held off is left out of the plan; the first one is made."""
        self.attempt(self.ticket(b"CP002"), Failed("refused"), dials=(ON_WSS,))
        plan = self.enter(self.ticket(), ON_WS, ON_WSS, OTHER)
        assert isinstance(plan, Plan)
        self.assertEqual(plan.dials, (ON_WS, OTHER))

    def test_second_dial_counts(self) -> None:
        """A failure of the second dial holds off its endpoint, not the first one's."""
        self.attempt(self.ticket(), Answered(404), Failed("tls", "expired"))
        self.assertEqual([self.wait(self.ticket(), dial)[0] for dial in (ON_WS, ON_WSS)], ["", "central-down"])

    def test_one_probe(self) -> None:
        """'After it one probing dial, then at most 64 at once; over that 503 with Retry-After of 1 to 10 s (J-45).'"""
        self.attempt(self.ticket(), Failed("refused"))
        self.now += 1
        probe = self.ticket()
        self.assertIsInstance(self.enter(probe), Plan)
        code, seconds = self.wait(self.ticket(b"CP002"))
        self.assertEqual(code, "central-down")
        self.assertTrue(1 <= seconds <= 10)
        self.brakes.judge(probe, [Tried(ON_WS, Opened("ocpp1.6"))], self.now)
        tickets = [self.ticket(b"CP%d" % number) for number in range(65)]
        found = [self.enter(ticket) for ticket in tickets]
        self.assertEqual([isinstance(one, Plan) for one in found], [True] * 64 + [False])
        for ticket in tickets:
            self.brakes.leave(ticket)
        self.assert_idle()

    def test_second_dials_take_places(self) -> None:
        """Second dials of an attempt, ws first and then wss, are among the 64 at once after a hold-off of `uplink.wss`,
        and one of them can be the probing dial.
        """
        self.attempt(self.ticket(), Failed("refused"), dials=(ON_WSS,))
        self.now += 1
        probe, other = self.ticket(b"P"), self.ticket(b"Q")
        for ticket in (probe, other):
            self.assertIsInstance(self.enter(ticket, ON_WS, ON_WSS), Plan)
        self.assertIsNone(self.further(probe, ON_WSS))
        refused = self.further(other, ON_WSS)
        assert refused
        self.assertEqual((refused.status, refused.code), (503, "central-down"))
        self.assertTrue(1 <= refused.wait <= 10)
        self.assertEqual(self.wait(self.ticket(b"CP002"), ON_WSS)[0], "central-down")
        self.brakes.judge(probe, [Tried(ON_WS, Answered(404)), Tried(ON_WSS, Opened("ocpp1.6"))], self.now)
        self.brakes.leave(other)
        tickets = [self.ticket(b"CP%d" % number) for number in range(65)]
        for ticket in tickets:
            self.assertIsInstance(self.enter(ticket, ON_WS, ON_WSS), Plan)
        found = [self.further(ticket, ON_WSS) for ticket in tickets]
        self.assertEqual([one is None for one in found], [True] * 64 + [False])
        self.assertEqual(self.wait(self.ticket(b"CP002"), ON_WSS)[0], "central-down")
        for ticket in tickets:
            self.brakes.leave(ticket)
        self.assert_idle()

    def test_failed_second_probe(self) -> None:
        """A second dial that is the probing one and fails doubles the hold-off."""
        self.attempt(self.ticket(), Failed("refused"), dials=(ON_WSS,))
        self.now += 1
        probe = self.ticket()
        self.enter(probe, ON_WS, ON_WSS)
        self.now += 3
        self.assertIsNone(self.further(probe, ON_WSS))
        self.brakes.judge(probe, [Tried(ON_WS, Answered(404)), Tried(ON_WSS, Failed("refused"))], self.now)
        self.assertEqual(self.brakes._endpoints.remaining(ON_WSS.target, self.now), 2)
        self.assert_idle()

    def test_one_place_per_endpoint(self) -> None:
        """Two dials of one attempt at the same endpoint take one place: they are made one after the other."""
        ticket = self.ticket()
        self.enter(ticket, ON_WSS, ON_WSS)
        self.assertIsNone(self.further(ticket, ON_WSS))
        self.assertEqual(self.brakes._endpoints._busy[ON_WSS.target].slots, 1)
        self.brakes.leave(ticket)
        self.assert_idle()

    def test_probe_that_leaves(self) -> None:
        """A probe whose charger goes away leaves the probing to the next."""
        self.attempt(self.ticket(), Failed("refused"))
        self.now += 1
        probe = self.ticket()
        self.enter(probe)
        self.brakes.judge(probe, [], self.now)
        self.assertIsInstance(self.enter(self.ticket(b"CP002")), Plan)


class ChargerTests(BrakesCase):
    """'503, 429 and time-outs hold off that charger only'."""

    def test_that_charger(self) -> None:
        """Whoever shows the same for the same identity waits; another password or another identity does not."""
        for result in (Answered(503), Answered(429), Failed("timeout")):
            self.setUp()
            self.attempt(self.ticket(digest=b"X"), result)
            self.assertEqual(self.wait(self.ticket(digest=b"X"))[0], "held-off")
            for other in (self.ticket(digest=b"Y"), self.ticket(), self.ticket(b"CP002", digest=b"X")):
                self.assertEqual(self.wait(other), ("", 0))

    def test_retry_after(self) -> None:
        """'A Retry-After is honoured up to 10 minutes.' C7: no dial before that."""
        for asked, expected in ((120.0, 120), (600.0, 600), (90_000.0, 600), (None, 1), (0.0, 1)):
            self.setUp()
            self.attempt(self.ticket(), Answered(503, asked))
            found = self.brakes._chargers.remaining((b"CP001", b"", 0), self.now)
            self.assertEqual(found, expected)
            self.assertGreaterEqual(self.wait(self.ticket())[1], expected)
            self.now += expected
            self.assertEqual(self.wait(self.ticket()), ("", 0))

    def test_other_answers(self) -> None:
        """Any other answer ends the charger's own hold-off."""
        for result in (Answered(401), Answered(404), Answered(500), Opened("ocpp1.6")):
            self.setUp()
            for seconds in (1, 2):
                self.attempt(self.ticket(), Answered(503))
                self.now += seconds
            self.attempt(self.ticket(), result)
            self.attempt(self.ticket(), Answered(503))
            self.assertEqual(self.brakes._chargers.remaining((b"CP001", b"", 0), self.now), 1)

    def test_whole_endpoint(self) -> None:
        """'The whole endpoint when three identities served before saw them with no other HTTP answer between.' H6."""
        for number in (1, 2):
            self.attempt(self.ticket(b"CP%d" % number), Answered(503))
        self.attempt(self.ticket(b"NEW1", served=False), Answered(503))
        self.assertEqual(self.wait(self.ticket(b"CP9")), ("", 0))
        self.attempt(self.ticket(b"CP3"), Answered(503, 40.0))
        self.assertEqual(self.wait(self.ticket(b"CP9"))[0], "central-down")
        self.assertEqual(self.brakes._endpoints.remaining(ON_WS.target, self.now), 40)

    def test_answer_between(self) -> None:
        """Another HTTP answer, to whomever, ends the trouble."""
        for number in (1, 2):
            self.attempt(self.ticket(b"CP%d" % number), Answered(503))
        self.attempt(self.ticket(b"NEW", served=False), Answered(404))
        self.attempt(self.ticket(b"CP3"), Answered(503))
        self.assertEqual(self.wait(self.ticket(b"CP9")), ("", 0))

    def test_one_identity_three_times(self) -> None:
        """One charger that sees trouble three times is one witness."""
        for digest in (b"a", b"b", b"c"):
            self.attempt(self.ticket(digest=digest), Answered(503))
        self.assertEqual(self.wait(self.ticket(b"CP9")), ("", 0))


class LaneTests(BrakesCase):
    """'Identities never served share a lane'."""

    def test_only_unserved(self) -> None:
        """Identities served before need no place in it; an unserved one holds its place until its dials are over."""
        self.brakes = Brakes(Lane(at_once=1))
        first = self.ticket(b"NEW1", served=False)
        self.assertIsInstance(self.enter(first), Plan)
        self.assertEqual(self.wait(self.ticket(b"NEW2", address=THERE, served=False))[0], "lane")
        self.assertEqual(self.wait(self.ticket(b"CP001")), ("", 0))
        self.brakes.judge(first, [Tried(ON_WS, Answered(500))], self.now)
        self.assertEqual(self.wait(self.ticket(b"NEW2", address=THERE, served=False)), ("", 0))
        self.assert_idle()

    def test_refusals_are_cached(self) -> None:
        """'Their refusals are cached for a minute ... per identity and credentials': the same
        answer, without a dial.
        """
        for status in (401, 403, 404):
            ticket = self.ticket(b"NEW", digest=b"X", served=False)
            self.brakes.turned_away(ticket, status, self.now)
            self.now += 59
            self.assertEqual(self.enter(ticket), Refusal(status, "cached"))
            self.assert_idle()
            for other in (self.ticket(b"NEW", served=False), self.ticket(b"NEW3", digest=b"X", served=False)):
                self.assertEqual(self.wait(other), ("", 0))
            self.now += 1
            self.assertEqual(self.wait(ticket), ("", 0))

    def test_not_cached(self) -> None:
        """Neither of identities served before, nor of other answers, is anything cached."""
        self.brakes.turned_away(self.ticket(), 404, self.now)
        self.assertEqual(self.wait(self.ticket()), ("", 0))
        self.brakes.turned_away(self.ticket(b"NEW", served=False), 500, self.now)
        self.assertEqual(self.wait(self.ticket(b"NEW", served=False)), ("", 0))

    def test_edit_forgets(self) -> None:
        """'Forgotten at any edit or test of that identity': the cache, the charger's hold-off and that of S."""
        ticket = self.ticket(b"NEW", served=False)
        self.brakes.turned_away(ticket, 404, self.now)
        self.brakes.edited(b"NEW")
        self.assertEqual(self.wait(ticket), ("", 0))
        self.attempt(self.ticket(), Answered(503, 600.0))
        self.brakes.secret_refused(b"CP001", self.now)
        self.brakes.edited(b"CP002")
        self.assertEqual(self.wait(self.ticket())[0], "held-off")
        self.brakes.edited(b"CP001")
        self.assertEqual(self.wait(self.ticket()), ("", 0))

    def test_edits_are_bounded(self) -> None:
        """However many are edited, only the latest are counted; the earlier ones' troubles are over by then."""
        for number in range(2 * CAPACITY):
            self.brakes.edited(b"%d" % number)
        self.assertEqual(len(self.brakes._edits), CAPACITY)
        attempt = at_door(identity=str(2 * CAPACITY - 1))
        before = self.brakes.guess_key(attempt)
        self.brakes.edited(attempt.identity)
        self.assertNotEqual(self.brakes.guess_key(attempt), before)

    def test_well_forgets(self) -> None:
        """So does being served, with whatever."""
        ticket = self.ticket(b"NEW", served=False)
        self.brakes.turned_away(ticket, 404, self.now)
        self.brakes.secret_refused(b"NEW", self.now)
        self.brakes.well(b"NEW")
        self.assertEqual(self.wait(ticket), ("", 0))


class OrderTests(BrakesCase):
    """'Hold-off, cache, lane (503), dial.'"""

    def test_order(self) -> None:
        """Each answers as soon as those before it are content; who is refused holds nothing."""
        self.brakes = Brakes(Lane(at_once=2))
        ticket = self.ticket(b"NEW", served=False)
        self.attempt(self.ticket(b"NEW2", served=False, address=THERE), Failed("refused"))
        self.brakes.turned_away(ticket, 404, self.now)
        self.brakes._chargers.failed((b"NEW", b"", 0), self.now, 20.0)
        self.brakes.lane.enter(HERE, self.now, CALM)
        found = []
        for seconds in (0.5, 0.5, 20, 60):
            self.now += seconds
            verdict = self.enter(ticket)
            assert isinstance(verdict, Refusal)
            found.append(verdict.code)
            self.assertEqual((self.brakes._endpoints._busy, self.brakes.lane._slots.total()), ({}, 1))
        self.assertEqual(found, ["held-off", "held-off", "cached", "lane"])
        self.brakes.lane.leave(HERE)
        self.assertIsInstance(self.enter(ticket), Plan)

    def test_endpoint_before_cache(self) -> None:
        """While the endpoint is held off, nobody hears an older answer of it."""
        ticket = self.ticket(b"NEW", served=False)
        self.brakes.turned_away(ticket, 404, self.now)
        self.attempt(self.ticket(), Failed("dns"))
        self.assertEqual(self.wait(ticket)[0], "central-down")

    def test_wait_is_jittered(self) -> None:
        """'Edge answers at once with the remaining time plus jitter': never less than remains."""
        self.attempt(self.ticket(), Answered(503, 100.0))
        plan = Plan((ON_WS,), ("ocpp1.6",))
        waits = [self.brakes.enter(self.ticket(), plan, self.now, spread) for spread in (0.0, 0.5, 1.0)]
        self.assertEqual([one.wait for one in waits if isinstance(one, Refusal)], [100, 113, 125])


class SecretTests(BrakesCase):
    """S that the central system refuses."""

    def test_doubling(self) -> None:
        """'That charger is held off, doubling to 5 minutes, until an edit' or until it is served."""
        waits = []
        for _ in range(7):
            self.brakes.secret_refused(b"CP001", self.now)
            waits.append(self.brakes._secrets.remaining(b"CP001", self.now))
            self.assertEqual(self.wait(self.ticket(digest=b"any"))[0], "held-off")
            self.now += waits[-1]
            self.assertEqual(self.wait(self.ticket()), ("", 0))
        self.assertEqual(waits, [10, 20, 40, 80, 160, 300, 300])
        self.brakes.well(b"CP001")
        self.brakes.secret_refused(b"CP001", self.now)
        self.assertEqual(self.brakes._secrets.remaining(b"CP001", self.now), 10)


class LeaveTests(BrakesCase):
    """Everything is given back, once."""

    def test_twice(self) -> None:
        """Giving back twice gives back once."""
        self.brakes = Brakes(Lane(at_once=4, share=1))
        tickets = [self.ticket(b"NEW%d" % number, served=False) for number in range(2)]
        for ticket in tickets:
            self.enter(ticket)
        for _ in range(3):
            self.brakes.leave(tickets[0])
        self.assertEqual(self.brakes.lane._slots.total(), 1)
        self.brakes.judge(tickets[1], [], self.now)
        self.brakes.leave(tickets[1])
        self.assert_idle()

    def test_no_secret(self) -> None:
        """The repr of a ticket holds neither identity nor digest."""
        text = repr(self.ticket(b"CP001", digest=b"digest"))
        for hidden in ("CP001", "digest='", "b'digest'"):
            self.assertNotIn(hidden, text)
