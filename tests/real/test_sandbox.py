"""The sandbox around a real Edge: every fault switched on and off, and the ledger says where each message went."""

import json
import socket
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.request import urlopen

from attrs import evolve
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox.central.faults import FAULTS, Fault
from edge_twisted.sandbox.charger.charger import Charger
from edge_twisted.sandbox.scenario import read_scenario
from edge_twisted.sandbox.security import Credentials
from edge_twisted.sandbox.service import Sandbox
from tests.real.child import BOUND, PROJECT, Child
from tests.real.harness import EdgeProcess
from tests.sandbox.ears import Ears

LASTING: Final = frozenset({"StartTransaction", "StopTransaction", "MeterValues"})
"""What a charger sends again until it is answered (J-50): nothing may stand between that and its arrival."""
EACH: Final = tuple(kind for kind, fault in FAULTS.items() if fault.scope == "charger")
ALL: Final = tuple(kind for kind, fault in FAULTS.items() if fault.scope == "all")
BRIEF: Final[dict[str, dict[str, object]]] = {
    "no-answer": {"seconds": 1},
    "slow-answer": {"seconds": 0.5},
    "refuse": {"status": 429, "retry_after": 1},
}
"""Parameters with which a fault takes little time."""
LOOK: Final = 0.02
"""Seconds between two looks at what nobody tells of; a look at each turn of the reactor would keep a core busy."""

SCENARIO: Final = """
[central]
ws = 0
wss = 0
heartbeat_seconds = 1
[edge]
ws = "{ws}"
wss = "{wss}"
root = "{root}"
"""
CHARGER: Final = """
[[account]]
identity = "{identity}"
security = "basic-over-wss"
credentials = "{identity}:a password"
[[charger]]
identity = "{identity}"
endpoint = "wss"
credentials = "{identity}:a password"
session = false
back_off = {{ least = 0.3, spread = 0.2, doublings = 2 }}
transactions = {{ attempts = 1000, retry_seconds = 0, answer_seconds = 3 }}
keys = {{ MeterValueSampleInterval = 1 }}
"""


