"""Writes `docs/conformance.md`: each row of the checklist, the tests that prove it, and what was decided about it.

    python -m tests.conformance                    write the page
    python -m tests.conformance --results FILE     the same, with the results of a run, from what trial printed
    python -m tests.conformance --check            change nothing, and say what is wrong

A test names its rows in its docstring, such as `A3: ...` or `J1 to J3, T-31: ...`. Rows that the docstring of a class
names count for those of its tests that name none.
"""

import argparse
import ast
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from attrs import frozen

from tests.checklist import GROUPS, ROWS
from tests.decided import DECIDED

PROJECT: Final = Path(__file__).resolve().parents[1]
PAGE: Final = PROJECT / "docs" / "conformance.md"
COMMAND: Final = "python -m tests.conformance"

LATER: Final = "later issue"
OTHERWISE: Final = "decided otherwise"
NOT_OFFERED: Final = "not offered"
IN_PART: Final = "in part"
KINDS: Final = {
    LATER: "no test yet",
    NOT_OFFERED: "no test, and none to come",
    IN_PART: "tests for a part of it",
    OTHERWISE: "Edge does something else on purpose; what the tests prove is that",
}
"""How an entry of `tests/decided.py` begins, and what that means."""

_WORD: Final = r"(?<![\w.-])([A-M])([1-9]\d?)(?![\w-])"
_RANGE: Final = re.compile(rf"{_WORD}(?: to \1([1-9]\d?)(?![\w-]))?")
_CONTROLS: Final = re.compile(r"\bC[01] (?:included|controls?|characters?)\b")
"""C0 and C1 are also the names of the control characters."""

_MODULE: Final = re.compile(r"(tests(?:\.\w+)+)")
_CLASS: Final = re.compile(r" {2}(\w+)")
_TEST: Final = re.compile(r" {4}(test\w*) \.\.\.")
_RESULT: Final = re.compile(r"\[([A-Z]+)(?:!\?!)?\]$")


@frozen
class Test:
    """A test that names rows.

    Args:
        place: module and class, such as `core.test_head.TextTests`.
        name: the method.
        rows: what it names, in the order of the text.
    """

    place: str
    name: str
    rows: tuple[str, ...]


def rows_in(text: str) -> tuple[str, ...]:
    """Find the rows that a docstring names.

    Args:
        text: the docstring.

    Returns:
        Their numbers, ranges spelled out; also such as the checklist does not have.
    """
    found = []
    for letter, first, last in _RANGE.findall(_CONTROLS.sub("", text)):
        found += [f"{letter}{number}" for number in range(int(first), int(last or first) + 1)]
    return tuple(dict.fromkeys(found))


def tests_of(module: str, source: str) -> Iterator[Test]:
    """List the tests of a module.

    Args:
        module: its dotted name without `tests.`.
        source: its text.

    Yields:
        Those that name rows, themselves or by their class.
    """
    for group in ast.parse(source).body:
        if not isinstance(group, ast.ClassDef):
            continue
        shared = rows_in(ast.get_docstring(group) or "")
        for method in group.body:
            if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.name.startswith("test"):
                rows = rows_in(ast.get_docstring(method) or "") or shared
                if rows:
                    yield Test(f"{module}.{group.name}", method.name, rows)


