"""One figure of one proxy: a stub, a fresh proxy on a core of its own, and chargers."""

import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from attrs import evolve, frozen

from benchmarks.load import Files, Outcome, Stub, Target
from benchmarks.processes import Usage, allow_files, answers, calm_down, free_port, memory, spawn, stop, until, usage
from benchmarks.proxies import Place, Proxy
from benchmarks.results import Row

WARM_CHARGERS: Final = 20
PACED: Final = 50
"""Chargers whose round trips are timed."""
PAIRS: Final = 3


@frozen
class Amounts:
    """How much is measured.

    Args:
        talkers: chargers that talk as fast as they are answered, each with one open CALL.
        sizes: of their messages, octets.
        seconds: of talking, and of each of the latency's six parts.
        warm: seconds of the same before it counts.
        rate: messages a second, at which latency is measured.
        storm: chargers that come at once.
        idle: chargers that only send a Heartbeat each `interval` seconds.
        idle_seconds: in which their CPU is counted, after each has sent its first one.
        interval: seconds.
    """

    talkers: int = 100
    sizes: tuple[int, ...] = (250, 2048)
    seconds: float = 3.0
    warm: float = 1.0
    rate: float = 400.0
    storm: int = 2000
    idle: int = 1000
    idle_seconds: float = 60.0
    interval: float = 60.0

    @property
    def most(self) -> int:
        """Chargers at once."""
        return max(self.talkers, self.storm, self.idle)


@frozen
class Bench:
    """What a proxy is measured with.

    Args:
        files: certificates and the generator.
        folder: for the proxies' files and logs.
        cores: the proxy's; generator's and stub's.
        amounts: how much.
    """

    files: Files
    folder: Path
    cores: tuple[int, int]
    amounts: Amounts


@frozen
class Site:
    """A running proxy with its stub.

    Args:
        place: where it stands.
        amounts: how much is measured.
        target: what chargers connect to.
        direct: the same, past the proxy.
        start_ms: from its start to its first answer.
        start_used: what it had of the processor meanwhile.
        row: an empty row of results.
        looked: as for `Proxy`.
    """

    place: Place
    amounts: Amounts
    target: Target
    direct: Target
    start_ms: float
    start_used: Usage
    row: Row
    looked: Callable[[Place], tuple[float, float]] | None = None

    @property
    def proxy(self) -> int:
        """The proxy's process id."""
        assert self.target.proxy is not None
        return self.target.proxy

    def write(self, figure: str, value: float, *outcomes: Outcome, chargers: int = 0) -> Row:
        """Make a row of results."""
        seconds = sum(one.seconds for one in outcomes) or 1.0
        return evolve(
            self.row,
            figure=figure,
            value=round(value, 4),
            failed=sum(one.failed for one in outcomes),
            wrong=sum(one.wrong for one in outcomes),
            busy=round(sum(one.used.cpu for one in outcomes) / seconds, 4),
            waited=round(sum(one.used.waited for one in outcomes) / seconds, 4),
            load_busy=round(sum(one.load_cpu for one in outcomes) / seconds, 4),
            chargers=chargers,
        )


def talk(site: Site) -> Iterator[Row]:
    """Messages as fast as they go: the proxy's CPU for them, how many there were, and how many it looked at."""
    amounts, looked = site.amounts, site.looked or (lambda _: (0.0, 0.0))
    for size in amounts.sizes:
        before = looked(site.place)
        done = site.target.run("full", amounts.talkers, size=size, seconds=amounts.seconds, warm=amounts.warm)
        cpu = done.used.cpu * 1e6 / max(1, done.messages)
        yield site.write(f"cpu_{size}", cpu, done, chargers=amounts.talkers)
        yield site.write(f"rate_{size}", done.messages / done.seconds, done, chargers=amounts.talkers)
        if site.looked:
            forwarded, missed = (after - then for then, after in zip(before, looked(site.place), strict=True))
            yield site.write(f"looked_{size}", 100 * (1 - missed / max(1, forwarded)), done, chargers=amounts.talkers)


def latency(site: Site) -> Iterator[Row]:
    """What a round trip takes longer than one straight to the stub, at a low rate: three pairs, and their median."""
    amounts = site.amounts

    def pace(target: Target) -> Outcome:
        return target.run("paced", PACED, rate=amounts.rate, seconds=amounts.seconds, warm=amounts.warm)

    pairs = [(pace(site.direct), pace(site.target)) for _ in range(PAIRS)]
    through = [after for _, after in pairs]
    yield site.write("p50", median(after.p50 - before.p50 for before, after in pairs), *through, chargers=PACED)
    yield site.write("p99", median(after.p99 - before.p99 for before, after in pairs), *through, chargers=PACED)


