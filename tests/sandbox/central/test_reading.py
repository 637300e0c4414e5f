"""Tests of how messages are read, and what OCPP-J has against them."""

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.central.reading import CODES, take
from edge_twisted.sandbox.framing import Call, Error, Message, Result, Unreadable


class TakeTests(SynchronousTestCase):
    """One message each."""

    def check(self, text: str, message: Message, *findings: str) -> None:
        """A text is read as this message, with these findings."""
        self.assertEqual(take(text), (message, findings), text)

    def test_right(self) -> None:
        """What is right has no findings; J-24: a payload may be null."""
        self.check('[2,"1","Heartbeat",{}]', Call("1", "Heartbeat", {}))
        self.check('[2,"1","Heartbeat",null]', Call("1", "Heartbeat", {}))
        self.check('[3,"1",{}]', Result("1", {}))
        for code in CODES:
            self.check(f'[4,"1","{code}","",{{}}]', Error("1", code, ""))

    def test_actions(self) -> None:
        """An action that is nobody's, or the central system's, is told."""
        self.check('[2,"1","Eat",{}]', Call("1", "Eat", {}), 'action: "Eat" is not known to OCPP 1.6')
        self.check('[2,"1","Reset",{}]', Call("1", "Reset", {}), 'action: "Reset" is the central system\'s to ask')

    def test_code(self) -> None:
        """J-25: a code that is not printed in OCPP-J is told, the right spelling of a wrong one too."""
        self.check(
            '[4,"1","FormatViolation","",{}]',
            Error("1", "FormatViolation"),
            'code: "FormatViolation" is none of OCPP-J\'s',
        )

    def test_long_id(self) -> None:
        """J-22: an id longer than 36 is told, and a request is read all the same; not if it is endless."""
        text = json.dumps([2, "x" * 40, "Heartbeat", {}])
        self.check(text, Call("x" * 40, "Heartbeat", {}), "id: has 40 characters; at most 36 are allowed")
        text = json.dumps([2, "x" * 300, "Heartbeat", {}])
        self.check(text, Unreadable(), "id: has 300 characters; at most 36 are allowed")

    def test_broken(self) -> None:
        """What can't be read says why."""
        for text, finding in (
            ("", "the message is not JSON"),
            ('{"configurationKey":[', "the message is not JSON"),
            ("[" * 100_000, "the message is not JSON"),
            ("{}", "the message is no array"),
            ("[]", "the message is no array"),
            ("[5]", "message type: 5 is none of 2, 3 and 4"),
            ('["2","1","Heartbeat",{}]', 'message type: "2" is none of 2, 3 and 4'),
            ("[true]", "message type: True is none of 2, 3 and 4"),
            ('[2,17,"Heartbeat",{}]', "id: is not a string"),
            ('[2,"","Heartbeat",{}]', "id: is empty"),
        ):
            self.check(text, Unreadable(), finding)

    def test_broken_request(self) -> None:
        """A request that can't be read keeps its id, to be answered."""
        self.check('[2,"1","Heartbeat",[]]', Unreadable("1"), "payload: is not an object")
        self.check('[2,"1",7,{}]', Unreadable("1"), "action: is not a string")
        self.check('[2,"1","Heartbeat"]', Unreadable("1"), "the message has 3 elements; a request has 4")

    @given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5).map(json.dumps))
    def test_anything(self, text: str) -> None:
        """Nothing raises, and what can't be read says why."""
        message, findings = take(text)
        self.assertTrue(findings or not isinstance(message, Unreadable))
