"""The measuring itself, in its smallest form: Edge and one relay serve chargers, and every figure comes out."""

import shutil
import sys
from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase, TestCase

from benchmarks.measure import Amounts, Bench, measure
from benchmarks.processes import cores
from benchmarks.proxies import RELAYS, Proxy, relay_of
from benchmarks.results import FIGURES, read
from benchmarks.rounds import RESULTS
from benchmarks.scratch import prepare
from tests.real.child import PROJECT, Child

LOOKED = "looked_250"
MEASURED = set(FIGURES) - {"cpu_2048", "rate_2048", "looked_2048", LOOKED}
"""All figures of all proxies; the smoke form has messages of one size."""

UNABLE = (
    None
    if shutil.which("cc") and Path("/usr/include/openssl/ssl.h").exists()
    else "needs a C compiler and OpenSSL's headers: apt-get install gcc libc6-dev libssl-dev"
)


class SmokeTests(TestCase):
    """`python -m benchmarks --smoke`."""

    timeout = 180
    skip = UNABLE  # why the load can't be built here; nothing where it can

    async def test_smoke(self) -> None:
        """Nobody is refused or lost, every message is as it had to be at both ends, and the table has every figure."""
        scratch = Path(self.mktemp()).absolute()
        child = Child(self, [sys.executable, "-m", "benchmarks", "--smoke", "--scratch", str(scratch)], PROJECT)
        await child.ended(150)
        told = child.output.decode()
        self.assertEqual(child.exit_code, 0, told)
        results = read(scratch / RESULTS)
        self.assertEqual(
            {(row.proxy, row.figure) for row in results.rows},
            {("edge", LOOKED), *((proxy, figure) for proxy in ("edge", "websockets") for figure in MEASURED)},
            told,
        )
        self.assertEqual([row.value for row in results.rows if row.figure == LOOKED], [100.0])
        self.assertEqual([row for row in results.rows if row.failed or row.wrong], [])
        for figure in (*MEASURED, LOOKED):
            self.assertIn(f"| {FIGURES[figure].words}, ", told)
        costs = {row.value for row in results.rows if row.figure.startswith(("cpu", "rate", "storm", "first", "start"))}
        self.assertGreater(min(costs), 0)
        self.assertFalse((scratch / "edge" / "state").exists())

    async def test_live(self) -> None:
        """`python -m benchmarks live`: views are told of changes, everybody is served, and the table is there."""
        scratch = Path(self.mktemp()).absolute()
        words = ["-m", "benchmarks", "live", "--smoke", "--scratch", str(scratch)]
        child = Child(self, [sys.executable, *words], PROJECT)
        await child.ended(150)
        told = child.output.decode()
        self.assertEqual(child.exit_code, 0, told)
        self.assertRegex(told, r"1 0 views: [0-9.]+ % of a core")
        self.assertRegex(told, r"1 2 views: .*, each view (0\.0?)?[1-9]")
        self.assertRegex(told, r"\| CPU, % of a core \| [0-9.]+ \| [0-9.]+ \| -?[0-9.]+ \|")
        self.assertFalse((scratch / "edge" / "state").exists())


TAMPER = """
import asyncio, runpy, sys
from websockets.asyncio.connection import Connection

send, count, how = Connection.send, 0, sys.argv[1]


async def tamper(self, message):
    global count
    count += "DataTransfer" in message
    if "DataTransfer" not in message or count != 20:
        return await send(self, message)
    if how == "alters":
        message = message[:-20] + "?" + message[-19:]
    if how == "doubles":
        await send(self, message)
    if how != "loses":
        await send(self, message)


Connection.send = tamper
del sys.argv[:2]
runpy.run_path(sys.argv[0], run_name="__main__")
"""
"""The relay of the library websockets, whose 20th DataTransfer is treated as its first argument says."""


class TamperTests(SynchronousTestCase):
    """What the measuring notices."""

    skip = UNABLE  # why the load can't be built here; nothing where it can

    def test_one_message(self) -> None:
        """One message of thousands that is altered, doubled or lost shows; a relay that does nothing of it passes."""
        folder = Path(self.mktemp()).absolute()
        bench = Bench(prepare(folder), folder, cores(), Amounts(talkers=2, sizes=(250,), seconds=0.5, warm=0.1))
        script = folder / "tamper.py"
        script.write_text(TAMPER, encoding="utf-8")
        found = {}
        for how in ("nothing", "alters", "doubles", "loses"):
            relay = relay_of(sys.executable, script, how, RELAYS / "py_websockets.py")
            rows = measure(bench, Proxy(how, how, relay, sys.executable), "ws-ws", "talk", 1)
            found[how] = rows[0]
        self.assertEqual(
            {how: bool(row.failed) for how, row in found.items()}, dict.fromkeys(found, True) | {"nothing": False}
        )
        self.assertEqual(
            {how: row.wrong for how, row in found.items()}, {"nothing": 0, "alters": 1, "doubles": 1, "loses": 0}
        )
