"""Child processes on a core of their own, and what the kernel counts of them."""

import ctypes
import os
import resource
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from attrs import field, frozen

PR_SET_PDEATHSIG: Final = 1
STOP_SECONDS: Final = 5.0
START_SECONDS: Final = 30.0
QUIET_SECONDS: Final = 20.0
HOST: Final = "127.0.0.1"
SPARE_FILES: Final = 500

_libc: Final = ctypes.CDLL(None, use_errno=True)


class BenchError(Exception):
    """Something without which nothing can be measured; its text says what helps."""


@frozen
class Usage:
    """What a process and its children had of the processor.

    Args:
        threads: of each thread, seconds of CPU, and seconds in which it stood ready without a core.
    """

    threads: Mapping[int, tuple[float, float]] = field(factory=dict)

    @property
    def cpu(self) -> float:
        """Seconds of CPU."""
        return sum(cpu for cpu, _ in self.threads.values())

    @property
    def waited(self) -> float:
        """Seconds in which it stood ready while somebody else had its core.

        A thread also stands while others of its own process run: as long as these ran in all, it proves nothing.
        """
        whole = self.cpu
        return max((waited + cpu - whole for cpu, waited in self.threads.values() if waited + cpu > whole), default=0.0)

    def __sub__(self, earlier: "Usage") -> "Usage":
        before = earlier.threads
        changes = {}
        for thread, (cpu, waited) in self.threads.items():
            cpu_before, waited_before = before.get(thread, (0.0, 0.0))
            changes[thread] = cpu - cpu_before, waited - waited_before
        return Usage(changes)


def cores() -> tuple[int, int]:
    """The core for the proxy, and the one for generator and stub; they are the same where there is only one."""
    able = sorted(os.sched_getaffinity(0))
    return able[0], able[-1]


def allow_files(count: int) -> None:
    """Let this process's children have enough open files.

    Args:
        count: of chargers; a proxy has two connections for each.

    Raises:
        BenchError: the limit is lower and can't be raised.
    """
    wanted = 2 * count + SPARE_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft >= wanted:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, max(hard, wanted)))
    except (OSError, ValueError):
        raise BenchError(
            f"{count} chargers need {wanted} open files in one process, and {hard} are allowed here; "
            f"root may raise that where the machine allows it: ulimit -Hn {wanted}"
        ) from None


def spawn(
    command: Sequence[object],
    core: int,
    *,
    environment: Mapping[str, str] | None = None,
    output: IO[bytes] | int,
    errors: IO[bytes] | int | None = None,
) -> subprocess.Popen[bytes]:
    """Start a process that keeps to one core, and ends when we do.

    Args:
        command: program and arguments.
        core: its number.
        environment: variables beside ours.
        output: where its standard output goes.
        errors: where its standard error goes; None: with the output.

    Returns:
        The process; its standard input is a pipe.
    """

    def prepare() -> None:
        os.sched_setaffinity(0, {core})
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    return subprocess.Popen(
        [str(word) for word in command],
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=subprocess.STDOUT if errors is None else errors,
        env={**os.environ, **(environment or {})},
        preexec_fn=prepare,  # safe: one thread
    )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process by SIGTERM, and by SIGKILL with its children where that takes too long."""
    if process.stdin is not None:
        process.stdin.close()
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in reversed(family(process.pid)):
                os.kill(pid, signal.SIGKILL)
            process.wait()


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += family(int(child))
    return found


def usage(pid: int) -> Usage:
    """What a process and its children had so far, from the scheduler's own count of nanoseconds.

    Args:
        pid: of the process.

    Returns:
        Its threads and its children's; of what has ended already, nothing.
    """
    threads = {}
    for member in family(pid):
        for path in Path(f"/proc/{member}/task").glob("*/schedstat"):
            ran, stood, _ = path.read_text().split()
            threads[int(path.parent.name)] = int(ran) / 1e9, int(stood) / 1e9
    return Usage(threads)


def memory(pid: int) -> int:
    """KiB of a process and its children; pages that they share count once (PSS)."""
    lines = [line for member in family(pid) for line in Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def free_port() -> int:
    """A port of the loopback interface that nobody has now."""
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        return int(taken.getsockname()[1])


def answers(port: int, root: Path | None) -> bool:
    """Whether a proxy is there: its TLS handshake ends well, or without TLS, nonsense gets any answer.

    Args:
        port: where it listens.
        root: the certificate that it is trusted by; None: no TLS.
    """
    try:
        with socket.create_connection((HOST, port), START_SECONDS) as plain:
            if root is None:
                plain.sendall(b"?\r\n\r\n")  # Node answers nothing to a request that it has no handler for
                plain.recv(1)
                return True
            with ssl.create_default_context(cafile=str(root)).wrap_socket(plain, server_hostname="localhost"):
                return True
    except ssl.SSLCertVerificationError:
        raise
    except OSError:
        return False


def until(happened: Callable[[], bool], process: subprocess.Popen[bytes], what: str, every: float = 0.002) -> None:
    """Wait for something that a process has to bring about.

    Args:
        happened: looks for it.
        process: which must not end meanwhile.
        what: for the failure's text.
        every: seconds between two looks.

    Raises:
        BenchError: the process ended, or `START_SECONDS` are over.
    """
    end = time.monotonic() + START_SECONDS
    while not happened():
        if process.poll() is not None:
            raise BenchError(f"it ended ({process.returncode}) before there was {what}")
        if time.monotonic() > end:
            raise BenchError(f"{START_SECONDS:g} s went by before there was {what}")
        time.sleep(every)


def calm_down(pid: int) -> None:
    """Wait until a process does next to nothing for a while; `QUIET_SECONDS` at most."""
    end, calm, before = time.monotonic() + QUIET_SECONDS, 0, usage(pid).cpu
    while calm < 5 and time.monotonic() < end:
        time.sleep(0.1)
        after = usage(pid).cpu
        calm = calm + 1 if after - before < 0.002 else 0
        before = after
