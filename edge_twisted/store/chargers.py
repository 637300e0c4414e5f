"""Charger records on disk: read once at the start, written behind by one thread of the store's own.

What waits is bounded by the number of records: a newer value of a record takes the place of one that still waits.
Everything that waits is written in one transaction, and what was merely learned waits a second for more of its kind, so
that a site that comes back after a power cut costs a few syncs of a slow flash card and not one per charger.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol

from attrs import define, field
from sqlalchemy import Engine, bindparam, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from edge_twisted.core.record import Record
from edge_twisted.store.codec import Undecodable, Unencodable, decode_record, encode_record
from edge_twisted.store.engine import cause, place, writing
from edge_twisted.store.errors import StoreError
from edge_twisted.store.schema import CHARGERS
from edge_twisted.store.vault import BrokenSeal, Vault

GATHER_SECONDS: Final = 1.0
"""How long what was learned waits for more of its kind: a storm of chargers costs one sync then, not hundreds."""
RETRY_SECONDS: Final = 10.0
"""After which what could not be written is tried again."""

_DELETE = delete(CHARGERS).where(CHARGERS.c.id == bindparam("row"))


class ChargerStore(Protocol):
    """What the rest of Edge sees of the store of charger records."""

    def load(self) -> list[Record]:
        """All records; blocks, for the start only."""

    def save(self, record: Record, within: float = 0.0) -> Deferred[None]:
        """Remember a record, within so many seconds; fires when it is on the disk."""

    def forget(self, id: str) -> Deferred[None]:
        """Remove the record with that opaque id; fires when it is gone from the disk."""

    def close(self) -> Deferred[None]:
        """Write what waits, and stop; fires when all is done."""


@define
class _Waiting:
    """The newest value of one record that waits to be written (None: to be removed), and who wants to know."""

    record: Record | None
    callers: list[Deferred[None]] = field(factory=list)


@define(eq=False)
class Chargers:
    """The records in a database. All methods belong on the reactor's thread.

    No thread is started and no connection is kept before the first write, so that `twistd` may fork after `load`.

    Args:
        engine: the database, brought up to date.
        vault: seals the records.
        reactor: for time, and where results come back.
        now: seconds since the epoch.
    """

    _engine: Engine
    _vault: Vault
    _reactor: Any
    _now: Callable[[], float] = time.time
    _pool: ThreadPool | None = field(init=False, default=None)
    _waiting: dict[str, _Waiting] = field(init=False, factory=dict)
    _writing: bool = field(init=False, default=False)
    _hurried: bool = field(init=False, default=False)
    _gathering: IDelayedCall | None = field(init=False, default=None)
    _closed: bool = field(init=False, default=False)
    _closing: list[Deferred[None]] = field(init=False, factory=list)

    def load(self) -> list[Record]:
        """Read all records. Blocks; for the start only.

        Returns:
            The records in the order of their ids.

        Raises:
            StoreError: the database cannot be read, or a row cannot be opened.
        """
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(select(CHARGERS.c.id, CHARGERS.c.sealed).order_by(CHARGERS.c.id)).all()
        except SQLAlchemyError as error:
            raise StoreError(
                f"{place(self._engine)}: the charger records cannot be read ({cause(error)}); "
                f"see that the disk is sound, or put back a copy of the database"
            ) from None
        finally:
            self._engine.dispose()  # SQLite does not survive a fork, and twistd forks after this
        records, broken = [], []
        for id, sealed in rows:
            try:
                records.append(decode_record(self._vault.unseal(sealed, id.encode())))
            except (BrokenSeal, Undecodable):
                broken.append(id)
        if broken:
            raise StoreError(self._explain(broken, len(rows)))
        return records

    def _explain(self, broken: list[str], count: int) -> str:
        if len(broken) == count:
            remedy = (
                "this is not the key it was written with: put that key back, or move the database away to begin anew"
            )
        else:
            remedy = (
                f"row {broken[0]} is damaged: put back a copy of the database, or delete such rows from table chargers"
            )
        return f"{place(self._engine)}: {len(broken)} of {count} charger records cannot be opened; {remedy}"

    def save(self, record: Record, within: float = 0.0) -> Deferred[None]:
        """Remember a record, in place of what was known.

        Args:
            record: the charger; its id names the row.
            within: seconds that it may wait for others, to be written together with them.

        Returns:
            Fires when this value, or a newer one, is on the disk; fails with StoreError, and is tried again then.
        """
        return self._put(record.id, record, within)

    def forget(self, id: str) -> Deferred[None]:
        """Remove a record; one that does not exist is no error.

        Args:
            id: its opaque id.

        Returns:
            Fires when it is gone from the disk, or a newer value is on it; fails with StoreError.
        """
        return self._put(id, None, 0.0)

    def close(self) -> Deferred[None]:
        """Write what waits, stop the thread and let go of the database. Later writes fail.

        Returns:
            Fires when all is done; whether a write failed is told to who asked for it.
        """
        self._closed = True
        if self._waiting and not self._writing:
            self._write_waiting()
        if not self._writing:
            self._stop()
            return succeed(None)
        done: Deferred[None] = Deferred()
        self._closing.append(done)
        return done

    def _put(self, id: str, record: Record | None, within: float) -> Deferred[None]:
        if self._closed:
            return fail(StoreError(f"{place(self._engine)}: Edge is stopping; nothing is written any more"))
        caller: Deferred[None] = Deferred()
        waiting = self._waiting.setdefault(id, _Waiting(record))
        waiting.record = record
        waiting.callers.append(caller)
        self._hurried = self._hurried or not within
        self._write_soon(within)
        return caller

    def _write_soon(self, within: float) -> None:
        if self._writing:
            return
        if self._hurried or self._closed:
            self._write_waiting()
        elif self._gathering is None:
            self._gathering = self._reactor.callLater(within, self._write_waiting)

    def _write_waiting(self) -> None:
        if self._gathering is not None and self._gathering.active():
            self._gathering.cancel()
        self._gathering, self._hurried = None, False
        if self._pool is None:
            self._pool = ThreadPool(minthreads=0, maxthreads=1, name="store")
            self._pool.start()
        batch, self._waiting, self._writing = self._waiting, {}, True
        values = {id: waiting.record for id, waiting in batch.items()}
        writing = deferToThreadPool(self._reactor, self._pool, self._write, values)
        writing.addBoth(self._written, batch)

    def _written(self, result: dict[str, StoreError] | Failure, batch: dict[str, _Waiting]) -> None:
        # First the next batch, then the callers: one of them may call save, and finds the store at work.
        self._writing = False
        within = GATHER_SECONDS
        if isinstance(result, Failure) and result.check(StoreError) and not self._closed:
            within = RETRY_SECONDS
            for id, failed in batch.items():
                self._waiting.setdefault(id, _Waiting(failed.record))
        if self._waiting:
            self._write_soon(within)
        for id, waiting in batch.items():
            error = result if isinstance(result, Failure) else result.get(id)
            for caller in waiting.callers:
                if error is None:
                    caller.callback(None)
                else:
                    caller.errback(error)
        if self._closed and not self._writing and self._closing:
            self._stop()
            closing, self._closing = self._closing, []
            for done in closing:
                done.callback(None)

    def _stop(self) -> None:
        if self._pool is not None:
            self._pool.stop()
            self._pool = None
        self._engine.dispose()

    def _write(self, values: Mapping[str, Record | None]) -> dict[str, StoreError]:
        """Write in the store's thread; gives back what cannot be encoded, raises what stops all of it."""
        sealed: dict[str, bytes | None] = {}
        failed: dict[str, StoreError] = {}
        for id, record in values.items():
            try:
                sealed[id] = None if record is None else self._vault.seal(encode_record(record), id.encode())
            except Unencodable as error:
                failed[id] = StoreError(f"{place(self._engine)}: record {id} was not written: {error}")
        try:
            with writing(self._engine) as connection:
                if sealed:
                    connection.execute(_DELETE, [{"row": id} for id in sealed])
                rows = [{"id": id, "sealed": data, "changed_at": self._now()} for id, data in sealed.items() if data]
                if rows:
                    connection.execute(insert(CHARGERS), rows)
        except SQLAlchemyError as error:
            raise StoreError(
                f"{place(self._engine)}: charger records were not written ({cause(error)}); "
                f"see that the disk is sound, writable and not full"
            ) from None
        return failed
