"""Tests of `edge_twisted.web.hints`."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.redaction import HIDDEN
from edge_twisted.web.hints import MOST, examine
from edge_twisted.words.en import HINTS
from edge_twisted.words.speech import hint
from tests.words.codes import everywhere


def codes(kind: str, message: Any, action: str) -> list[tuple[str, str, str]]:
    """What is found, as (place, code, detail)."""
    found = examine(kind, message if isinstance(message, str) else json.dumps(message), action)
    return [(one.place, one.code, one.detail) for one in found]


class HintsTests(SynchronousTestCase):
    """`examine`."""

    def test_right(self) -> None:
        """Nothing is found about what is right, tenths that no float can hold included."""
        profile = {"chargingRateUnit": "A", "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 21.4}]}
        for kind, message, action in (
            ("call", [2, "1", "Heartbeat", {}], "Heartbeat"),
            ("result", [3, "1", {"currentTime": "2024-01-01T00:00:00Z"}], "Heartbeat"),
            ("error", [4, "1", "NotImplemented", "", {}], "Heartbeat"),
            (
                "result",
                [3, "1", {"status": "Accepted", "chargingSchedule": profile}],
                "GetCompositeSchedule",
            ),
            (
                "call",
                [2, "1", "SecurityEventNotification", {"type": "x", "timestamp": "t"}],
                "SecurityEventNotification",
            ),
        ):
            self.assertEqual(codes(kind, message, action), [], action)

    def test_payload(self) -> None:
        """Missing and surplus fields, wrong types and values, and long texts are found, with their place."""
        payload = {"connectorId": "1", "status": "Asleep", "errorCode": "NoError", "info": "x" * 51, "odd": 1}
        self.assertEqual(
            sorted(codes("call", [2, "1", "StatusNotification", payload], "StatusNotification")),
            [
                ("", "surplus-field", "odd"),
                ("connectorId", "type", "integer"),
                ("info", "long", "50"),
                ("status", "value-unknown", "Asleep"),
            ],
        )
        self.assertEqual(codes("result", [3, "1", {}], "Heartbeat"), [("", "missing", "currentTime")])
        values = {"connectorId": 1, "meterValue": [{"timestamp": "x", "sampledValue": [{"value": "1", "unit": "kw"}]}]}
        self.assertEqual(
            codes("call", [2, "1", "MeterValues", values], "MeterValues"),
            [("meterValue/0/sampledValue/0/unit", "value-unknown", "kw")],
        )

    def test_envelope(self) -> None:
        """What is odd about the message as a whole is found."""
        for kind, message, action, wanted in (
            ("binary", "", "", "binary"),
            ("unreadable", "junk", "", "no-json"),
            ("call", '[2,"1","X",{"a…', "X", "cut"),
            ("unreadable", '{"a":1}', "", "no-ocpp"),
            ("call", [2, 7, "Heartbeat", {}], "Heartbeat", "id-no-text"),
            ("call", [2, "x" * 37, "Heartbeat", {}], "Heartbeat", "id-long"),
            ("call", [2, "1", "Heartbeat", {}, 5], "Heartbeat", "surplus"),
            ("call", [2, "1", "Heartbeat"], "Heartbeat", "no-payload"),
            ("call", [2, "1", "Dance", {}], "Dance", "action-unknown"),
            ("call", [2, "1", "../v201/schemas/X", {}], "../v201/schemas/X", "action-unknown"),
            ("result", [3, "1", {}], "", "nobody-asked"),
            ("error", [4, "1", "NoIdea", "", {}], "", "error-code"),
        ):
            self.assertEqual([code for _, code, _ in codes(kind, message, action)], [wanted], message)

    def test_hidden(self) -> None:
        """What was redacted is no finding."""
        payload = {"key": "AuthorizationKey", "value": HIDDEN}
        self.assertEqual(codes("call", [2, "1", "ChangeConfiguration", payload], "ChangeConfiguration"), [])

    def test_bound(self) -> None:
        """Only so many findings are told."""
        payload = {str(number): 1 for number in range(100)}
        self.assertEqual(len(codes("call", [2, "1", "Heartbeat", payload], "Heartbeat")), MOST)

    def test_words(self) -> None:
        """Each code has its words, and there are no others."""
        self.assertEqual(everywhere("Hint", 1) | {"cut", "no-json"}, set(HINTS))
        self.assertEqual(hint("missing", "status"), "The field status is missing")

    @given(
        st.sampled_from(["call", "result", "error", "unreadable"]),
        st.recursive(
            st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
        ),
        st.sampled_from(["MeterValues", "BootNotification", "", "x"]),
    )
    def test_anything(self, kind: str, value: object, action: str) -> None:
        """Whatever a message is, nothing raises."""
        examine(kind, json.dumps(value), action)
        examine(kind, json.dumps([2, "1", action, value]), action)
