"""Tests of `edge_twisted.core.layout`."""

import json

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.layout import lay_out


class LayoutTests(SynchronousTestCase):
    """`lay_out`."""

    def test_example(self) -> None:
        """Members stand on lines of their own, indented; figures and texts as they were written."""
        found = lay_out('[2,"a","X",{"n":1.00,"t":"\\u00e9,[ ]","e":{},"l":[1e3,-0]}]')
        wanted = '[\n  2,\n  "a",\n  "X",\n  {\n    "n": 1.00,\n    "t": "\\u00e9,[ ]",\n    "e": {},\n    "l": [\n'
        self.assertEqual(found, wanted + "      1e3,\n      -0\n    ]\n  }\n]")

    def test_not_json(self) -> None:
        """What is no JSON stands as it is."""
        for text in ("", "[1", "x" * 300_000, "[" * 5000):
            self.assertEqual(lay_out(text), text)

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        )
    )
    def test_same(self, value: object) -> None:
        """It is the same JSON afterwards."""
        self.assertEqual(json.loads(lay_out(json.dumps(value))), value)
