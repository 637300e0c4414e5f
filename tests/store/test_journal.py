"""Tests of `edge_twisted.store.journal` and of entries on disk."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, func, insert, select, text
from twisted.internet import reactor
from twisted.internet.defer import Deferred, gatherResults
from twisted.internet.interfaces import IReactorFromThreads
from twisted.internet.task import Clock
from twisted.trial.unittest import TestCase

from edge_twisted.core.record import Record
from edge_twisted.store import engine as engine_module
from edge_twisted.store import journal as journal_module
from edge_twisted.store.chargers import Chargers
from edge_twisted.store.engine import open_engine, sqlite_url, writing
from edge_twisted.store.errors import StoreError
from edge_twisted.store.journal import (
    BATCH,
    PAUSE_SECONDS,
    PRUNE_SECONDS,
    READERS,
    RETRY_SECONDS,
    WAITING,
    Entry,
    Journal,
)
from edge_twisted.store.schema import JOURNAL
from edge_twisted.store.upgrade import upgrade
from edge_twisted.store.vault import Vault

NOW = 1_700_000_000.0
DAY = 86_400.0
FULL = "CREATE TRIGGER full BEFORE INSERT ON journal BEGIN SELECT RAISE(FAIL, 'disk is full'); END"


class ThreadClock(Clock):
    """A clock that is turned by hand, with the real reactor's way back from threads."""

    callFromThread: Callable[..., object]

    def __init__(self) -> None:
        super().__init__()
        assert IReactorFromThreads.providedBy(reactor)
        self.callFromThread = reactor.callFromThread


class JournalCase(TestCase):
    """Has a journal on disk, and turns its clock."""

    def setUp(self) -> None:
        self.path = Path(self.mktemp()).absolute()
        engine = open_engine(sqlite_url(self.path))
        upgrade(engine)
        engine.dispose()
        self.troubles: list[str] = []
        self.time = NOW
        self.journal = self.open()

    def open(self, **options: Any) -> Journal:
        """A journal of the database, closed at the end."""
        self.engine, self.clock = self.make_engine(), ThreadClock()
        journal = Journal(self.engine, self.clock, lambda: self.time, failed=self.troubles.append, **options)
        journal.load()
        self.addCleanup(journal.close)
        return journal

    def make_engine(self) -> Engine:
        """An engine of the database, for another look at it."""
        engine = open_engine(sqlite_url(self.path))
        self.addCleanup(engine.dispose)
        return engine

    async def pass_time(self, seconds: float, journal: Journal | None = None) -> None:
        """Turn the clock, and wait until the journal's thread has done what was due."""
        self.clock.advance(seconds)
        # One thread does one thing after the other, and what it read comes back last. -1: it must look on the disk.
        await (journal or self.journal).read(after=-1, limit=1)

    def add(self, count: int, charger: str | None = None) -> list[Entry]:
        """Add entries."""
        return [self.journal.append("served", charger, {"n": n}) for n in range(count)]

    def rows(self) -> list[int]:
        """The numbers of the entries on the disk."""
        with self.make_engine().connect() as connection:
            return list(connection.scalars(select(JOURNAL.c.id).order_by(JOURNAL.c.id)))

    def change(self, statement: str) -> None:
        """Change the database behind the journal's back."""
        with self.make_engine().begin() as connection:
            connection.execute(text(statement))

    def fill(self, *ages: float) -> None:
        """Put entries on the disk that are so many days old; the first has the number 1."""
        rows = [
            {"id": id, "at": NOW - age * DAY, "code": "served", "charger": None, "fields": "{}"}
            for id, age in enumerate(ages, 1)
        ]
        with self.make_engine().begin() as connection:
            connection.execute(insert(JOURNAL), rows)

    def watch(self) -> list[str]:
        """A list that grows by a word for each statement of the journal's that changes something, and each commit."""
        seen: list[str] = []

        def executed(*args: Any) -> None:
            word = str(args[1]).partition(" ")[0]
            if word != "SELECT":
                seen.append(word)

        event.listen(self.engine, "after_execute", executed)
        event.listen(self.engine, "commit", lambda _: seen.append("COMMIT"))
        return seen


