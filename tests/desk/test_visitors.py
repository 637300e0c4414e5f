"""Tests of `edge_twisted.desk.visitors`: the last attempt of each identity, bounded."""

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.diagnosis import from_uplink
from edge_twisted.core.endpoint import Trust
from edge_twisted.core.policy import Dial, Plan, Refusal
from edge_twisted.core.steps import Answered, End, Failed, Result, Tried
from edge_twisted.desk import visitors
from edge_twisted.desk.visitors import Visit, Visitors
from tests.scene import HERE, THERE, WS, WSS, at_door, name_of

DIALS = (Dial(WS, Trust(), None, "none"), Dial(WSS, Trust(), None, "none"))


def refused(code: str, status: int, *results: Result) -> End:
    """The end of an attempt that was refused after these dials."""
    tried = tuple(Tried(dial, result) for dial, result in zip(DIALS, results, strict=False))
    return End("refused", tried, refusal=Refusal(status, code))


class VisitorsTests(SynchronousTestCase):
    """Who tried."""

    def setUp(self) -> None:
        self.visitors = Visitors(name_of)

    def came(self, identity: str = "CP001", now: float = 1.0, **attempt: Any) -> Visit:
        """Somebody comes."""
        self.visitors.came(at_door(identity=identity, **attempt), now)
        return self.visit(identity)

    def visit(self, identity: str = "CP001") -> Visit:
        """His last attempt."""
        visit = self.visitors.get(identity.encode())
        assert visit
        return visit

    def test_came(self) -> None:
        """An attempt is noted with when, from where and how; the first one's time is kept."""
        self.assertEqual(self.came(), Visit(b"CP001", name_of(b"CP001"), 1.0, 1.0, HERE, False))
        again = self.came(now=5.0, address=THERE, secure=True)
        self.assertEqual((again.first, again.at, again.address, again.secure), (1.0, 5.0, THERE, True))
        self.assertEqual((self.visitors.address(b"CP001"), self.visitors.address(b"CP002")), (THERE, ""))

    def test_answers(self) -> None:
        """What it was answered, and why: in the central system's words where it was asked."""
        self.came()
        self.visitors.opened(b"CP001")
        self.assertEqual((self.visit().status, self.visit().cause), (101, ""))
        self.came()
        self.assertEqual((self.visit().status, self.visit().cause), (0, ""))
        self.visitors.ended(b"CP001", refused("blocked", 403))
        self.assertEqual((self.visit().status, self.visit().cause, self.visit().found), (403, "blocked", None))

    def test_found(self) -> None:
        """What was wrong at the last dial that came to something."""
        for results, found in (
            ((Answered(403), Answered(401)), from_uplink("http", 401)),
            ((Answered(404), Failed("tls", "expired")), from_uplink("tls", 0, "expired")),
            ((Failed("tls", "alert", 48),), from_uplink("tls", 48, "alert")),
            ((Answered(404), Failed("cancelled")), from_uplink("http", 404)),
        ):
            self.came()
            self.visitors.ended(b"CP001", refused("turned-away", 404, *results))
            self.assertEqual(self.visit().found, found)

    def test_found_is_kept(self) -> None:
        """What was wrong is kept while nobody asks again, until a session opens."""
        self.came()
        self.visitors.ended(b"CP001", refused("central-failed", 502, Failed("dns")))
        self.came()
        self.visitors.ended(b"CP001", refused("central-down", 503))
        self.assertEqual((self.visit().cause, self.visit().found), ("central-down", from_uplink("dns")))
        self.came()
        self.visitors.opened(b"CP001")
        self.assertIsNone(self.visit().found)

    def test_sessions(self) -> None:
        """A session that ends leaves its 101; one that was turned away at once leaves why."""
        for end, cause in (
            (End("charger-closed", opened=True, served=True), ""),
            (End("central-closed", opened=True, turned_away=True), "turned-away"),
            (End("unsupported"), "unsupported"),
        ):
            self.came()
            self.visitors.opened(b"CP001")
            self.visitors.ended(b"CP001", end)
            self.assertEqual((self.visit().status, self.visit().cause), (101, cause))

    def test_forgotten(self) -> None:
        """A charger that is forgotten is gone; what is told of it afterwards changes nothing."""
        self.came()
        self.visitors.begin_with(b"CP001", DIALS[1].key)
        self.visitors.forget(b"CP001")
        self.visitors.ended(b"CP001", refused("blocked", 403))
        self.visitors.opened(b"CP001")
        self.assertEqual(list(self.visitors), [])
        plan = Plan(DIALS, ("ocpp1.6",))
        self.assertEqual(self.visitors.shortened(b"CP001", plan), plan)

    def test_bounded(self) -> None:
        """The one that tried longest ago makes room."""
        self.patch(visitors, "CAPACITY", 3)
        for identity in ("A", "B", "C", "A", "D"):
            self.came(identity)
        self.assertEqual([visit.identity for visit in self.visitors], [b"C", b"A", b"D"])
        for name in (b"A", b"B", b"C", b"A", b"D"):
            self.visitors.begin_with(name, DIALS[1].key)
        begun = [len(self.visitors.shortened(one, Plan(DIALS, ())).dials) for one in (b"A", b"B", b"C", b"D")]
        self.assertEqual(begun, [1, 2, 1, 1])

    def test_begin(self) -> None:
        """The next attempt begins with the dial that is named, where the plan still has it; then anew."""
        plan = Plan(DIALS, ("ocpp1.6",))
        self.visitors.begin_with(b"CP001", DIALS[1].key)
        self.assertEqual(self.visitors.shortened(b"CP001", plan).dials, DIALS[1:])
        self.assertEqual(self.visitors.shortened(b"CP001", Plan(DIALS[:1], ())).dials, DIALS[:1])
        self.visitors.begin_anew(b"CP001")
        self.assertEqual(self.visitors.shortened(b"CP001", plan), plan)

    def test_secrecy(self) -> None:
        """No identity stands in what is printed of visitors."""
        self.came("ONLY-SECRET")
        self.assertNotIn("ONLY", repr(self.visitors) + repr(self.visit("ONLY-SECRET")))
