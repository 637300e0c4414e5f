"""The journal: what happened, kept on disk for a while, written behind by one thread of its own.

An entry has its number at once and can be read at once; it is on the disk within about a second. What waits is
bounded: where the disk does not keep up, the oldest that wait give way to one entry that tells how many they were.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from attrs import define, field
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from edge_twisted.core.events import JournalGap
from edge_twisted.store.engine import cause, place
from edge_twisted.store.entries import (
    JSON,
    Entry,
    Query,
    newest_id,
    outdated,
    plain,
    read_entries,
    remove_entries,
    write_entries,
)
from edge_twisted.store.errors import StoreError

__all__ = ["JSON", "Entry", "Journal"]

T = TypeVar("T")

WAITING: Final = 10_000
"""Entries that wait to be written, at most, beside those that are just being written."""
BATCH: Final = 1000
"""Entries that are written in one transaction."""
READ: Final = 1000
"""Entries that are read at once."""
READERS: Final = 100
"""How many may wait for what they asked to read."""
WRITE_SECONDS: Final = 1.0
"""How long entries are gathered for one transaction."""
RETRY_SECONDS: Final = 5.0
"""Between two tries while the disk fails."""
PRUNE_SECONDS: Final = 3600.0
"""Between two searches for outdated entries, unless a tenth of `most` has been written before."""
PAUSE_SECONDS: Final = 0.1
"""Between two transactions that remove outdated entries."""
DAY: Final = 86_400.0


@define(eq=False)
class Journal:
    """The entries in a database. All methods belong on the reactor's thread.

    No thread is started and no connection is kept before the reactor runs, so that `twistd` may fork after `load`.

    Args:
        engine: the database, brought up to date.
        reactor: for time, and where results come back.
        now: seconds since the epoch.
        days: what is older is removed.
        most: entries that are kept, give or take a tenth.
        failed: told why the disk failed, in a few words; once, until it works again.
    """

    _engine: Engine
    _reactor: Any
    _now: Callable[[], float] = time.time
    _days: int = field(default=90, kw_only=True)
    _most: int = field(default=100_000, kw_only=True)
    _failed: Callable[[str], None] = field(default=lambda _: None, kw_only=True)
    _pool: ThreadPool | None = field(init=False, default=None)
    _jobs: int = field(init=False, default=0)
    _readers: int = field(init=False, default=0)
    _newest: int = field(init=False, default=0)
    _stored: int = field(init=False, default=0)
    _waiting: deque[Entry] = field(init=False, factory=deque)
    _batch: tuple[Entry, ...] = field(init=False, default=())
    _write_call: IDelayedCall | None = field(init=False, default=None)
    _prune_call: IDelayedCall | None = field(init=False, default=None)
    _pruning: bool = field(init=False, default=False)
    _unpruned: int = field(init=False, default=0)
    _troubled: bool = field(init=False, default=False)
    _closed: bool = field(init=False, default=False)
    _given_up: bool = field(init=False, default=False)
    _closing: list[Deferred[None]] = field(init=False, factory=list)

    def load(self) -> None:
        """Learn the number of the newest entry; once, before the first `append`. Blocks.

        Raises:
            StoreError: the database cannot be read.
        """
        try:
            self._newest = self._stored = newest_id(self._engine)
        finally:
            self._engine.dispose()  # SQLite does not survive a fork, and twistd forks after this

    @property
    def newest(self) -> int:
        """The number of the newest entry, on the disk or not; 0 where there is none."""
        return self._newest

    def append(self, code: str, charger: str | None, fields: Mapping[str, object]) -> Entry:
        """Add an entry.

        Args:
            code: as `Event.code`.
            charger: opaque id, or None.
            fields: what belongs to it; values that JSON can carry, 64 KiB at most.

        Returns:
            The entry; it can be read from now on, and is on the disk soon.

        Raises:
            ValueError: the fields are no JSON, or too long.
            StoreError: the journal is closed.
        """
        if self._closed:
            raise self._stopping()
        entry = Entry(self._newest + 1, self._now(), code, charger, plain(fields))
        self._newest = entry.id
        self._waiting.append(entry)
        self._make_room()
        self._write_soon(WRITE_SECONDS)
        if self._prune_call is None and not self._pruning:
            self._prune_call = self._reactor.callLater(0, self._prune)
        return entry

    def read(
        self, after: int = 0, limit: int = 200, charger: str | None = None, before: int | None = None
    ) -> Deferred[list[Entry]]:
        """Read entries, also those that still wait to be written.

        Args:
            after: only those with a higher number. With `after`, and without `before`, the earliest that match come
                first, so that whoever reads on from the last one misses none; else the latest that match.
            limit: how many at most; 1 to `READ`, what is beyond counts as that.
            charger: only those of this opaque id.
            before: only those with a lower number, to leaf back.

        Returns:
            Fires with the entries, the newest last; fails with StoreError.
        """
        if self._closed:
            return fail(self._stopping())
        query = Query(after, before, charger, max(1, min(limit, READ)))
        held = (*self._batch, *self._waiting)
        if after >= self._stored:
            return succeed(query.pick(held))
        if self._readers >= READERS:
            return fail(StoreError(f"{place(self._engine)}: too many read the journal at once; try again"))
        self._readers += 1
        asked: Deferred[list[Entry]] = Deferred()

        def found(rows: list[Entry]) -> None:
            self._readers -= 1
            asked.callback(query.pick([*rows, *held]))

        def lost(failure: Failure) -> None:
            self._readers -= 1
            asked.errback(failure)

        self._in_thread(partial(read_entries, self._engine, query), found, lost)
        return asked

    def close(self) -> Deferred[None]:
        """Write what waits, stop the thread and let go of the database.

        Returns:
            Fires when all is done, also where the disk fails.
        """
        self._closed = True
        for call in (self._write_call, self._prune_call):
            if call is not None and call.active():
                call.cancel()
        done: Deferred[None] = Deferred()
        self._closing.append(done)
        self._close_if_idle()
        return done

    # --- writing -----------------------------------------------------------------------------------------------------

    def _make_room(self) -> None:
        """Let the oldest that wait give way to one entry that counts them."""
        if len(self._waiting) <= WAITING:
            return
        count = 0
        while len(self._waiting) >= WAITING:
            dropped = self._waiting.popleft()
            earlier = dropped.fields.get("count") if dropped.code == JournalGap.code else None
            count += earlier if isinstance(earlier, int) else 1
        # By the number of the last one dropped: whoever has read up to an earlier one comes upon it.
        self._waiting.appendleft(Entry(dropped.id, dropped.at, JournalGap.code, None, {"count": count}))

    def _write_soon(self, seconds: float) -> None:
        if self._write_call is None and not self._batch:
            self._write_call = self._reactor.callLater(seconds, self._write)

    def _write(self) -> None:
        self._write_call = None
        self._batch = tuple(self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting))))
        job = partial(write_entries, self._engine, self._batch, self._troubled)
        self._in_thread(job, self._written, self._not_written)

    def _written(self, _: None) -> None:
        self._stored, self._unpruned = self._batch[-1].id, self._unpruned + len(self._batch)
        self._batch, self._troubled = (), False
        if self._closed:
            return
        if self._waiting:
            self._write_soon(0 if len(self._waiting) >= BATCH else WRITE_SECONDS)
        if self._prune_call is not None and not self._pruning and self._unpruned >= max(BATCH, self._most // 10):
            self._prune_call.reset(0)

    def _not_written(self, failure: Failure) -> None:
        self._waiting.extendleft(reversed(self._batch))
        self._batch = ()
        self._make_room()
        if self._closed:
            self._given_up = True
        else:
            self._write_soon(RETRY_SECONDS)
        self._tell(failure)

    def _tell(self, failure: Failure) -> None:
        told, self._troubled = self._troubled, True
        if not told:
            error = failure.value
            self._failed(cause(error) if isinstance(error, SQLAlchemyError) else type(error).__name__)

    # --- removing ----------------------------------------------------------------------------------------------------

    def _prune(self) -> None:
        """Remove what is outdated: one short transaction, a pause, the next."""
        self._prune_call, self._pruning, self._unpruned = None, True, 0
        job = partial(outdated, self._engine, self._now() - self._days * DAY, self._most)
        self._in_thread(job, self._remove, self._not_removed)

    def _remove(self, up_to: int) -> None:
        self._prune_call = None
        if not up_to:
            self._prune_later()
        elif not self._closed:
            job = partial(remove_entries, self._engine, up_to)
            self._in_thread(job, partial(self._removed, up_to), self._not_removed)

    def _removed(self, up_to: int, more: bool) -> None:
        if more and not self._closed:
            self._prune_call = self._reactor.callLater(PAUSE_SECONDS, self._remove, up_to)
        else:
            self._prune_later()

    def _not_removed(self, failure: Failure) -> None:
        self._prune_later()
        self._tell(failure)

    def _prune_later(self) -> None:
        self._pruning = False
        if not self._closed:
            self._prune_call = self._reactor.callLater(PRUNE_SECONDS, self._prune)

    # --- the thread --------------------------------------------------------------------------------------------------

    def _in_thread(self, job: Callable[[], T], done: Callable[[T], None], failed: Callable[[Failure], None]) -> None:
        if self._pool is None:
            self._pool = ThreadPool(minthreads=0, maxthreads=1, name="journal")
            self._pool.start()
        self._jobs += 1
        working = deferToThreadPool(self._reactor, self._pool, job)
        working.addCallbacks(done, failed)
        working.addBoth(self._worked)

    def _worked(self, result: Failure | None) -> Failure | None:
        self._jobs -= 1
        self._close_if_idle()
        return result  # a failure here is a mistake of ours, which Twisted logs

    def _close_if_idle(self) -> None:
        if not self._closed or self._jobs:
            return
        if self._waiting and not self._given_up:
            self._write()
            return
        if self._pool is not None:
            self._pool.stop()
            self._pool = None
        self._engine.dispose()
        closing, self._closing = self._closing, []
        for done in closing:
            done.callback(None)

    def _stopping(self) -> StoreError:
        return StoreError(f"{place(self._engine)}: Edge is stopping; the journal is closed")
