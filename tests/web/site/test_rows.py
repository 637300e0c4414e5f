"""Tests of `edge_twisted.web.site.rows`: a table of changes, read."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from edge_twisted.web.site.rows import CHARACTERS, ERRORS, EXAMPLE, MOST, Table, read_table
from tests.web.asked import CP001, ApiCase

HEAD = "identity,endpoint,user,password,charger shows\n"


class RowsTests(ApiCase):
    """Tables, over the views of a desk that knows one charger."""

    def setUp(self) -> None:
        super().setUp()
        self.api = self.make()
        self.absent_charger(None)

    def read(self, text: str) -> Table:
        """Read a table."""
        return read_table(text, self.api.views)

    def test_example(self) -> None:
        """The example that the page shows is a table without mistakes."""
        table = self.read(EXAMPLE)
        self.assertEqual(table.errors, [])
        first, second, third = table.rows
        self.assertEqual((first.line, first.identity, first.change.password), (2, b"CP-0001", UNSET))
        self.assertEqual((second.change.password, second.change.shows), ("a-long-password", "same"))
        self.assertIsNone(third.change.endpoint)

    def test_written(self) -> None:
        """Semicolons, tabs, quotation marks, other names of columns, a mark of the byte order and empty lines."""
        for text in (
            '\ufeffOCPP ID;Password;Charger shows\r\n\r\nCP001;" a;""b ";Same\r\n',
            'identity\tpassword\tshows\nCP001\t" a;""b "\tsame\n',
        ):
            table = self.read(text)
            self.assertEqual(table.errors, [])
            [row] = table.rows
            self.assertEqual((row.identity, row.change.password, row.change.shows), (b"CP001", ' a;"b ', "same"))
            self.assertEqual((row.change.endpoint, row.change.username), (UNSET, UNSET))

    def test_by_id(self) -> None:
        """A charger can be named by the id of its page."""
        [row] = self.read(f"identity,endpoint\n{CP001},wss://x\n").rows
        self.assertEqual(row.identity, b"CP001")

    def test_mistakes(self) -> None:
        """Every mistake names its line and what would be right, and never repeats what was entered."""
        for text, words in (
            ("", "Enter a table"),
            (HEAD, "Enter a table"),
            ("identity,secret-4711\nCP001,x\n", "There is no column “secret-4711”"),
            ("identity,identity\nx,y\n", "stands there twice"),
            ("endpoint,password\nx,secret-4711\n", "“identity” must be one of them"),
            (HEAD + "CP001,,,,\n", "Line 2: There is nothing to change"),
            (HEAD + ",wss://x,,,\n", "Line 2: No charger can have this OCPP ID"),
            (HEAD + "CP001,wss://x,,,,more\n", "Line 2: It has more columns"),
            (HEAD + "CP001,,,secret-4711,other\n", "Line 2: The column “charger shows” must hold"),
            (HEAD + "CP001,wss://x,,,\nCP001,wss://y,,,\n", "Line 3: The charger of this line stands in line 2"),
            (HEAD + 'CP001,"wss://x,,,\n', "a quotation mark is not closed"),
            (HEAD + "".join(f"CP{n},wss://x,,,\n" for n in range(MOST + 1)), f"{MOST} chargers"),
            (HEAD + "x" * CHARACTERS, "thousand characters"),
        ):
            told = " ".join(self.read(text).errors)
            self.assertIn(words, told)
            self.assertNotIn("CP001", told)
            if "column" not in words:
                self.assertNotIn("secret-4711", told)

    def test_bounded(self) -> None:
        """So many mistakes are told and no more."""
        self.assertEqual(len(self.read(HEAD + "CP001,,,,\n" * 100).errors), ERRORS)

    @given(st.text(max_size=300))
    def test_anything(self, text: str) -> None:
        """Nothing that is entered breaks it."""
        for one in (text, HEAD + text):
            table = self.read(one)
            self.assertTrue(table.rows or table.errors)
