"""Tests of `edge_twisted.telling`, with `archive` between it and a store that only notes."""

import json
from collections.abc import Mapping
from typing import Any

from attrs import define, field
from twisted.internet.task import Clock
from twisted.logger import capturedLogs
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted import telling as module
from edge_twisted.core.events import Edited
from edge_twisted.core.observe import Observed
from edge_twisted.core.steps import Leg
from edge_twisted.desk.archive import Archive, Usher
from edge_twisted.store.messages import Passed
from edge_twisted.telling import GATHER_SECONDS, OCTETS, SAVE_SECONDS, SHARE, SLICE, Telling
from tests.scene import NOW, DeskCase, at_door, name_of

WHO = b"CP001"
NAME = name_of(WHO)


@define
class Notes:
    """A store that only notes."""

    kept: list[Passed] = field(factory=list)
    states: dict[str, bytes] = field(factory=dict)
    forgotten: list[str] = field(factory=list)
    count: int = 0

    def number(self) -> int:
        """The next number."""
        self.count += 1
        return self.count

    def has_room(self, octets: int) -> bool:
        """Always."""
        return True

    def append(self, passed: Passed) -> None:
        """Keep a message."""
        self.kept.append(passed)

    def keep_states(self, states: Mapping[str, bytes]) -> None:
        """Keep states."""
        self.states.update(states)

    def forget(self, charger: str) -> None:
        """Forget a charger."""
        self.forgotten.append(charger)


