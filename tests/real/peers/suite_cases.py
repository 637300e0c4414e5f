"""The cases of the Autobahn test suite as its authors wrote them, on this Python.

The suite is written for Python 2, which no system has any more. Its cases need little of it: a text there is a row of
octets. So each file is read as if a character were an octet, and a few spellings are changed on the way in; what a case
sends, what it expects and how it judges stays the suite's own.
"""

import re
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import InspectLoader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_loader
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, Final

from autobahn.websocket.utf8validator import Utf8Validator

HOME: Final = Path(sys.prefix) / "autobahntestsuite"
"""Where `make` puts it."""
FOLDER: Final = HOME / "autobahntestsuite" / "case"
SPELLINGS: Final = (
    (re.compile(r"^(import binascii|from .* import Utf8Validator)$", re.MULTILINE), ""),
    (re.compile(r"^( *)print .*$", re.MULTILINE), r"\1pass"),
    (re.compile(r"\(object, Case, \)"), "(Case, )"),
    (re.compile(r" / "), " // "),
)
"""What Python 2 writes otherwise."""
WITHOUT: Final = re.compile(r"9_9_|1[23]_")
"""Cases that the suite itself leaves out, and those of compression, which Edge does not negotiate."""


def octets(text: str) -> bytes:
    """The octets of a text of Python 2."""
    return text.encode("latin-1")


def _in_hex(text: str) -> str:
    return octets(text).hex()


class _Validator(Utf8Validator):  # type: ignore[misc]  # Autobahn's has no types
    """Autobahn's, for texts of Python 2."""

    def validate(self, text: str) -> tuple[bool, bool, int, int]:
        """Look at the next piece."""
        found: tuple[bool, bool, int, int] = super().validate(octets(text))
        return found


class _Files(InspectLoader, MetaPathFinder):
    """Finds the suite's files by the names under which they import each other."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return spec_from_loader(fullname, self) if (FOLDER / f"{fullname}.py").exists() else None

    def get_source(self, fullname: str) -> str:
        source = (FOLDER / f"{fullname}.py").read_text(encoding="latin-1")
        for spelling, ours in SPELLINGS:
            source = spelling.sub(ours, source)
        return source

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__.update(xrange=range, Utf8Validator=_Validator, binascii=SimpleNamespace(b2a_hex=_in_hex))
        super().exec_module(module)


def load() -> dict[str, type[Any]]:
    """Read the suite's cases.

    Returns:
        Their classes by number, such as `6.4.1`. `Case` in the suite says what they need and tell.
    """
    finder = _Files()
    sys.meta_path.insert(0, finder)
    found = {}
    for path in FOLDER.glob("case[1-9]*_*.py"):
        if WITHOUT.match(path.stem.removeprefix("case")):
            continue
        for name, value in vars(import_module(path.stem)).items():
            for case in value if isinstance(value, list) and name.startswith("Case") else [value]:
                number = re.fullmatch(r"Case([0-9]+(_[0-9]+)+)", getattr(case, "__name__", ""))
                if number and isinstance(case, type):
                    found[number[1].replace("_", ".")] = case
    sys.meta_path.remove(finder)
    return dict(sorted(found.items(), key=lambda one: [int(part) for part in one[0].split(".")]))
