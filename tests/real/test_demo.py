"""Tests of the demo as a newcomer runs it: a child process, a real Edge, and what is left afterwards."""

import json
import os
import re
import shutil
import signal
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from twisted.internet.defer import gatherResults
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from tests.real.child import PROJECT, Child
from tests.real.harness import start_charger, to_toml
from tests.sandbox.ears import tick

AFTER = b"It goes on"
TOLD = (
    # who connected, over what
    r"charger 1       Connects to ws://127\.0\.0\.1:\d+: unencrypted, without a password\.",
    r"charger 2       Connects to wss://127\.0\.0\.1:\d+: encrypted, without a password\.",
    r"charger 3       Connects to wss://127\.0\.0\.1:\d+: encrypted, with a user name and password\.",
    # what the central system demanded, and what Edge found out by itself
    r"central system  Refused charger 1 with 403: it came over ws, and its Security setting demands wss\.",
    r"Edge            Charger CP1-… \(\w+\): the central system serves it over wss, and Edge stays with wss",
    r"central system  Let charger 3 in over wss: its user name and password are right\.",
    r"the password that it shows works at the central system, and Edge knows it from now on\.",
    # who failed, why, and what helps, in Edge's own words
    r"charger 4       It does not know who issued Edge's certificate, so it breaks off\.",
    r"Edge            A connection from 127\.0\.0\.14 to the wss port came to nothing\. The charger does not know the "
    r"certificate that this box shows \(TLS alert 48\)\. Load the box's root certificate \(root\.pem\) into the",
)
ROWS = (
    r"1 CP1-…\s+ws: NOT encrypted, no password\s+wss: encrypted, no password\s+wss\s+served\n",
    r"2 CP2-…\s+wss: encrypted, no password\s+wss: encrypted, no password\s+served\n",
    r"3 CP3-…\s+wss: encrypted, password\s+wss: encrypted, password\s+password\s+served\n",
    r"4 CP4-…\s+wss: broken off\s+-\s+NOT served\n",
    r"5 CP5-…\s+ws: NOT encrypted, no password\s+ws: NOT encrypted, no password\s+served\n",
    r"6 CP6-…\s+ws: NOT encrypted, password\s+wss: encrypted, password\s+wss, password\s+served\n",
)


