"""Tests of faults as values, and of which holds for whom."""

import json

from attrs import fields
from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.central import faults as faults_module
from edge_twisted.sandbox.central.certificates import KINDS
from edge_twisted.sandbox.central.faults import FAULTS, Fault, Faults
from edge_twisted.sandbox.central.handshake import WRONG
from edge_twisted.sandbox.central.misbehaving import TIMED
from edge_twisted.sandbox.central.parameters import may_be_sent
from tests.sandbox.central.place import fault


class FaultTests(SynchronousTestCase):
    """Reading and writing."""

    def test_round(self) -> None:
        """Every kind can be read without its parameters, and comes back as JSON as it went."""
        for kind in FAULTS:
            usual = Fault.read({"kind": kind})
            self.assertEqual(Fault.read(json.loads(json.dumps(usual.as_json()))), usual)
            self.assertEqual(list(usual.as_json()), ["kind", *(field.name for field in FAULTS[kind].fields)])

    def test_described(self) -> None:
        """Every kind and parameter has words, and every parameter is a field of a fault."""
        for kind in FAULTS.values():
            for text in (kind.words, *(field.words for field in kind.fields)):
                self.assertTrue(text)
            self.assertLessEqual({field.name for field in kind.fields}, {field.name for field in fields(Fault)})

    def test_has_an_effect(self) -> None:
        """Each group of kinds that has an effect in common is in the list, at its stage."""
        stages = {kind: FAULTS[kind].stage for kind in (*KINDS, *WRONG, *TIMED)}
        self.assertEqual(
            stages, dict.fromkeys(KINDS, "port") | dict.fromkeys(WRONG, "handshake") | dict.fromkeys(TIMED, "open")
        )
        self.assertEqual(
            {kind for kind in FAULTS if FAULTS[kind].scope == "all"},
            {kind for kind in FAULTS if FAULTS[kind].stage == "port"},
        )

    def test_form(self) -> None:
        """A form's texts are numbers where numbers are wanted."""
        read = Fault.read({"kind": "refuse", "status": "429", "retry_after": " 7 "})
        self.assertEqual((read.status, read.retry_after), (429, 7))
        self.assertEqual(fault("close", seconds="0.5").seconds, 0.5)

    def test_wrong(self) -> None:
        """What is wrong names the field, and what would be right."""
        for mapping, words in (
            ({}, "kind must be one of: down, "),
            ({"kind": ["close"]}, "kind must be one of"),
            ({"kind": "close", "status": 1}, "status is no field of close; it has code, reason, seconds."),
            ({"kind": "garbage", "status": 1}, "status is no field of garbage; it has none."),
            ({"kind": "refuse", "status": 200}, "status must be from 400 to 599."),
            ({"kind": "refuse", "status": 401.5}, "status must be a whole number."),
            ({"kind": "refuse", "status": True}, "status must be a whole number."),
            ({"kind": "refuse", "status": None}, "status must be a whole number."),
            ({"kind": "refuse", "retry_after": -1}, "retry_after must be from 0 to 86400."),
            ({"kind": "redirect", "status": 304}, "status must be one of 301, 302, 303, 307, 308."),
            ({"kind": "redirect", "location": "x\r\nSet-Cookie: y"}, "location must be text in ASCII"),
            ({"kind": "redirect", "location": 7}, "location must be text in ASCII"),
            ({"kind": "slow-answer", "seconds": "nan"}, "seconds must be a number."),
            ({"kind": "slow-answer", "seconds": 1e9}, "seconds must be from 0 to 240."),
            ({"kind": "wrong-subprotocol", "protocol": ""}, "protocol must be one word"),
            ({"kind": "wrong-subprotocol", "protocol": "a, b"}, "protocol must be one word"),
            ({"kind": "close", "code": 1005}, "code must be 0 or a code that may be sent"),
            ({"kind": "close", "reason": "x" * 121}, "reason must be text in ASCII, of 120 characters at most."),
        ):
            error = self.assertRaises(ValueError, Fault.read, mapping)
            self.assertIn(words, str(error))

    def test_close_codes(self) -> None:
        """W-04: what may stand in a close frame, and 0."""
        good = {0, 1000, 1001, 1002, 1003, *range(1007, 1015), *range(3000, 5000)}
        self.assertEqual({code for code in range(70_000) if may_be_sent(code)}, good)

    @given(
        st.dictionaries(
            st.sampled_from(["status", "seconds", "code", "reason", "location", "x"]),
            st.none() | st.floats() | st.integers() | st.text(),
        ),
        st.sampled_from([*FAULTS, "x"]),
    )
    def test_anything(self, mapping: dict[str, object], kind: str) -> None:
        """Whatever a form or the API sends, it is a fault or a ValueError with a sentence."""
        try:
            read = Fault.read({"kind": kind, **mapping})
        except ValueError as error:
            self.assertTrue(str(error).endswith("."))
        else:
            self.assertEqual(Fault.read(read.as_json()), read)


class FaultsTests(SynchronousTestCase):
    """Which fault holds for whom."""

    def setUp(self) -> None:
        self.changes: list[tuple[str | None, str]] = []
        self.faults = Faults(lambda identity, kind: self.changes.append((identity, kind)))

    def test_active(self) -> None:
        """A charger has its own faults, and those for all of which it has none of its own."""
        own, everybodys, swallow = fault("refuse", status=404), fault("refuse", status=503), fault("swallow")
        self.assertEqual(self.faults.active("CP1"), ())
        self.faults.start(everybodys)
        self.faults.start(swallow)
        self.faults.start(own, "CP1")
        self.assertEqual(self.faults.active("CP1"), (own, swallow))
        self.assertEqual(self.faults.active("CP2"), (everybodys, swallow))
        self.assertEqual(self.faults.active(), (everybodys, swallow))
        self.assertEqual(self.faults.find(["x", "refuse"], "CP1"), own)
        self.assertIsNone(self.faults.find(["close"], "CP1"))

    def test_replaced(self) -> None:
        """A fault of the same kind replaces the earlier one."""
        self.faults.start(fault("refuse", status=404))
        self.faults.start(fault("refuse", status=403))
        self.assertEqual([one.status for one in self.faults.active()], [403])

    def test_changes(self) -> None:
        """Every beginning and end is told; the end of what never began is none."""
        self.faults.start(fault("swallow"), "CP1")
        self.faults.start(fault("close"))
        self.faults.stop("close", "CP1")
        self.faults.clear()
        self.assertEqual(self.changes, [("CP1", "swallow"), (None, "close"), ("CP1", "swallow"), (None, "close")])
        self.assertEqual(self.faults.all, {})

    def test_for_all_only(self) -> None:
        """What shows before the identity is known can't be one charger's."""
        error = self.assertRaises(ValueError, self.faults.start, fault("down"), "CP1")
        self.assertIn("down is for all chargers only", str(error))

    def test_bounded(self) -> None:
        """So many chargers can have faults of their own."""
        self.patch(faults_module, "CHARGERS", 2)
        for number in range(3):
            self.faults.start(fault("swallow"), str(number))
        self.assertRaises(ValueError, self.faults.start, fault("swallow"), "one more")
        self.faults.start(fault("close"), "1")
