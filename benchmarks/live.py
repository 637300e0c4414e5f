"""What open live views cost the relay: Edge with a site's chargers, alternately alone and with people who look on."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Final

from attrs import frozen

from benchmarks.load import Files, Outcome, Stub, Target
from benchmarks.machine import describe, say
from benchmarks.measure import proxy_at
from benchmarks.processes import allow_files, calm_down, cores, free_port
from benchmarks.proxies import PROXIES, Place
from benchmarks.watchers import Desk, Watchers

SETTLE_SECONDS: Final = 5.0
"""After the chargers came, until it counts: what is learned of them is on the disk then."""


@frozen
class Site:
    """What is measured.

    Args:
        chargers: how many.
        interval: seconds between two messages of one; each tells its power, and is answered.
        views: open live views.
        seconds: of one part of a round.
        rounds: each has a part without views and one with them, in turns.
    """

    chargers: int = 200
    interval: float = 10.0
    views: int = 5
    seconds: float = 60.0
    rounds: int = 3


SMOKE: Final = Site(chargers=10, interval=0.5, views=2, seconds=6.0, rounds=1)
"""So little that it takes seconds: whether it works, never how much it is."""


@frozen
class Part:
    """One part of a round.

    Args:
        views: how many were open.
        outcome: what the chargers saw, and Edge used.
        updates, octets: that all views together got.
        lost: views that were refused or cut.
    """

    views: int
    outcome: Outcome
    updates: int = 0
    octets: int = 0
    lost: int = 0

    @property
    def cpu(self) -> float:
        """Percent of a core."""
        return 100 * self.outcome.used.cpu / self.outcome.seconds

    @property
    def good(self) -> bool:
        """Whether everybody was served, and every message as it had to be."""
        return not (self.outcome.failed or self.outcome.wrong or self.lost)


def measure(site: Site, files: Files, folder: Path, pairing: str) -> list[Part]:
    """Measure.

    Args:
        site: what.
        files: certificates and the generator.
        folder: where Edge's files and logs go.
        pairing: such as `wss-wss`.

    Returns:
        The parts, in their order.

    Raises:
        BenchError: Edge or the generator does not run, or nobody may look on.
    """
    allow_files(site.chargers)
    tls, up_tls = (leg == "wss" for leg in pairing.split("-"))
    core, load_core = cores()
    os.sched_setaffinity(0, {load_core})  # who looks on runs here, and must not disturb Edge otherwise than by looking
    parts: list[Part] = []
    place_folder = folder / "edge"
    place_folder.mkdir(parents=True, exist_ok=True)
    with Stub(files, up_tls, load_core) as stub:
        place = Place(place_folder, free_port(), tls, stub.port, up_tls, files, site.chargers)
        with proxy_at(PROXIES["edge"], place, core) as (process, root, _):
            target = Target(files, place.port, root, load_core, stub.process.pid, process.pid)
            desk = Desk.at(place_folder / "state")
            target.run("storm", site.chargers)
            for number in range(site.rounds):
                for views in (0, site.views) if number % 2 == 0 else (site.views, 0):
                    calm_down(process.pid)
                    with Watchers(desk, views) as watchers:
                        outcome = _run(target, site, watchers.count_anew)
                        parts.append(Part(views, outcome, watchers.updates, watchers.octets, watchers.failed))
                    say(f"{number + 1} {views} views: {_told(parts[-1])}")
    shutil.rmtree(place_folder / "state", ignore_errors=True)
    return parts


def _run(target: Target, site: Site, begun: Callable[[], object]) -> Outcome:
    return target.run(
        "metered",
        site.chargers,
        begun,
        warm=min(SETTLE_SECONDS, site.seconds),
        seconds=site.seconds,
        interval=site.interval,
    )


def _told(part: Part) -> str:
    outcome = part.outcome
    text = f"{part.cpu:.2f} % of a core, round trip {outcome.p50:.2f} / {outcome.p99:.2f} ms (median / 99th percentile)"
    if part.views:
        each = part.views * outcome.seconds
        text += f", each view {part.updates / each:.2f} parts and {part.octets / each / 1024:.0f} KiB a second"
    waited = outcome.used.waited / outcome.seconds
    text += f"; others had its core {waited:.1%} of the time"
    return text if part.good else f"{text}; {outcome.failed} not served, {outcome.wrong} wrong, {part.lost} views lost"


def table(site: Site, parts: Sequence[Part], pairing: str) -> list[str]:
    """What came out, in Markdown: the medians of the rounds.

    Args:
        site: what was measured.
        parts: of all rounds.
        pairing: over what.
    """
    figures: tuple[tuple[str, Callable[[Part], float]], ...] = (
        ("CPU, % of a core", lambda part: part.cpu),
        ("round trip, median, ms", lambda part: part.outcome.p50),
        ("round trip, 99th percentile, ms", lambda part: part.outcome.p99),
    )
    about = describe()
    lines = [
        f"{about['date']}: {about['machine']}; {about['system']}. "
        f"{site.chargers} chargers, {pairing.replace('-', ' to ')}, "
        f"a message and its answer every {site.interval:g} s each; {site.rounds} rounds of {site.seconds:g} s.",
        "",
        f"| | no live view | {site.views} live views | more |",
        "|---|---|---|---|",
    ]
    for words, value in figures:
        without, with_views = (
            median(value(part) for part in parts if bool(part.views) is looked_at) for looked_at in (False, True)
        )
        lines.append(f"| {words} | {without:.2f} | {with_views:.2f} | {with_views - without:.2f} |")
    return lines
