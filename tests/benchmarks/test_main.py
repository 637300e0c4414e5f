"""The command line of `python -m benchmarks`."""

import contextlib
import io
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from benchmarks.__main__ import LONG, parser, plan_of, tell
from benchmarks.processes import BenchError
from benchmarks.proxies import PROXIES
from benchmarks.report import BEGIN, END
from benchmarks.results import append


class PlanTests(SynchronousTestCase):
    """What is measured."""

    def test_default(self) -> None:
        """Every proxy that is there, over wss on both legs, three times."""
        plan = plan_of(parser().parse_args([]))
        self.assertEqual(list(plan.proxies), [name for name, proxy in PROXIES.items() if proxy.present])
        self.assertEqual((plan.pairings, plan.rounds), (["wss-wss"], 3))

    def test_long(self) -> None:
        """10,000 chargers in a storm and idle."""
        plan = plan_of(parser().parse_args(["--long", "--proxy", "edge"]))
        self.assertEqual((plan.amounts.storm, plan.amounts.idle, plan.rounds), (LONG, LONG, 1))
        self.assertEqual(plan.measurements, ["storm", "idle"])

    def test_numbers(self) -> None:
        """A number of the command line wins."""
        self.assertEqual(plan_of(parser().parse_args(["--storm", "7"])).amounts.storm, 7)

    def test_bounds(self) -> None:
        """Counts and times have bounds."""
        for words in (["--storm", "1000000"], ["--seconds", "0"], ["--minutes", "1e9"], ["--rounds", "21"]):
            with contextlib.redirect_stderr(io.StringIO()) as told:
                self.assertRaises(SystemExit, parser().parse_args, words)
            self.assertIn("must be between", told.getvalue())

    def test_absent(self) -> None:
        """A proxy that is asked for and is not there is named, with what helps."""
        self.patch(PROXIES["nginx-1"].__class__, "present", property(lambda proxy: proxy.name != "nginx-1"))
        self.assertNotIn("nginx-1", plan_of(parser().parse_args([])).proxies)
        error = self.assertRaises(BenchError, plan_of, parser().parse_args(["--proxy", "nginx-1"]))
        self.assertEqual(str(error), "nginx-1: nginx is not there; try: python -m benchmarks install")

    def test_smoke_is_no_figure(self) -> None:
        """What the smoke form gives is printed, and never written into the document."""
        results, document = Path(self.mktemp()), Path(self.mktemp())
        append(results, dict.fromkeys(("date", "machine", "system", "amounts"), "some"))
        for words, kept in ((["--smoke"], True), ([], False)):
            document.write_text(f"{BEGIN}\nfigures\n{END}\n")
            with contextlib.redirect_stdout(io.StringIO()):
                tell(parser().parse_args([*words, "--document", str(document)]), results)
            self.assertEqual("figures" in document.read_text(), kept, words)