class WriteTests(JournalCase):
    """Entries on their way to the disk."""

    async def test_kept(self) -> None:
        """D2: entries are there after a restart, as they were; numbers go on after the newest."""
        entries = [
            self.journal.append("alarm", "abcd", {"what": "clash", "address": "::1", "quirks": ("a", "b")}),
            self.journal.append("started", None, {"ws": (80,), "fingerprint": "\0'\"{}ü☃", "on": True, "s": 1.25}),
        ]
        self.assertEqual([(e.id, e.at, e.charger) for e in entries], [(1, NOW, "abcd"), (2, NOW, None)])
        self.assertEqual(entries[0].fields, {"what": "clash", "address": "::1", "quirks": ["a", "b"]})
        await self.journal.close()
        self.journal = self.open()
        self.assertEqual(self.journal.newest, 2)
        self.assertEqual(await self.journal.read(), entries)
        self.assertEqual(self.journal.append("stopping", None, {}).id, 3)

    async def test_together(self) -> None:
        """What happens within a second is written in one transaction: flash cards wear out."""
        self.journal.append("served", None, {})
        await self.pass_time(0)
        seen = self.watch()
        await self.pass_time(0.5)
        self.add(500)
        await self.pass_time(0.4)
        self.assertEqual((seen, self.rows()), ([], []))
        await self.pass_time(0.1)
        self.assertEqual(seen, ["INSERT", "COMMIT"])
        self.assertEqual(self.rows(), [*range(1, 502)])

    async def test_many(self) -> None:
        """Many entries are written in several transactions, so that chargers need not wait for the end of all."""
        self.add(1)
        await self.pass_time(0)
        seen = self.watch()
        self.add(2 * BATCH + 1)
        for seconds in (1, 0, 0):
            await self.pass_time(seconds)
        self.assertEqual(self.rows(), [*range(1, 2 * BATCH + 1)])
        await self.pass_time(1)
        self.assertEqual(self.rows(), [*range(1, 2 * BATCH + 3)])
        self.assertEqual(seen, ["INSERT", "COMMIT"] * 3)

    async def test_while_writing(self) -> None:
        """What comes while others are written is written after them."""
        self.add(1)
        self.clock.advance(1)
        self.add(1)
        await self.pass_time(0)
        self.assertEqual(self.rows(), [1])
        await self.pass_time(1)
        self.assertEqual(self.rows(), [1, 2])

    async def test_off_the_reactor(self) -> None:
        """Nothing is read or written on the reactor's thread, and results come back on it."""
        threads: set[int] = set()
        event.listen(self.engine, "before_cursor_execute", lambda *_: threads.add(threading.get_ident()))
        self.add(1)
        await self.pass_time(1)
        back = self.journal.read().addCallback(lambda _: threading.get_ident())
        self.assertEqual(await back, threading.get_ident())
        self.assertEqual(len(threads), 1)
        self.assertNotIn(threading.get_ident(), threads)

    def test_no_thread_before_running(self) -> None:
        """Until the reactor runs there is no thread and no open database, since twistd forks before."""
        before = set(threading.enumerate())
        journal = self.open()
        journal.append("started", None, {})
        self.assertEqual([e.id for e in self.successResultOf(journal.read())], [1])
        self.assertEqual(set(threading.enumerate()), before)
        self.assertFalse(self.path.with_name(self.path.name + "-shm").exists())

    def test_refused(self) -> None:
        """Fields that are no JSON are refused, and take no number."""
        self.assertRaises(ValueError, self.journal.append, "served", None, {"what": object()})
        self.assertEqual(self.journal.newest, 0)

    def test_unreadable(self) -> None:
        """A database that cannot be read stops the start in one line that names it."""
        self.change("DROP TABLE journal")
        error = self.assertRaises(StoreError, self.journal.load)
        self.assertEqual(
            str(error), f"{self.path}: the journal cannot be read (no such table: journal); see that the disk is sound"
        )


