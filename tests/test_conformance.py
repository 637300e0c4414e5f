"""Tests of `tests.conformance`, and of what it says of the project."""

from pathlib import Path
from typing import Final

from twisted.trial.unittest import SynchronousTestCase

from tests import conformance
from tests.checklist import GROUPS, ROWS
from tests.conformance import KINDS, Test, problems, read_results, render, rows_in, tests_of, without_results
from tests.decided import DECIDED

SOURCE: Final = '''
class FirstTests:
    """B1 to B3: what is offered."""
    def test_own(self):
        """A1, J-01: a row of its own."""
    async def test_shared(self):
        """Nothing of its own."""
    def helper(self):
        """C1: no test."""

class SecondTests:
    def test_nothing(self):
        """T-20, Q12, A05.FR.09: rules are no rows."""
    def test_bare(self):
        pass
'''

PRINTED: Final = """Running tests.

tests.core.test_x
  OneTests
    test_a ...                                                             [OK]
    test_b ... 2026-01-01 a line of the log
                                                                         [FAIL]
  TwoTests
    test_a ...                                                        [SKIPPED]
tests.test_y
  TwoTests
    test_c ...                                                          [ERROR]
    test_d ...                                                   [SUCCESS!?!]

===============================================================================
[FAIL]
tests.core.test_x.OneTests.test_b
"""


class RowsInTests(SynchronousTestCase):
    """What a docstring names."""

    def test_rows(self) -> None:
        """Numbers, lists and ranges, at any place, each once."""
        for text, rows in {
            "A3: a slash.": ("A3",),
            "J1 to J3, T-31, T-32: names.": ("J1", "J2", "J3"),
            "'The design.' G5, H1, H2.": ("G5", "H1", "H2"),
            "Heads without an upgrade (C9).": ("C9",),
            "E16, E16 and E17": ("E16", "E17"),
            "I6 to I8: clients; I6.": ("I6", "I7", "I8"),
            "A1 to B2": ("A1", "B2"),
            "M99: no such row": ("M99",),
        }.items():
            self.assertEqual(rows_in(text), rows, text)

    def test_no_rows(self) -> None:
        """Rules of the standards, use cases of the white paper, other letters, parts of words, control characters."""
        for text in ("J-62, T-20", "A05.FR.09, A01", "Q12, N1", "OCPPA1, A1B, A123", "x.A1, -A1, A1-x", "C1 included"):
            self.assertEqual(rows_in(text), (), text)


class TestsOfTests(SynchronousTestCase):
    """What is read from a module."""

    def test_module(self) -> None:
        """A test's own rows count, else those of its class; what is no test or names nothing is left out."""
        self.assertEqual(
            list(tests_of("core.test_x", SOURCE)),
            [
                Test("core.test_x.FirstTests", "test_own", ("A1",)),
                Test("core.test_x.FirstTests", "test_shared", ("B1", "B2", "B3")),
            ],
        )


class ProblemsTests(SynchronousTestCase):
    """What is wrong between tests, decisions and the checklist."""

    def setUp(self) -> None:
        self.tests = [Test("test_x.XTests", "test_all", tuple(ROWS))]

    def without(self, row: str) -> list[Test]:
        """Tests that name all rows but one."""
        return [Test("test_x.XTests", "test_most", tuple(name for name in ROWS if name != row))]

    def test_all_well(self) -> None:
        """All rows have tests; a note that something was decided otherwise, or is proven in part, may stand beside."""
        self.assertEqual(problems(self.tests, {}), [])
        self.assertEqual(problems(self.tests, {"D7": "decided otherwise: so", "M3": "in part: so"}), [])
        for kind in ("decided otherwise", "later issue", "not offered"):
            self.assertEqual(problems(self.without("D7"), {"D7": f"{kind}: so"}), [])

    def test_wrong(self) -> None:
        """Each kind of mistake is told, with the row."""
        odd = [*self.tests, Test("test_x.XTests", "test_odd", ("A13",))]
        for tests, decided, word in (
            (self.without("D7"), {}, "D7 has neither a test"),
            (odd, {}, "test_x.XTests.test_odd names A13"),
            (self.tests, {"A13": "later issue: so"}, "has A13: there is no such row"),
            (self.tests, {"D7": "later issue: so"}, "'later issue' of D7, and it has tests"),
            (self.tests, {"I18": "not offered: so"}, "'not offered' of I18, and it has tests"),
            (self.without("M3"), {"M3": "in part: so"}, "'in part' of M3, and no test"),
            (self.tests, {"D7": "otherwise: so"}, "D7: begin with one of"),
            (self.tests, {"D7": "decided otherwise"}, "D7: begin with one of"),
        ):
            [wrong] = problems(tests, decided)
            self.assertIn(word, wrong)