class TellingCase(SynchronousTestCase):
    """Messages pass, on a clock."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.notes = Notes()
        self.telling = self.make()
        self.telling.opened("s1", NAME, WHO)

    def make(self) -> Telling:
        """What is tested."""
        archive = Archive(self.notes, lambda identity: identity)  # type: ignore[arg-type]  # as much as is needed
        return Telling(self.clock, lambda: NOW + self.clock.seconds(), archive)

    def pass_(self, source: Leg, message: Any, session: str = "s1") -> None:
        """A message passes."""
        self.telling.passed(session, source, json.dumps(message).encode(), False)

    def look(self) -> None:
        """Let it be looked at."""
        self.clock.pump([GATHER_SECONDS, *[0] * 200])

    @property
    def observed(self) -> Observed:
        """What is known."""
        found = self.telling.get(NAME)
        assert found is not None
        return found


class TellingTests(TellingCase):
    """`Telling`."""

    def test_later(self) -> None:
        """Nothing is looked at while a message is forwarded; a moment later it is."""
        self.pass_(Leg.CHARGER, [2, "1", "Heartbeat", {}])
        self.assertEqual((self.observed.last_at, self.telling.waiting), (0.0, 1))
        self.look()
        self.assertEqual((self.observed.last_action, self.observed.last_at), ("Heartbeat", NOW))
        self.assertEqual(self.telling.waiting, 0)

    def test_kept(self) -> None:
        """What is kept has number, side, kind, and of an answer its call and how long it took."""
        self.pass_(Leg.CHARGER, [2, "a", "Heartbeat", {}])
        self.clock.advance(0.04)
        self.pass_(Leg.CENTRAL, [3, "a", {}])
        self.pass_(Leg.CENTRAL, [4, "b", "GenericError", "", {}])
        self.telling.passed("s1", Leg.CENTRAL, b"junk", False)
        self.telling.passed("s1", Leg.CHARGER, b"\x00", True)
        self.look()
        self.assertEqual(
            [(one.id, one.source, one.kind, one.uid, one.action, one.answers, one.error) for one in self.notes.kept],
            [
                (1, "charger", "call", "a", "Heartbeat", None, ""),
                (2, "central", "result", "a", "Heartbeat", 1, ""),
                (3, "central", "error", "b", "", None, "GenericError"),
                (4, "central", "unreadable", "", "", None, "json"),
                (5, "charger", "binary", "", "", None, ""),
            ],
        )
        self.assertEqual((self.notes.kept[1].seconds, self.notes.kept[0].seconds), (0.04, None))
        self.assertEqual({one.secret_identity for one in self.notes.kept}, {WHO})
        self.assertEqual({(one.charger, one.session) for one in self.notes.kept}, {(NAME, "s1")})

    def test_tally(self) -> None:
        """What passed is counted."""
        self.pass_(Leg.CHARGER, [2, "a", "X", {}])
        self.pass_(Leg.CENTRAL, [3, "a", {}])
        self.pass_(Leg.CENTRAL, [4, "b", "E", "", {}])
        self.telling.passed("s1", Leg.CENTRAL, b"junk", False)
        self.look()
        tally = self.telling.tally
        self.assertEqual(tally.messages, {Leg.CHARGER: 1, Leg.CENTRAL: 3})
        self.assertEqual((tally.octets[Leg.CHARGER], tally.errors[Leg.CENTRAL], tally.unreadable), (17, 1, 1))
        self.assertEqual(sum(tally.latencies[Leg.CENTRAL]), 1)

    def test_slices(self) -> None:
        """A storm is looked at in slices, so that others get their turn."""
        for _ in range(SLICE * 2 + 1):
            self.pass_(Leg.CHARGER, [2, "a", "X", {}])
        between: list[int] = []
        self.clock.callLater(GATHER_SECONDS, lambda: between.append(self.telling.waiting))
        self.look()
        self.assertEqual((between, self.telling.waiting), ([SLICE + 1], 0))

    def slow(self) -> None:
        """A message takes a millisecond from now on."""
        see = Telling._see

        def slow(*given: Any) -> None:
            self.clock.rightNow += 0.001
            see(*given)

        self.patch(Telling, "_see", slow)

    def test_share(self) -> None:
        """However much waits, looking has a third of the time: each slice is followed by twice what it took."""
        self.slow()
        for _ in range(SLICE * 3):
            self.pass_(Leg.CHARGER, [2, "a", "X", {}])
        self.clock.advance(GATHER_SECONDS)
        self.assertEqual(self.telling.waiting, SLICE * 2)
        self.clock.advance(SLICE * 0.001 * (SHARE - 0.1))
        self.assertEqual(self.telling.waiting, SLICE * 2)
        self.clock.advance(SLICE * 0.001 * 0.2)
        self.assertEqual(self.telling.waiting, SLICE)

    def test_late_turn(self) -> None:
        """Where the reactor's turn comes late, as many slices are looked at as that time allows."""
        self.slow()
        for _ in range(SLICE * 6):
            self.pass_(Leg.CHARGER, [2, "a", "X", {}])
        self.clock.advance(GATHER_SECONDS)
        self.assertEqual(self.telling.waiting, SLICE * 5)
        self.clock.advance(SLICE * 0.001 * SHARE * 3.5)
        self.assertEqual(self.telling.waiting, SLICE * 2)

    def test_hurry(self) -> None:
        """Much that comes at once is not waited with until there is no room for more."""
        self.patch(module, "HURRY_BYTES", 100)
        for _ in range(4):
            self.telling.passed("s1", Leg.CHARGER, b" " * 30, False)
        self.clock.advance(0)
        self.assertEqual((self.telling.waiting, self.telling.tally.missed), (0, 0))

    def test_bounds(self) -> None:
        """What waits is bounded by number and octets; what is left out is counted."""
        self.patch(module, "QUEUE", 3)
        self.patch(module, "QUEUE_BYTES", 100)
        for _ in range(5):
            self.telling.passed("s1", Leg.CHARGER, b"[]", False)
        self.look()
        for _ in range(2):
            self.telling.passed("s1", Leg.CHARGER, b"x" * 101, False)
        self.look()
        self.assertEqual((len(self.notes.kept), self.telling.tally.missed), (4, 3))

    def test_long(self) -> None:
        """Of a long message the beginning is handed on; what it is, and its pair, are known all the same."""
        self.pass_(Leg.CHARGER, [2, "a", "DataTransfer", {"data": "x" * OCTETS}])
        self.pass_(Leg.CENTRAL, [3, "a", {"data": "x" * OCTETS}])
        self.look()
        call, answer = self.notes.kept
        self.assertEqual((call.kind, call.action, len(call.payload)), ("call", "DataTransfer", OCTETS))
        self.assertEqual((answer.kind, answer.answers, answer.size), ("result", call.id, OCTETS + 22))
        row = call.row()
        self.assertEqual((row.size, row.text[-1]), (call.size, "…"))

    def test_chargers(self) -> None:
        """Of many chargers those go that are away the longest, from the disk as well; none that is there."""
        self.patch(module, "CHARGERS", 3)
        self.telling.opened("s2", "c2", b"2")
        self.telling.ended("s2")
        self.look()
        for number in range(3, 6):
            self.telling.opened(f"s{number}", f"c{number}", b"")
        self.assertIsNone(self.telling.get("c2"))
        self.assertIsNotNone(self.telling.get(NAME))
        self.assertEqual(self.notes.states, {"c2": b""})
        self.telling.load({"c6": b"", "c7": b"", "c8": b"", "c9": b""})
        self.assertEqual(self.notes.states, {"c2": b"", "c9": b""})

    def test_end(self) -> None:
        """What waits when a session ends is still looked at; afterwards nobody knows what it draws."""
        sampled = [{"value": "5000", "measurand": "Power.Active.Import"}]
        self.pass_(Leg.CHARGER, [2, "1", "MeterValues", {"connectorId": 1, "meterValue": [{"sampledValue": sampled}]}])
        self.telling.ended("s1")
        self.telling.passed("s1", Leg.CHARGER, b"[]", False)
        self.look()
        self.assertEqual(len(self.notes.kept), 1)
        self.assertEqual(self.observed.connectors[1].power, None)
        self.assertEqual(len(self.telling), 1)

    def test_next_session(self) -> None:
        """An answer in a new session answers nothing of the one before, and an old end does not touch the new one."""
        self.pass_(Leg.CHARGER, [2, "a", "Heartbeat", {}])
        self.telling.opened("s2", NAME, WHO)
        self.pass_(Leg.CENTRAL, [3, "a", {}], "s2")
        self.telling.ended("s1")
        self.pass_(Leg.CHARGER, [2, "b", "Heartbeat", {}], "s2")
        self.look()
        self.assertEqual([one.answers for one in self.notes.kept], [None, None, None])
        self.assertEqual(self.observed.last_action, "Heartbeat")

    def test_mistake(self) -> None:
        """A mistake of Edge's own costs one message, is counted and logged without the message."""
        self.patch(module, "parse", lambda _: 1 / 0)
        with capturedLogs() as logs:
            self.pass_(Leg.CHARGER, [2, "a", "secret", {}])
            self.look()
        self.assertEqual(self.telling.tally.missed, 1)
        self.assertNotIn("secret", repr(logs))
        self.assertIn("ZeroDivisionError", repr(logs))

    def test_unknown(self) -> None:
        """A message of a session that nobody announced is not looked at."""
        self.pass_(Leg.CHARGER, [2, "a", "X", {}], "other")
        self.telling.ended("other")
        self.look()
        self.assertEqual(self.notes.kept, [])

    def test_restart(self) -> None:
        """What was known is kept on disk now and then and at the end, and comes back."""
        boot = {"chargePointVendor": "Acme", "chargePointModel": "CP001"}
        self.pass_(Leg.CHARGER, [2, "1", "BootNotification", boot])
        status = {"connectorId": 1, "status": "Charging", "errorCode": "NoError"}
        self.pass_(Leg.CHARGER, [2, "2", "StatusNotification", status])
        self.look()
        self.clock.advance(SAVE_SECONDS)
        self.assertNotIn(b"CP001", self.notes.states[NAME])
        self.pass_(Leg.CHARGER, [2, "3", "Heartbeat", {}])
        self.telling.stop()
        again = self.make()
        again.load({**self.notes.states, "broken": b"{", "other": b"[]"})
        found = again.get(NAME)
        assert found is not None and found.boot is not None
        self.assertEqual((found.boot.vendor, found.connectors[1].status), ("Acme", "Charging"))
        self.assertEqual((found.last_action, len(again)), ("Heartbeat", 1))
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_nowhere(self) -> None:
        """Without a store everything else works."""
        self.telling = Telling(self.clock, lambda: NOW)
        self.telling.opened("s1", NAME, WHO)
        self.pass_(Leg.CHARGER, [2, "a", "Heartbeat", {}])
        self.look()
        self.assertEqual(self.observed.last_action, "Heartbeat")
        self.telling.forget(NAME)
        self.telling.stop()
        self.assertIsNone(self.telling.get(NAME))


