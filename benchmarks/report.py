"""What came out, as a table for the terminal and for docs/performance.md."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.plot import draw
from benchmarks.processes import BenchError
from benchmarks.proxies import REFERENCE
from benchmarks.results import FIGURES, Cell, Results

BEGIN: Final = "<!-- measured: what stands from here on is written by `make bench` -->"
END: Final = "<!-- measured: end -->"
PLOT: Final = "performance.svg"


def number(value: float) -> str:
    """Three digits that matter."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def show(cell: Cell | None, reference: Cell | None) -> str:
    """One cell of the table.

    Args:
        cell: what was measured, if anything was.
        reference: the same of the proxy that it is compared with; None: no ratio.

    Returns:
        The number, its ratio, and marks: `*` contended, `≥` the generator was the limit. A contended figure and one
        that is not have no ratio: contention alone makes messages cost up to twice as much.
    """
    if cell is None:
        return "-"
    text = ("≥ " if cell.capped else "") + number(cell.value) + ("*" if cell.contended else "")
    if reference is not None and reference.value > 0 and cell.contended == reference.contended:
        text += f" ({cell.value / reference.value:.2f})"
    if cell.failed or cell.wrong:
        text += f" **{cell.failed} not served, {cell.wrong} wrong**"
    return text


def table(results: Results, pairing: str) -> list[str]:
    """The table of one pairing, in Markdown.

    Args:
        results: of a run.
        pairing: which.

    Returns:
        Its lines.
    """
    proxies = results.proxies
    lines = [f"| {pairing.replace('-', ' to ')} | {' | '.join(proxies)} |", "|---" * (len(proxies) + 1) + "|"]
    for key, figure in FIGURES.items():
        cells = [results.cell(pairing, proxy, key) for proxy in proxies]
        if not any(cells):
            continue
        reference = results.cell(pairing, REFERENCE, key)
        shown = [
            show(cell, None if proxy == REFERENCE else reference) for proxy, cell in zip(proxies, cells, strict=True)
        ]
        lines.append(f"| {figure.words}, {figure.unit} | {' | '.join(shown)} |")
    return lines


def section(results: Results) -> Iterator[str]:
    """What `make bench` writes into docs/performance.md, line by line."""
    about = results.about
    yield f"Measured on {about['date']}: {about['machine']}; {about['system']}."
    rounds = max((row.round for row in results.rows), default=0)
    contended = sum(row.contended for row in results.rows)
    yield f"{rounds} rounds, {len(results.rows)} values, {contended} of them contended."
    for pairing in results.pairings:
        yield ""
        yield from table(results, pairing)
    if REFERENCE in results.proxies and len(results.proxies) > 1:
        yield ""
        yield f"![Edge and the others, as ratios to {REFERENCE}]({PLOT})"
    yield ""
    yield "| proxy | what it is | built from |"
    yield "|---|---|---|"
    for name in results.proxies:
        yield f"| {name} | {about.get(f'{name} is', '')} | {about.get(f'{name} is built from', '')} |"
    yield ""
    yield f"Amounts: {about['amounts']}."


def write(results: Results, document: Path) -> None:
    """Put results into a document, between its marks, and the plot beside it.

    Args:
        results: of a run.
        document: which; what stands outside the marks is left as it is.

    Raises:
        BenchError: the document has no such marks.
    """
    text = document.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise BenchError(f"{document}: has no place for the results; put these two lines there:\n{BEGIN}\n{END}")
    lines = "\n".join(section(results))
    document.write_text(f"{before}{BEGIN}\n\n{lines}\n\n{END}{after}", encoding="utf-8")
    if REFERENCE in results.proxies:
        document.with_name(PLOT).write_text(draw(results, results.pairings[0], REFERENCE), encoding="utf-8")
