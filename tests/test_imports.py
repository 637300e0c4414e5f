"""Imports run one way: the table of design.md, section 2, as it stands in every module of `edge_twisted`."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen
from twisted.trial.unittest import SynchronousTestCase

PROJECT = Path(__file__).resolve().parents[1]
PACKAGE = PROJECT / "edge_twisted"
PLUGINS = PROJECT / "twisted" / "plugins"

SHARED = {"core", "bus", "registry", "store", "trust"}

MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "bus": {"core"},
    "registry": {"core"},
    "store": {"core"},
    "trust": {"core"},
    "config": {"core"},
    "words": set(),
    "pages": {"words"},
    "sandbox": {"pages"},
    "wire": {"core", "trust"},
    "desk": SHARED | {"config"},
    "front": {"core", "words"},
    "logbook": {"core", "bus", "words"},
    "journalist": {"core"},
    "web": SHARED | {"config", "desk", "pages", "words"},
    "alarms": SHARED | {"config", "words"},
    "process": SHARED | {"config"},
    "ctl": {"store"},  # to put a back-up back while Edge does not run; all else goes over the API
}
"""What the modules of a room may import of other rooms. `service` and `tap` put rooms together and may import any."""

ROOM_OF = {
    **dict.fromkeys(["config_together", "config_values", "listening"], "config"),
    "descriptors": "process",
    "loglines": "logbook",
    "parts": "service",
    "watching": "service",
    "telling": "registry",
}
"""Modules beside the rooms that belong to one."""

CORE_THIRD_PARTIES = {"attr", "attrs", "msgspec"}
CORE_MUST_NOT = {
    *(
        "asyncio",
        "concurrent",
        "logging",
        "multiprocessing",
        "os",
        "pathlib",
        "random",
        "secrets",
        "select",
        "selectors",
    ),
    *("shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time", "uuid"),
}
"""The standard library's clocks, randomness, sockets, files and processes."""

ONLY_IN = {
    "autobahn": {"wire", "sandbox", "web"},
    "alembic": {"store"},
    "babel": set(),
    "argon2": {"store"},
    "click": {"ctl"},
    "jinja2": {"pages"},
    "klein": {"web", "pages"},
    "pyotp": {"web"},
    "segno": {"web", "ctl"},
    "sqlalchemy": {"store"},
    "OpenSSL": {"wire", "trust", "sandbox", "web"},
    "service_identity": {"trust", "sandbox"},
}
"""Third parties that have one place, so that what is peculiar to them stays there."""


@frozen
class Import:
    """One import statement's target.

    Args:
        place: file and line.
        importer: the importing module, as a dotted name.
        target: what it imports, as a dotted name.
    """

    place: str
    importer: str
    target: str

    def __str__(self) -> str:
        return f"{self.place}: {self.importer} imports {self.target}"


def modules() -> Iterator[tuple[str, Path, ast.Module]]:
    """Every module of `edge_twisted` and every plugin: dotted name, path, syntax tree."""
    for path in [*sorted(PACKAGE.rglob("*.py")), *sorted(PLUGINS.glob("*.py"))]:
        parts = path.relative_to(PROJECT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        yield name, path, ast.parse(path.read_text(encoding="utf-8"))


def imports() -> Iterator[Import]:
    """Every import of every module, wherever it stands in it."""
    for name, path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                targets = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                targets = [f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names]
            else:
                continue
            for target in targets:
                yield Import(f"{path.relative_to(PROJECT)}:{node.lineno}", name, target)


def room(name: str) -> str | None:
    """The room of a dotted name of ours; None for the package itself and for what is not ours."""
    parts = name.split(".")
    if parts[0] != "edge_twisted" or len(parts) == 1:
        return None
    if parts[1].startswith("__"):
        return None
    return ROOM_OF.get(parts[1], parts[1])


def loaded_with_module(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements that run when a module is imported: all but what stands in functions."""
    todo: list[ast.stmt] = list(tree.body)
    while todo:
        statement = todo.pop()
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        yield statement
        todo += [child for child in ast.walk(statement) if isinstance(child, ast.stmt) and child is not statement]


class ImportsTests(SynchronousTestCase):
    """The direction of imports."""

    def test_rooms(self) -> None:
        """A module imports only the rooms that its own room may import."""
        wrong = [
            str(found)
            for found in imports()
            if (source := room(found.importer)) not in (None, "service", "tap")
            and (target := room(found.target)) not in (None, source)
            and target not in MAY_IMPORT.get(source or "", set())
        ]
        self.assertEqual(wrong, [])

    def test_every_module_has_a_room(self) -> None:
        """Each module and package directly under `edge_twisted` stands in the table, so that it cannot be forgotten."""
        names = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
        rooms = {ROOM_OF.get(name, name) for name in names - {"__init__"}}
        self.assertEqual(rooms - MAY_IMPORT.keys() - {"service", "tap"}, set())

    def test_tap_and_service(self) -> None:
        """Only `tap` imports `service`, and nothing imports `tap`: nowhere else are rooms put together."""
        importers = {
            (found.importer, room(found.target)) for found in imports() if room(found.importer) != room(found.target)
        }
        self.assertEqual({name for name, target in importers if target == "service"} - {"edge_twisted.tap"}, set())
        self.assertEqual({name for name, target in importers if target == "tap"}, set())

    def test_absolute(self) -> None:
        """Imports are written in full, so that each line tells where it reaches."""
        self.assertEqual([str(found) for found in imports() if found.target.startswith(".")], [])

    def test_core_is_free_of_the_world(self) -> None:
        """`core` imports attrs, msgspec and the standard library only, and of that nothing that is a clock or I/O."""
        wrong = []
        for found in imports():
            top = found.target.split(".")[0]
            if room(found.importer) != "core" or top in CORE_THIRD_PARTIES or top == "edge_twisted":
                continue
            if top not in sys.stdlib_module_names or top in CORE_MUST_NOT:
                wrong.append(str(found))
        self.assertEqual(wrong, [])

    def test_third_parties_have_their_place(self) -> None:
        """Autobahn, OpenSSL and the database are known only where they are wrapped."""
        wrong = [
            str(found)
            for found in imports()
            if (top := found.target.split(".")[0]) in ONLY_IN and room(found.importer) not in ONLY_IN[top]
        ]
        self.assertEqual(wrong, [])

    def test_no_module_takes_the_reactor(self) -> None:
        """No module imports the global reactor when it is itself imported."""
        wrong = []
        for name, path, tree in modules():
            for statement in loaded_with_module(tree):
                if isinstance(statement, ast.ImportFrom):
                    taken = statement.module == "twisted.internet" and any(a.name == "reactor" for a in statement.names)
                elif isinstance(statement, ast.Import):
                    taken = any(alias.name == "twisted.internet.reactor" for alias in statement.names)
                else:
                    continue
                if taken:
                    wrong.append(f"{path.relative_to(PROJECT)}:{statement.lineno}: {name}")
        self.assertEqual(wrong, [])

    def test_something_was_read(self) -> None:
        """The tests above saw modules of every layer, so that none of them passes for want of anything to look at."""
        seen = {room(found.importer) for found in imports()}
        self.assertLessEqual({"core", "wire", "trust", "store", "sandbox"}, seen)