class CampaignTests(TestCase):
    """Chargers in the middle of a transaction, an Edge, and a central system that does everything wrong."""

    timeout = 300

    async def set_up(self, identities: list[str]) -> None:
        """Start a central system, an Edge that knows it, and chargers that know Edge; a car at each."""
        from twisted.internet import reactor

        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        self.ears = Ears()
        head = folder / "head.toml"
        head.write_text(SCENARIO.format(ws="ws://127.0.0.1:9", wss="wss://127.0.0.1:9", root=folder / "none"))
        first = Sandbox(reactor, read_scenario(head), folder / "files")
        first.open()
        ports = first.endpoints
        await first.close()
        uplink = {**ports, "roots": [str(folder / "files" / "central-root.pem")]}
        edge = EdgeProcess(self, {"uplink": uplink, "limits": {"unserved_dials": 64}})
        await edge.start()
        self.edge = edge
        places = {"ws": edge.endpoint("ws"), "wss": edge.endpoint("wss"), "root": edge.state / "root.pem"}
        text = SCENARIO.format(**places) + "".join(CHARGER.format(identity=identity) for identity in identities)
        for kind, url in ports.items():
            text = text.replace(f"{kind} = 0", f"{kind} = {url.rpartition(':')[2]}", 1)
        path = folder / "scenario.toml"
        path.write_text(text)
        self.sandbox = Sandbox(reactor, read_scenario(path), folder / "files", self.ears, self.ears)
        self.addCleanup(self.sandbox.close)
        self.sandbox.startService()
        assert self.sandbox.central is not None
        self.central = self.sandbox.central
        booted = self.ears.all
        await self.until("all have booted", lambda: {one.identity for one in booted(h.Booted)} == {*identities})
        for charger in self.chargers():
            charger.plug_in(card="04A2B3C4D5E680")
        await self.until("every car charges", lambda: len(self.ears.all(h.Charging)) == len(identities))

    def chargers(self) -> list[Charger]:
        """All of them."""
        return list(self.sandbox.fleet.chargers.values())

    async def until(self, what: str, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        from twisted.internet import reactor

        end = reactor.seconds() + BOUND
        while not holds():
            if reactor.seconds() > end:
                left = {c.identity: c.state for c in self.chargers()}
                self.fail(f"not in time: {what}; {left}\n{self.edge.output[-3000:].decode()}")
            await deferLater(reactor, LOOK)

    async def all_served(self) -> None:
        """Wait until each charger is online, nothing of it waits, and something of it arrived from now on."""
        before = {c.identity: self.delivered(c) for c in self.chargers()}
        await self.until(
            "all are served",
            lambda: all(c.state.online and self.delivered(c) > before[c.identity] for c in self.chargers()),
        )

    def delivered(self, charger: Charger) -> int:
        """How many of a charger's messages arrived so far."""
        return self.sandbox.ledger.report(charger.identity).up.delivered

    def refused(self, times: int) -> bool:
        """Whether chargers were refused so often."""
        return len(self.ears.all(h.Refused)) >= times

    async def misbehaved(self, kind: str, identity: str = "") -> None:
        """Wait until a fault showed itself."""
        await self.until(
            f"{kind} shows itself",
            lambda: any(
                one.fault == kind and (not identity or one.identity == identity) for one in self.ears.all(h.Misbehaved)
            ),
        )

    async def unplug_all(self) -> None:
        """Every car leaves, and everything that was to be told of it is told."""
        for charger in self.chargers():
            charger.unplug()
        await self.until(
            "all is told", lambda: all(not (c.state.waiting or c.state.transactions) for c in self.chargers())
        )

    def judge(self) -> None:
        """Nothing is altered, doubled, out of order or made up; what is lost is what no charger sends again."""
        for charger in self.chargers():
            report = self.sandbox.ledger.report(charger.identity)
            for tally in (report.up, report.down):
                self.assertEqual(
                    (tally.altered, tally.doubled, tally.reordered, tally.unasked), (0, 0, 0, 0), charger.identity
                )
                fates = tally.delivered + tally.waiting + tally.lost + tally.repeated + tally.withdrawn
                self.assertEqual(tally.sent, fates, charger.identity)
            self.assertEqual(report.up.discarded, 0, charger.identity)
            lost = {case.action for case in report.cases if case.kind == "lost" and case.sender.value == "charger"}
            self.assertFalse(lost & LASTING, f"{charger.identity}: {report.cases}")
            known = self.central.known(charger.identity)
            assert known is not None
            self.assertEqual([one.running for one in known.transactions.values()], [False], charger.identity)

    async def test_each_charger(self) -> None:
        """All faults that concern one charger, each at a charger of its own and all at once."""
        await self.set_up([f"CP-{kind}" for kind in EACH])
        for kind in EACH:
            parameters: dict[str, object] = {"kind": kind, **BRIEF.get(kind, {})}
            self.central.faults.start(Fault.read(parameters), f"CP-{kind}")
            charger = self.sandbox.fleet.chargers[f"CP-{kind}"]
            if FAULTS[kind].stage == "handshake":
                charger.line.redial()
            elif kind.startswith("boot-"):
                charger.power_cycle()
        self.show(b"a wrong password")
        for kind in EACH:
            await self.misbehaved(kind, f"CP-{kind}")
        self.show(b"a password")
        for kind in EACH:
            self.central.faults.stop(kind, f"CP-{kind}")
        self.assertEqual(self.central.faults.all, {})
        for charger in self.chargers():
            if not charger.state.online:
                charger.line.redial()
        await self.all_served()
        await self.unplug_all()
        self.judge()

    def show(self, password: bytes) -> None:
        """Let the charger whose password does not matter show this one."""
        charger = self.sandbox.fleet.chargers["CP-any-password"]
        access = evolve(charger.access, credentials=Credentials(charger.identity.encode(), password))
        charger.change(evolve(charger.settings, access=access))

    async def test_all_chargers(self) -> None:
        """The faults that concern everybody, one after the other; after the first all wait as long as Edge told them to
        (Retry-After), after the others they come at once."""
        await self.set_up(["CP1", "CP2"])
        for kind in ALL:
            self.central.faults.start(Fault.read({"kind": kind}))
            for charger in self.chargers():
                charger.line.redial()
            refused = len(self.ears.all(h.Refused))
            await self.until(f"{kind} is felt", partial(self.refused, refused + 2))
            self.central.faults.stop(kind)
            if kind != ALL[0]:
                for charger in self.chargers():
                    charger.line.redial()
            await self.all_served()
        await self.unplug_all()
        self.judge()


class CommandTests(TestCase):
    """`twistd edgesandbox` as a user runs it."""

    timeout = 120

    async def test_runs(self) -> None:
        """It comes up, tells its ports, shows the dashboard with a charger that is served, and ends by SIGTERM."""
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        scenario = folder / "scenario.toml"
        scenario.write_text(
            "[central]\nws = 0\nwss = 0\n[dashboard]\nlisten = 0\n"
            '[[charger]]\nidentity = "CP1"\nendpoint = "central-wss"\ntrust = "central"\n'
        )
        program = [
            str(Path(sys.executable).parent / "twistd"),
            "-n",
            "--pidfile=",
            "edgesandbox",
            "--scenario",
            str(scenario),
        ]
        child = Child(self, program, folder, {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"})
        await child.says(b"The charger dashboard is at http://127.0.0.1:")
        await child.says(b"1 chargers are powered on")
        ports = json.loads((folder / "edgesandbox" / "ports.json").read_text())

        def asked() -> Any:
            with urlopen(f"http://127.0.0.1:{ports['dashboard']}/api/chargers", timeout=10) as answer:  # noqa: S310 - an address of the test's own
                return json.load(answer)

        chargers: list[Any] = []
        while not (chargers and chargers[0]["online"]):
            chargers = (await deferToThread(asked))["chargers"]
        self.assertEqual(chargers[0]["identity"], "CP1")
        await child.stop()
        self.assertNotIn(b"Traceback", child.output)

    async def test_wrong(self) -> None:
        """What is wrong with the scenario, or a port that is taken, is one line, and the process ends."""
        folder = Path(self.mktemp()).absolute()
        folder.mkdir()
        scenario = folder / "scenario.toml"
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            for text, words in (
                ("[centrall]\n", "edgesandbox: "),
                (
                    f"[central]\nws = {port}\n",
                    f"edgesandbox: 127.0.0.1:{port} can't be opened (Address already in use)",
                ),
            ):
                scenario.write_text(text)
                child = self.start(scenario)
                await child.ended()
                self.assertIn(words, child.output.decode())
                self.assertNotIn(b"Traceback", child.output)

    def start(self, scenario: Path) -> Child:
        """Run it."""
        program = [str(Path(sys.executable).parent / "twistd"), "-n", "--pidfile=", "edgesandbox"]
        environment = {"PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}
        return Child(self, [*program, "--scenario", str(scenario)], scenario.parent, environment)
