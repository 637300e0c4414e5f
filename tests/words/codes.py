"""Finds the codes that the sources can give, and sentences that stand where they should not."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

from edge_twisted.core import access_events, message_events  # noqa: F401 - their events count too
from edge_twisted.core.events import Event

PACKAGE: Final = Path(__file__).resolve().parents[2] / "edge_twisted"
WORDS: Final = PACKAGE / "words"
SANDBOX: Final = PACKAGE / "sandbox"

_SENTENCE: Final = re.compile(r"(?:[A-Za-z][A-Za-z'-]*[,;:]? +){3,}[A-Za-z][A-Za-z'-]*")
_QUOTED: Final = re.compile(r"`([a-z0-9-]+)`")
_PLACEHOLDER: Final = "x"


def sources(*places: Path) -> Iterator[tuple[Path, ast.Module]]:
    """The modules under some files and folders, without the catalogues themselves and the sandbox, which has its own.

    Args:
        places: files or folders; the whole package where none is given.

    Returns:
        Paths with their syntax trees.
    """
    for place in places or (PACKAGE,):
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            if not {WORDS, SANDBOX} & set(path.parents):
                yield path, _tree(path)


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def given(tree: ast.AST, callee: str, position: int, keyword: str = "") -> Iterator[ast.expr]:
    """What a function is called with.

    Args:
        tree: where.
        callee: its name, or that of a method.
        position: which positional argument.
        keyword: the same argument's name.

    Returns:
        That argument of each call; of `a if condition else b` both.
    """
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or name_of(call.func) != callee:
            continue
        for argument in (*call.args[position : position + 1], *(k.value for k in call.keywords if k.arg == keyword)):
            yield from (argument.body, argument.orelse) if isinstance(argument, ast.IfExp) else (argument,)


def name_of(function: ast.expr) -> str:
    """The last part of a called name: `f` of `f()` and of `a.b.f()`."""
    return getattr(function, "attr", "") or getattr(function, "id", "")


def everywhere(callee: str, position: int, keyword: str = "") -> set[str]:
    """The texts that are written out as an argument, over the whole package; arguments as for `given`."""
    found = (one for _, tree in sources() for one in given(tree, callee, position, keyword))
    return {one.value for one in found if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def not_written_out(callee: str, position: int, keyword: str = "") -> set[str]:
    """The source of arguments that are no constants, over the whole package; arguments as for `given`."""
    found = (one for _, tree in sources() for one in given(tree, callee, position, keyword))
    return {ast.unparse(one) for one in found if not isinstance(one, ast.Constant)}


def event_classes() -> list[type[Event]]:
    """Every kind of event, those of other modules included once these are imported.

    attrs makes a second class of each; the first one may be there until garbage is collected, and counts for nothing.
    """
    found: list[type[Event]] = []
    for kind in Event.__subclasses__():
        found += [kind, *kind.__subclasses__()]
    return [kind for kind in found if getattr(sys.modules[kind.__module__], kind.__name__, None) is kind]


def listed(kind: type, field: str = "") -> set[str]:
    """The codes that the docstring of a class lists.

    Args:
        kind: the class.
        field: list only those of this field.

    Returns:
        What stands in backquotes there.
    """
    text = kind.__doc__ or ""
    if field:
        line = re.search(rf"^ +{field}: (.*(?:\n {{12,}}.*)*)", text, re.MULTILINE)
        assert line is not None, f"{kind.__name__} does not say what {field} can be"
        text = line[1]
    return set(_QUOTED.findall(text))


def sentences(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Find texts of four words or more that a person might get to read.

    Not counted are docstrings, also of attributes, what exceptions and assertions say to programmers, and what a log
    call says beside a traceback.

    Args:
        tree: a module.

    Returns:
        Line numbers with the texts; a value in an f-string counts as a word.
    """
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Raise | ast.Assert) or _for_programmers(node):
            continue
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(part.value) if isinstance(part, ast.Constant) else _PLACEHOLDER for part in node.values)
        elif isinstance(node, ast.Constant):
            text = node.value if isinstance(node.value, str) else ""
        else:
            todo += ast.iter_child_nodes(node)
            continue
        if _SENTENCE.search(text):
            yield node.lineno, text


def _for_programmers(node: ast.AST) -> bool:
    """Whether it makes an exception, or logs a traceback."""
    if not isinstance(node, ast.Call):
        return False
    name = name_of(node.func)
    traces = name == "failure" or any(keyword.arg == "trace" for keyword in node.keywords)
    return name.endswith("Error") or (traces and "log" in ast.unparse(node.func))
