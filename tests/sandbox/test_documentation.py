"""What the sandbox's page and sample say is what there is."""

import re
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from attrs import fields
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.authority import FILE
from edge_twisted.sandbox.charger.families import FAMILIES
from edge_twisted.sandbox.charger.quirks import Quirks, switched_on
from edge_twisted.sandbox.scenario import read_scenario
from edge_twisted.sandbox.security import CHOICES

PROJECT = Path(__file__).resolve().parents[2]


class DocumentationTests(SynchronousTestCase):
    """`docs/sandbox.md` and `etc/edgesandbox.toml`."""

    def setUp(self) -> None:
        self.page = (PROJECT / "docs" / "sandbox.md").read_text(encoding="utf-8")

    def rows(self, head: str) -> dict[str, str]:
        """A table of the page: what stands in the first column, and the second."""
        table = self.page.partition(f"| {head} |")[2].partition("\n\n")[0]
        return dict(re.findall(r"^\| (`.*`) \| (.*) \|$", table, re.MULTILINE))

    def test_families(self) -> None:
        """Every family stands there with its switches."""
        shown = {name.strip("`"): set(re.findall(r"`(\w+)`", words)) for name, words in self.rows("family").items()}
        self.assertEqual(shown, {name: set(switched_on(family.quirks)) for name, family in FAMILIES.items()})
        self.assertGreater(len(shown), 10)

    def test_switches(self) -> None:
        """Every switch stands there."""
        shown = re.findall(r"`(\w+)`", " ".join(self.rows("switch")))
        self.assertEqual(shown, [one.name for one in fields(Quirks)])

    def test_choices(self) -> None:
        """The dashboard's choices stand there in its own words."""
        for words in CHOICES.values():
            self.assertIn(f"*{words}*", " ".join(self.page.split()))

    def test_together(self) -> None:
        """The page's scenario and the README's Edge find each other in one folder, where neither has a pidfile."""
        readme = (PROJECT / "README.md").read_text(encoding="utf-8")
        edge = tomllib.loads(readme.partition("<<'END'\n")[2].partition("END\n")[0])
        sample = tomllib.loads((PROJECT / "etc" / "edgesandbox.toml").read_text(encoding="utf-8"))
        self.assertEqual(sample["edge"]["root"], f"{edge['state']['directory']}/root.pem")
        for scheme in ("ws", "wss"):
            self.assertEqual(f"tcp:{urlsplit(sample['edge'][scheme]).port}", *edge["listen"][scheme])
        uplink = tomllib.loads(self.page.partition("```toml\n")[2].partition("```")[0])["uplink"]
        self.assertEqual(uplink["roots"], [f"edgesandbox/{FILE}"])
        self.assertEqual([urlsplit(uplink[one]).port for one in ("ws", "wss")], [9000, 9443])
        self.assertEqual(sample["central"]["ws"], 9000)
        started = re.findall(r"^\S*twistd .*$", self.page, re.MULTILINE)
        self.assertEqual(["--pidfile=" in line for line in started], [True, True])

    def test_sample(self) -> None:
        """The sample is a scenario, and each of its chargers comes to be."""
        path = Path(self.mktemp())
        path.mkdir()
        text = (PROJECT / "etc" / "edgesandbox.toml").read_text(encoding="utf-8")
        (path / "scenario.toml").write_text(text.replace("edge-state/root.pem", "root.pem"))
        scenario = read_scenario(path / "scenario.toml")
        self.assertEqual(len(scenario.chargers), 7)
        self.assertEqual(scenario.accounts["CP-0002"].security.value, "basic-over-wss")