class PageTests(SynchronousTestCase):
    """The page."""

    def setUp(self) -> None:
        self.tests = [Test("test_x.XTests", "test_a", ("A1", "A2")), Test("test_x.XTests", "test_b", ("A1",))]

    def line(self, row: str, results: dict[str, str]) -> str:
        """The line of a row."""
        page = render(self.tests, {"A2": "in part: so"}, results)
        [line] = [line for line in page.splitlines() if line.startswith(f"| {row} |")]
        return line

    def test_lines(self) -> None:
        """A line has the row, what it is, its tests by class, the result and the note."""
        self.assertEqual(self.line("A1", {}), f"| A1 | {ROWS['A1']} | `test_x.XTests`: `test_a`, `test_b` |  |  |")
        self.assertEqual(self.line("A2", {}), f"| A2 | {ROWS['A2']} | `test_x.XTests`: `test_a` |  | in part: so |")
        self.assertEqual(self.line("A3", {}), f"| A3 | {ROWS['A3']} |  |  |  |")

    def test_results(self) -> None:
        """The result is that of all tests of the row; what failed, was skipped or did not run is told."""
        both = {"test_x.XTests.test_a": "OK", "test_x.XTests.test_b": "OK"}
        self.assertIn(" | passed | ", self.line("A1", both))
        self.assertIn(" | **1 fail** | ", self.line("A1", {**both, "test_x.XTests.test_b": "FAIL"}))
        self.assertIn(" | **1 not run** | ", self.line("A1", {"test_x.XTests.test_a": "OK"}))
        self.assertIn(" |  |  |", self.line("A3", both))

    def test_comparison(self) -> None:
        """Two pages are compared without their results."""
        results = {"test_x.XTests.test_a": "OK", "test_x.XTests.test_b": "ERROR"}
        page = render(self.tests, {}, results)
        self.assertNotEqual(page, render(self.tests, {}, {}))
        self.assertEqual(without_results(page), render(self.tests, {}, {}))

    def test_printed(self) -> None:
        """What trial prints is read, log lines in between included, up to where it tells of failures in detail."""
        self.assertEqual(
            read_results(PRINTED),
            {
                "core.test_x.OneTests.test_a": "OK",
                "core.test_x.OneTests.test_b": "FAIL",
                "core.test_x.TwoTests.test_a": "SKIPPED",
                "test_y.TwoTests.test_c": "ERROR",
                "test_y.TwoTests.test_d": "SUCCESS",
            },
        )


class ProjectTests(SynchronousTestCase):
    """The project itself."""

    def test_checklist(self) -> None:
        """The checklist has its 155 rows, numbered without a gap in each group, and none would break the table."""
        counts = {letter: sum(row.startswith(letter) for row in ROWS) for letter in GROUPS}
        numbers = [f"{letter}{number}" for letter, count in counts.items() for number in range(1, count + 1)]
        self.assertEqual((list(ROWS), len(ROWS)), (numbers, 155))
        self.assertEqual([text for text in (*ROWS.values(), *DECIDED.values()) if "|" in text or "\n" in text], [])

    def test_kinds_are_used(self) -> None:
        """Each kind of decision is one that some row needs."""
        self.assertEqual({reason.partition(":")[0] for reason in DECIDED.values()}, set(KINDS))

    def test_up_to_date(self) -> None:
        """Every row has a test or a reason, and docs/conformance.md tells it; if not: `python -m tests.conformance`."""
        self.assertEqual(conformance.check(), [], f"\nTo write the page: {conformance.COMMAND}")

    def test_tells_the_command(self) -> None:
        """A page that is missing or old is answered with the command that writes it."""
        page = Path(conformance.PROJECT) / "docs" / "no-such-page.md"
        self.assertIn(
            "docs/no-such-page.md is not up to date; run: python -m tests.conformance", conformance.check(page)
        )