class ReadTests(JournalCase):
    """`Journal.read`."""

    async def ids(self, *args: Any, **options: Any) -> list[int]:
        """The numbers of what is read."""
        return [entry.id for entry in await self.journal.read(*args, **options)]

    async def both(self) -> None:
        """Entries 1 to 6 on the disk, 7 to 9 waiting; every third is of charger `a`."""
        for id in range(1, 10):
            self.journal.append("served", "a" if id % 3 == 0 else None, {"n": id})
            if id == 6:
                await self.pass_time(1)

    async def test_newest_last(self) -> None:
        """The latest are read, newest last, also those that still wait, each once."""
        await self.both()
        self.assertEqual(self.rows(), [*range(1, 7)])
        self.assertEqual(await self.ids(), [*range(1, 10)])
        self.assertEqual(await self.ids(limit=5), [5, 6, 7, 8, 9])
        self.assertEqual([e.fields for e in await self.journal.read(limit=1)], [{"n": 9}])

    async def test_after(self) -> None:
        """Whoever reads on after what he has, a few at a time, sees every entry once."""
        await self.both()
        seen, last = [], 1
        while more := await self.ids(after=last, limit=3):
            seen += more
            last = more[-1]
        self.assertEqual(seen, [*range(2, 10)])

    async def test_before(self) -> None:
        """Whoever leafs back sees every entry once."""
        await self.both()
        seen: list[int] = []
        while more := await self.ids(before=seen[0] if seen else None, limit=4):
            seen = more + seen
        self.assertEqual(seen, [*range(1, 10)])
        self.assertEqual(await self.ids(after=2, before=8, limit=2), [6, 7])

    async def test_charger(self) -> None:
        """The entries of one charger, on the disk and waiting."""
        await self.both()
        self.assertEqual(await self.ids(charger="a"), [3, 6, 9])
        self.assertEqual(await self.ids(charger="a", after=3, limit=1), [6])
        self.assertEqual(await self.ids(charger="b"), [])

    async def test_while_written(self) -> None:
        """What is on its way to the disk while it is read is there once."""
        self.add(3)
        await self.pass_time(1)
        self.add(2)
        reading = self.ids()
        self.clock.advance(1)
        also = self.ids()
        self.assertEqual((await reading, await also), ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]))

    async def test_following(self) -> None:
        """Who follows is answered at once, without the disk."""
        await self.both()
        entries = self.successResultOf(self.journal.read(after=6))
        self.assertEqual([entry.id for entry in entries], [7, 8, 9])
        self.assertEqual(self.successResultOf(self.journal.read(after=9)), [])

    async def test_limits(self) -> None:
        """A limit beyond what is sensible counts as the nearest that is."""
        self.add(1500)
        self.assertEqual(len(await self.journal.read(limit=10_000)), 1000)
        self.assertEqual(len(await self.journal.read(limit=0)), 1)
        self.assertEqual(len(await self.journal.read()), 200)

    async def test_damaged(self) -> None:
        """An entry whose fields are damaged is read without them, the others as they are."""
        self.fill(0, 0, 0)
        self.change("UPDATE journal SET fields = 'no JSON' WHERE id = 2")
        self.change("UPDATE journal SET fields = '[]' WHERE id = 3")
        self.journal = self.open()
        self.assertEqual([(e.id, e.fields) for e in await self.journal.read()], [(1, {}), (2, {}), (3, {})])

    async def test_unreadable(self) -> None:
        """A disk that cannot be read is told to who asked; entries that wait can still be followed."""
        await self.both()
        self.change("DROP TABLE journal")
        with self.assertRaises(StoreError) as raised:
            await self.journal.read()
        self.assertIn("the journal cannot be read (no such table: journal)", str(raised.exception))
        self.assertEqual(await self.ids(after=6), [7, 8, 9])

    async def test_too_many(self) -> None:
        """Only so many may wait for an answer; the next are refused, and none is when these have it."""
        await self.both()
        waiting = [self.journal.read() for _ in range(READERS)]
        self.failureResultOf(self.journal.read(), StoreError)
        await gatherResults(waiting)
        await self.journal.read()


