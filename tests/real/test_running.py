"""Edge as a process: how it starts, what it says where it can't, and how it ends."""

import json
import os
import re
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from attrs import evolve
from twisted.internet.task import LoopingCall
from twisted.trial.unittest import TestCase

from tests.real.child import PROJECT, Child
from tests.real.harness import EdgeProcess, start_edge, to_toml
from tests.real.prepared import PreparedEdge
from tests.real.sockets import Sockets, Watch, charger_request
from tests.real.steps import remember

TWISTD = str(Path(sys.executable).parent / "twistd")
STOP_SECONDS = 5.0
"""How long Edge may take to end."""


def twistd(case: TestCase, directory: Path, *arguments: str, config: Path | None = None) -> Child:
    """Run `twistd`.

    Args:
        case: the test.
        directory: where it runs.
        arguments: its command line.
        config: for the .tac file.
    """
    environment = {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}
    if config is not None:
        environment["EDGEPROXY_CONFIG"] = str(config)
    return Child(case, [TWISTD, *arguments], directory, environment)


async def eventually(find: Callable[[], bool], what: str, bound: float) -> None:
    """Wait for something that tells nobody when it happens."""
    watch = Watch()
    again = LoopingCall(watch.look)
    again.start(0.02, now=False)
    try:
        await watch.until(lambda: find() or None, what, bound)
    finally:
        again.stop()


def runs(pid: int) -> bool:
    """Whether a process runs; one that has ended and that nobody buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def running_with(text: str) -> list[int]:
    """The processes whose command line holds a text."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes()
        except OSError:
            continue
        pid = int(path.parent.name)
        if text.encode() in command and runs(pid):
            found.append(pid)
    return found


def occupied(case: TestCase) -> int:
    """A port of 127.0.0.1 on which somebody else listens."""
    taken = socket.create_server(("127.0.0.1", 0))
    case.addCleanup(taken.close)
    return int(taken.getsockname()[1])


class Start:
    """A place with a configuration, in which Edge is started.

    Args:
        case: the test.
        settings: the configuration's sections and keys, over the harness's own.
    """

    def __init__(self, case: TestCase, settings: Mapping[str, Mapping[str, object]] | None = None) -> None:
        self.edge = EdgeProcess(case, {"uplink": {"ws": "ws://127.0.0.1:9", "wss": "wss://127.0.0.1:9"}})
        for section, keys in (settings or {}).items():
            self.edge.settings.setdefault(section, {}).update(keys)
        self.edge.warm = None
        self.config = self.edge.config
        self.state = self.edge.state
        self.directory = self.config.parent
        self.config.write_text(to_toml(self.edge.settings))
        self.case = case

    async def fails(self, *wanted: str) -> None:
        """Start Edge in the foreground and as a daemon, and see it refuse in one line.

        Nothing stays behind: no process, pidfile or log.

        Args:
            wanted: what the line must hold: the place, and the remedy.
        """
        others = running_with(str(self.config))
        for name, mode in (("foreground", ["-n"]), ("daemon", [])):
            place = self.directory / name
            place.mkdir(exist_ok=True)
            child = twistd(self.case, place, *mode, "edgeproxy", "--config", str(self.config))
            await child.ended()
            said = child.output.decode()
            self.case.assertEqual((child.exit_code, child.exit_signal), (1, None), said)
            self.case.assertEqual(said.count("\n"), 1, said)
            self.case.assertTrue(said.startswith("edgeproxy: ") and said.endswith("\n"), said)
            self.case.assertNotIn("Traceback", said)
            for text in wanted:
                self.case.assertIn(text, said)
            self.case.assertEqual(list(place.iterdir()), [])
        self.case.assertEqual(running_with(str(self.config)), others)


