"""The sandbox as a whole: from a scenario file to chargers that are served."""

import json
from pathlib import Path
from typing import Any

from twisted.internet.task import Clock
from twisted.logger import LogEvent, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase, TestCase

from edge_twisted.sandbox import happenings as h
from edge_twisted.sandbox import service
from edge_twisted.sandbox.authority import keep_authority
from edge_twisted.sandbox.ledger_file import FLUSH_SECONDS, LEDGER_BYTES, LedgerFile
from edge_twisted.sandbox.scenario import read_scenario
from edge_twisted.sandbox.service import Sandbox, SandboxError, hear_nothing
from tests.sandbox.ears import Ears

CENTRAL = "[central]\nws = 0\nwss = 0\n"
CHARGER = '[[charger]]\nidentity = "CP1"\nendpoint = "central-wss"\ntrust = "central"\n'


class SandboxTests(TestCase):
    """A scenario that runs."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()

    def sandbox(self, text: str, ears: Ears | None = None) -> Sandbox:
        """A sandbox of a scenario; it ends with the test."""
        from twisted.internet import reactor

        path = self.folder / "scenario.toml"
        path.write_text(text, encoding="utf-8")
        hear = ears or hear_nothing
        sandbox = Sandbox(reactor, read_scenario(path), self.folder / "files", hear, hear)
        self.addCleanup(sandbox.close)
        return sandbox

    async def test_runs(self) -> None:
        """Central system, dashboard and chargers come up on free ports, and each message is in the ledger."""
        ears = Ears()
        lines = self.folder / "ledger.jsonl"
        sandbox = self.sandbox(f'{CENTRAL}[dashboard]\nlisten = 0\n[ledger]\nfile = "ledger.jsonl"\n{CHARGER}', ears)
        sandbox.startService()
        ports = json.loads((self.folder / "files" / "ports.json").read_text())
        self.assertEqual(set(ports), {"ws", "wss", "dashboard"})
        self.assertEqual(sandbox.endpoints["wss"], f"wss://127.0.0.1:{ports['wss']}")
        self.assertEqual((await ears.next(h.Booted)).status, "Accepted")
        await sandbox.stopService()
        report = sandbox.ledger.report()
        self.assertTrue(report.clean, report)
        self.assertGreater(report.up.delivered, 0)
        written = [json.loads(line) for line in lines.read_text().splitlines()]
        self.assertEqual(
            {(one["end"], one["way"]) for one in written},
            {("charger", "sent"), ("central", "received"), ("central", "sent"), ("charger", "received")},
        )

    async def test_waits_for_edge(self) -> None:
        """Chargers that shall trust Edge wait until its root certificate is there."""
        ears = Ears()
        root = self.folder / "edge.pem"
        sandbox = self.sandbox(f'{CENTRAL}[edge]\nroot = "edge.pem"\n{CHARGER}', ears)
        self.patch(service, "LOOK_SECONDS", 0.01)
        sandbox.startService()
        self.assertEqual(list(sandbox.fleet.chargers), [])
        root.write_text(sandbox.authority.pem)
        await ears.next(h.Booted)
        await sandbox.stopService()

    def test_port_taken(self) -> None:
        """A port that is taken is named, with what to do."""
        first = self.sandbox(CENTRAL)
        first.open()
        assert first.central is not None
        port = first.central.ports["ws"]
        second = self.sandbox(f"[central]\nws = {port}\n")
        error = self.assertRaises(SandboxError, second.open)
        self.assertRegex(str(error), rf"127\.0\.0\.1:{port} can't be opened \(Address already in use\); choose another")

    def test_no_central(self) -> None:
        """Without a central system of its own it has no dashboard and no ports, only chargers."""
        sandbox = self.sandbox('[[charger]]\nidentity = "CP1"\nendpoint = "ws://127.0.0.1:1"\n')
        self.assertEqual((sandbox.central, sandbox.dashboard, sandbox.endpoints), (None, None, {}))

    def test_folder(self) -> None:
        """A folder that can't be made is named."""
        (self.folder / "files").write_bytes(b"")
        self.assertIn("files: File exists; let this user", str(self.assertRaises(SandboxError, self.sandbox, CENTRAL)))

    def test_accounts(self) -> None:
        """What the scenario says of accounts stands on the dashboard."""
        sandbox = self.sandbox(f'{CENTRAL}[[account]]\nidentity = "CP1"\nsecurity = "none-over-wss"\n')
        assert sandbox.central is not None
        account = sandbox.central.account("CP1")
        self.assertEqual(account and account.security.value, "none-over-wss")


class AuthorityTests(SynchronousTestCase):
    """The authority of an earlier run."""

    def setUp(self) -> None:
        self.folder = Path(self.mktemp())
        self.folder.mkdir()
        self.first = keep_authority(self.folder)

    def test_kept(self) -> None:
        """Whoever trusts the root need not learn a new one; the key is readable by its owner only."""
        self.assertEqual(keep_authority(self.folder).certificate, self.first.certificate)
        self.assertEqual((self.folder / "central-root.key").stat().st_mode & 0o777, 0o600)

    def test_broken(self) -> None:
        """What can't be used is made anew: another key, no key, no certificate."""
        (self.folder / "central-root.key").write_bytes(b"nonsense")
        second = keep_authority(self.folder)
        self.assertNotEqual(second.certificate, self.first.certificate)
        self.assertEqual(keep_authority(self.folder).certificate, second.certificate)
        (self.folder / "central-root.pem").unlink()
        third = keep_authority(self.folder)
        self.assertNotEqual(third.certificate, second.certificate)
        (self.folder / "central-root.pem").write_text(second.pem)
        self.assertNotIn(keep_authority(self.folder).certificate, (second.certificate, third.certificate))


class LedgerFileTests(SynchronousTestCase):
    """The ledger on disk."""

    def setUp(self) -> None:
        self.path = Path(self.mktemp())
        self.clock = Clock()
        self.told: list[LogEvent] = []
        observer: Any = self.told.append
        globalLogPublisher.addObserver(observer)
        self.addCleanup(globalLogPublisher.removeObserver, observer)

    def errors(self) -> list[str]:
        """What was logged about the file."""
        return [event["why"] for event in self.told if "why" in event]

    def test_appends(self) -> None:
        """Lines are on disk a second later, and behind those of an earlier run."""
        self.path.write_text("earlier\n")
        file = LedgerFile(self.path, self.clock)
        file.write("é")
        self.clock.advance(FLUSH_SECONDS)
        self.assertEqual(self.path.read_text(encoding="utf-8"), "earlier\né\n")
        file.write("last")
        file.close()
        self.assertEqual(self.path.read_text(encoding="utf-8"), "earlier\né\nlast\n")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_full(self) -> None:
        """Over its bound it is written no further; that is told once."""
        file = LedgerFile(self.path, self.clock)
        file._left = 10
        for line in ("12345678", "x", "y"):
            file.write(line)
        self.assertEqual(self.path.read_text(), "12345678\n")
        self.assertEqual(self.errors(), [f"it has {LEDGER_BYTES} bytes; move it away, and start the sandbox again"])

    def test_disk(self) -> None:
        """A disk that fails ends the writing and nothing else."""
        file = LedgerFile(Path("/dev/full"), self.clock)
        file.write("x")
        self.clock.advance(FLUSH_SECONDS)
        file.write("y")
        file.close()
        self.assertEqual(self.errors(), ["No space left on device"])