class TroubleTests(JournalCase):
    """A disk that fails or does not keep up."""

    async def test_told_once(self) -> None:
        """A failing disk is told once, in a few words; entries are kept, tried again, and lost none."""
        self.change(FULL)
        self.add(2)
        await self.pass_time(1)
        self.add(1)
        for _ in range(3):
            await self.pass_time(RETRY_SECONDS)
        self.assertEqual(self.troubles, ["disk is full"])
        self.assertEqual([e.id for e in await self.journal.read()], [1, 2, 3])
        self.change("DROP TRIGGER full")
        await self.pass_time(RETRY_SECONDS)
        self.assertEqual(self.rows(), [1, 2, 3])
        self.assertEqual(self.troubles, ["disk is full"])

    async def test_told_again(self) -> None:
        """After the disk worked again, the next failure is told."""
        for _ in range(2):
            self.change(FULL)
            self.add(1)
            await self.pass_time(1)
            self.change("DROP TRIGGER full")
            await self.pass_time(RETRY_SECONDS)
        self.assertEqual((self.rows(), self.troubles), ([1, 2], ["disk is full"] * 2))

    async def test_not_hurried(self) -> None:
        """While the disk fails, new entries do not bring the next try forward."""
        self.change(FULL)
        self.add(1)
        await self.pass_time(1)
        seen = self.watch()
        self.add(1)
        await self.pass_time(RETRY_SECONDS - 0.1)
        self.assertEqual(seen, [])

    async def test_there_after_all(self) -> None:
        """Entries that stand on the disk although it said no are no obstacle to the next try."""
        self.change(FULL)
        entries = self.add(3)
        await self.pass_time(1)
        self.change("DROP TRIGGER full")
        self.fill(1, 1)
        await self.pass_time(RETRY_SECONDS)
        self.assertEqual(self.rows(), [1, 2, 3])
        self.assertEqual(await self.open().read(), entries)

    async def test_gap(self) -> None:
        """Of more entries than may wait the oldest are dropped, and one entry counts them in their place."""
        self.add(2)
        await self.pass_time(1)
        self.change(FULL)
        self.add(WAITING + 50)
        found = self.successResultOf(self.journal.read(after=2, limit=2))
        self.assertEqual(
            [(e.id, e.code, e.fields) for e in found], [(53, "journal-gap", {"count": 51}), (54, "served", {"n": 51})]
        )
        await self.pass_time(1)
        self.add(10)
        await self.pass_time(RETRY_SECONDS)
        self.change("DROP TRIGGER full")
        await self.journal.close()
        self.journal = self.open()
        entries = await self.journal.read(limit=1000, before=1000)
        self.assertEqual([e.id for e in entries], [1, 2, *range(63, 1000)])
        self.assertEqual([(e.id, e.fields) for e in entries if e.code == "journal-gap"], [(63, {"count": 61})])
        self.assertEqual((self.journal.newest, len(self.rows())), (WAITING + 62, WAITING + 2))

    async def test_gap_while_writing(self) -> None:
        """What is just being written is not dropped, unless it comes back to what waits."""
        self.change(FULL)
        self.add(BATCH)
        self.clock.advance(1)
        self.add(WAITING)
        self.assertEqual((await self.journal.read(limit=1, after=0, before=2))[0].id, 1)
        await self.journal.read(after=-1)
        first = self.successResultOf(self.journal.read(after=1, limit=1))[0]
        self.assertEqual((first.id, first.fields), (BATCH + 1, {"count": BATCH + 1}))

    async def test_mistake(self) -> None:
        """A mistake of Edge's own while writing is told by its kind, never by its text."""

        def broken(*_: object) -> None:
            raise KeyError("opensesame")

        self.patch(journal_module, "write_entries", broken)
        self.add(1)
        await self.pass_time(1)
        self.assertEqual(self.troubles, ["KeyError"])

    async def test_both_busy(self) -> None:
        """Journal and charger records are written by two threads at once, and neither ever finds the other in its way.

        Not even on a disk whose commits take longer than SQLite waits: here it does not wait at all.
        """
        self.patch(engine_module, "BUSY_SECONDS", 0.0)
        vault, engine = Vault.from_master(bytes(32)), self.make_engine()
        with engine.connect() as connection:  # the write-ahead log is made once, before
            connection.scalar(select(func.count(JOURNAL.c.id)))
            self.journal = Journal(engine, self.clock, lambda: self.time, failed=self.troubles.append)
            self.fill(*[100] * 5000)
            self.journal.load()
            assert IReactorFromThreads.providedBy(reactor)
            chargers = Chargers(engine, vault, reactor)
            self.addCleanup(chargers.close)
            self.addCleanup(self.journal.close)
            saved: list[Deferred[None]] = []
            for n in range(100):
                identity = b"CP%d" % n
                self.add(20)
                saved.append(chargers.save(Record(identity, vault.name(identity))))
                self.clock.advance(1)
                await saved[-1]
                saved.append(chargers.forget(vault.name(identity)))
            await gatherResults(saved)
            await gatherResults([self.journal.close(), chargers.close()])
        self.assertEqual(self.troubles, [])
        self.assertEqual(self.rows()[-2000:], [*range(5001, 7001)])
        self.assertLess(len(self.rows()), 7000)

    async def test_waits_for_other_writers(self) -> None:
        """Who writes waits for whoever is writing, and then goes on."""
        holding, done = threading.Event(), threading.Event()

        def hold() -> None:
            with writing(self.engine) as connection:
                connection.execute(insert(JOURNAL).values(id=1000, at=0, code="a", fields="{}"))
                holding.set()
                done.wait(10)

        self.patch(engine_module, "BUSY_SECONDS", 0.0)
        self.journal = self.open()
        other = threading.Thread(target=hold)
        other.start()
        self.addCleanup(other.join)
        self.addCleanup(done.set)
        holding.wait(10)
        self.add(1)
        self.clock.advance(1)
        self.assertEqual(self.troubles, [])
        done.set()
        await self.journal.close()
        self.assertEqual((self.troubles, self.rows()), ([], [1, 1000]))


