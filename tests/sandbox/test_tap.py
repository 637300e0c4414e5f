"""The sandbox's command line."""

from pathlib import Path

from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins
from twisted.python.usage import UsageError
from twisted.trial.unittest import TestCase

from edge_twisted.sandbox.service import Sandbox
from edge_twisted.sandbox.tap import FOLDER, Options, makeService


class TapTests(TestCase):
    """`twistd edgesandbox`."""

    def test_plugin(self) -> None:
        """twistd finds it."""
        self.assertIn("edgesandbox", [maker.tapname for maker in getPlugins(IServiceMaker)])

    def test_no_scenario(self) -> None:
        """Without a scenario it says what is missing."""
        self.assertIn("--scenario FILE", str(self.assertRaises(UsageError, Options().parseOptions, [])))

    def test_makes(self) -> None:
        """The files go beside the scenario, or where one says."""
        path = Path(self.mktemp()).absolute()
        path.mkdir()
        (path / "s.toml").write_text("[central]\nws = 0\nwss = 0\n")
        for arguments, folder in (([], path / FOLDER), (["--folder", str(path / "x")], path / "x")):
            options = Options()
            options.parseOptions(["--scenario", str(path / "s.toml"), *arguments])
            service = makeService(options)
            assert isinstance(service, Sandbox)
            self.addCleanup(service.close)
            self.assertEqual(service.folder, folder)

    def test_wrong(self) -> None:
        """What is wrong with the file is one line."""
        path = Path(self.mktemp())
        options = Options()
        options.parseOptions(["--scenario", str(path)])
        self.assertRegex(str(self.assertRaises(SystemExit, makeService, options)), r"^edgesandbox: .*cannot be read")
        path.write_text("[centrall]\n")
        self.assertRegex(str(self.assertRaises(SystemExit, makeService, options)), r"^edgesandbox: .*centrall.*central")
