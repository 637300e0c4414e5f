"""A whole run: rounds in which the proxies take turns, until all is measured or the time is up."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from attrs import asdict, frozen

from benchmarks.load import Files
from benchmarks.machine import describe, say, versions
from benchmarks.measure import MEASUREMENTS, Amounts, Bench, measure
from benchmarks.processes import BenchError, cores
from benchmarks.proxies import PROXIES
from benchmarks.results import FIGURES, append, write_rows

ONCE: Final = ("idle",)
"""Measured in the first round only: it takes long, and hardly varies."""
RESULTS: Final = "results.jsonl"


@frozen
class Plan:
    """What to measure.

    Args:
        proxies, pairings, measurements: names.
        rounds: how often.
        amounts: how much.
        minutes: after which nothing new is begun.
        again: how often a measurement is repeated in which something else had the proxy's core.
    """

    proxies: Sequence[str]
    pairings: Sequence[str] = ("wss-wss",)
    measurements: Sequence[str] = tuple(MEASUREMENTS)
    rounds: int = 3
    amounts: Amounts = Amounts()
    minutes: float = 60.0
    again: int = 2

    def seconds(self) -> float:
        """About how long it takes, if nothing fails."""
        amounts = self.amounts
        each = {
            "talk": len(amounts.sizes) * (amounts.seconds + amounts.warm + 0.5) + 1,
            "storm": 5 + amounts.storm / 150,
            "latency": 6 * (amounts.seconds + amounts.warm + 0.2) + 1,
            "start": 2,
            "idle": amounts.idle_seconds + amounts.interval + 6 + amounts.idle / 200,
        }
        rounds = sum(each[one] * (1 if one in ONCE else self.rounds) for one in self.measurements)
        return rounds * len(self.proxies) * len(self.pairings)


def run(plan: Plan, files: Files, folder: Path) -> tuple[Path, bool]:
    """Measure.

    Args:
        plan: what.
        files: certificates and the generator.
        folder: where results, logs and the proxies' files go.

    Returns:
        The file of results, and whether Edge served every charger with every message as it had to be; of the others
        the results tell.

    Raises:
        BenchError: there are results in the folder already.
    """
    path = folder / RESULTS
    if path.exists():
        raise BenchError(f"{path}: has the results of another run; name another folder with --scratch")
    about = {**describe(), **{f"{name} is": PROXIES[name].words for name in plan.proxies}}
    about.update({f"{name} is built from": words for name, words in versions(plan.proxies).items()})
    append(path, {**about, "amounts": ", ".join(f"{key} {value}" for key, value in asdict(plan.amounts).items())})
    bench = Bench(files, folder, cores(), plan.amounts)
    if bench.cores[0] == bench.cores[1]:
        say("There is one core only: the proxy and the generator share it, and no figure is worth much.")
    end, good = time.monotonic() + 60 * plan.minutes, True
    for number in range(1, plan.rounds + 1):
        for pairing in plan.pairings:
            for what in plan.measurements:
                for name in plan.proxies:
                    if what in ONCE and number > 1:
                        continue
                    if time.monotonic() > end:
                        say(f"Stopped after {plan.minutes:g} minutes, as asked; what was measured until now counts.")
                        return path, good
                    served = _one(bench, path, name, pairing, what, number, plan.again, end)
                    good &= served or not name.startswith("edge")
    return path, good


def _one(bench: Bench, path: Path, name: str, pairing: str, what: str, number: int, again: int, end: float) -> bool:
    """Measure one thing of one proxy, once more where that was contended; tell and keep what came out."""
    try:
        rows = measure(bench, PROXIES[name], pairing, what, number)
    except BenchError as error:
        say(f"{number} {pairing} {name}: {what} came to nothing: {error}; see {bench.folder / name / 'log'}")
        return False
    write_rows(path, rows)
    for row in rows:
        doubts = [f"contended: others had its core {row.waited:.1%} of the time"] * row.contended
        doubts += [f"{row.failed} chargers not served"] * bool(row.failed)
        doubts += [f"{row.wrong} wrong messages"] * bool(row.wrong)
        figure = FIGURES[row.figure]
        doubt = f"   ({', '.join(doubts)})" if doubts else ""
        say(f"{number} {pairing} {name:14} {figure.words}: {row.value:.4g} {figure.unit}{doubt}")
    good = not any(row.failed or row.wrong for row in rows)
    if again and what not in ONCE and any(row.contended for row in rows) and time.monotonic() < end:
        return _one(bench, path, name, pairing, what, number, again - 1, end) and good
    return good
