"""A small curve: values over time as the points of an SVG line."""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

WIDTH: Final = 96
HEIGHT: Final = 24
EDGE: Final = 2


@frozen
class Curve:
    """What a template draws.

    Args:
        line: the `points` of a polyline.
        area: the `points` of the polygon below it.
    """

    line: str
    area: str
    width: int = WIDTH
    height: int = HEIGHT


def curve(samples: Sequence[tuple[float, float]], width: int = WIDTH, height: int = HEIGHT) -> Curve | None:
    """Lay out a curve.

    Args:
        samples: (time, value) in order of time; its scale begins at zero, so that a small change looks small.
        width, height: of the picture.

    Returns:
        The curve; None for fewer than two samples, or no time between them.
    """
    if len(samples) < 2 or samples[-1][0] <= samples[0][0]:
        return None
    first, length = samples[0][0], samples[-1][0] - samples[0][0]
    most = max(max(value for _, value in samples), 1e-9)
    points = [
        (
            EDGE + (at - first) / length * (width - 2 * EDGE),
            height - EDGE - max(0.0, value) / most * (height - 2 * EDGE),
        )
        for at, value in samples
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    floor = height - EDGE
    return Curve(line, f"{points[0][0]:.1f},{floor} {line} {points[-1][0]:.1f},{floor}", width, height)
