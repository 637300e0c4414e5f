"""The table, the document and the plot."""

from pathlib import Path
from xml.etree import ElementTree

from attrs import evolve
from twisted.trial.unittest import SynchronousTestCase

from benchmarks.plot import draw
from benchmarks.processes import BenchError
from benchmarks.proxies import PROJECT
from benchmarks.report import BEGIN, END, PLOT, section, table, write
from benchmarks.results import Results, Row

EDGE = Row(1, "edge", "wss-wss", "cpu_250", 15.0, busy=0.99)
NGINX = evolve(EDGE, proxy="nginx-1", value=6.0)
RATE = evolve(NGINX, figure="rate_250", value=146_900.0, busy=0.6)
ABOUT = {"date": "2030-01-01", "machine": "m", "system": "s", "amounts": "a", "edge is": "Edge <1>"}
RESULTS = Results(ABOUT, [EDGE, NGINX, RATE])
DOCUMENT = f"# Speed\n\nby hand\n\n{BEGIN}\nold\n{END}\n\nby hand too\n"


class TableTests(SynchronousTestCase):
    """The table of a pairing."""

    def test_ratios_and_marks(self) -> None:
        """Ratios are to nginx; a rate that is the generator's, and one that is missing, are marked."""
        lines = table(RESULTS, "wss-wss")
        self.assertEqual(
            lines,
            [
                "| wss to wss | edge | nginx-1 |",
                "|---|---|---|",
                "| CPU for 1000 messages of 250 B, ms | 15 (2.50) | 6 |",
                "| messages of 250 B, per s | - | ≥ 146900 |",
            ],
        )

    def test_contended(self) -> None:
        """A contended figure is marked, and has a ratio to another contended one only."""
        late = evolve(EDGE, waited=0.5)
        self.assertIn("| 15* | 6 |", table(Results(ABOUT, [late, NGINX]), "wss-wss")[-1])
        self.assertIn("| 15* (2.50) | 6* |", table(Results(ABOUT, [late, evolve(NGINX, waited=0.5)]), "wss-wss")[-1])

    def test_failures(self) -> None:
        """A proxy that served some chargers only does not look fast."""
        line = table(Results(ABOUT, [evolve(EDGE, failed=3)]), "wss-wss")[-1]
        self.assertIn("**3 not served, 0 wrong**", line)


class DocumentTests(SynchronousTestCase):
    """The document that results are written into."""

    def document(self, text: str) -> Path:
        """A document in a folder of its own."""
        folder = Path(self.mktemp())
        folder.mkdir()
        path = folder / "performance.md"
        path.write_text(text, encoding="utf-8")
        return path

    def test_between_the_marks(self) -> None:
        """Results replace what stands between the marks, and nothing else; the plot lies beside."""
        path = self.document(DOCUMENT)
        write(RESULTS, path)
        write(RESULTS, path)
        text = path.read_text(encoding="utf-8")
        lines = "\n".join(section(RESULTS))
        self.assertEqual(text, DOCUMENT.replace("\nold\n", f"\n\n{lines}\n\n"))
        self.assertTrue(path.with_name(PLOT).exists())

    def test_no_marks(self) -> None:
        """A document without the marks is left as it is."""
        path = self.document("# Speed\n")
        self.assertRaises(BenchError, write, RESULTS, path)
        self.assertEqual(path.read_text(encoding="utf-8"), "# Speed\n")

    def test_ours(self) -> None:
        """docs/performance.md has the marks."""
        text = (PROJECT / "docs" / "performance.md").read_text(encoding="utf-8")
        self.assertLess(0, text.find(BEGIN))
        self.assertLess(text.find(BEGIN), text.find(END))


class PlotTests(SynchronousTestCase):
    """The plot."""

    def test_bars(self) -> None:
        """It is XML, and the bars are as long as the ratios say."""
        root = ElementTree.fromstring(draw(RESULTS, "wss-wss", "nginx-1"))  # noqa: S314  # our own text
        bars = [float(one.get("width", "0")) for one in root.iter("{http://www.w3.org/2000/svg}rect")][1:]
        self.assertEqual(len(bars), 2)
        self.assertAlmostEqual(bars[0] / bars[1], 2.5, places=2)
