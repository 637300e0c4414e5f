"""Tests of `edge_twisted.ctl.main`, without an Edge: what the pages for users say of it, and what it is made of."""

import re
import subprocess
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.learning import Shows
from edge_twisted.ctl import main
from edge_twisted.ctl.change import SHOWS
from edge_twisted.ctl.client import SOCKET
from edge_twisted.web.control import CONNECTIONS, NAME
from edge_twisted.web.routes import ACTIONS, ROUTES

DOCS = Path(__file__).resolve().parents[2] / "docs"
COMMANDS = main.main.commands
OPTIONS = {
    name: {
        option
        for one in (command, *getattr(command, "commands", {}).values())
        for parameter in one.params
        for option in parameter.opts
    }
    for name, command in COMMANDS.items()
}


def used(text: str) -> list[tuple[str, list[str]]]:
    """The commands in a text, each with the options that stand behind it on its line."""
    found = re.findall(r"edgectl (?:--state DIR )?([a-z][a-z-]*)((?: [^`|\n#]*)?)", text)
    return [(name, re.findall(r"(?<!\S)--[a-z0-9-]+", rest)) for name, rest in found]


class DocsTests(SynchronousTestCase):
    """The pages for users."""

    def test_commands_exist(self) -> None:
        """Every command and option that a page shows is there."""
        seen = 0
        for path in (*DOCS.glob("*.md"), DOCS.parent / "README.md"):
            for name, options in used(path.read_text()):
                if name in ("is", "was", "does", "says", "has", "asks", "completes"):
                    continue  # a sentence about edgectl
                self.assertIn(name, COMMANDS, path.name)
                self.assertLessEqual(set(options), OPTIONS[name] | {"--help"}, f"{path.name}: {name}")
                seen += 1
        self.assertGreater(seen, 30)

    def test_every_command(self) -> None:
        """The installer's page tells of every command, and every way to enter a secret."""
        text = (DOCS / "edgectl.md").read_text()
        self.assertEqual([name for name in COMMANDS if f"`{name}" not in text and f"edgectl {name}" not in text], [])
        for option in (OPTIONS["set"] | OPTIONS["moved"]) - {"--help"}:
            self.assertIn(option, text)

    def test_links(self) -> None:
        """Its links lead somewhere."""
        for path in (DOCS / "edgectl.md", DOCS / "api.md"):
            text = path.read_text()
            headings = {
                re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
                for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
            }
            self.assertEqual(set(re.findall(r"\]\(#([^)]*)\)", text)) - headings, set())

    def test_routes(self) -> None:
        """The developer's page names every route, and the bounds as they are."""
        text = (DOCS / "api.md").read_text()
        for route in ROUTES:
            path = "/v1" + route.path.replace("<string:ref>", "REF").replace("<string:name>", "NAME")
            self.assertTrue("<any" in path or path in text or path.rpartition("/")[2] in text, path)
        for action in ACTIONS:
            self.assertIn(f"`{action}`", text)
        self.assertIn(f"{CONNECTIONS} connections at once", text)

    def test_tables(self) -> None:
        """No table falls apart: each of its lines stands below its head."""
        for path in DOCS.glob("*.md"):
            lines = path.read_text().splitlines()
            for above, line, below in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
                if line.startswith("|") and not above.startswith("|"):
                    self.assertRegex(below, r"^\|[-| ]+\|$", f"{path.name}: {line}")


class TroubleTests(SynchronousTestCase):
    """What goes wrong before Edge is asked, or after it answered."""

    def edgectl(self, *given: str, to: str = "/dev/null") -> tuple[int, str]:
        """Run it.

        Returns:
            Its exit code, and what it says of its troubles.
        """
        call = [sys.executable, "-c", "from edge_twisted.ctl.main import main; main()", *given]
        with Path(to).open("w") as out:
            ended = subprocess.run(call, stdout=out, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
        return ended.returncode, ended.stderr

    def test_nowhere_to_write(self) -> None:
        """Where nothing can be written, one line says so."""
        told = self.edgectl("completion", "bash", to="/dev/full")
        self.assertEqual(told, (1, "edgectl: The output can't be written: No space left on device.\n"))

    def test_no_charger(self) -> None:
        """An empty word, such as a variable that is not set, is told as that."""
        code, told = self.edgectl("charger", "")
        self.assertEqual(code, 2)
        self.assertIn("it is empty. Name a charger", told)


class AlikeTests(SynchronousTestCase):
    """What `edgectl` knows without importing anything of Edge's."""

    def test_alike(self) -> None:
        """The socket's name and the answers to the question are the API's."""
        self.assertEqual((SOCKET, set(SHOWS)), (NAME, set(Shows.__args__)))  # type: ignore[attr-defined]  # the test's own stand-in, or a private part of typing

    def test_every_command_teaches(self) -> None:
        """Every command and every option has a text for `--help`."""
        below = {name: one for command in COMMANDS.values() for name, one in getattr(command, "commands", {}).items()}
        for name, command in (*COMMANDS.items(), *below.items()):
            self.assertGreater(len(command.help or ""), 14, name)
            self.assertTrue((command.short_help or "").endswith("."), name)
            for parameter in command.params:
                if parameter.param_type_name == "option":
                    self.assertTrue(getattr(parameter, "help", None), f"{name} {parameter.name}")
