"""A fork of a warm process is as true as a start: a program can't tell them apart, and ends in the same ways."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final

from twisted.trial.unittest import TestCase

from tests.real import warm
from tests.real.child import BOUND, PROJECT, Child
from tests.real.test_running import eventually, runs

TELLS: Final = """
import json, os, signal, sys, threading, time
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
told = {
    "name": __name__,
    "package": sys.modules["__main__"].__package__ or "",
    "arguments": sys.argv,
    "folder": os.getcwd(),
    "variables": dict(os.environ),
    "zone": time.tzname,
    "signals": {
        name: [number for number in signal.valid_signals() if int(status[name], 16) >> number - 1 & 1]
        for name in ("SigBlk", "SigIgn", "SigCgt")
    },
    "handlers": [str(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
    "files": [number for number in range(100) if os.path.exists(f"/proc/self/fd/{number}")],
    "terminal": [stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)],
    "threads": threading.active_count(),
    "reactor": "twisted.internet.reactor" in sys.modules,
    "group": [os.getpgrp(), os.getsid(0)],
    "mask": os.umask(0o22),
    "heard": sys.stdin.read(),
}
print(json.dumps(told))
"""
ENDS: Final = {
    "pass": (0, None),
    "raise SystemExit(3)": (3, None),
    "raise SystemExit('what is wrong')": (1, None),
    "raise ValueError('a fault')": (1, None),
    "import os, signal; os.kill(os.getpid(), signal.SIGTERM)": (None, signal.SIGTERM),
    "import os; os._exit(7)": (7, None),
}


class WarmTests(TestCase):
    """Small scripts, started in both ways."""

    timeout = 120
    maxDiff = None

    def setUp(self) -> None:
        self.path = Path(self.mktemp()).absolute()

    def run_script(self, text: str, kind: warm.Warm | None, *arguments: str) -> Child:
        """Start a script; cold by Python, which an installed one names itself."""
        if not self.path.exists() or self.path.read_text() != text:  # one that runs may be about to read it
            self.path.write_text(text)
        variables = {"TZ": "Asia/Tokyo", "ODD": "\udcff", "PYTHONPATH": str(PROJECT), "PYTHONUNBUFFERED": "1"}
        command = [*([] if kind is not None else [sys.executable]), str(self.path), *arguments]
        return Child(self, command, self.path.parent, variables, warm=kind)

    async def test_same(self) -> None:
        """A script finds the same in both: what it was given, and nothing of the process that it comes from."""
        told: list[dict[str, Any]] = []
        for kind in (None, warm.EDGE, warm.PEERS, warm.EDGE):
            child = self.run_script(TELLS, kind, "one", "--two=3")
            child.transport.writeToChild(0, b"what is said\n")
            child.transport.closeStdin()
            await child.ended()
            self.assertEqual((child.exit_code, child.exit_signal), (0, None), child.output)
            found = json.loads(child.output)
            told.append(found)
        self.assertEqual(told[0]["heard"], "what is said\n")
        self.assertEqual(told[0]["arguments"], [str(self.path), "one", "--two=3"])
        for found in told[1:]:
            self.assertEqual(found, told[0])

    async def test_ends(self) -> None:
        """It ends with the same code or signal, and the same last words but for the frames of a traceback."""
        for text, wanted in ENDS.items():
            said = []
            for kind in (None, warm.EDGE):
                child = self.run_script(text, kind)
                await child.ended()
                self.assertEqual((child.exit_code, child.exit_signal), wanted, text)
                said.append(bytes(child.output).splitlines()[-1:])
            self.assertEqual(said[0], said[1], text)

    async def test_module(self) -> None:
        """`-m` and a module run as well, and are `__main__`."""
        child = Child(self, [sys.executable, "-m", "json.tool", "--compact"], PROJECT, warm=warm.PEERS)
        child.transport.writeToChild(0, b'{ "a" : 1 }')
        child.transport.closeStdin()
        await child.ended()
        self.assertEqual((child.exit_code, bytes(child.output)), (0, b'{"a":1}\n'))

    async def test_killed(self) -> None:
        """A signal to its process id ends it at once, and the next one runs all the same; several run side by side."""
        running = [self.run_script("print('runs', flush=True)\nimport time\ntime.sleep(100)", warm.EDGE) for _ in "abc"]
        for child in running:
            await child.says(b"runs")
        for child, number in zip(running, (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL), strict=True):
            os.kill(child.pid, number)
            await child.ended()
            self.assertEqual((child.exit_code, child.exit_signal), (None, number))

    async def test_ends_with_the_test(self) -> None:
        """When whoever started it is gone, so are the process and its forks."""
        text = f"""
import os, signal, sys
from pathlib import Path
from twisted.internet import reactor
from twisted.internet.protocol import ProcessProtocol
from tests.real import warm
class Told(ProcessProtocol):
    def outReceived(self, data):
        print(data.decode(), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
kind = warm.Warm("json")
script = Path({str(Path(self.mktemp()).absolute())!r})
script.write_text("import os, time; print(os.getppid(), os.getpid(), flush=True); time.sleep(100)")
kind.start(Told(), [str(script)], dict(os.environ), Path.cwd())
reactor.run()
"""
        child = self.run_script(text, None)
        await child.ended()
        self.assertEqual(child.exit_signal, signal.SIGKILL, child.output)
        for pid in map(int, child.output.split()):
            await eventually(lambda pid=pid: not runs(pid), f"end of {pid}", BOUND)  # type: ignore[misc]  # a default, so that each has its own
