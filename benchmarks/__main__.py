"""`python -m benchmarks`: how fast Edge is, beside others. See docs/performance.md."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from attrs import evolve

from benchmarks import install, live, report
from benchmarks.load import Files
from benchmarks.machine import say
from benchmarks.measure import MEASUREMENTS, Amounts
from benchmarks.processes import BenchError, allow_files
from benchmarks.profile import profile
from benchmarks.proxies import PROXIES, REFERENCE, add_before
from benchmarks.results import read
from benchmarks.rounds import Plan, run
from benchmarks.scratch import prepare

PAIRINGS: Final = ("ws-ws", "wss-ws", "ws-wss", "wss-wss")
SMOKE: Final = Amounts(
    talkers=5, sizes=(250,), seconds=0.3, warm=0.1, rate=100.0, storm=20, idle=10, idle_seconds=1, interval=2
)
"""So little that it takes seconds: whether it works, never how fast."""
LONG: Final = 10_000


def between(least: float, most: float) -> Callable[[str], float]:
    """A number of the command line, within bounds."""

    def read_number(text: str) -> float:
        value = float(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be between {least:g} and {most:g}")
        return value

    return read_number


def count(most: int) -> Callable[[str], int]:
    """A count of the command line, within bounds."""
    read_number = between(1, most)
    return lambda text: int(read_number(text))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    add = parser.add_argument
    add("what", nargs="?", default="run", choices=["run", "install", "profile", "live", "report"])
    add(
        "--smoke",
        action="store_true",
        help="does it all work? Edge and one relay unless --proxy says more, a few messages",
    )
    add("--long", action="store_true", help=f"{LONG} chargers, in a storm and idle; Edge and {REFERENCE}; one round")
    add("--proxy", nargs="+", choices=list(PROXIES), help="these, and not all that are there")
    add("--before", type=Path, metavar="FOLDER", help="the source of another Edge, measured beside this one")
    add("--pairing", nargs="+", choices=PAIRINGS, default=["wss-wss"], help="to Edge and from Edge")
    add("--only", nargs="+", choices=list(MEASUREMENTS), default=list(MEASUREMENTS), help="these measurements")
    add("--rounds", type=count(20), default=3, help="in each, the proxies take turns")
    add("--seconds", type=between(0.1, 120), help="of each measurement of messages")
    add("--storm", type=count(20_000), help="chargers that come at once")
    add("--idle", type=count(20_000), help="chargers that do nothing")
    add("--again", type=between(0, 10), default=2, help="how often a contended measurement is repeated")
    add("--minutes", type=between(0.1, 600), default=90, help="after which nothing new is begun")
    add("--scratch", type=Path, help="a folder for raw results, logs and profiles; by default a new one")
    add("--results", type=Path, help="report: the file of raw results")
    add("--document", type=Path, help="write the results into it; docs/performance.md with make bench")
    return parser


def plan_of(given: argparse.Namespace) -> Plan:
    """What the command line asks for."""
    amounts = Amounts()
    before = [add_before(given.before).name] if given.before else []
    here = [name for name, proxy in PROXIES.items() if proxy.present and name not in before]
    names, only, rounds = [*(given.proxy or here), *before], given.only, given.rounds
    if given.smoke:
        amounts, names, rounds = SMOKE, [*(given.proxy or ["edge", "websockets"]), *before], 1
    elif given.long:
        amounts = evolve(amounts, storm=LONG, idle=LONG)
        names, only, rounds = [*(given.proxy or ["edge", REFERENCE]), *before], ["storm", "idle"], 1
    chosen = {name: value for name in ("seconds", "storm", "idle") if (value := getattr(given, name)) is not None}
    for name in names:
        if not PROXIES[name].present:
            raise BenchError(f"{name}: {PROXIES[name].needs} is not there; try: python -m benchmarks install")
    again = 0 if given.smoke else int(given.again)
    return Plan(names, given.pairing, only, rounds, evolve(amounts, **chosen), given.minutes, again)


def work(given: argparse.Namespace) -> int:
    """Do what the command line asks for.

    Returns:
        The exit code: 1 where Edge did not serve a charger, or a message through it was wrong.
    """
    if given.what == "install":
        install.install()
        return 0
    if given.what == "report":
        if given.results is None:
            raise BenchError("name the raw results with --results FILE")
        return tell(given, given.results)
    folder = (given.scratch or Path(tempfile.mkdtemp(prefix="edge-bench-"))).absolute()
    plan = plan_of(given)
    allow_files(plan.amounts.most)
    files = prepare(folder)
    if given.what == "profile":
        for path in profile(files, folder, plan.amounts, plan.pairings[0], int(given.seconds or 8)):
            say(str(path))
        return 0
    if given.what == "live":
        return look_on(given, files, folder, plan.pairings[0])
    say(f"{', '.join(plan.proxies)}: about {plan.seconds() / 60:.0f} minutes. Leave the machine alone meanwhile.")
    path, good = run(plan, files, folder)
    tell(given, path)
    say(f"Raw results: {path}")
    return 0 if good else 1


def look_on(given: argparse.Namespace, files: Files, folder: Path, pairing: str) -> int:
    """Measure what open live views cost; the exit code."""
    site = live.SMOKE if given.smoke else live.Site(rounds=given.rounds)
    site = site if given.seconds is None else evolve(site, seconds=given.seconds)
    parts = live.measure(site, files, folder, pairing)
    say("")
    for line in live.table(site, parts, pairing):
        say(line)
    return 0 if all(part.good for part in parts) else 1


def tell(given: argparse.Namespace, path: Path) -> int:
    """Print the results, and write them where asked."""
    results = read(path)
    say("")
    for line in report.section(results):
        say(line)
    if given.document and given.smoke:
        say(f"Not written: {given.document}; these figures are none.")
    elif given.document:
        report.write(results, given.document)
        say(f"Written: {given.document}")
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        words: its arguments; None: those of the process.

    Returns:
        The exit code.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        return work(parser().parse_args(words))
    except BenchError as error:
        say(f"benchmarks: {error}")
        return 2
    except KeyboardInterrupt:
        say("Stopped.")
        return 130


if __name__ == "__main__":
    sys.exit(main())
