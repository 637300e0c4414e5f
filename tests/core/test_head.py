"""Tests of the lines of a head."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.head import HEADER_LIMIT, Head, HeadError, _parse_odd, head_end, is_token, parse_head, printable
from edge_twisted.core.quirks import Quirk

# Bytes of which line ends are made come up often enough to meet.
TEXT = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b": ", b" ", b"\x00"]), max_size=60).map(b"".join)
# Heads of whole lines, most of them with nothing odd.
LINES = st.lists(
    st.lists(st.sampled_from([b"Host", b":", b" ", b"\t", b"a,b", b"x", b"\xe4", b"\x7f"]), max_size=6).map(b"".join),
    max_size=6,
).map(lambda lines: b"".join(line + b"\r\n" for line in [b"GET / HTTP/1.1", *lines]) + b"\r\n")


def in_pieces(data: bytes, sizes: list[int]) -> int:
    """Find the end as a socket's reader does: after each piece, with what was seen before as hint."""
    buffer = bytearray()
    for size in [*sizes, len(data)]:
        seen = len(buffer)
        buffer += data[seen : seen + size]
        end = head_end(buffer, seen)
        if end >= 0:
            return end
    return -1


class HeadEndTests(SynchronousTestCase):
    """The end of a head in what was received so far."""

    def test_end(self) -> None:
        """The end is just after the blank line; what follows stays outside."""
        self.assertEqual(head_end(b"GET / HTTP/1.1\r\nA: b\r\n\r\nmore\r\n\r\n"), 24)

    def test_no_end(self) -> None:
        """A head without its blank line has no end yet."""
        for data in (b"", b"\r\n", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nA: b\r\n\r"):
            self.assertEqual(head_end(data), -1)

    def test_bare_line_feeds(self) -> None:
        """Lines may end with a bare line feed, also mixed with whole line ends."""
        self.assertEqual(head_end(b"G\n\nx"), 3)
        self.assertEqual(head_end(b"G\r\n\nx"), 4)
        self.assertEqual(head_end(b"G\n\r\nx"), 4)

    def test_leading_blank_lines(self) -> None:
        """Blank lines before the request end nothing."""
        self.assertEqual(head_end(b"\r\n\n\r\n"), -1)
        self.assertEqual(head_end(b"\r\n\r\nG\r\n\r\n"), 9)

    def test_too_many_leading_blank_lines(self) -> None:
        """More than eight leading blank lines are an end, so that nothing but blank lines cannot go on for ever."""
        self.assertEqual(head_end(b"\r\n" * 9), -1)
        self.assertNotEqual(head_end(b"\r\n" * 10), -1)

    def test_one_byte_at_a_time(self) -> None:
        """The end is found wherever the pieces are cut."""
        data = b"\r\nGET / HTTP/1.1\r\nA: b\r\n\r\nrest"
        self.assertEqual(in_pieces(data, [1] * len(data)), 26)

    def test_hint_is_used(self) -> None:
        """Bytes before the hint are not searched again: the cost of many pieces stays linear."""
        self.assertEqual(head_end(b"G\r\n\r\n" + b"x" * 100, 50), -1)

    @given(TEXT, st.lists(st.integers(0, 7), max_size=80))
    def test_pieces_equal_whole(self, data: bytes, sizes: list[int]) -> None:
        """Whatever the pieces, the end is that of the whole."""
        self.assertEqual(in_pieces(data, sizes), head_end(data))

    @given(st.binary(max_size=300), st.integers(-5, 400))
    def test_any_bytes(self, data: bytes, start: int) -> None:
        """Any bytes and any hint give -1 or an index within the data."""
        self.assertTrue(-1 <= head_end(data, start) <= len(data))


class ParseHeadTests(SynchronousTestCase):
    """A head cut into first line and fields."""

    def test_fields(self) -> None:
        """Names are in lower case, values without white space around them, in the order received."""
        head = parse_head(b"GET / HTTP/1.1\r\nHost:  edge \r\nX-Y:\t1\t\r\nhost: b\r\n\r\n", strict=True)
        self.assertEqual(head.first, b"GET / HTTP/1.1")
        self.assertEqual(head.fields, ((b"host", b"edge"), (b"x-y", b"1"), (b"host", b"b")))
        self.assertEqual(head.quirks, frozenset())
        self.assertEqual(head.values(b"host"), [b"edge", b"b"])

    def test_elements(self) -> None:
        """B9: a list over several lines is one list; empty elements don't count."""
        head = parse_head(b"G\r\nA: x, y\r\nB: 0\r\na:,z ,\r\n\r\n", strict=True)
        self.assertEqual(head.elements(b"a"), [b"x", b"y", b"z"])

    def test_token(self) -> None:
        """C14: an element is found in any letter case, and only as a whole."""
        head = parse_head(b"G\r\nConnection: keep-alive, uPgrade\r\n\r\n", strict=True)
        self.assertTrue(head.has_token(b"connection", b"upgrade"))
        self.assertFalse(head.has_token(b"connection", b"keep"))

    def test_folded(self) -> None:
        """A folded line belongs to the header before it, joined by one space."""
        head = parse_head(b"G\r\nA: x\r\n \t y\r\n\tz\r\n\r\n", strict=True)
        self.assertEqual(head.values(b"a"), [b"x y z"])
        self.assertIn(Quirk.FOLDED_HEADER, head.quirks)

    def test_bare_line_feed(self) -> None:
        """One line end without its carriage return is noticed, wherever it stands."""
        for data in (b"G\nA: b\r\n\r\n", b"G\r\nA: b\n\r\n", b"G\r\nA: b\r\n\n"):
            self.assertEqual(parse_head(data, strict=True).quirks, {Quirk.BARE_LINE_FEED}, data)

    def test_strict(self) -> None:
        """A request whose lines cannot be read without doubt is refused."""
        for data in (
            b"G\r\n folded: first\r\n\r\n",
            b"G\r\nno colon\r\n\r\n",
            b"G\r\n: no name\r\n\r\n",
            b"G\r\nbad name: x\r\n\r\n",
            b"G\r\nA: \x00\r\n\r\n",
            b"G\r\nA: \x7f\r\n\r\n",
            b"G\r\nA: x\ry\r\n\r\n",
            b"G\r\nA: x\r\r\n\r\n",
            b"G\r\nA: no end\r\n",
            b"G\r\nA: x\r\n\r\nbehind the end",
            b"",
        ):
            self.assertEqual(self.assertRaises(HeadError, parse_head, data, strict=True).code, "head-broken", data)

    def test_tab_in_value(self) -> None:
        """A tab in a value is no control character in this sense."""
        self.assertEqual(parse_head(b"G\r\nA: x\ty\r\n\r\n", strict=True).values(b"a"), [b"x\ty"])

    def test_number_of_lines(self) -> None:
        """128 header lines are read, 129 are too many; of an answer the first 128 are read."""
        head = parse_head(b"G\r\n" + b"A: b\r\n" * HEADER_LIMIT + b"\r\n", strict=True)
        self.assertEqual(len(head.fields), 128)
        more = b"G\r\n" + b"A: b\r\n" * (HEADER_LIMIT + 1) + b"\r\n"
        self.assertEqual(self.assertRaises(HeadError, parse_head, more, strict=True).code, "head-too-long")
        self.assertEqual(len(parse_head(more, strict=False).fields), 128)

    def test_lenient(self) -> None:
        """Of an answer, lines that cannot be read are passed over, with what is folded to them."""
        head = parse_head(b"H\nrubbish\n folded\n\xff: x\nB: \xe4\n\n", strict=False)
        self.assertEqual([pair for pair in head.fields if pair[0]], [(b"b", b"\xe4")])
        self.assertTrue(head.complete)

    def test_cut_off(self) -> None:
        """Of an answer that was cut off, the unfinished last line does not count."""
        head = parse_head(b"HTTP/1.1 503 x\r\nA: 1\r\nRetry-After: 12", strict=False)
        self.assertEqual(head.fields, ((b"a", b"1"),))
        self.assertFalse(head.complete)
        self.assertEqual(parse_head(b"HTTP/1.1 503 x\r\nRetry-After: 12", strict=False).fields, ())

    def test_repr(self) -> None:
        """Nothing of a head appears in its repr: it holds identities and credentials."""
        text = repr(parse_head(b"GET /CP-SECRET HTTP/1.1\r\nAuthorization: Basic QQ==\r\n\r\n", strict=True))
        self.assertNotIn("SECRET", text)
        self.assertNotIn("QQ", text)

    @given(LINES, st.booleans())
    def test_usual(self, data: bytes, strict: bool) -> None:
        """The short way for heads in which nothing is odd reads the same as the long one."""

        def read(parse: Callable[..., Head]) -> object:
            try:
                return parse(data, strict=strict)
            except HeadError as error:
                return error.code

        self.assertEqual(read(parse_head), read(_parse_odd))

    def test_usual_limit(self) -> None:
        """It has the same limit."""
        for count in (HEADER_LIMIT, HEADER_LIMIT + 1):
            data = b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * count + b"\r\n"
            self.assertEqual(parse_head(data, strict=False), _parse_odd(data, strict=False))
        self.assertEqual(self.assertRaises(HeadError, parse_head, data, strict=True).code, "head-too-long")

    @given(st.one_of(TEXT, st.binary(max_size=300)))
    def test_any_bytes(self, data: bytes) -> None:
        """Any bytes are read leniently; strictly they are read the same, or refused."""
        lenient = parse_head(data, strict=False)
        try:
            strict = parse_head(data, strict=True)
        except HeadError:
            return
        self.assertEqual(strict, lenient)


class TextTests(SynchronousTestCase):
    """Tokens and printable text."""

    def test_token(self) -> None:
        """A token has no spaces, separators or bytes above 127, and is not empty."""
        self.assertTrue(is_token(b"ocpp1.6"))
        for value in (b"", b"a b", b"a,b", b'"a"', b"a/b", b"\xe4", b"a\n"):
            self.assertFalse(is_token(value), value)

    def test_printable(self) -> None:
        """Only printable ASCII is left, and no more than asked for."""
        self.assertEqual(printable(b"a\x00b\x7f\xe2\x80\xae\tc d", 4), "abc ")
