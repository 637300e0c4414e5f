"""Tests of `edge_twisted.store.backup`, `gathering`, `restoring` and `backups`."""

import errno
import io
import os
import struct
import zipfile
from pathlib import Path
from typing import Any

from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.core.accounts import Account
from edge_twisted.core.record import Record
from edge_twisted.core.roles import Role
from edge_twisted.store import backup
from edge_twisted.store.accounts import Accounts
from edge_twisted.store.backup import HEADER, MOST_BYTES, BackupError, seal, unseal
from edge_twisted.store.backups import Backups, Busy
from edge_twisted.store.chargers import Chargers
from edge_twisted.store.entries import Entry
from edge_twisted.store.errors import StateError
from edge_twisted.store.gathering import gather
from edge_twisted.store.restoring import restore
from edge_twisted.store.schema import JOURNAL
from edge_twisted.store.state import State, open_state
from edge_twisted.trust.authority import open_authority

PASSPHRASE = "cörrect horse battery"
SECRET = b"the charger's own secret"


class BackupCase(SynchronousTestCase):
    """A box with a charger and an account, and its back-up."""

    def setUp(self) -> None:
        self.patch(backup, "COST", 2**4)
        self.old, self.new = (Path(self.mktemp()).absolute() for _ in range(2))
        state = open_state(self.old, {})
        self.root = open_authority(self.old, ["edge.lan"], ["192.168.1.2"]).fingerprint
        self.record = Record(b"CP001", state.vault.name(b"CP001"), approved=True, last_host="edge.lan")
        store: Any = Chargers(state.engine, state.vault, None)
        store._write({self.record.id: self.record})
        Accounts(state.engine, state.vault, None).write_now(Account("anna", Role.ADMIN, "hash", 1.0, 1.0))  # type: ignore[arg-type]  # written at once here
        with state.engine.begin() as connection:
            connection.execute(JOURNAL.insert().values(_row(Entry(1, 1.0, "started", None, {}))))
        state.close()

    def made(self, **more: Any) -> bytes:
        """The back-up."""
        return seal(gather(self.old, {}, **more), PASSPHRASE)

    def opened(self, directory: Path) -> State:
        """Open a state directory."""
        state = open_state(directory, {})
        self.addCleanup(state.close)
        return state

    def error(self, work: Any, *given: Any, **more: Any) -> str:
        """The one line with which it fails."""
        message = str(self.assertRaises(StateError, work, *given, **more))
        self.assertTrue(message.isprintable(), message)
        return message

    def tree(self, directory: Path) -> dict[str, bytes]:
        """All files below a directory, but the lock."""
        return {
            str(path.relative_to(directory)): path.read_bytes()
            for path in directory.rglob("*")
            if path.is_file() and path.name != "lock"
        }


def _row(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "at": entry.at, "code": entry.code, "charger": entry.charger, "fields": "{}"}


