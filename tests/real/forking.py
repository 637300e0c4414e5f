"""A process that imports modules and is then forked for each program that a test starts; `warm.py` is the test's side.

Run as `python -P forking.py DESCRIPTOR MODULE...`: a program of its own, so that a fork has nothing of the tests in it.
"""

import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from struct import Struct
from types import ModuleType
from typing import Final, NoReturn

LONGEST: Final = 1 << 17
"""Octets of a command line with its variables."""
END: Final = 3
"""The stream, behind the standard ones, on which a program's end is told, as `wait` tells it."""
STATUS: Final = Struct("!i")
REACTOR: Final = "twisted.internet.reactor"
"""Klein takes it when it is imported, for a way to run that nobody goes here; each fork has to make its own."""


def main() -> NoReturn:
    """Import, and be forked until the test's side is gone."""
    way = socket.socket(fileno=int(sys.argv[1]))
    sys.modules[REACTOR] = ModuleType(REACTOR)
    for name in sys.argv[2:]:
        import_module(name)
    del sys.modules[REACTOR]
    gc.collect()
    gc.freeze()
    run(fork(way))


def fork(way: socket.socket) -> list[str]:
    """Make forks.

    Args:
        way: to the test's side.

    Returns:
        In each fork: its command line.

    Raises:
        SystemExit: in the process itself: nobody wants any more.
    """
    ends: dict[int, int] = {}
    heard, hears = socket.socketpair()
    hears.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(hears.fileno())
    while True:
        if heard in select.select([way, heard], [], [])[0]:
            heard.recv(LONGEST)
            bury(ends)
            continue
        wanted, streams, _, _ = socket.recv_fds(way, LONGEST, END + 1)
        if not wanted:
            for pid in ends:
                os.kill(pid, signal.SIGKILL)
            raise SystemExit
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for one in (way, heard, hears):
                one.close()
            return become(json.loads(wanted), streams[:END])
        *standard, ends[pid] = streams
        for stream in standard:
            os.close(stream)
        way.send(b"%d" % pid)


def bury(ends: dict[int, int]) -> None:
    """Tell of each program that has ended how it did."""
    for pid in list(ends):
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            with suppress(BrokenPipeError):
                os.write(ends[pid], STATUS.pack(status))
            os.close(ends.pop(pid))


def become(wanted: tuple[list[str], str, dict[str, str]], streams: Sequence[int]) -> list[str]:
    """Take streams, folder and variables, and close all else; gives the command line back."""
    arguments, directory, environment = wanted
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(END, max(map(int, os.listdir("/proc/self/fd"))) + 1)
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    return arguments


def run(arguments: list[str]) -> NoReturn:
    """Run what a command line names, as Python does, and end."""
    if arguments[1:2] == ["-m"]:
        sys.argv = arguments[2:]
        runpy.run_module(arguments[2], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    main()
