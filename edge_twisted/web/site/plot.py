"""Plots of the last 24 hours: what a template draws as SVG, and the same as a table."""

from collections.abc import Iterator, Sequence
from typing import Final

from attrs import frozen

WIDTH: Final = 720
HEIGHT: Final = 180
STEPS: Final = (1, 2, 2.5, 5, 10)
"""What the highest line of a scale may be, times a power of ten."""


@frozen
class Plot:
    """One plot.

    Args:
        lines: the `points` of polylines; a gap where nothing is known ends one.
        areas: the `points` of the polygons below them.
        bars: (x, y, width, height) of each.
        scale: (y, value) of the lines behind.
    """

    lines: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    bars: tuple[tuple[float, float, float, float], ...] = ()
    scale: tuple[tuple[float, float], ...] = ()
    width: int = WIDTH
    height: int = HEIGHT


def top_of(most: float) -> float:
    """A round figure that is not below `most`, for the top of a scale."""
    size = 1e-3
    while size * 10 < most:
        size *= 10
    return next((step * size for step in STEPS if step * size >= most), 10 * size)


def curve_plot(values: Sequence[float | None]) -> Plot | None:
    """Lay out a curve.

    Args:
        values: at even distances, the latest last; None where nothing is known.

    Returns:
        The plot; None where nothing is known at all.
    """
    known = [value for value in values if value is not None]
    if not known:
        return None
    top = top_of(max(*known, 0.1))
    step = WIDTH / max(1, len(values) - 1)
    lines, areas = [], []
    for run in _runs(values):
        points = [(index * step, _y(value, top)) for index, value in run]
        if len(points) == 1:
            x = min(points[0][0], WIDTH - step)  # a single value is a short line, also at the right end
            points = [(x, points[0][1]), (x + step, points[0][1])]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        lines.append(line)
        areas.append(f"{points[0][0]:.1f},{HEIGHT} {line} {points[-1][0]:.1f},{HEIGHT}")
    return Plot(tuple(lines), tuple(areas), (), _scale(top))


def bar_plot(values: Sequence[float | None]) -> Plot | None:
    """Lay out bars; arguments and result as for `curve_plot`."""
    known = [value for value in values if value is not None]
    if not known:
        return None
    top = top_of(max(*known, 0.1))
    step = WIDTH / len(values)
    bars = []
    for index, value in enumerate(values):
        if value:
            y = _y(value, top)
            bars.append((round(index * step + 2, 1), round(y, 1), round(step - 4, 1), round(HEIGHT - y, 1)))
    return Plot((), (), tuple(bars), _scale(top))


def _y(value: float, top: float) -> float:
    return HEIGHT - max(0.0, value) / top * HEIGHT


def _scale(top: float) -> tuple[tuple[float, float], ...]:
    return tuple((round(_y(part * top, top), 1), part * top) for part in (1.0, 0.5))


def _runs(values: Sequence[float | None]) -> Iterator[list[tuple[int, float]]]:
    run: list[tuple[int, float]] = []
    for index, value in enumerate(values):
        if value is not None:
            run.append((index, value))
        elif run:
            yield run
            run = []
    if run:
        yield run
