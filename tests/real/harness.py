"""A real Edge for tests: `twistd -n edgeproxy` as a child process, with ports and a state directory of its own.

`start_edge`, and the peers' `start_central` and `start_charger`, are what a test of this ring begins with.
"""

import json
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.trial.unittest import TestCase

from tests.real import warm
from tests.real.child import BOUND, PROJECT, Child
from tests.real.peer import Central, Peer, PeerError, start_central, start_charger

__all__ = ["Central", "EdgeProcess", "Peer", "PeerError", "start_central", "start_charger", "start_edge"]

Settings = Mapping[str, Mapping[str, object]]

ANY_PORT = ["tcp:0:interface=127.0.0.1"]


class EdgeProcess:
    """An Edge that can be started, stopped, killed and started again on the same state.

    Args:
        case: the test; Edge ends with it.
        settings: the configuration's sections and keys, over the harness's own.

    Attributes:
        state: the state directory.
        config: the configuration file; written again at each start from `settings`, which a test may change between.
        ports: what `ports.json` says: lists of ports under `ws`, `wss` and `manager`.
        child: the running process, or the last one.
        warm: of what it is a fork; None: it is started as any program is.
    """

    def __init__(self, case: TestCase, settings: Settings) -> None:
        base = Path(case.mktemp()).absolute()
        base.mkdir()
        self.state = base / "state"
        self.config = base / "edgeproxy.toml"
        self.settings: dict[str, dict[str, object]] = {
            "state": {"directory": str(self.state)},
            "listen": {"ws": ANY_PORT, "wss": ANY_PORT, "names": ["edge.lan", "localhost"]},
            "manager": {"listen": ANY_PORT},
        }
        for section, keys in settings.items():
            self.settings.setdefault(section, {}).update(keys)
        self.ports: dict[str, list[int]] = {}
        self._case = case
        self._base = base
        self._earlier = b""
        self.child: Child | None = None
        self.warm: warm.Warm | None = warm.EDGE

    async def start(self, bound: float = BOUND) -> None:
        """Start the process and wait until its listeners are open.

        Args:
            bound: seconds.

        Raises:
            ChildEnded: Edge ended instead; the exception's text has its last words.
        """
        ports = self.state / "ports.json"
        ports.unlink(missing_ok=True)
        self.config.write_text(to_toml(self.settings))
        if self.child is not None:
            self._earlier = self.output
        self.child = Child(
            self._case,
            [
                str(Path(sys.executable).parent / "twistd"),
                "-n",
                "--pidfile=",
                "edgeproxy",
                "--config",
                str(self.config),
            ],
            self._base,
            {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"},
            warm=self.warm,
        )
        pid = self.child.pid
        self.ports = await self.child.until(
            lambda: _read(ports) if _heeds_sigterm(pid) else None, "ports.json", bound, every=0.05
        )

    async def stop(self, bound: float = BOUND) -> None:
        """End the process with SIGTERM and wait for it; `twistd` ends by that signal itself once all is closed."""
        assert self.child is not None
        await self.child.stop(bound)

    async def kill(self) -> None:
        """End the process with SIGKILL and wait for it."""
        assert self.child is not None
        await self.child.kill()

    async def restart(self, *, kill: bool = False) -> None:
        """End the process and start it again on the same state; its ports may be others then."""
        if kill:
            await self.kill()
        else:
            await self.stop()
        await self.start()

    async def says(self, text: bytes, bound: float = BOUND) -> None:
        """Wait until the running process's output holds a text."""
        assert self.child is not None
        await self.child.says(text, bound)

    @property
    def output(self) -> bytes:
        """All that Edge said, over all its starts: the log is among it."""
        return self._earlier + (bytes(self.child.output) if self.child is not None else b"")

    @property
    def root(self) -> str:
        """PEM of the box's root certificate."""
        return (self.state / "root.pem").read_text()

    def endpoint(self, scheme: str = "ws", host: str = "127.0.0.1") -> str:
        """What a charger is given, without the identity.

        Args:
            scheme: `ws` or `wss`.
            host: `edge.lan` needs `connect="127.0.0.1"` at the charger.
        """
        return f"{scheme}://{host}:{self.ports[scheme][0]}"


async def start_edge(
    case: TestCase,
    *,
    ws: str = "ws://127.0.0.1:9",
    wss: str = "wss://127.0.0.1:9",
    settings: Settings | None = None,
    cold: bool = False,
) -> EdgeProcess:
    """Start an Edge.

    Args:
        case: the test.
        ws: the uplink `uplink.ws`, such as a central system's `endpoint`; by default one that nobody answers.
        wss: the uplink `uplink.wss`.
        settings: more of the configuration; wins over `ws` and `wss`.
        cold: whether it is started as any program is, and not as a fork.

    Returns:
        The process, its listeners open.
    """
    edge = EdgeProcess(case, {"uplink": {"ws": ws, "wss": wss}})
    for section, keys in (settings or {}).items():
        edge.settings.setdefault(section, {}).update(keys)
    if cold:
        edge.warm = None
    await edge.start()
    return edge


def to_toml(settings: Settings) -> str:
    """Write sections of strings, numbers, booleans and lists of these as TOML, which is JSON as far as values go."""
    sections = []
    for section, keys in settings.items():
        sections.append("\n".join([f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in keys.items())]))
    return "\n\n".join(sections) + "\n"


def _read(path: Path) -> dict[str, Any] | None:
    try:
        ports: dict[str, Any] = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    return ports


def _heeds_sigterm(pid: int) -> bool:
    """Whether a process has a handler for SIGTERM: ports.json can be there shortly before the reactor runs."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = next(line for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught.split()[1], 16) >> (signal.SIGTERM - 1) & 1)
