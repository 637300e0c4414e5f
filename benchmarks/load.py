"""The load generator and the stub of a central system, both the C program in `load/`."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from threading import Timer
from types import TracebackType
from typing import Any, Final

from attrs import frozen

from benchmarks.processes import BenchError, Usage, answers, free_port, memory, spawn, stop, until, usage

SOURCES: Final = Path(__file__).parent / "load"
COMPILER: Final = ("cc", "-O2", "-Wall", "-Wextra")
LIMIT_SECONDS: Final = 120
"""In which all chargers must have been answered; a second more for each `PER_SECOND` of them."""
PER_SECOND: Final = 50


@frozen
class Files:
    """What both ends and all proxies share.

    Args:
        load: the compiled program.
        certificate, key: a server's, for `localhost`, P-256.
        root: who issued it.
    """

    load: Path
    certificate: Path
    key: Path
    root: Path


@frozen
class Outcome:
    """What the generator saw, and what the proxy used meanwhile.

    Args:
        seconds: it took.
        messages: CALLs and answers.
        failed, wrong: chargers that were not served, messages that were not as they had to be.
        p50, p99: milliseconds of a round trip; in a storm, from connect() to the answer.
        used: by the proxy.
        load_cpu: seconds of CPU of generator and stub.
        memory: KiB of the proxy at the end, all chargers still there.
    """

    seconds: float
    messages: int
    failed: int
    wrong: int
    p50: float
    p99: float
    used: Usage
    load_cpu: float
    memory: int


def build(folder: Path) -> Path:
    """Compile the program.

    Args:
        folder: where it goes.

    Returns:
        Its path.

    Raises:
        BenchError: there is no compiler, or no OpenSSL to compile with.
    """
    program = folder / "load"
    if shutil.which(COMPILER[0]) is None:
        raise BenchError(
            "there is no C compiler for the load generator; on Debian: apt-get install gcc libc6-dev libssl-dev"
        )
    sources = [str(path) for path in sorted(SOURCES.glob("*.c"))]
    done = subprocess.run([*COMPILER, "-o", program, *sources, "-lssl", "-lcrypto"], capture_output=True, text=True)
    if done.returncode:
        raise BenchError(f"the load generator does not compile; is libssl-dev there? {done.stderr[-2000:]}")
    return program


class Stub:
    """A central system that runs as long as the context does.

    Args:
        files: what it is made of.
        tls: whether it speaks wss.
        core: where it runs.
    """

    def __init__(self, files: Files, tls: bool, core: int) -> None:
        self.port = free_port()
        certificate = ["--cert", files.certificate, "--key", files.key] if tls else []
        command = [files.load, "stub", "--port", self.port, "--demand", *certificate]
        self.wrong = 0
        self._root = files.root if tls else None
        self.process = spawn(command, core, output=subprocess.PIPE, errors=subprocess.DEVNULL)

    def __enter__(self) -> "Stub":
        until(lambda: answers(self.port, self._root), self.process, "an answer of the stub")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it, and take what it says about the messages that it got."""
        try:
            told, _ = self.process.communicate(timeout=5)
            self.wrong = int(json.loads(told)["wrong"])
        except (ValueError, subprocess.TimeoutExpired):
            if kind is None:
                raise BenchError("the stub ended without its last words") from None
        finally:
            stop(self.process)


@frozen
class Target:
    """What the chargers connect to.

    Args:
        files: for the generator's program.
        port: where.
        root: the certificate that the chargers trust; None: ws.
        core: the generator's.
        stub: its process id.
        proxy: its process id; None: the stub itself is the target.
    """

    files: Files
    port: int
    root: Path | None
    core: int
    stub: int
    proxy: int | None = None

    def run(self, mode: str, count: int, begun: Callable[[], object] = lambda: None, **numbers: float) -> Outcome:
        """Let the chargers do something.

        Args:
            mode: `storm`, `full`, `paced`, `idle`, or `metered`: each tells its power each `interval` seconds.
            count: of chargers.
            begun: called when what counts begins.
            numbers: the generator's other options.

        Returns:
            What came of it.

        Raises:
            BenchError: the generator ended early.
        """
        trust = ["--ca", self.root] if self.root else []
        command: list[object] = [self.files.load, "generate", "--port", self.port, "--show", *trust]
        command += ["--mode", mode, "--count", count]
        limit = LIMIT_SECONDS + count / PER_SECOND
        for name, value in {"limit": limit, **numbers}.items():
            command += [f"--{name}", value]
        longest = limit + numbers.get("warm", 1) + numbers.get("seconds", 3) + 60
        process = spawn(command, self.core, output=subprocess.PIPE, errors=subprocess.DEVNULL)
        watchdog = Timer(longest, process.kill)
        watchdog.start()
        try:
            return self._follow(process, begun)
        finally:
            watchdog.cancel()
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()

    def _follow(self, process: subprocess.Popen[bytes], begun: Callable[[], object]) -> Outcome:
        assert process.stdin is not None and process.stdout is not None
        counts: dict[str, list[Usage]] = {}
        held = 0
        for line in process.stdout:
            event: Mapping[str, Any] = json.loads(line)
            if event["event"] == "end":
                used = [late - early for early, late in zip(counts["start"], counts["stop"], strict=True)]
                return _outcome(event, used, held)
            counts[event["event"]] = self._counters()
            if event["event"] == "start":
                begun()
            elif self.proxy:
                held = memory(self.proxy)
            process.stdin.write(b"\n")
            process.stdin.flush()
        raise BenchError("the generator ended early")

    def _counters(self) -> list[Usage]:
        return [usage(self.proxy) if self.proxy else Usage(), usage(self.stub)]


def _outcome(event: Mapping[str, Any], used: Sequence[Usage], held: int) -> Outcome:
    proxy, stub = used
    return Outcome(
        event["seconds"],
        event["messages"],
        event["failed"],
        event["wrong"],
        event["p50_ms"],
        event["p99_ms"],
        proxy,
        event["cpu"] + stub.cpu,
        held,
    )