class RoundTripTests(BackupCase):
    """From one box to another."""

    def test_another_box_becomes_this_one(self) -> None:
        """Root, chargers under their names, secrets and accounts are the same; the journal begins anew."""
        self.assertIsNone(restore(unseal(self.made(), PASSPHRASE), self.new))
        state = self.opened(self.new)
        self.assertEqual(open_authority(self.new, ["edge.lan"], ["192.168.1.2"]).fingerprint, self.root)
        self.assertEqual(Chargers(state.engine, state.vault, None).load(), [self.record])
        kept = Accounts(state.engine, state.vault, None).load()  # type: ignore[arg-type]  # as above
        self.assertEqual([one.name for one in kept.accounts], ["anna"])
        with state.engine.connect() as connection:
            self.assertEqual(connection.execute(JOURNAL.select()).all(), [])
        self.assertEqual(
            (self.old / "keys" / "master.key").read_bytes(), (self.new / "keys" / "master.key").read_bytes()
        )

    def test_modes(self) -> None:
        """What is secret is its owner's alone, whatever the umask says; what is public is not."""
        self.addCleanup(os.umask, os.umask(0))
        restore(unseal(self.made(), PASSPHRASE), self.new)
        modes = {str(path.relative_to(self.new)): path.stat().st_mode & 0o777 for path in self.new.rglob("*")}
        self.assertEqual(modes.pop("root.pem"), 0o644)
        self.assertEqual(modes.pop("keys"), 0o700)
        self.assertEqual(set(modes.values()), {0o600}, modes)
        self.assertIn("edgeproxy.db", modes)

    def test_while_edge_works(self) -> None:
        """It is made of a database that is in use, with what was written just now."""
        state = self.opened(self.old)
        other = evolve(self.record, identity=b"CP002", id=state.vault.name(b"CP002"))
        store: Any = Chargers(state.engine, state.vault, None)
        store._write({other.id: other})
        restore(unseal(self.made(), PASSPHRASE), self.new)
        fresh = self.opened(self.new)
        found = Chargers(fresh.engine, fresh.vault, None).load()
        self.assertEqual({one.identity for one in found}, {b"CP001", b"CP002"})

    def test_key_from_the_service_manager(self) -> None:
        """A key that does not lie in the directory is in the back-up all the same."""
        credentials = Path(self.mktemp()).absolute()
        credentials.mkdir()
        (self.old / "keys" / "master.key").rename(credentials / "edgeproxy-key")
        files = gather(self.old, {"CREDENTIALS_DIRECTORY": str(credentials)})
        self.assertEqual(files["keys/master.key"], (credentials / "edgeproxy-key").read_bytes())

    def test_configuration(self) -> None:
        """It lies beside, with the certificates that it names, and replaces nothing."""
        config, root = self.old / "my.toml", self.old / "mine.pem"
        config.write_text("[listen]\n")
        root.write_text("PEM")
        restore(unseal(self.made(config=config, roots=[root]), PASSPHRASE), self.new)
        found = {path.name: path.read_text() for path in (self.new / "restored").iterdir()}
        self.assertEqual(found, {"edgeproxy.toml": "[listen]\n", "root-1.pem": "PEM"})

    def test_nothing_shows(self) -> None:
        """Neither names nor keys stand in the file in clear, and two back-ups have nothing in common."""
        one, two = self.made(), self.made()
        for text in (b"anna", b"BEGIN", b"SQLite", (self.old / "keys" / "master.key").read_bytes()):
            self.assertNotIn(text, one)
        self.assertNotEqual(one[len(HEADER) :][:28], two[len(HEADER) :][:28])


