"""What becomes of the rounds of a run."""

from pathlib import Path

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from benchmarks.processes import BenchError
from benchmarks.results import Cell, Results, Row, append, read, write_rows

ROW = Row(1, "edge", "wss-wss", "cpu_250", 10.0, busy=0.99)


def cell(*rows: Row) -> Cell | None:
    """What rows of one figure come to."""
    return Results({}, rows).cell("wss-wss", "edge", rows[0].figure if rows else "cpu_250")


class CellTests(SynchronousTestCase):
    """One number of several rounds."""

    def test_median(self) -> None:
        """The median of the rounds."""
        self.assertEqual(cell(ROW, evolve(ROW, value=30.0), evolve(ROW, value=11.0)), Cell(11.0, 3))

    def test_contended_rounds_do_not_count(self) -> None:
        """A round in which the proxy stood without a core does not count where there is a better one."""
        bad = evolve(ROW, value=50.0, waited=0.2)
        self.assertEqual(cell(bad, ROW, bad), Cell(10.0, 1))

    def test_contended_all(self) -> None:
        """Where all rounds are contended their median is taken, and marked."""
        self.assertEqual(cell(evolve(ROW, waited=0.2)), Cell(10.0, 1, contended=True))

    def test_contended_with_little_work(self) -> None:
        """Short waits count too where there was little to do: latency suffers from them."""
        self.assertTrue(evolve(ROW, busy=0.03, waited=0.02).contended)
        self.assertFalse(evolve(ROW, busy=0.03, waited=0.002).contended)

    def test_capped(self) -> None:
        """A rate is the generator's where the proxy had time to spare; a cost never is."""
        rate = evolve(ROW, figure="rate_250", busy=0.6)
        self.assertEqual(cell(rate), Cell(10.0, 1, capped=True))
        self.assertEqual(cell(evolve(rate, busy=0.97)), Cell(10.0, 1))
        self.assertEqual(cell(evolve(ROW, busy=0.6)), Cell(10.0, 1))

    def test_failures_of_all_rounds(self) -> None:
        """What went wrong in any round is told, contended or not."""
        bad = evolve(ROW, waited=0.2, failed=2, wrong=1)
        self.assertEqual(cell(bad, evolve(ROW, failed=1)), Cell(10.0, 1, failed=3, wrong=1))

    def test_nothing(self) -> None:
        """No rows, no number."""
        self.assertIsNone(cell())


class FileTests(SynchronousTestCase):
    """Raw results."""

    def test_there_and_back(self) -> None:
        """What was written is read."""
        path = Path(self.mktemp())
        append(path, {"date": "2030-01-01"})
        write_rows(path, [ROW, evolve(ROW, proxy="nginx-1")])
        self.assertEqual(read(path), Results({"date": "2030-01-01"}, [ROW, evolve(ROW, proxy="nginx-1")]))
        self.assertEqual(read(path).proxies, ["edge", "nginx-1"])

    def test_something_else(self) -> None:
        """A file that is not there, is empty or holds something else is an error that names it."""
        path = Path(self.mktemp())
        self.assertRaises(BenchError, read, path)
        for text in ("", "{}\n{}\n", "no JSON\n"):
            path.write_text(text, encoding="utf-8")
            self.assertIn(str(path), str(self.assertRaises(BenchError, read, path)))
