"""Tests of `edge_twisted.pages.forms`."""

from io import BytesIO

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.pages.bounded import BODY_BYTES
from edge_twisted.pages.forms import FIELDS, BadForm, Form, read_form, read_query


class Request:
    """As much of a request as a form needs."""

    def __init__(self, body: bytes, form: bool = True, uri: bytes = b"/") -> None:
        self.content = BytesIO(body)
        self.form = form
        self.uri = uri


class FormTests(SynchronousTestCase):
    """Reading and judging."""

    def refused(self, body: bytes, form: bool = True) -> int:
        """The status with which a body is refused."""
        status: int = self.assertRaises(BadForm, read_form, Request(body, form)).status
        return status

    def test_read(self) -> None:
        """A form is read: spaces, umlauts, line breaks and all; of a name that comes twice the last counts."""
        form = read_form(Request(b"a=1&a=2&b=+x%20&c=%C3%BC%0D%0Ay&d=&e"))
        self.assertEqual(form.values, {"a": "2", "b": " x ", "c": "ü\ny", "d": "", "e": ""})
        self.assertEqual(
            (form.text("b"), form.raw("b"), form.text("z"), form.on("d"), form.on("z")), ("x", " x ", "", True, False)
        )

    def test_empty(self) -> None:
        """An empty body is a form without fields."""
        self.assertEqual(read_form(Request(b"", form=False)).values, {})

    def test_bounds(self) -> None:
        """What is no form, too long, of too many fields, or not to be read, is refused."""
        self.assertEqual(self.refused(b"a=1", form=False), 415)
        self.assertEqual(self.refused(b"a=" + b"x" * BODY_BYTES), 413)
        self.assertEqual(self.refused(b"a=1&" * (FIELDS + 1)), 400)
        self.assertEqual(self.refused(b"a=\xff"), 400)
        self.assertEqual(self.refused(b"a=%ff"), 400)

    def test_query(self) -> None:
        """A query that can't be read is none."""
        self.assertEqual(read_query(Request(b"", uri=b"/?a=1&b=%C3%BC")), {"a": "1", "b": "ü"})
        for uri in (b"/", b"/?a=%ff", b"/?a=\xff", b"/?" + b"a=1&" * (FIELDS + 1)):
            self.assertEqual(read_query(Request(b"", uri=uri)), {})

    def test_errors(self) -> None:
        """What is said first of a field stands."""
        form = Form.of({"a": None, "n": 5})
        self.assertEqual((form.values, form.good), ({"a": "", "n": "5"}, True))
        form.wrong("a", "first")
        form.wrong("a", "second")
        self.assertEqual((form.errors, form.good), ({"a": "first"}, False))