class RefusedStartTests(TestCase):
    """What a person has to mend ends the start with one line that names place and remedy; with `-n` and without."""

    timeout = 120

    async def test_unknown_key(self) -> None:
        """A key that does not exist, with the one that may be meant."""
        start = Start(self, {"listen": {"nams": ["edge.lan"]}})
        await start.fails(str(start.config), "listen", "nams", "is names meant?")

    async def test_wrong_value(self) -> None:
        """A value that cannot be used, with what would be right."""
        start = Start(self, {"limits": {"dial_seconds": 500}})
        await start.fails(str(start.config), "limits.dial_seconds = 500", "1 to 120")

    async def test_no_file(self) -> None:
        """A configuration file that is not there."""
        start = Start(self)
        start.config.unlink()
        await start.fails(str(start.config), "cannot be read", "--config")

    async def test_unreadable_file(self) -> None:
        """A configuration file that cannot be read, by root neither: a folder stands in its place."""
        start = Start(self)
        start.config.unlink()
        start.config.mkdir()
        await start.fails(str(start.config), "cannot be read", "--config")

    async def test_broken_toml(self) -> None:
        """A file that is no TOML, with the line."""
        start = Start(self)
        start.config.write_text("[state]\ndirectory = \n")
        await start.fails(str(start.config), "not TOML", "line 2", "key = value")

    async def test_busy_port(self) -> None:
        """A port on which somebody else listens."""
        port = occupied(self)
        for kind in ("ws", "wss"):
            start = Start(self, {"listen": {kind: [f"tcp:{port}:interface=127.0.0.1"]}})
            await start.fails(f"listen.{kind}", f"tcp:{port}:", "in use", "change the port")

    async def test_foreign_address(self) -> None:
        """An address that is not this box's."""
        start = Start(self, {"listen": {"ws": ["tcp:0:interface=192.0.2.1"]}})
        await start.fails("listen.ws", "192.0.2.1", "an address of this box")

    async def test_control_socket(self) -> None:
        """A control socket that cannot be opened, since something else lies in its place, which is left alone."""
        start = Start(self)
        path = start.state / "control.sock"
        path.mkdir(parents=True)
        await start.fails(str(path), "can't be opened", "remove what lies there")
        self.assertTrue(path.is_dir())

    async def test_state_cannot_be_made(self) -> None:
        """A state directory that nobody can write, root neither: a file stands in its way."""
        start = Start(self)
        (start.directory / "file").write_text("")
        start.edge.settings["state"]["directory"] = str(start.directory / "file" / "state")
        start.config.write_text(to_toml(start.edge.settings))
        await start.fails(str(start.directory / "file" / "state"), "cannot be made", "[state] directory")

    async def test_wrong_master_key(self) -> None:
        """A master key that the records were not written with: nothing is overwritten."""
        start = Start(self)
        await remember(start.edge, "CHARGER-1", lambda record: evolve(record, approved=True))
        key = start.state / "keys" / "master.key"
        right = key.read_bytes()
        key.write_bytes(os.urandom(len(right)))
        await start.fails(str(start.state), "1 of 1 charger records cannot be opened", "put that key back")
        key.write_bytes(b"short")
        await start.fails(str(key), "exactly 32 random bytes", "put the right key back")
        key.unlink()
        await start.fails(str(key), "the key is missing", "put the key back")
        key.write_bytes(right)
        await start.edge.start()

    async def test_broken_database(self) -> None:
        """A database that is none."""
        start = Start(self)
        await start.edge.start()
        await start.edge.stop()
        database = start.state / "edgeproxy.db"
        database.write_bytes(b"no database" * 1000)
        await start.fails(str(database), "; ")

    async def test_lost_root_key(self) -> None:
        """A root certificate without its key is never replaced by itself: every charger trusts it."""
        start = Start(self)
        await start.edge.start()
        await start.edge.stop()
        (start.state / "keys" / "root.key").unlink()
        await start.fails(str(start.state / "keys" / "root.key"), "is missing", "from a backup")

    async def test_second_edge(self) -> None:
        """A second Edge on the same state; the first one goes on."""
        start = Start(self)
        await start.edge.start()
        await start.fails(str(start.state), "another Edge uses this state directory", "stop it")
        leg = await Sockets(self).connect(start.edge.ports["ws"][0], b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(await leg.answered(), 426)


class StartTests(TestCase):
    """Every way to start Edge."""

    timeout = 120

    async def check(self, state: Path, ports: Mapping[str, list[int]]) -> None:
        """See that both listeners serve, and that the root is the one they go by."""
        sockets = Sockets(self)
        root = (state / "root.pem").read_text()
        plain = await sockets.connect(ports["ws"][0], b"GET / HTTP/1.1\r\n\r\n")
        self.assertEqual(await plain.answered(), 426)
        secure = await sockets.connect(ports["wss"][0], b"GET / HTTP/1.1\r\n\r\n", root)
        self.assertEqual(await secure.answered(), 426)

    async def test_foreground(self) -> None:
        """With `twistd -n`: `ports.json` and `root.pem` are there for everybody to read when the listeners are open."""
        edge = await start_edge(self, cold=True)
        await self.check(edge.state, edge.ports)
        for name in ("ports.json", "root.pem"):
            self.assertEqual((edge.state / name).stat().st_mode & 0o777, 0o644)
        self.assertEqual(set(edge.ports), {"ws", "wss", "manager", "metrics"})

    async def test_deep_directory(self) -> None:
        """In a state directory with a path that is too long for a UNIX socket's address."""
        start = Start(self)
        start.edge.settings["state"]["directory"] = str(start.state / ("deep" * 30) / "state")
        start.config.write_text(to_toml(start.edge.settings))
        child = twistd(self, start.directory, "-n", "--pidfile=", "edgeproxy", "--config", str(start.config))
        await child.says(b"Edge is ready")
        state = start.state / ("deep" * 30) / "state"
        self.assertTrue((state / "control.sock").is_socket())
        await self.check(state, json.loads((state / "ports.json").read_text()))
        await child.stop(STOP_SECONDS)
        self.assertNotIn(b"Traceback", child.output)

    async def test_ports_not_written(self) -> None:
        """A disk that takes no `ports.json` keeps nobody from being served; it is told, and that Edge is ready too."""
        start = Start(self)
        (start.state / "ports.new").mkdir(parents=True)
        child = twistd(self, start.directory, "-n", "--pidfile=", "edgeproxy", "--config", str(start.config))
        await child.says(b"Edge is ready")
        await child.stop(STOP_SECONDS)
        self.assertIn(b"ports.json, IsADirectoryError", child.output)
        self.assertNotIn(b"Traceback", child.output)

    async def test_daemon(self) -> None:
        """Without `-n`: `twistd` comes back with 0 and leaves a daemon, which SIGTERM ends, its pidfile too."""
        start = Start(self)
        child = twistd(self, start.directory, "edgeproxy", "--config", str(start.config))
        await child.ended()
        self.assertEqual((child.exit_code, bytes(child.output)), (0, b""))
        pidfile = start.directory / "twistd.pid"
        pid = int(pidfile.read_text())
        self.addCleanup(lambda: os.kill(pid, signal.SIGKILL) if runs(pid) else None)
        ports = start.state / "ports.json"
        await eventually(ports.exists, "ports.json", 30)
        await self.check(start.state, json.loads(ports.read_text()))
        self.assertEqual(ports.stat().st_mode & 0o777, 0o644)
        os.kill(pid, signal.SIGTERM)
        await eventually(lambda: not runs(pid), "end of the daemon", STOP_SECONDS)
        self.assertFalse(pidfile.exists())
        self.assertNotIn("Traceback", (start.directory / "twistd.log").read_text())

    async def limited(self, ulimit: str) -> tuple[bytes, int]:
        """Start Edge for 1000 chargers with a limit of open files; what it says, and the limit that it has then."""
        start = Start(self, {"limits": {"connections": 1000}})
        program = str(Path(sys.executable).parent / "twistd")
        command = f'ulimit {ulimit}; exec {program} -n --pidfile= edgeproxy --config "$0"'
        environment = {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}
        child = Child(self, ["/bin/sh", "-c", command, str(start.config)], start.directory, environment)
        await child.says(b"Edge is ready")
        limits = Path(f"/proc/{child.pid}/limits").read_text()
        await child.stop(STOP_SECONDS)
        found = re.search(r"Max open files +(\d+)", limits)
        assert found
        return bytes(child.output), int(found[1])

    async def test_open_files(self) -> None:
        """Edge raises its own limit of open files as far as its connections need it, and says nothing of it."""
        said, limit = await self.limited("-Sn 300")
        self.assertEqual(limit, 2200)
        self.assertNotIn(b"LimitNOFILE", said)

    async def test_too_few_open_files(self) -> None:
        """Where the system does not allow as many, one line says so, and what helps; Edge runs all the same."""
        said, limit = await self.limited("-n 300")
        self.assertEqual(limit, 300)
        lines = [line for line in said.splitlines() if b"LimitNOFILE=2200" in line]
        self.assertEqual(len(lines), 1)
        self.assertIn(b"300 files", lines[0])

    async def test_tac(self) -> None:
        """With `twistd -y etc/edgeproxy.tac`, and the configuration from the environment."""
        start = Start(self)
        tac = str(PROJECT / "etc" / "edgeproxy.tac")
        child = twistd(self, start.directory, "-n", "--pidfile=", "-y", tac, config=start.config)
        ports = start.state / "ports.json"
        await child.says(b"Edge is ready")
        await self.check(start.state, json.loads(ports.read_text()))
        await child.stop(STOP_SECONDS)
        self.assertNotIn(b"Traceback", child.output)

    async def test_tac_refused(self) -> None:
        """The .tac file refuses a wrong configuration in one line too."""
        start = Start(self, {"listen": {"nams": []}})
        child = twistd(self, start.directory, "-y", str(PROJECT / "etc" / "edgeproxy.tac"), config=start.config)
        await child.ended()
        self.assertEqual((child.exit_code, child.output.count(b"\n")), (1, 1), child.output)
        self.assertIn(b"is names meant?", child.output)

    async def test_help(self) -> None:
        """With `--help`: the options, and no start."""
        child = twistd(self, PROJECT, "edgeproxy", "--help")
        await child.ended()
        self.assertEqual(child.exit_code, 0)
        self.assertIn(b"--config=", child.output)
        self.assertIn(b"OCPP", child.output)


SET_BACK = """
import os
import time

from twisted.internet.base import ReactorBase

wall = time.time
time.time = lambda: wall() - 3600 * os.path.exists({mark!r})
ReactorBase.seconds = staticmethod(time.time)
"""
"""The box's clock is set back an hour once a file is there."""


class ClockTests(TestCase):
    """The box's clock."""

    timeout = 120

    async def test_set_back(self) -> None:
        """C13: where the clock is set back an hour, whoever sends half a head is still gone at the time-out."""
        sockets = Sockets(self)
        edge = PreparedEdge(self, {"limits": {"head_seconds": 2}})
        mark = edge.config.with_name("back")
        edge.first = SET_BACK.format(mark=str(mark))
        await edge.start()
        slow = await sockets.connect(edge.ports["ws"][0], b"GET /half HTTP/1.1\r\n")
        later = await sockets.connect(edge.ports["ws"][0], b"GET / HTTP/1.1\r\n\r\n")
        await sockets.watch.until(lambda: later.head or None, "answer to whoever came later")
        mark.touch()
        await sockets.watch.until(lambda: slow.head or None, "answer to half a head", 10)
        self.assertEqual(slow.status, 408)
        await edge.stop(STOP_SECONDS)


class StopTests(TestCase):
    """SIGTERM, and SIGHUP."""

    timeout = 120

    async def test_sessions(self) -> None:
        """Every session on ws and wss sees 1001 on both legs, and the process ends within 5 s, without complaint."""
        sockets = Sockets(self)
        central = sockets.central()
        edge = await start_edge(self, ws=central.endpoint, wss=central.endpoint, cold=True)
        chargers = []
        for number in range(20):
            chargers.append(await sockets.charger(edge.ports["ws"][0], f"PLAIN-{number}"))
            chargers.append(await sockets.charger(edge.ports["wss"][0], f"SECURE-{number}", root=edge.root))
        self.assertEqual({charger.status for charger in chargers}, {101})
        legs = [leg for found in central.open.values() for leg in found]
        self.assertEqual(len(legs), 40)
        await edge.stop(STOP_SECONDS)
        await sockets.watch.until(lambda: None if sockets.legs else True, "end of all connections")
        self.assertEqual([leg.closed for leg in (*chargers, *legs)], [1001] * 80)
        self.assert_clean(edge)

    async def test_stubborn_peers(self) -> None:
        """Peers that never answer, read or leave do not hold up the end: neither sessions, heads nor dials."""
        sockets = Sockets(self)
        central = sockets.central()
        central.judge = lambda leg: None if leg.identity == "WAITING" else 101
        edge = await start_edge(self, ws=central.endpoint, wss=central.endpoint, cold=True)
        for kind, root in (("ws", None), ("wss", edge.root)):
            port = edge.ports[kind][0]
            charger = await sockets.charger(port, f"DEAF-{kind}", root=root)
            charger.read_no_more()
            (await central.leg(f"DEAF-{kind}")).read_no_more()
            await sockets.connect(port, b"GET /half HTTP/1.1\r\n", root)
            await sockets.connect(port, charger_request("WAITING"), root)
        await sockets.watch.until(
            lambda: [leg for leg in central.asked if leg.identity == "WAITING"] or None, "a dial that waits"
        )
        half = socket.create_connection(("127.0.0.1", edge.ports["wss"][0]))
        self.addCleanup(half.close)
        half.sendall(b"\x16\x03")
        await edge.stop(STOP_SECONDS)
        self.assert_clean(edge)

    async def test_hang_up(self) -> None:
        """SIGHUP, as of a terminal that is closed, does the same."""
        sockets = Sockets(self)
        central = sockets.central()
        edge = await start_edge(self, ws=central.endpoint, wss=central.endpoint, cold=True)
        charger = await sockets.charger(edge.ports["ws"][0], "PLAIN")
        assert edge.child is not None
        edge.child.signal(signal.SIGHUP)
        await edge.child.ended(STOP_SECONDS)
        await sockets.watch.until(lambda: None if sockets.legs else True, "end of all connections")
        self.assertEqual((charger.closed, edge.child.exit_code), (1001, 0))
        self.assertNotIn(b"Traceback", edge.output)

    async def test_at_once(self) -> None:
        """A SIGTERM in the moment of the first connection ends Edge as well."""
        edge = await start_edge(self, cold=True)
        for kind in ("ws", "wss"):
            early = socket.create_connection(("127.0.0.1", edge.ports[kind][0]))
            self.addCleanup(early.close)
        await edge.stop(STOP_SECONDS)
        self.assert_clean(edge)

    def assert_clean(self, edge: EdgeProcess) -> None:
        """`twistd` closed everything, and then ended by the signal that it was sent, as is its way."""
        assert edge.child is not None
        self.assertEqual((edge.child.exit_code, edge.child.exit_signal), (None, signal.SIGTERM))
        self.assertIn(b"Edge was told to stop", edge.output)
        self.assertIn(b"Server Shut Down.", edge.output)
        self.assertNotIn(b"Traceback", edge.output)