def collect(folder: Path = PROJECT / "tests") -> list[Test]:
    """List the tests of a tree.

    Args:
        folder: its root, which is the package `tests`.

    Returns:
        Those that name rows, by module.
    """
    found: list[Test] = []
    for path in sorted(folder.rglob("test_*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if "node_modules" not in parts:
            found += tests_of(".".join(parts), path.read_text(encoding="utf-8"))
    return found


def problems(tests: Sequence[Test], decided: Mapping[str, str]) -> list[str]:
    """Compare tests and decisions with the checklist.

    Args:
        tests: what `collect` found.
        decided: `tests.decided.DECIDED`, or another.

    Returns:
        One sentence for each thing that is wrong.
    """
    wrong = [
        f"{t.place}.{t.name} names {row}: there is no such row" for t in tests for row in t.rows if row not in ROWS
    ]
    proven = {row for test in tests for row in test.rows}
    for row, reason in decided.items():
        kind, colon, text = reason.partition(": ")
        if row not in ROWS:
            wrong.append(f"tests/decided.py has {row}: there is no such row")
        elif kind not in KINDS or not colon or not text:
            wrong.append(f"tests/decided.py, {row}: begin with one of {', '.join(KINDS)}, a colon and the reason")
        elif kind in (LATER, NOT_OFFERED) and row in proven:
            wrong.append(
                f"tests/decided.py says '{kind}' of {row}, and it has tests: remove the entry or change its kind"
            )
        elif kind == IN_PART and row not in proven:
            wrong.append(f"tests/decided.py says '{kind}' of {row}, and no test names it")
    wrong += [
        f"{row} has neither a test that names it nor an entry in tests/decided.py: {text}"
        for row, text in ROWS.items()
        if row not in proven and row not in decided
    ]
    return wrong


def read_results(text: str) -> dict[str, str]:
    """Read what trial printed.

    Args:
        text: the output of its usual reporter.

    Returns:
        The word of each test (`OK`, `FAIL`, `ERROR`, `SKIPPED`, ..), by its dotted name without `tests.`.
    """
    results: dict[str, str] = {}
    module = group = name = ""
    for line in text.splitlines():
        if line.startswith("====="):
            break  # what follows tells of failures in detail
        if found := _MODULE.fullmatch(line):
            module = found[1].removeprefix("tests.")
        elif found := _CLASS.fullmatch(line):
            group = found[1]
        elif found := _TEST.match(line):
            name = found[1]
        if name and (found := _RESULT.search(line)):  # log lines may stand between the two
            results[f"{module}.{group}.{name}"] = found[1]
            name = ""
    return results


def render(tests: Sequence[Test], decided: Mapping[str, str], results: Mapping[str, str]) -> str:
    """Write the page.

    Args:
        tests: what `collect` found.
        decided: reasons by row.
        results: the words of a run; empty for a page without them.

    Returns:
        Markdown.
    """
    proven = {row: [test for test in tests if row in test.rows] for row in ROWS}
    kinds = {row: reason.partition(": ")[0] for row, reason in decided.items()}
    plain = sum(bool(proven[row]) and row not in kinds for row in ROWS)
    lines = [
        "# Conformance",
        "",
        "The cases that Edge is held against, and the tests that prove each. Sources are the OCPP-J 1.6 specification",
        "with its errata, the security white paper, the RFCs of HTTP, WebSocket and TLS, and what chargers do in the",
        "field.",
        "",
        f"Of {len(ROWS)} rows {plain} are proven by tests as they stand. The others have a note:",
        "",
        *(f"- *{kind}* ({sum(k == kind for k in kinds.values())}): {meaning}" for kind, meaning in KINDS.items()),
        "",
        "A class and its tests are run by `python -m twisted.trial tests.` followed by what stands here. The column of",
        f"results is that of the run from which this page was made. The page is generated: `{COMMAND}`.",
    ]
    for letter, title in GROUPS.items():
        lines += ["", f"## {letter}. {title}", "", "| row | what | tests | result | note |", "|---|---|---|---|---|"]
        for row, text in ROWS.items():
            if row.startswith(letter):
                cells = (row, text, _named(proven[row]), _outcome(proven[row], results), decided.get(row, ""))
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _named(tests: Sequence[Test]) -> str:
    """The tests of one row, gathered by their class."""
    places: dict[str, list[str]] = {}
    for test in tests:
        places.setdefault(test.place, []).append(f"`{test.name}`")
    return "<br>".join(f"`{place}`: {', '.join(names)}" for place, names in places.items())


def _outcome(tests: Sequence[Test], results: Mapping[str, str]) -> str:
    """In a word how the tests of one row ended."""
    if not tests or not results:
        return ""
    words = [results.get(f"{test.place}.{test.name}", "not run") for test in tests]
    others = {word.lower(): words.count(word) for word in words if word != "OK"}
    return ", ".join(f"**{count} {word}**" for word, count in others.items()) or "passed"


def without_results(page: str) -> str:
    """The page as it is without a run, to compare two of them.

    Args:
        page: what `render` wrote.

    Returns:
        The same with the cells of results empty.
    """
    return re.sub(r"^(\| [A-M]\d+ \|[^|]*\|[^|]*\|)[^|]*\|", r"\1  |", page, flags=re.MULTILINE)


def check(page: Path = PAGE) -> list[str]:
    """Look whether all is well.

    Args:
        page: the file.

    Returns:
        One sentence for each thing that is wrong.
    """
    tests = collect()
    wrong = problems(tests, DECIDED)
    written = page.read_text(encoding="utf-8") if page.exists() else ""
    if without_results(written) != render(tests, DECIDED, {}):
        wrong.append(f"{page.relative_to(PROJECT)} is not up to date; run: {COMMAND}")
    return wrong


def main(arguments: Sequence[str]) -> int:
    """Run the tool.

    Args:
        arguments: those of the command line.

    Returns:
        The exit code: 1 where something is wrong.
    """
    parser = argparse.ArgumentParser(prog=COMMAND, description="Write docs/conformance.md from the tests.")
    parser.add_argument("--check", action="store_true", help="change nothing, and say what is wrong")
    parser.add_argument("--results", type=Path, metavar="FILE", help="what trial printed")
    given = parser.parse_args(arguments)
    if not given.check:
        results = read_results(given.results.read_text(encoding="utf-8", errors="replace")) if given.results else {}
        PAGE.write_text(render(collect(), DECIDED, results), encoding="utf-8")
    wrong = check()
    sys.stderr.writelines(f"{line}\n" for line in wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