class WrongTests(BackupCase):
    """What can be wrong with the file."""

    def test_wrong_passphrase(self) -> None:
        """Another passphrase opens nothing; the same one, typed on another keyboard, does."""
        data = self.made()
        for other in ("", "correct horse battery", PASSPHRASE + " "):
            self.assertIn("passphrase is another one", self.error(unseal, data, other))
        self.assertIn("keys/root.key", unseal(data, "co\u0308rrect horse battery"))

    def test_damaged(self) -> None:
        """Every changed octet of the head and some others, and every cut, are noticed."""
        data = self.made()
        for place in (*range(len(HEADER) + 28), len(data) // 2, len(data) - 1):
            damaged = bytearray(data)
            damaged[place] ^= 1
            self.error(unseal, bytes(damaged), PASSPHRASE)
        for size in (0, 5, len(HEADER), len(HEADER) + 30, len(data) - 1):
            self.error(unseal, data[:size], PASSPHRASE)
        self.error(unseal, data + b"\0", PASSPHRASE)
        self.error(unseal, HEADER + bytes(MOST_BYTES), PASSPHRASE)

    def test_another_version(self) -> None:
        """A file of a later Edge, and one of somebody else's, say what they are."""
        data = self.made()
        later = data.replace(HEADER, b"edge-backup 2\n", 1)
        self.assertIn("version 2, which this Edge does not know", self.error(unseal, later, PASSPHRASE))
        for other in (b"PK\3\4", b"edge-backup x\n", b"edge-backup 0\n"):
            self.assertIn("no back-up of Edge", self.error(unseal, other + data, PASSPHRASE))

    def test_a_later_database(self) -> None:
        """A database of a later Edge is put back as it is, and refused at the start, untouched."""
        state = open_state(self.old, {})
        with state.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        state.close()
        restore(unseal(self.made(), PASSPHRASE), self.new)
        self.assertIn("newer Edge", self.error(open_state, self.new, {}))

    def test_hostile_archive(self) -> None:
        """An archive of somebody who knows the passphrase leads nowhere else, and does not fill the memory."""
        for name in ("../x", "/etc/passwd", "keys/../x.key", "keys/a/b.key", "config/..", "other", "keys/x.key\n"):
            self.assertIn("does not know", self.error(unseal, seal({name: b"x"}, PASSPHRASE), PASSPHRASE))
        self.assertIn("lacks", self.error(restore, unseal(seal({}, PASSPHRASE), PASSPHRASE), self.new))
        self.assertFalse(self.new.exists())
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("edgeproxy.db", bytes(1000))
        data = bytearray(packed.getvalue())
        place = data.index(b"PK\1\2")
        data[place + 24 : place + 28] = struct.pack("<I", MOST_BYTES + 1)
        self.assertIn("does not know", self.error(backup._unpack, bytes(data)))
        self.error(backup._unpack, b"no archive")

    def test_too_large(self) -> None:
        """What is larger than any box's settings is not made."""
        self.patch(backup, "MOST_BYTES", 100)
        self.error(self.made)

    def test_unreadable(self) -> None:
        """What is missing is named."""
        self.assertIn("gone.toml", self.error(self.made, config=self.old / "gone.toml"))
        (self.old / "edgeproxy.db").unlink()
        self.assertIn("edgeproxy.db", self.error(self.made))
        self.assertFalse((self.old / "edgeproxy.db").exists())


class DirectoryTests(BackupCase):
    """What can be wrong with the directory."""

    def setUp(self) -> None:
        super().setUp()
        self.files = unseal(self.made(), PASSPHRASE)

    def test_settings_are_there(self) -> None:
        """Nobody's settings are replaced by mistake; asked for, they are moved aside, each time to another place."""
        open_state(self.new, {}).close()
        before = self.tree(self.new)
        self.assertIn("--replace", self.error(restore, self.files, self.new))
        self.assertEqual(self.tree(self.new), before)
        aside = restore(self.files, self.new, replace=True)
        assert aside is not None
        self.assertEqual((aside / "keys" / "master.key").read_bytes(), before["keys/master.key"])
        self.assertEqual(aside.stat().st_mode & 0o777, 0o700)
        again = restore(self.files, self.new, replace=True)
        self.assertNotEqual(aside, again)
        self.opened(self.new)

    def test_edge_runs(self) -> None:
        """A box at work is not touched, whatever is asked for."""
        self.opened(self.new)
        before = self.tree(self.new)
        self.assertIn("another Edge uses", self.error(restore, self.files, self.new, replace=True))
        self.assertEqual(self.tree(self.new), before)

    def test_full_disk(self) -> None:
        """A disk that is full, at whichever file, leaves everything as it was; with room, the next try works."""
        open_state(self.new, {}).close()
        before, real = self.tree(self.new), os.fsync
        for number in range(len(self.files)):
            left = [number]

            def fsync(descriptor: int, left: list[int] = left) -> None:
                left[0] -= 1
                if left[0] < 0:
                    raise OSError(errno.ENOSPC, "No space left on device")
                real(descriptor)

            self.patch(os, "fsync", fsync)
            message = self.error(restore, self.files, self.new, replace=True)
            self.assertIn("No space left on device", message)
            self.assertEqual(self.tree(self.new), before)
        self.patch(os, "fsync", real)
        restore(self.files, self.new, replace=True)
        self.opened(self.new)

    def test_cut_short(self) -> None:
        """What one left that was killed stands in nobody's way."""
        (self.new / "restoring" / "keys").mkdir(parents=True)
        restore(self.files, self.new)
        self.assertFalse((self.new / "restoring").exists())

    def test_no_directory(self) -> None:
        """A place where no directory can be made is named."""
        self.new.write_text("")
        self.assertIn(str(self.new), self.error(restore, self.files, self.new))


class OneAtATimeTests(BackupCase):
    """`Backups`."""

    def test_busy(self) -> None:
        """While one is made there is no other; after the end there is none."""

        class Slow:
            """Threads that take their time."""

            waiting, closed = 0, False

            def do(self, work: Any) -> Deferred[bytes]:
                """Begin."""
                self.waiting = 1
                self.result = work()
                return Deferred()

        backups = Backups(None, self.old, {})  # type: ignore[arg-type]  # its threads are the test's
        slow = backups._workers = Slow()  # type: ignore[assignment]  # the test's own stand-in
        first = backups.make(PASSPHRASE)
        self.failureResultOf(backups.make(PASSPHRASE), Busy)
        self.assertNoResult(first)
        self.assertIn("edgeproxy.db", unseal(slow.result, PASSPHRASE))
        self.assertIs(BackupError.__base__, StateError)
