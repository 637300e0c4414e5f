"""What a wheel or an editable install would hold, and what `twistd` finds."""

import configparser
from pathlib import Path

from twisted.application.service import IServiceMaker
from twisted.plugin import getPlugins
from twisted.trial.unittest import SynchronousTestCase

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "edge_twisted"
LONGEST = 350
"""Lines of a module."""


def options() -> configparser.SectionProxy:
    """The section `options` of setup.cfg."""
    parser = configparser.ConfigParser()
    parser.read(PROJECT / "setup.cfg", encoding="utf-8")
    return parser["options"]


def lines(text: str) -> list[str]:
    """The values of a key that has one a line."""
    return [line.strip() for line in text.splitlines() if line.strip()]


class PluginTests(SynchronousTestCase):
    """The plugin that makes `twistd edgeproxy`."""

    def test_found(self) -> None:
        """`twistd` finds one `edgeproxy`, and its module is named, not imported, until it runs."""
        [plugin] = [plugin for plugin in getPlugins(IServiceMaker) if plugin.tapname == "edgeproxy"]
        self.assertEqual(vars(plugin)["module"], "edge_twisted.tap")

    def test_namespace(self) -> None:
        """`twisted/` and `twisted/plugins/` have no `__init__.py`: it would hide Twisted itself."""
        self.assertEqual(list((PROJECT / "twisted").rglob("__init__.py")), [])


class SetupTests(SynchronousTestCase):
    """setup.cfg against the disk."""

    def test_packages(self) -> None:
        """Every package on disk is listed, and nothing else but the plugins' folder."""
        folders = {path.parent.relative_to(PROJECT) for path in PACKAGE.rglob("__init__.py")}
        on_disk = {".".join(folder.parts) for folder in folders}
        listed = lines(options()["packages"])
        self.assertEqual(sorted(listed), sorted(on_disk | {"twisted.plugins"}))

    def test_every_folder_of_modules_is_a_package(self) -> None:
        """No module of `edge_twisted` lies in a folder that would be left out for want of an `__init__.py`."""
        folders = {path.parent for path in PACKAGE.rglob("*.py")}
        self.assertEqual([str(folder) for folder in folders if not (folder / "__init__.py").exists()], [])

    def test_plain_path(self) -> None:
        """An editable install is a plain path, so that `twistd` sees the plugin."""
        self.assertEqual(lines(options()["package_dir"]), ["= ."])

    def test_dependencies_have_lower_bounds(self) -> None:
        """Each dependency names the oldest version that is known to do."""
        wanted = lines(options()["install_requires"])
        self.assertEqual([line for line in wanted if " >=" not in line], [])


class LayoutTests(SynchronousTestCase):
    """Folders and sizes."""

    def test_tests_are_found(self) -> None:
        """Every folder with tests, and every folder above it, is a package: trial skips others without a word."""
        missing = []
        for path in (PROJECT / "tests").rglob("test_*.py"):
            if "node_modules" in path.parts:
                continue
            for folder in path.parents:
                if folder == PROJECT:
                    break
                if not (folder / "__init__.py").exists():
                    missing.append(str(folder.relative_to(PROJECT)))
        self.assertEqual(missing, [])

    def test_modules_are_short(self) -> None:
        """No module is longer than 350 lines."""
        sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
        self.assertEqual({str(path.relative_to(PROJECT)): size for path, size in sizes.items() if size > LONGEST}, {})