class UsherTests(DeskCase):
    """`Usher`, at a real desk."""

    def test_sessions(self) -> None:
        """A session is announced before its first message can pass, and its end is told."""
        clock, notes = Clock(), Notes()
        archive = Archive(notes, self.book.secret)  # type: ignore[arg-type]  # as much as is needed
        telling = Telling(clock, lambda: NOW, archive)
        self.desk.bus.subscribe(Usher(self.desk.hall, telling))
        self.desk.passed = telling.passed
        name = self.serve(at_door())
        self.desk.passed(name, Leg.CHARGER, b'[2,"1","Heartbeat",{}]', False)
        self.leave(name)
        clock.pump([GATHER_SECONDS, 0])
        [kept] = notes.kept
        self.assertEqual((kept.charger, kept.secret_identity), (NAME, WHO))
        self.assertEqual(telling._sessions, {})
        self.desk.bus.publish(Edited(NAME, "x", "forgotten", "control:0"))
        self.assertEqual((notes.forgotten, telling.get(NAME)), ([NAME], None))

    def test_password(self) -> None:
        """The identity of a charger with a password is no secret."""
        self.serve(at_door(b"password"))
        self.assertEqual(self.book.secret(WHO), b"")
        self.assertEqual(self.book.secret(b"other"), b"other")
