"""The plot of docs/performance.md: what each proxy costs, as a multiple of the reference. Plain SVG, made by hand."""

from typing import Final
from xml.sax.saxutils import escape

from benchmarks.results import FIGURES, Results

WIDTH: Final = 760
LABEL: Final = 110
BAR: Final = 12
GAP: Final = 3
HEADING: Final = 26
NUMBERS: Final = 60
INK, PALE, OURS, LINE = "#1f2933", "#9aa5b1", "#0b6e4f", "#cbd2d9"


def draw(results: Results, pairing: str, reference: str) -> str:
    """Draw one group of bars for each plotted figure.

    Args:
        results: of a run.
        pairing: which.
        reference: the proxy whose cost is 1.

    Returns:
        An SVG document.
    """
    parts: list[str] = []
    top = 30
    for key, figure in FIGURES.items():
        one = results.cell(pairing, reference, key)
        if not figure.short or one is None or one.value <= 0:
            continue
        ratios = {
            proxy: cell.value / one.value
            for proxy in results.proxies
            if (cell := results.cell(pairing, proxy, key)) and cell.contended == one.contended
        }
        parts.append(_text(0, top + 16, f"{figure.short} ({reference}: {one.value:.3g} {figure.unit})", INK, 13, True))
        top += HEADING
        scale = (WIDTH - LABEL - NUMBERS) / max(*ratios.values(), 1.0)
        x = LABEL + scale
        height = len(ratios) * (BAR + GAP)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{top + height}" stroke="{LINE}"/>')
        for proxy, ratio in ratios.items():
            length = max(0.0, ratio * scale)
            color = OURS if proxy == "edge" else PALE
            parts.append(_text(LABEL - 6, top + BAR - 2, proxy, INK, 11, anchor="end"))
            parts.append(f'<rect x="{LABEL}" y="{top}" width="{length:.1f}" height="{BAR}" fill="{color}"/>')
            parts.append(_text(LABEL + length + 5, top + BAR - 2, f"{ratio:.2f}", INK, 11))
            top += BAR + GAP
        top += 10
    title = f"What each proxy costs, {pairing.replace('-', ' to ')}: {reference} is 1, shorter is better"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" font-family="sans-serif" role="img">',
            f"<title>{escape(title)}</title>",
            f'<rect width="{WIDTH}" height="{top}" fill="#ffffff"/>',
            _text(0, 16, title, INK, 14, True),
            *parts,
            "</svg>\n",
        ]
    )


def _text(x: float, y: float, text: str, color: str, size: int, bold: bool = False, anchor: str = "start") -> str:
    weight = ' font-weight="bold"' if bold else ""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}"'
    return f'<text {place}{weight} fill="{color}">{escape(text)}</text>'