class DemoTests(TestCase):
    """The story, two at once, a real charger, the end."""

    timeout = 180

    def setUp(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="demo-test-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def demo(self, *arguments: str, **environment: str) -> Child:
        """Start a demo, whose temporary folder is made in the test's."""
        program = [sys.executable, "-b", "-m", "edge_twisted.sandbox.demo", *arguments]
        return Child(self, program, PROJECT, {"TMPDIR": str(self.folder), "PYTHONUNBUFFERED": "", **environment})

    def story(self, demo: Child) -> str:
        """What it told, each sentence on one line."""
        return re.sub(r"\n {22}", " ", demo.output.decode())

    def nothing_left(self) -> None:
        """No folder and no process of a demo of this test is left."""
        self.assertEqual(os.listdir(self.folder), [])
        self.assertEqual([pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))) if self.is_ours(pid)], [])

    def is_ours(self, pid: int) -> bool:
        """Whether a process was started for the test's folder, or by a demo of the test's."""
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return False
        return f"TMPDIR={self.folder}".encode() in environment and state != "Z"

    async def interrupted(self, demo: Child) -> None:
        """Ctrl-C ends a demo within 5 s, and nothing is left of it."""
        demo.signal(signal.SIGINT)
        await demo.ended(5.0)
        self.assertEqual((demo.exit_code, demo.exit_signal), (0, None), demo.output.decode())
        self.assertIn(b"Everything has ended", demo.output)

    async def test_story(self) -> None:
        """In 30 s a newcomer sees what is encrypted, what is authenticated, and what failed and why."""
        demo = self.demo("--seconds", "60")
        await demo.says(AFTER)
        story = self.story(demo)
        for line in TOLD:
            self.assertRegex(story, line)
        for row in ROWS:
            self.assertRegex(demo.output.decode(), row)
        for address in (r"  ws://\S+:\d+/YOUR-ID\n", r"  wss://\S+:\d+/YOUR-ID\n"):
            self.assertRegex(story, address)
        root = re.search(r"root certificate:\n  (/\S+/root\.pem)\n", story)
        assert root is not None
        self.assertIn("BEGIN CERTIFICATE", Path(root[1]).read_text())
        manager = re.search(r"set-up code\s+([A-Z0-9-]+);[^:]*:\n  (https://127\.0\.0\.1:\d+/)#setup=\1\n", story)
        assert manager is not None
        trusting = ssl.create_default_context(cafile=root[1])
        page = await deferToThread(lambda: urlopen(manager[2], timeout=10, context=trusting).read())  # noqa: S310 - an address of the test's own
        self.assertIn(b"<title>", page)
        self.assertNotIn("Traceback", story)
        self.assertNotIn("\x1b", story)
        await self.interrupted(demo)
        self.nothing_left()

    async def test_ends_by_itself(self) -> None:
        """With --seconds it ends by itself, also before anything has started."""
        for seconds in ("0.1", "1"):
            demo = self.demo("--seconds", seconds)
            await demo.ended()
            self.assertEqual(demo.exit_code, 0, demo.output.decode())
        self.nothing_left()

    async def test_two_at_once(self) -> None:
        """Two demos run beside each other, each with ports and folder of its own."""
        demos = [self.demo(), self.demo()]
        await gatherResults([demo.says(AFTER, 60.0) for demo in demos])
        ports = [set(re.findall(r"wss?://\S+:(\d+)", demo.output.decode())) for demo in demos]
        self.assertFalse(ports[0] & ports[1])
        for demo in demos:
            await self.interrupted(demo)
        self.nothing_left()

    async def test_another_charger(self) -> None:
        """A charger that nobody here wrote is served at the printed addresses, over ws and wss."""
        demo = self.demo()
        await demo.says(AFTER)
        [root] = self.folder.glob("edge-demo-*/state/root.pem")
        for scheme in ("ws", "wss"):
            port = re.findall(rf"  {scheme}://\S+:(\d+)/YOUR-ID", demo.output.decode())[0]
            endpoint = f"{scheme}://127.0.0.1:{port}"
            charger = start_charger(self, "py", endpoint, f"OWN-{scheme}-CHARGER", root=root.read_text())
            await charger.event("connected", subprotocol="ocpp1.6")
            answer = await charger.tell("call", action="Heartbeat", payload={})
            self.assertIn("currentTime", answer)
            await demo.says(f"Let a charger that is not on the dashboard in over {scheme}".encode())
        await self.interrupted(demo)

    async def test_mended(self) -> None:
        """The charger that is not served can be mended on the dashboard, as its story says."""
        demo = self.demo()
        await demo.says(AFTER)
        [address] = re.findall(r"  (http://127\.0\.0\.1:\d+/)\n", demo.output.decode())
        [root] = self.folder.glob("edge-demo-*/state/root.pem")

        def ask(path: str, body: dict[str, str] | None = None) -> Any:
            head = {"Content-Type": "application/json", "Sec-Fetch-Site": "same-origin"}
            data = json.dumps(body).encode() if body is not None else None
            asked = Request(address + path, data, head, method="PUT" if body is not None else "GET")  # noqa: S310 - an address of the test's own
            with urlopen(asked, timeout=10) as answer:  # noqa: S310 - an address of the test's own
                return json.load(answer)

        chargers = (await deferToThread(ask, "api/fleet"))["chargers"]
        [distrusting] = [one["identity"] for one in chargers if one["identity"].startswith("CP4-")]
        await deferToThread(ask, f"api/fleet/{distrusting}", {"trust": root.read_text()})
        await demo.says(b"So charger 4 is served")
        await self.interrupted(demo)

    async def test_interrupted_early(self) -> None:
        """Ctrl-C in the middle of the start ends everything as well, also when it is pressed twice."""
        demo = self.demo()
        await demo.says(b"Starting: twistd")
        demo.signal(signal.SIGINT)
        await self.interrupted(demo)
        self.assertNotIn(b"Traceback", demo.output)
        self.nothing_left()

    async def test_other_signals(self) -> None:
        """SIGTERM, and SIGHUP of a terminal that was closed, end it like Ctrl-C."""
        demos = {number: self.demo() for number in (signal.SIGTERM, signal.SIGHUP)}
        for number, demo in demos.items():
            await demo.says(b"Starting: twistd")
            demo.signal(number)
            await demo.ended(5.0)
            self.assertIn(b"Everything has ended", demo.output)
        self.nothing_left()

    async def test_killed(self) -> None:
        """Where the demo itself is killed, Edge ends too."""
        demo = self.demo()
        await demo.says(b"Edge is ready")
        await demo.kill()
        while [pid for pid in os.listdir("/proc") if pid.isdecimal() and self.is_ours(int(pid))]:
            await tick()

    async def test_nobody_reads(self) -> None:
        """Where nobody reads the story any more it ends, and leaves nothing."""
        script = f"'{sys.executable}' -m edge_twisted.sandbox.demo | head -n 3"
        demo = Child(self, ["/bin/sh", "-c", script], PROJECT, {"TMPDIR": str(self.folder)})
        await demo.ended()
        self.assertNotIn(b"Traceback", demo.output)
        self.nothing_left()

    async def test_own_configuration(self) -> None:
        """With --config it starts Edge alone, tells its story, and leaves its state where it is."""
        state = Path(self.mktemp()).absolute()
        config = self.configuration(state, "tcp:0:interface=127.0.0.1")
        demo = self.demo("--config", str(config))
        await demo.says(AFTER)
        story = self.story(demo)
        self.assertIn("no central system and no chargers of its own", " ".join(story.split()))
        self.assertIn("Edge is ready; ws on port", story)
        self.assertIn(str(state / "root.pem"), story)
        self.assertNotIn("charger 1", story)
        port = re.findall(r"  ws://\S+:(\d+)/YOUR-ID", story)[0]
        start_charger(self, "py", f"ws://127.0.0.1:{port}", "OWN-CHARGER-12345")
        await demo.says(b"The central system's host takes no")
        demo.signal(signal.SIGINT)
        await demo.ended(5.0)
        self.assertEqual(demo.exit_code, 0)
        self.assertTrue((state / "root.pem").exists())
        self.nothing_left()

    async def test_started_again(self) -> None:
        """With a state that has a past, only what is new is told."""
        config = self.configuration(Path(self.mktemp()).absolute(), "tcp:0:interface=127.0.0.1")
        for _ in range(2):
            demo = self.demo("--config", str(config))
            await demo.says(AFTER)
            self.assertEqual(demo.output.count(b"Edge is ready"), 1)
            demo.signal(signal.SIGINT)
            await demo.ended(5.0)

    async def test_faulty_configuration(self) -> None:
        """Where Edge can't start, its own words say why, and the exit status is 1."""
        config = self.configuration(Path(self.mktemp()).absolute(), "nonsense")
        demo = self.demo("--config", str(config))
        await demo.ended()
        self.assertEqual(demo.exit_code, 1)
        self.assertRegex(demo.output.decode(), r"edgeproxy:\s+/")
        self.assertIn("listen.ws", self.story(demo))
        self.assertNotIn("What it knows", self.story(demo))
        self.nothing_left()

    def configuration(self, state: Path, ws: str) -> Path:
        """Write a configuration of one's own, with a central system that nobody can reach."""
        config = Path(self.mktemp()).absolute()
        settings: dict[str, dict[str, object]] = {
            "state": {"directory": str(state)},
            "listen": {"ws": [ws], "wss": ["tcp:0:interface=127.0.0.1"]},
            "uplink": {"ws": "ws://127.0.0.1:9", "wss": "wss://127.0.0.1:9"},
            "manager": {"listen": []},
        }
        config.write_text(to_toml(settings))
        return config