class PruneTests(JournalCase):
    """What is too old or too much is removed."""

    async def pruned(self, *ages: float, **options: Any) -> list[int]:
        """What is left on the disk, after the start, of entries so many days old."""
        self.fill(*ages)
        self.journal = self.open(**options)
        self.add(1)
        await self.prune()
        left = self.rows()
        await self.journal.close()
        return left

    async def prune(self) -> None:
        """Wait until what is outdated is removed; the search, and each removal, is a turn of the thread."""
        for _ in range(10):
            await self.pass_time(PAUSE_SECONDS / 2)
            await self.pass_time(PAUSE_SECONDS / 2)

    async def test_age(self) -> None:
        """Entries older than so many days are removed at the start."""
        self.assertEqual(await self.pruned(91, 90.1, 89.9, 5, days=90), [3, 4, 5])

    async def test_number(self) -> None:
        """Of more entries than are kept the oldest are removed."""
        self.assertEqual(await self.pruned(*[1] * 50, most=10), [*range(41, 52)])

    async def test_newest_stays(self) -> None:
        """The newest entry on the disk stays however old, so that no number is given twice."""
        self.fill(200, 200, 200)
        self.journal = self.open()
        self.journal.append("served", None, {})
        await self.pass_time(0)
        await self.pass_time(0)
        self.assertEqual((self.rows(), self.open().newest), ([3], 3))

    async def test_wrong_clock(self) -> None:
        """Entries from before the box knew the time are kept as long as those before them."""
        self.assertEqual(await self.pruned(91, 80, 19_000, 19_000, 1), [2, 3, 4, 5, 6])

    async def test_nothing_to_do(self) -> None:
        """Where nothing is outdated nothing is changed."""
        self.fill(1, 2, 3)
        self.journal = self.open()
        seen = self.watch()
        self.add(1)
        await self.pass_time(0)
        await self.pass_time(PAUSE_SECONDS)
        self.assertEqual(seen, [])

    async def test_in_steps(self) -> None:
        """Much is removed in short transactions with a pause between, in which others can write."""
        self.fill(*[100] * 2500, 1)
        self.journal = self.open()
        seen = self.watch()
        self.add(1)
        steps = []
        for seconds in (0, 0, 0, PAUSE_SECONDS, 0, PAUSE_SECONDS):
            await self.pass_time(seconds)
            steps.append(len(self.rows()))
        self.assertEqual(steps, [2501, 1501, 1501, 501, 501, 1])
        self.assertEqual(seen, ["DELETE", "COMMIT"] * 3)

    async def test_every_hour(self) -> None:
        """Outdated entries are looked for once an hour."""
        self.add(3)
        await self.pass_time(1)
        await self.prune()
        self.time += 91 * DAY
        self.add(1)
        await self.pass_time(PRUNE_SECONDS / 2)
        await self.prune()
        self.assertEqual(self.rows(), [1, 2, 3, 4])
        await self.pass_time(PRUNE_SECONDS / 2)
        await self.prune()
        self.assertEqual(self.rows(), [4])

    async def test_flood(self) -> None:
        """Many new entries are not let grow for an hour: a tenth over, and the oldest go."""
        self.journal = self.open(most=10_000)
        self.add(10_000)
        await self.flow()
        self.assertEqual(len(self.rows()), 10_000)
        for _ in range(3):
            self.add(1000)
            await self.flow()
            self.assertEqual(len(self.rows()), 10_000)

    async def flow(self) -> None:
        """Let a thousand entries at a time be written, and outdated ones be removed."""
        await self.pass_time(1)
        for _ in range(10):
            await self.pass_time(0)
        await self.prune()

    async def test_disk_fails(self) -> None:
        """Where nothing can be removed that is told, and tried again in an hour."""
        self.fill(100, 1)
        self.change("CREATE TRIGGER kept BEFORE DELETE ON journal BEGIN SELECT RAISE(FAIL, 'disk is full'); END")
        self.journal = self.open()
        self.add(1)
        await self.prune()
        self.assertEqual((self.rows(), self.troubles), ([1, 2, 3], ["disk is full"]))
        self.change("DROP TRIGGER kept")
        await self.pass_time(PRUNE_SECONDS)
        await self.prune()
        self.assertEqual(self.rows(), [2, 3])


