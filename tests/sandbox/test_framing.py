"""Tests of the messages that the sandbox reads and writes."""

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.framing import Call, Error, Result, Unreadable, read, write

TEXT = st.text(min_size=1, max_size=36)
PAYLOAD = st.dictionaries(st.text(), st.integers() | st.text() | st.none())


class FramingTests(SynchronousTestCase):
    """Reading and writing."""

    @given(TEXT, st.text(), PAYLOAD)
    def test_round(self, id: str, word: str, payload: dict[str, object]) -> None:
        """J-20: what was written is read as the same call, result or error."""
        for message in (Call(id, word, payload), Result(id, payload), Error(id, word, word)):
            self.assertEqual(read(write(message).encode("ascii")), message)

    def test_shape(self) -> None:
        """J-20, J-25: an array of 4, 3 and 5 elements; the code stays as OCPP spells it."""
        self.assertEqual(json.loads(write(Call("1", "Heartbeat", {}))), [2, "1", "Heartbeat", {}])
        self.assertEqual(json.loads(write(Result("1", {}))), [3, "1", {}])
        error = Error("1", "OccurenceConstraintViolation", "x")
        self.assertEqual(json.loads(write(error)), [4, "1", "OccurenceConstraintViolation", "x", {}])

    def test_null_payload(self) -> None:
        """J-24: null stands for an empty payload."""
        self.assertEqual(read(b'[2,"1","Heartbeat",null]'), Call("1", "Heartbeat", {}))

    def test_short_error(self) -> None:
        """An error without its details is read all the same."""
        self.assertEqual(read(b'[4,"1","GenericError",""]'), Error("1", "GenericError", ""))

    def test_broken_call_keeps_its_id(self) -> None:
        """A call with a broken body can be answered."""
        for text in (b'[2,"1","Heartbeat"]', b'[2,"1",7,{}]', b'[2,"1","Heartbeat",[]]', b'[2,"1","Heartbeat",{},1]'):
            self.assertEqual(read(text), Unreadable("1"), text)

    def test_unreadable(self) -> None:
        """J-22, J-23: other types, bad or long ids, and what is no JSON array have no id to answer to."""
        for text in (
            b"",
            b"\xff",
            b"{}",
            b"[]",
            b'[5,"1",{}]',
            b'[true,"1","Heartbeat",{}]',
            b'[2,1,"Heartbeat",{}]',
            b'[2,"","Heartbeat",{}]',
            b'[2,"%s","Heartbeat",{}]' % (b"x" * 37),
            b'[3,"1",[]]',
            b'[4,"1",1,""]',
            b"[" * 100_000,
        ):
            self.assertEqual(read(text), Unreadable(), text[:40])

    @given(st.binary() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps).map(str.encode))
    def test_anything(self, text: bytes) -> None:
        """Whatever comes, reading it gives a message and raises nothing."""
        self.assertIsInstance(read(text), Call | Result | Error | Unreadable)
