"""Where Edge's time goes: py-spy looks at it under messages, and in a storm."""

import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from attrs import evolve

from benchmarks.load import Files, Stub, Target
from benchmarks.machine import say
from benchmarks.measure import Amounts, proxy_at
from benchmarks.processes import BenchError, allow_files, calm_down, cores, free_port
from benchmarks.proxies import PROXIES, Place

SAMPLES: Final = 250
"""A second."""
SPY_SECONDS: Final = 3
"""In which py-spy is ready to look."""
TOP: Final = 40
MAIN: Final = "MainThread"
FORMATS: Final = {"flamegraph": "svg", "raw": "txt"}


def top(stacks: Iterable[str], most: int = TOP) -> list[str]:
    """Sum up stacks.

    Args:
        stacks: lines of py-spy's raw format: thread and frames from the outermost on, separated by `;`, and a count.
            Only the main thread's count: the others wait, most of the time.
        most: functions to name.

    Returns:
        A table: share of the time in the function itself, share with all that it calls, its name and place.
    """
    own, total = Counter[str](), Counter[str]()
    for line in stacks:
        path, _, count = line.rpartition(" ")
        thread, *places = path.split(";")
        if MAIN not in thread or not places:
            continue
        frames = [re.sub(r":\d+\)$", ")", place) for place in places]
        own[frames[-1]] += int(count)
        for frame in set(frames):
            total[frame] += int(count)
    whole = max(1, own.total())
    lines = [" self   all  function"]
    lines += [f"{own[one] / whole:5.1%} {total[one] / whole:5.1%}  {one}" for one, _ in own.most_common(most)]
    lines += ["", "  all  function"]
    lines += [f"{count / whole:5.1%}  {one}" for one, count in total.most_common(most)]
    return lines


def profile(files: Files, folder: Path, amounts: Amounts, pairing: str, seconds: int) -> list[Path]:
    """Profile Edge under both loads.

    Args:
        files: certificates and the generator.
        folder: where the profiles go.
        amounts: how many chargers.
        pairing: such as `wss-wss`.
        seconds: of looking, for each load and each format.

    Returns:
        The files: for each load a flame graph (SVG), its stacks, and the functions that it spends most in.

    Raises:
        BenchError: py-spy is not there, or may not look.
    """
    spy = shutil.which("py-spy", path=str(Path(sys.executable).parent)) or shutil.which("py-spy")
    if spy is None:
        raise BenchError("py-spy is not there; install it with: pip install py-spy")
    allow_files(amounts.most)
    tls, up_tls = (leg == "wss" for leg in pairing.split("-"))
    core, load_core = cores()
    made: list[Path] = []
    with Stub(files, up_tls, load_core) as stub:
        place = Place(folder / "edge", free_port(), tls, stub.port, up_tls, files, amounts.most)
        place.folder.mkdir(parents=True, exist_ok=True)
        with proxy_at(PROXIES["edge"], place, core) as (process, root, _):
            direct = Target(files, stub.port, None, load_core, stub.process.pid)
            target = evolve(direct, port=place.port, root=root, proxy=process.pid)
            target.run("storm", amounts.storm)
            for load in ("messages", "storm"):
                for form, ending in FORMATS.items():
                    calm_down(process.pid)
                    path = folder / f"{load}.{ending}"
                    _look(spy, process.pid, form, path, seconds, load, target, amounts)
                    made.append(path)
                told = folder / f"{load}-top.txt"
                told.write_text("\n".join(top(made[-1].read_text(encoding="utf-8").splitlines())) + "\n")
                made.append(told)
    shutil.rmtree(place.folder / "state", ignore_errors=True)
    return made


def _look(spy: str, pid: int, form: str, path: Path, seconds: int, load: str, target: Target, amounts: Amounts) -> None:
    """Let py-spy look on while there is load."""
    say(f"Looking at Edge for {seconds} s: {load}, as {form}.")
    command = [spy, "record", "--pid", pid, "--format", form, "--output", path, "--duration", seconds]
    words = [str(word) for word in (*command, "--rate", SAMPLES, "--threads")]
    watchers: list[subprocess.Popen[str]] = []

    def watch() -> None:
        watchers.append(subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True))

    try:
        if load == "storm":
            watch()
            while watchers[0].poll() is None:
                target.run("storm", amounts.storm)
        else:
            target.run("full", amounts.talkers, watch, size=amounts.sizes[0], seconds=seconds + SPY_SECONDS)
        told, _ = watchers[0].communicate(timeout=seconds + 60)
    finally:
        for watcher in watchers:
            watcher.kill()
            watcher.wait()
    if watchers[0].returncode or not path.exists():
        raise BenchError(f"py-spy could not look at Edge; run this as root: {told[-500:]}")