class CloseTests(JournalCase):
    """`Journal.close`."""

    async def test_all_written(self) -> None:
        """Closing writes all that waits at once, stops the thread and lets go of the file; later calls fail."""
        before = set(threading.enumerate())
        self.add(2 * BATCH + 1)
        reading = self.journal.read()
        await gatherResults([self.journal.close(), self.journal.close()])
        self.assertEqual(len(self.successResultOf(reading)), 200)
        self.assertEqual(set(threading.enumerate()) - before, set())
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertFalse(self.path.with_name(self.path.name + "-wal").exists())
        self.assertEqual(self.rows(), [*range(1, 2 * BATCH + 2)])
        self.failureResultOf(self.journal.read(), StoreError)
        error = self.assertRaises(StoreError, self.journal.append, "served", None, {})
        self.assertEqual(str(error), f"{self.path}: Edge is stopping; the journal is closed")
        self.successResultOf(self.journal.close())

    def test_unused(self) -> None:
        """A journal in which nothing was written closes at once."""
        self.successResultOf(self.journal.close())

    async def test_in_the_middle(self) -> None:
        """Closing waits for what the thread is doing: a write, a read, a removal."""
        self.fill(*[100] * 2500)
        self.journal = self.open()
        self.add(1)
        self.clock.advance(0)
        self.clock.advance(1)
        reading = self.journal.read(limit=1)
        self.add(1)
        await self.journal.close()
        self.assertEqual([e.id for e in await reading], [2501])
        self.assertEqual(self.rows()[-2:], [2501, 2502])
        self.assertEqual(self.clock.getDelayedCalls(), [])

    async def test_while_removing(self) -> None:
        """Closing does not wait for the removal of all that is outdated, and the next start goes on with it."""
        self.fill(*[100] * 2500)
        self.journal = self.open()
        self.add(1)
        for _ in range(2):
            await self.pass_time(0)
        await self.journal.close()
        self.assertEqual(len(self.rows()), 1501)

    async def test_disk_fails(self) -> None:
        """A disk that fails does not keep the journal from closing; it is tried once more and told."""
        self.change(FULL)
        self.add(1)
        await self.journal.close()
        self.assertEqual(self.troubles, ["disk is full"])

    async def test_disk_works_again(self) -> None:
        """What waited through a failure of the disk is written when the journal closes."""
        self.change(FULL)
        self.add(1)
        await self.pass_time(1)
        self.change("DROP TRIGGER full")
        await self.journal.close()
        self.assertEqual(self.rows(), [1])

    async def test_reader_closes(self) -> None:
        """Who is told what was read may close the journal."""
        self.fill(0)
        self.journal = self.open()
        await self.journal.read().addCallback(lambda _: self.journal.close())
        self.failureResultOf(self.journal.read(), StoreError)

    async def test_reader_left(self) -> None:
        """Who no longer wants to know what was read harms nobody."""
        self.fill(0)
        self.journal = self.open()
        reading = self.journal.read()
        reading.addErrback(lambda _: None)
        reading.cancel()
        await self.journal.close()
        self.assertEqual(self.troubles, [])
