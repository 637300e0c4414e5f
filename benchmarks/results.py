"""What was measured: rows as lines of JSON, and of several rounds one number with its doubts."""

import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import asdict, field, frozen

from benchmarks.processes import BenchError

CONTENDED: Final = 0.1
"""Share of the time in which a proxy stood ready without a core, from which on its figures are not to be trusted."""
QUEUED: Final = 0.25
"""The same, as a share of the time in which it had work to do: with little work, latency suffers long before."""
SATURATED: Final = 0.95
"""Share of its core that a proxy must have used, or waited for, for its msg/s to be its own and not the generator's."""


@frozen
class Figure:
    """One thing that is measured.

    Args:
        words: what it is, for the table.
        unit: of its values.
        short: for the plot; empty where it is not plotted.
        rate: whether the generator may be what limits it; all others are not touched by that.
    """

    words: str
    unit: str
    short: str = ""
    rate: bool = False


FIGURES: Final[Mapping[str, Figure]] = {
    "cpu_250": Figure("CPU for 1000 messages of 250 B", "ms", "CPU, messages of 250 B"),
    "rate_250": Figure("messages of 250 B", "per s", rate=True),
    "looked_250": Figure("messages of 250 B that it looked at", "%"),
    "cpu_2048": Figure("CPU for 1000 messages of 2 KB", "ms", "CPU, messages of 2 KB"),
    "rate_2048": Figure("messages of 2 KB", "per s", rate=True),
    "looked_2048": Figure("messages of 2 KB that it looked at", "%"),
    "storm_cpu": Figure("storm: CPU for one charger", "ms", "CPU, reconnect storm"),
    "storm_seconds": Figure("storm: until all chargers are answered", "s"),
    "first_cpu": Figure("storm of chargers never seen before: CPU for one", "ms"),
    "first_seconds": Figure("storm of chargers never seen before: until all are answered", "s"),
    "memory": Figure("memory for one idle charger", "KiB", "memory, idle charger"),
    "idle_cpu": Figure("CPU of all idle chargers", "% of a core", "CPU, idle chargers"),
    "p50": Figure("added to a round trip, median", "ms", "added latency, median"),
    "p99": Figure("added to a round trip, 99th percentile", "ms"),
    "start": Figure("start, until the first answer", "ms"),
}
"""In the table's order."""


@frozen
class Row:
    """One figure of one proxy in one round.

    Args:
        round: from 1 on.
        proxy, pairing: which, and over what: `wss-ws` is TLS from the charger, none to the central system.
        figure: a key of `FIGURES`.
        value: in that figure's unit.
        failed: chargers that were refused, dropped, or not answered.
        wrong: messages that were not, octet for octet, what they had to be, at either end.
        busy: share of its core that the proxy used.
        waited: share of the time in which the proxy stood ready while somebody else had its core.
        load_busy: share of their core that generator and stub used.
        chargers: how many there were.
    """

    round: int
    proxy: str
    pairing: str
    figure: str
    value: float
    failed: int = 0
    wrong: int = 0
    busy: float = 0.0
    waited: float = 0.0
    load_busy: float = 0.0
    chargers: int = 0

    @property
    def contended(self) -> bool:
        """Whether something else had the proxy's core for too long; memory does not mind."""
        if self.figure == "memory":
            return False
        return self.waited > CONTENDED or self.waited > QUEUED * (self.busy + self.waited)


@frozen
class Cell:
    """What the rounds say about one figure of one proxy.

    Args:
        value: the median of the rounds without contention; of all rounds where there is none.
        rounds: how many the median is of.
        contended: whether it comes from contended rounds.
        capped: whether it is a rate that the generator, not the proxy, was the limit of.
        failed, wrong: of all rounds.
    """

    value: float
    rounds: int
    contended: bool = False
    capped: bool = False
    failed: int = 0
    wrong: int = 0


@frozen
class Results:
    """All rows of a run, and what they were measured on.

    Args:
        about: machine, versions, date and options, by name.
        rows: in the order of measuring.
    """

    about: Mapping[str, str] = field(factory=dict)
    rows: Sequence[Row] = ()

    @property
    def pairings(self) -> list[str]:
        """In order of first appearance."""
        return list(dict.fromkeys(row.pairing for row in self.rows))

    @property
    def proxies(self) -> list[str]:
        """In order of first appearance."""
        return list(dict.fromkeys(row.proxy for row in self.rows))

    def cell(self, pairing: str, proxy: str, figure: str) -> Cell | None:
        """Sum up the rounds.

        Args:
            pairing, proxy, figure: which.

        Returns:
            One number with its doubts; None where nothing was measured.
        """
        rows = [row for row in self.rows if (row.pairing, row.proxy, row.figure) == (pairing, proxy, figure)]
        if not rows:
            return None
        good = [row for row in rows if not row.contended]
        used = good or rows
        capped = FIGURES[figure].rate and statistics.median(row.busy + row.waited for row in used) < SATURATED
        return Cell(
            statistics.median(row.value for row in used),
            len(used),
            not good,
            capped,
            sum(row.failed for row in rows),
            sum(row.wrong for row in rows),
        )


def append(path: Path, line: Mapping[str, Any]) -> None:
    """Add one line of JSON to a file."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Add rows to a file of results."""
    for row in rows:
        append(path, asdict(row))


def read(path: Path) -> Results:
    """Read a file of results: first what it was measured on, then the rows.

    Args:
        path: as `write_rows` and `append` left it.

    Returns:
        The results.

    Raises:
        BenchError: the file is not there, or something else.
    """
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return Results(lines[0], [Row(**line) for line in lines[1:]])
    except (OSError, ValueError, TypeError, IndexError) as error:
        raise BenchError(f"{path}: not the results of one run: {error}") from None
