"""A real Edge as a child process, and the configuration that the demo gives it."""

import json
import os
import signal
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ProcessExitedAlready
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import ProcessProtocol, connectionDone
from twisted.python.failure import Failure

import edge_twisted
from edge_twisted.sandbox.demo import tether

STOP_SECONDS: Final = 4.0
"""How long Edge may take to end before it is killed."""
DEFAULT_STATE: Final = Path("/var/lib/edgeproxy")
TAIL_BYTES: Final = 4000

Settings = Mapping[str, Mapping[str, object]]


def to_toml(settings: Settings) -> str:
    """Write a configuration.

    Args:
        settings: sections of strings, numbers, booleans and lists of these.

    Returns:
        TOML: as far as such values go, it writes them as JSON does.
    """
    sections = []
    for section, keys in settings.items():
        sections.append("\n".join([f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]))
    return "\n\n".join(sections) + "\n"


def state_of(config: Path) -> Path:
    """Find the state directory that a configuration file names.

    Args:
        config: the file. What is wrong with it, Edge itself will say.

    Returns:
        The directory; the default where nothing is named.
    """
    try:
        named = tomllib.loads(config.read_text(encoding="utf-8"))["state"]["directory"]
    except (OSError, ValueError, KeyError, TypeError):
        return DEFAULT_STATE
    return config.parent / named if isinstance(named, str) else DEFAULT_STATE


def program(name: str) -> Path:
    """Where a program lies that was installed together with this interpreter."""
    return Path(sys.executable).parent / name


class Edge(ProcessProtocol):
    """The child process.

    Args:
        reactor: starts it.
        config: its configuration file.
        log: where its output goes: to a file, so that nobody has to read it in time.
    """

    def __init__(self, reactor: Any, config: Path, log: Path) -> None:
        self._reactor = reactor
        self._config = config
        self._log = log
        self._killing: IDelayedCall | None = None
        self._running = False
        self.ended: Deferred[int | None] = Deferred()

    @property
    def command(self) -> Sequence[str]:
        """How Edge is started."""
        return [str(program("twistd")), "-n", "--pidfile=", "edgeproxy", "--config", str(self._config)]

    def start(self) -> None:
        """Start it; `ended` fires with its exit status, or None where a signal ended it."""
        home = str(Path(edge_twisted.__file__).parents[1])
        paths = [home, *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        self._running = True  # before: a child that ends at once is told of within the call
        with self._log.open("ab") as log, open(os.devnull, "rb") as nothing:
            files = {0: nothing.fileno(), 1: log.fileno(), 2: log.fileno()}
            tethered = [sys.executable, "-m", tether.__name__, str(os.getpid()), *self.command]
            self._reactor.spawnProcess(self, sys.executable, tethered, environment, childFDs=files)

    def stop(self) -> Deferred[Any]:
        """Ask it to end, and kill it if it does not."""
        if not self._running:
            return succeed(None)
        self._signal(signal.SIGTERM)
        self._killing = self._reactor.callLater(STOP_SECONDS, self._signal, signal.SIGKILL)
        gone: Deferred[None] = Deferred()
        self.ended.addBoth(lambda status: _tell(status, gone))
        return gone

    def last_words(self) -> list[str]:
        """The end of what it said, line by line."""
        try:
            said = self._log.read_bytes()[-TAIL_BYTES:]
        except OSError:
            return []
        return said.decode("utf-8", "replace").splitlines()[-8:]

    def processEnded(self, reason: Failure = connectionDone) -> None:
        """It is gone (called by Twisted)."""
        self._running = False
        if self._killing is not None and self._killing.active():
            self._killing.cancel()
        self.ended.callback(getattr(reason.value, "exitCode", None))

    def _signal(self, number: int) -> None:
        try:
            self.transport.signalProcess(number)  # type: ignore[union-attr]  # it is a process's
        except ProcessExitedAlready:
            pass


def _tell(status: int | None, gone: Deferred[None]) -> int | None:
    gone.callback(None)
    return status
