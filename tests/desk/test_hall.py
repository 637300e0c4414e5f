"""Tests of `edge_twisted.desk.hall`, as the desk uses it: who makes room for whom."""

from edge_twisted.core import events as e
from edge_twisted.core.policy import Plan, Refusal
from edge_twisted.core.steps import Answered, End
from tests.scene import HERE, THERE, DeskCase, at_door, name_of


class RivalTests(DeskCase):
    """A second connection of one identity (design section 3.8)."""

    def test_dead(self) -> None:
        """'Not alive: it is closed, and the newcomer counts as first.' H7, H10."""
        old = self.serve(at_door(b"X"))
        self.line.dead.add(old)
        name, plan = self.planned(at_door(address=THERE))
        self.assertEqual((self.line.probed, self.line.closed), ([old], [(old, "replaced")]))
        self.opened(name, plan)
        self.assertEqual(len(self.line.closed), 1)

    def test_stranger(self) -> None:
        """Alive: a newcomer without its secret, from elsewhere, gets 503 and raises one folded alarm."""
        self.serve(at_door(b"X"))
        for attempt in (at_door(b"Y", address=THERE), at_door(address=THERE), at_door(b"", address=THERE)):
            refusal = self.refused(attempt)
            self.assertEqual((refusal.status, refusal.code), (503, "rival"))
            self.assertTrue(1 <= refusal.wait <= 10)
        self.assertEqual((self.alarms(), self.line.closed), (["rival"], []))

    def test_secret(self) -> None:
        """Alive: who shows its secret, from wherever, is dialled; the old legs close at its 101, not before."""
        old = self.serve(at_door(b"X"))
        name, plan = self.planned(at_door(b"X", address=THERE))
        self.assertEqual(self.line.closed, [])
        self.opened(name, plan)
        self.assertEqual(self.line.closed, [(old, "replaced")])
        snapshot = self.registry.get(name_of(b"CP001"))
        assert snapshot
        self.assertEqual((len(self.registry), snapshot.session), (1, name))

    def test_address(self) -> None:
        """Alive: so is who comes from its address, and from where this identity was served longest."""
        self.leave(self.serve(at_door(address=THERE)), seconds=9000.0)
        self.serve(at_door(b"X"))
        self.planned(at_door(b"Y", address=HERE))
        self.planned(at_door(b"Z", address=THERE))

    def test_refused_dial(self) -> None:
        """A refused dial leaves the incumbent alone."""
        old = self.serve(at_door(b"X"))
        self.turn_away(at_door(b"Y"), Answered(401))
        self.assertEqual(self.line.closed, [])
        snapshot = self.registry.get(name_of(b"CP001"))
        assert snapshot
        self.assertEqual(snapshot.session, old)

    def test_same_secret(self) -> None:
        """Whether the newcomer showed exactly what the incumbent shows is told to its session,
        which may displace it.
        """
        old = self.serve(at_door(b"X"))
        for attempt, expected in ((at_door(b"Y"), False), (at_door(), False), (at_door(b"X", user=b"u"), False)):
            name, decided = self.come(attempt)
            self.assertEqual(decided.same_secret, expected)
            self.desk.ended(name, End("left"), 0.0)
        name, decided = self.come(at_door(b"X"))
        self.assertTrue(decided.same_secret)
        self.successResultOf(self.desk.displace(name))
        self.assertEqual(self.line.closed, [(old, "replaced")])

    def test_dialling(self) -> None:
        """One that only dials yet makes room for who may challenge it, and stays before anybody else."""
        first, _ = self.planned(at_door(b"X"))
        self.assertEqual(self.refused(at_door(b"Y", address=THERE)).code, "rival")
        self.planned(at_door(b"X", address=THERE))
        self.assertEqual((self.line.closed, self.line.probed), ([(first, "replaced")], []))

    def test_two_at_once(self) -> None:
        """Two newcomers who wait for the same probe are held against each other as well: one of them is dialled."""
        old = self.serve(at_door(b"X"))
        self.line.slow = True
        (_, first), (_, second) = self.ask(at_door(b"X")), self.ask(at_door(b"Y", address=THERE))
        for probe in self.line.probes:
            probe.callback(False)
        self.assertIsInstance(self.successResultOf(first).verdict, Plan)
        refusal = self.successResultOf(second).verdict
        assert isinstance(refusal, Refusal)
        self.assertEqual(refusal.code, "rival")
        self.assertIn((old, "replaced"), self.line.closed)

    def test_leaves_while_waiting(self) -> None:
        """A newcomer who leaves while he waits for the probe takes nothing, and nobody makes room for him."""
        self.serve(at_door(b"X"))
        self.line.slow = True
        name, asked = self.ask(at_door(b"X"))
        self.desk.ended(name, End("left"), 0.0)
        self.line.probes[0].callback(True)
        self.assertIsInstance(self.successResultOf(asked).verdict, Refusal)
        self.assertEqual(self.line.closed, [])
        self.leave("s1")
        self.assert_idle()

    def test_gone_and_come_again(self) -> None:
        """A charger that gives up waiting and comes again is not thrown out by its own earlier attempt."""
        old = self.serve(at_door(b"X"))
        self.line.slow = True
        name, _ = self.ask(at_door(b"X"))
        self.desk.ended(name, End("left"), 0.0)
        self.leave(old)
        self.planned(at_door(b"X"))
        self.line.probes[0].callback(True)
        self.assertEqual(self.line.closed, [])

    def test_incumbent_leaves_meanwhile(self) -> None:
        """An incumbent who leaves while he is probed is nobody's rival."""
        old = self.serve(at_door(b"X"))
        self.line.slow = True
        _, asked = self.ask(at_door(b"Y", address=THERE))
        self.leave(old)
        self.line.probes[0].callback(True)
        self.assertIsInstance(self.successResultOf(asked).verdict, Plan)

    def test_clash(self) -> None:
        """Three replacements within 10 minutes of an incumbent that sent data just now: a clash alarm, and newcomers
        get 503 for a minute.
        """
        self.serve(at_door(b"X"))
        for _ in range(3):
            self.assertEqual(self.alarms(), [])
            self.serve(at_door(b"X", address=THERE))
        self.assertEqual(self.alarms(), ["clash"])
        self.assertEqual(self.refused(at_door(b"X")), Refusal(503, "clash", 60.0))
        self.now += 60
        self.planned(at_door(b"X"))

    def test_no_clash(self) -> None:
        """A charger that comes again after it was silent clashes with nobody."""
        name = self.serve(at_door(b"X"))
        for _ in range(5):
            self.line.quiet[name] = 11.0
            name = self.serve(at_door(b"X"))
        self.assertEqual(self.alarms(), [])

    def test_letter_case(self) -> None:
        """An identity in other letters is the same one here too: it is no way past the incumbent."""
        old = self.serve(at_door(b"X", identity="CP001"))
        self.assertEqual(self.refused(at_door(b"Y", identity="cp001", address=THERE)).code, "rival")
        name, plan = self.planned(at_door(b"X", identity="cp001"))
        self.opened(name, plan)
        self.assertEqual(self.line.closed, [(old, "replaced")])

    def test_late_end(self) -> None:
        """Q11: the old one's end, whenever it comes, does not touch the new one; each session has its own end."""
        old = self.serve(at_door(b"X"))
        self.line.deaf.add(old)
        new = self.serve(at_door(b"X"))
        self.leave(old)
        self.leave(old)
        snapshot = self.registry.get(name_of(b"CP001"))
        assert snapshot
        self.assertEqual(snapshot.session, new)
        self.assertEqual([event.session for event in self.seen(e.SessionEnded)], [old])
        self.leave(new)
        self.assertEqual([event.session for event in self.seen(e.SessionEnded)], [old, new])
        self.assert_idle()
