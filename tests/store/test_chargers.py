"""Tests of `edge_twisted.store.chargers`."""

import math
import threading
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve
from sqlalchemy import Engine, event, select, text
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorFromThreads
from twisted.trial.unittest import TestCase

from edge_twisted.core.credentials import Credentials
from edge_twisted.core.record import Record
from edge_twisted.store import chargers as module
from edge_twisted.store.chargers import Chargers, ChargerStore
from edge_twisted.store.engine import open_engine, sqlite_url
from edge_twisted.store.errors import StoreError
from edge_twisted.store.schema import CHARGERS
from edge_twisted.store.upgrade import upgrade
from edge_twisted.store.vault import Vault

VAULT = Vault.from_master(bytes(32))
SECRET = Credentials(b"CP-0001", b"\0:opensesame\xff")


def record(identity: bytes, **fields: Any) -> Record:
    """A record as the rest of Edge makes it."""
    return evolve(Record(identity, VAULT.name(identity)), **fields)


class ChargersTests(TestCase):
    """`Chargers`: records on disk, written by a thread of their own."""

    def setUp(self) -> None:
        self.path = Path(self.mktemp()).absolute()
        engine = open_engine(sqlite_url(self.path))
        upgrade(engine)
        engine.dispose()
        self.chargers = self.open()

    def open(self, vault: Vault = VAULT) -> Chargers:
        """A store of the database, closed at the end."""
        self.engine = self.make_engine()
        assert IReactorFromThreads.providedBy(reactor)
        chargers = Chargers(self.engine, vault, reactor, lambda: 7.5)
        self.addCleanup(chargers.close)
        return chargers

    def make_engine(self) -> Engine:
        """An engine of the database, for another look at it."""
        engine = open_engine(sqlite_url(self.path))
        self.addCleanup(engine.dispose)
        return engine

    def rows(self) -> dict[str, bytes]:
        """What stands in the database."""
        with self.make_engine().connect() as connection:
            return {row.id: row.sealed for row in connection.execute(select(CHARGERS))}

    def change(self, statement: str) -> None:
        """Change the database behind the store's back."""
        with self.make_engine().begin() as connection:
            connection.execute(text(statement))

    async def failed(self, done: Deferred[None]) -> str:
        """The text of the StoreError with which a write fails."""
        try:
            await done
        except StoreError as error:
            return str(error)
        raise self.failureException("the write did not fail")

    def watch(self) -> list[str]:
        """A list that grows by a word for each statement that the store sends, and each commit."""
        seen: list[str] = []
        event.listen(self.engine, "commit", lambda _: seen.append("COMMIT"))
        event.listen(self.engine, "after_execute", lambda *args: seen.append(str(args[1]).partition(" ")[0]))
        return seen

    async def test_saved(self) -> None:
        """D2: a saved record is there after a restart, its bytes unchanged; a later value replaces it."""
        one = record(b"\0\xff/:\r\n", own=SECRET)
        await self.chargers.save(one)
        self.assertEqual(self.open().load(), [one])
        one = evolve(one, approved=True)
        await self.chargers.save(one)
        self.assertEqual(self.open().load(), [one])

    async def test_sealed(self) -> None:
        """S-43: neither identity nor password stand in the files in clear, and the row is named by the opaque id."""
        await self.chargers.save(record(b"CP-0001", own=SECRET))
        files = [p for p in self.path.parent.iterdir() if p.name.startswith(self.path.name)]
        content = b"".join(p.read_bytes() for p in files)
        self.assertIn(VAULT.name(b"CP-0001").encode(), content)
        for secret in (b"CP-0001", b"opensesame", b"Q1AtMDAwM"):
            self.assertNotIn(secret, content)

    async def test_changed_at(self) -> None:
        """A row tells when it was changed."""
        await self.chargers.save(record(b"CP"))
        with self.make_engine().connect() as connection:
            self.assertEqual(connection.scalar(select(CHARGERS.c.changed_at)), 7.5)

    async def test_forgotten(self) -> None:
        """A forgotten record is gone, others stay; forgetting what is not there is no error."""
        one, two = record(b"CP1"), record(b"CP2")
        await gatherResults([self.chargers.save(one), self.chargers.save(two)])
        await self.chargers.forget(one.id)
        await self.chargers.forget(one.id)
        self.assertEqual(self.open().load(), [two])

    async def test_off_the_reactor(self) -> None:
        """Nothing is written on the reactor's thread, and the results come back on it."""
        threads: list[int] = []
        event.listen(self.engine, "before_cursor_execute", lambda *_: threads.append(threading.get_ident()))
        back = self.chargers.save(record(b"CP")).addCallback(lambda _: threading.get_ident())
        self.assertEqual(await back, threading.get_ident())
        await self.chargers.save(record(b"CP2"))
        self.assertEqual(len(set(threads)), 1)
        self.assertNotIn(threading.get_ident(), threads)

    async def test_no_thread_before_writing(self) -> None:
        """Until the first write there is no thread and no open database, since twistd forks after `load`."""
        before = set(threading.enumerate())
        chargers = self.open()
        chargers.load()
        self.assertEqual(set(threading.enumerate()), before)
        self.assertFalse(self.path.with_name(self.path.name + "-shm").exists())

    async def test_newest_wins(self) -> None:
        """Of many values that wait for one record only the newest is written, and every caller is told."""
        writes = self.watch()
        values = [record(b"CP", first_served=float(n)) for n in range(1, 100)]
        await gatherResults([self.chargers.save(value) for value in values])
        self.assertEqual(self.open().load(), [values[-1]])
        self.assertEqual(writes.count("INSERT"), 2)

    async def test_gathered(self) -> None:
        """What may wait is written with what comes meanwhile; whoever can't wait takes it along at once."""
        seen = self.watch()
        waiting = [self.chargers.save(record(b"CP%d" % n), 60.0) for n in range(3)]
        self.assertEqual(seen, [])
        await self.chargers.save(record(b"URGENT"))
        await gatherResults(waiting)
        self.assertEqual((seen.count("COMMIT"), len(self.open().load())), (1, 4))
        short = self.chargers.save(record(b"CP9"), 0.01)
        await short
        self.assertEqual(seen.count("COMMIT"), 2)

    async def test_gathered_until_the_end(self) -> None:
        """What still waits when Edge stops is written."""
        waiting = self.chargers.save(record(b"CP"), 60.0)
        await self.chargers.close()
        await waiting
        self.assertEqual(len(self.open().load()), 1)

    async def test_together(self) -> None:
        """What waits is written in one transaction: a site that comes back costs a few syncs, not one per charger."""
        seen = self.watch()
        records = [record(b"CP%d" % n) for n in range(200)]
        await gatherResults([self.chargers.save(r) for r in records])
        self.assertEqual(seen.count("COMMIT"), 2)
        self.assertEqual(len(self.open().load()), 200)

    async def test_order(self) -> None:
        """Saving and forgetting one record happen in the order asked for, while another write is under way too."""
        one, two = record(b"CP1"), record(b"CP2")
        waiting = [self.chargers.save(one), self.chargers.forget(one.id), self.chargers.save(two)]
        waiting += [self.chargers.forget(two.id), self.chargers.save(evolve(two, approved=True))]
        await gatherResults(waiting)
        self.assertEqual(self.open().load(), [evolve(two, approved=True)])

    async def test_save_from_callback(self) -> None:
        """Who is told of a write may ask for the next at once."""
        one = record(b"CP")
        done: Deferred[None] = self.chargers.save(one)
        await done.addCallback(lambda _: self.chargers.save(evolve(one, blocked=True)))
        self.assertEqual(self.open().load(), [evolve(one, blocked=True)])

    async def test_close(self) -> None:
        """Closing writes what waits, stops the thread and lets go of the file. Later writes fail."""
        before = set(threading.enumerate())
        saved = [self.chargers.save(record(b"CP%d" % n)) for n in range(3)]
        saved.append(self.chargers.save(record(b"CP1", approved=True)))
        await gatherResults([self.chargers.close(), self.chargers.close()])
        for done in saved:
            self.successResultOf(done)
        self.assertEqual(set(threading.enumerate()) - before, set())
        self.assertFalse(self.path.with_name(self.path.name + "-wal").exists())
        failure = self.failureResultOf(self.chargers.save(record(b"CP4")), StoreError)
        self.assertIn("Edge is stopping", failure.getErrorMessage())
        self.failureResultOf(self.chargers.forget("a"), StoreError)
        await self.chargers.close()
        self.assertEqual([r.approved for r in self.open().load() if r.identity == b"CP1"], [True])

    async def test_close_unused(self) -> None:
        """A store that was never written to closes at once."""
        self.successResultOf(self.chargers.close())

    async def test_disk_fails(self) -> None:
        """A write that fails is told to all who asked, in one line without content; it goes along with the next one."""
        self.change("ALTER TABLE chargers RENAME TO away")
        asked = [self.chargers.save(record(b"CP-0001", own=SECRET)) for _ in range(3)]
        for done in asked:
            self.assertEqual(
                await self.failed(done),
                f"{self.path}: charger records were not written (no such table: chargers); "
                f"see that the disk is sound, writable and not full",
            )
        self.change("ALTER TABLE away RENAME TO chargers")
        await self.chargers.save(record(b"CP"))
        self.assertEqual({r.identity for r in self.open().load()}, {b"CP-0001", b"CP"})

    async def test_disk_failed(self) -> None:
        """What could not be written is written once the disk works again: a block must not end with the next start."""
        self.patch(module, "RETRY_SECONDS", 0.01)
        await self.chargers.save(record(b"CP"))
        self.change("ALTER TABLE chargers RENAME TO away")
        await self.failed(self.chargers.save(record(b"CP", blocked=True)))
        self.change("ALTER TABLE away RENAME TO chargers")
        tried: Deferred[None] = Deferred()
        assert IReactorFromThreads.providedBy(reactor)
        tell = partial(reactor.callFromThread, tried.callback, None)
        event.listen(self.engine, "commit", lambda _: tell(), once=True)
        await tried
        await self.chargers.close()
        self.assertEqual([r.blocked for r in self.open().load()], [True])

    async def test_close_after_failure(self) -> None:
        """A failed write does not keep the store from closing."""
        self.change("DROP TABLE chargers")
        saved = self.chargers.save(record(b"CP"))
        await self.chargers.close()
        await self.failed(saved)

    async def test_unencodable(self) -> None:
        """A record that would not come back is refused alone; those beside it are written."""
        first = self.chargers.save(record(b"CP1"))
        bad = self.chargers.save(record(b"CP2", last_served=math.nan))
        good = self.chargers.save(record(b"CP3"))
        await gatherResults([first, good])
        self.assertIn(f"record {VAULT.name(b'CP2')} was not written", await self.failed(bad))
        self.assertEqual({r.identity for r in self.open().load()}, {b"CP1", b"CP3"})

    async def test_cancelled(self) -> None:
        """A caller that no longer wants to know does not stop the write."""
        done = self.chargers.save(record(b"CP"))
        done.addErrback(lambda _: None)
        done.cancel()
        await self.chargers.close()
        self.assertEqual(len(self.rows()), 1)

    async def test_wrong_key(self) -> None:
        """With another key the start fails in one line that names the database and the key."""
        await gatherResults([self.chargers.save(record(b"CP%d" % n)) for n in range(3)])
        error = self.assertRaises(StoreError, self.open(Vault.from_master(b"\1" * 32)).load)
        self.assertEqual(
            str(error),
            f"{self.path}: 3 of 3 charger records cannot be opened; this is not the key it was written with: "
            f"put that key back, or move the database away to begin anew",
        )

    async def test_damaged_row(self) -> None:
        """A row that was changed or swapped with another is found, counted and named by its opaque id."""
        await gatherResults([self.chargers.save(record(b"CP%d" % n)) for n in range(4)])
        one, two, three, _ = sorted(self.rows())
        self.change(f"UPDATE chargers SET sealed = x'01' WHERE id = '{one}'")
        self.change(
            f"UPDATE chargers SET sealed = (SELECT sealed FROM chargers WHERE id = '{three}') WHERE id = '{two}'"
        )
        error = self.assertRaises(StoreError, self.open().load)
        self.assertIn(f"2 of 4 charger records cannot be opened; row {one} is damaged", str(error))
        self.assertNotIn("CP", str(error).removeprefix(str(self.path)))

    async def test_not_a_record(self) -> None:
        """A row that opens and holds no record is damaged too."""
        sealed = VAULT.seal(b'{"identity":"opensesame!"}', b"x")
        self.change(f"INSERT INTO chargers VALUES ('x', x'{sealed.hex()}', 0)")
        error = self.assertRaises(StoreError, self.open().load)
        self.assertIn("1 of 1", str(error))
        self.assertNotIn("opensesame", str(error))

    def test_unreadable(self) -> None:
        """A database that cannot be read is named with the reason."""
        self.change("DROP TABLE chargers")
        error = self.assertRaises(StoreError, self.open().load)
        self.assertIn(f"{self.path}: the charger records cannot be read (no such table: chargers)", str(error))

    def test_interface(self) -> None:
        """It is the store that the rest of Edge expects."""
        store: ChargerStore = self.chargers
        self.assertEqual(store.load(), [])