def storm(site: Site) -> Iterator[Row]:
    """All chargers connect at once, as after a power cut: first as strangers, then known."""
    count = site.amounts.storm
    site.target.run("storm", WARM_CHARGERS)
    for figure in ("first", "storm"):
        calm_down(site.proxy)
        done = site.target.run("storm", count)
        yield site.write(f"{figure}_cpu", done.used.cpu * 1000 / count, done, chargers=count)
        yield site.write(f"{figure}_seconds", done.seconds, done, chargers=count)


def idle(site: Site) -> Iterator[Row]:
    """Chargers that stay and say next to nothing: counted once each has sent its first Heartbeat."""
    amounts = site.amounts
    site.target.run("storm", WARM_CHARGERS)
    calm_down(site.proxy)
    before = memory(site.proxy)
    done = site.target.run(
        "idle",
        amounts.idle,
        warm=amounts.interval + 3 * amounts.warm,
        seconds=amounts.idle_seconds,
        interval=amounts.interval,
    )
    yield site.write("memory", (done.memory - before) / amounts.idle, done, chargers=amounts.idle)
    yield site.write("idle_cpu", done.used.cpu / done.seconds * 100, done, chargers=amounts.idle)


def start(site: Site) -> Iterator[Row]:
    """From the program's start to its first answer; its keys are there from an earlier start."""
    used, seconds = site.start_used, site.start_ms / 1000
    row = site.write("start", site.start_ms)
    yield evolve(row, busy=round(used.cpu / seconds, 4), waited=round(used.waited / seconds, 4))


MEASUREMENTS: Final[Mapping[str, Callable[[Site], Iterator[Row]]]] = {
    "talk": talk,
    "storm": storm,
    "latency": latency,
    "start": start,
    "idle": idle,
}


@contextmanager
def proxy_at(proxy: Proxy, place: Place, core: int) -> Iterator[tuple[subprocess.Popen[bytes], Path | None, float]]:
    """Run a proxy.

    Args:
        proxy: which.
        place: where.
        core: which it keeps to.

    Yields:
        The process, the root that chargers trust it by (None: ws), and the milliseconds of its start.
    """
    command = proxy.command(place)
    root = command.root if place.tls else None
    with (place.folder / "log").open("ab") as log:
        began = time.monotonic()
        process = spawn(command.words, core, environment=command.environment, output=log)
        try:
            until(lambda: (root is None or root.exists()) and answers(place.port, root), process, "an answer")
            yield process, root, (time.monotonic() - began) * 1000
        finally:
            stop(process)


def measure(bench: Bench, proxy: Proxy, pairing: str, what: str, round_number: int) -> list[Row]:
    """Measure one thing of one proxy.

    Args:
        bench: with what.
        proxy: which.
        pairing: such as `wss-ws`: chargers by wss, the central system by ws.
        what: a key of `MEASUREMENTS`.
        round_number: from 1 on.

    Returns:
        Its figures.

    Raises:
        BenchError: the proxy does not run, or the generator ended early.
    """
    allow_files(bench.amounts.most)
    tls, up_tls = (leg == "wss" for leg in pairing.split("-"))
    folder = bench.folder / proxy.name
    folder.mkdir(parents=True, exist_ok=True)
    core, load_core = bench.cores
    with Stub(bench.files, up_tls, load_core) as stub:
        place = Place(folder, free_port(), tls, stub.port, up_tls, bench.files, bench.amounts.most)
        if what == "start":
            with proxy_at(proxy, place, core):
                pass
        with proxy_at(proxy, place, core) as (process, root, start_ms):
            direct = Target(bench.files, stub.port, bench.files.root if up_tls else None, load_core, stub.process.pid)
            target = evolve(direct, port=place.port, root=root, proxy=process.pid)
            used = usage(process.pid)
            row = Row(round_number, proxy.name, pairing, "", 0.0)
            site = Site(place, bench.amounts, target, direct, start_ms, used, row, proxy.looked)
            rows = list(MEASUREMENTS[what](site))
    shutil.rmtree(folder / "state", ignore_errors=True)
    return [evolve(one, wrong=one.wrong + stub.wrong) for one in rows]
