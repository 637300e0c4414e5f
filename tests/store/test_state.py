"""Tests of `edge_twisted.store.state`."""

import os
import subprocess
import sys
from pathlib import Path

from sqlalchemy import inspect
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.store.errors import StateError, StoreError, VaultError
from edge_twisted.store.state import State, open_state
from edge_twisted.store.vault import Vault

ROOT = Path(__file__).parent.parent.parent

FORKING = """
import os, sys
from pathlib import Path
from edge_twisted.store.state import open_state
state = open_state(Path(sys.argv[1]), {})
if os.fork():
    os._exit(0)
print("ready", flush=True)
sys.stdin.read()
"""


class OpenStateTests(SynchronousTestCase):
    """`open_state`: the state directory as a whole."""

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute() / "lib" / "edge"

    def open(self) -> State:
        """Open the directory."""
        return open_state(self.directory, {})

    def error(self) -> str:
        """The one line with which it does not open; a second try says the same, so nothing is held."""
        messages = {str(self.assertRaises(StateError, self.open)) for _ in range(2)}
        self.assertEqual(len(messages), 1)
        message = messages.pop()
        self.assertTrue(message.isprintable(), message)
        return message

    def test_first_start(self) -> None:
        """The first start makes all of it: what others may read is open to them, what is secret is not."""
        self.addCleanup(os.umask, os.umask(0o022))
        state = self.open()
        self.addCleanup(state.close)
        found = {str(p.relative_to(self.directory)): p.stat().st_mode & 0o777 for p in self.directory.rglob("*")}
        self.assertEqual(found, {"keys": 0o700, "keys/master.key": 0o600, "lock": 0o600, "edgeproxy.db": 0o600})
        self.assertEqual(self.directory.stat().st_mode & 0o777, 0o755)
        self.assertEqual(
            inspect(state.engine).get_table_names(),
            ["accounts", "alembic_version", "chargers", "journal", "sealed", "tokens"],
        )
        self.assertIs(state.copy, None)
        self.assertEqual(state.directory, self.directory)

    def test_next_start(self) -> None:
        """The next start finds the same key."""
        state = self.open()
        state.close()
        again = self.open()
        self.addCleanup(again.close)
        self.assertEqual(again.vault, state.vault)

    def test_credential(self) -> None:
        """The key may come from the service manager's credential store."""
        self.directory.mkdir(parents=True)
        (self.directory / "edgeproxy-key").write_bytes(bytes(32))
        state = open_state(self.directory, {"CREDENTIALS_DIRECTORY": str(self.directory)})
        self.addCleanup(state.close)
        self.assertEqual(state.vault, Vault.from_master(bytes(32)))

    def test_second_edge(self) -> None:
        """A second Edge is told so in one line, and the first goes on; when that has stopped it may start."""
        state = self.open()
        self.assertEqual(
            self.error(),
            f"{self.directory}/lock: another Edge uses this state directory; stop it, or set another [state] directory",
        )
        self.error()
        state.close()
        self.open().close()

    def test_lock_after_fork(self) -> None:
        """The lock goes on to the child when the process forks, as twistd does to become a daemon."""
        command = [sys.executable, "-c", FORKING, str(self.directory)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as parent:
            assert parent.stdin and parent.stdout
            self.assertEqual(parent.stdout.readline(), b"ready\n")
            self.assertEqual(parent.wait(), 0)
            self.assertIn("another Edge", self.error())

    def test_no_connection(self) -> None:
        """No connection to the database is left open, since SQLite does not survive a fork."""
        state = self.open()
        self.addCleanup(state.close)
        open_files = {os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")}
        self.assertIn(str(self.directory.resolve() / "lock"), open_files)
        self.assertNotIn(str(self.directory.resolve() / "edgeproxy.db"), open_files)

    def test_no_directory(self) -> None:
        """A directory that cannot be made is named with the reason."""
        self.directory.parent.parent.mkdir()
        self.directory.parent.write_bytes(b"a file in the way")
        self.assertIn(f"{self.directory}: the state directory cannot be made (", self.error())

    def test_no_lock(self) -> None:
        """A lock that cannot be made is named with the reason."""
        (self.directory / "lock").mkdir(parents=True)
        self.assertIn(f"{self.directory}/lock: the lock cannot be made (Is a directory)", self.error())

    def test_parts(self) -> None:
        """What is wrong with a part is a StateError too."""
        self.open().close()
        (self.directory / "edgeproxy.db").write_bytes(b"no database" * 999)
        self.assertRaises(StoreError, self.open)
        (self.directory / "keys" / "master.key").write_bytes(b"")
        self.assertRaises(VaultError, self.open)
        self.error()
