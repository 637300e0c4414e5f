"""The messages that passed, kept on disk for a while: written in batches by a thread of its own, read by another.

Nobody waits for the disk. What waits to be written is bounded by number and octets; beyond that, and where the disk
fails, messages are left out and counted. What is written was redacted before, in the thread.
"""

import sqlite3
import time
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from edge_twisted.store.errors import StoreError
from edge_twisted.store.files import reason
from edge_twisted.store.message_file import MessageFile, find, open_message, set_aside
from edge_twisted.store.message_rows import Found, Passed, Row, Search, rows_of

__all__ = ["Found", "Messages", "Passed", "Row", "Search"]

T = TypeVar("T")

WAITING: Final = 20_000
"""Messages that wait to be written, at most."""
WAITING_BYTES: Final = 8 << 20
"""And their octets."""
BATCH_BYTES: Final = 1 << 20
"""Octets of one transaction, give or take a message; as soon as so many wait, they are written."""
BATCH: Final = 1000
WRITE_SECONDS: Final = 1.0
"""How long messages are gathered for one transaction."""
FOLLOWED_SECONDS: Final = 0.2
"""The same while somebody follows."""
SHARE: Final = 19
"""The pause after a batch, in times of what it took: a twentieth of the time is enough for 2,500 messages a second."""
RETRY_SECONDS: Final = 10.0
"""Between two tries while the disk fails."""
MISSED_SECONDS: Final = 60.0
"""Between two times at which it is told that messages were left out."""
PRUNE_SECONDS: Final = 600.0
PAUSE_SECONDS: Final = 0.1
PRUNED_AFTER: Final = 10_000
"""Messages written, each KiB of a long one for one, after which the bounds are looked at before `PRUNE_SECONDS`."""
READERS: Final = 32
"""How many may wait for what they asked to read."""
DAY: Final = 86_400.0


@define(eq=False)
class Messages:
    """See the module. All methods belong on the reactor's thread.

    No thread is started and no connection is kept before the reactor runs, so that `twistd` may fork after `load`.

    Args:
        path: the file.
        reactor: for time, and where results come back.
        now: seconds since the epoch.
        days: what is older is removed.
        megabytes: how much the messages may take on the disk.
        failed: told why the disk failed, in a few words; once, until it works again.
        missed: told how many messages were left out, now and then.
    """

    path: Path
    _reactor: Any
    _now: Callable[[], float] = time.time
    _days: int = field(default=14, kw_only=True)
    _megabytes: int = field(default=500, kw_only=True)
    _failed: Callable[[str], None] = field(default=lambda _: None, kw_only=True)
    _missed: Callable[[int], None] = field(default=lambda _: None, kw_only=True)
    written: int = field(init=False, default=0)
    dropped: int = field(init=False, default=0)
    used: int = field(init=False, default=0)
    _untold: int = field(init=False, default=0)
    _told_at: float = field(init=False, default=0.0)
    _newest: int = field(init=False, default=0)
    _waiting: deque[Passed] = field(init=False, factory=deque, repr=False)
    _waiting_bytes: int = field(init=False, default=0)
    _states: dict[str, bytes] = field(init=False, factory=dict)
    _forgotten: list[str] = field(init=False, factory=list)
    _asked: tuple[dict[str, bytes], list[str]] = field(init=False, factory=lambda: ({}, []))  # of what is being written
    _file: MessageFile | None = field(init=False, default=None)
    _writer: ThreadPool | None = field(init=False, default=None)
    _reader: ThreadPool | None = field(init=False, default=None)
    _readers: int = field(init=False, default=0)
    _writing: bool = field(init=False, default=False)
    _took: float = field(init=False, default=0.0)
    _free_at: float = field(init=False, default=0.0)
    _write_call: IDelayedCall | None = field(init=False, default=None)
    _pruned_at: float = field(init=False, default=0.0)
    _unpruned: int = field(init=False, default=PRUNED_AFTER)
    _troubled: bool = field(init=False, default=False)
    _closing: Deferred[None] | None = field(init=False, default=None)
    _listeners: list[Callable[[list[Row]], None]] = field(init=False, factory=list)

    def load(self) -> dict[str, bytes]:
        """Open the file once, and let go of it; before the first `append`. Blocks.

        Returns:
            What was observed of chargers before; nothing where the file can't be read, which is told.
        """
        try:
            file = MessageFile(self.path)
        except (sqlite3.Error, OSError) as error:
            self._tell(error)
            return {}
        try:
            self._newest, self.used = file.newest(), file.used()
            return file.states()
        except sqlite3.Error as error:
            self._tell(error)
            return {}
        finally:
            file.close()

    @property
    def newest(self) -> int:
        """The number of the newest message."""
        return self._newest

    def number(self) -> int:
        """A number for the next message."""
        self._newest += 1
        return self._newest

    def has_room(self, octets: int) -> bool:
        """Whether a message with so many octets of payload can be kept now; one that can't counts as left out."""
        if len(self._waiting) < WAITING and self._waiting_bytes + octets <= WAITING_BYTES and not self._closing:
            return True
        self._drop(1)
        return False

    def append(self, passed: Passed) -> None:
        """Keep a message that has a number of `number`."""
        size = len(passed.payload)
        if not self.has_room(size):
            return
        self._waiting.append(passed)
        before = self._waiting_bytes
        self._waiting_bytes += size
        self._write_soon()
        if before <= BATCH_BYTES < self._waiting_bytes and self._write_call is not None and not self._troubled:
            self._write_call.reset(self._rest())

    def keep_states(self, states: Mapping[str, bytes]) -> None:
        """Keep what was observed of chargers, by opaque id; replaces what was kept of them. An empty one removes it."""
        if states and not self._closing:
            self._states.update(states)
            self._write_soon()

    def forget(self, charger: str) -> None:
        """Keep nothing of a charger any more."""
        self._states.pop(charger, None)
        self._waiting = deque(one for one in self._waiting if one.charger != charger)
        self._waiting_bytes = sum(len(one.payload) for one in self._waiting)
        self._forgotten.append(charger)
        self._write_soon()

    def follow(self, listener: Callable[[list[Row]], None]) -> Callable[[], None]:
        """Hear of messages once they are redacted, whether the disk works or not.

        Args:
            listener: takes some, oldest first.

        Returns:
            Ends it.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def find(self, search: Search) -> Deferred[Found]:
        """Search; what passed in the last second may be missing. Fails with StoreError."""
        return self._read(partial(find, self.path, search))

    def open(self, charger: str, number: int) -> Deferred[tuple[Row, Row | None] | None]:
        """One message with its counterpart, or None. Fails with StoreError."""
        return self._read(partial(open_message, self.path, charger, number))

    def close(self) -> Deferred[None]:
        """Write what waits, and end the threads.

        Returns:
            Fires when all is done, also where the disk fails.
        """
        if self._closing is None:
            self._closing = Deferred()
            if self._write_call is not None and self._write_call.active():
                self._write_call.cancel()
            self._write_call = None
            if not self._writing:
                self._write()
        return self._closing

    # --- writing -----------------------------------------------------------------------------------------------------

    def _drop(self, count: int) -> None:
        self.dropped += count
        self._untold += count

    def _write_soon(self) -> None:
        if self._write_call is None and not self._writing and not self._closing:
            seconds = FOLLOWED_SECONDS if self._listeners else WRITE_SECONDS
            self._write_call = self._reactor.callLater(max(seconds, self._rest()), self._write)

    def _write(self) -> None:
        self._write_call, self._writing = None, True
        batch = self._next_batch()
        states, self._states = self._states, {}
        forgotten, self._forgotten = self._forgotten, []
        self._asked = states, forgotten
        due = self._now() - self._pruned_at >= PRUNE_SECONDS or self._unpruned >= PRUNED_AFTER
        if self._writer is None:
            self._writer = ThreadPool(minthreads=0, maxthreads=1, name="messages")
            self._writer.start()
        job = partial(self._job, batch, states, forgotten, due and not self._closing)
        working = deferToThreadPool(self._reactor, self._writer, job)
        working.addCallbacks(partial(self._wrote, due), self._broke)

    def _rest(self) -> float:
        """Seconds until it may be written again."""
        return max(0.0, self._free_at - float(self._reactor.seconds()))

    def _next_batch(self) -> list[Passed]:
        batch, octets = list[Passed](), 0
        while self._waiting and len(batch) < BATCH and octets < BATCH_BYTES:
            batch.append(self._waiting.popleft())
            octets += len(batch[-1].payload)
        self._waiting_bytes -= octets
        return batch

    def _job(
        self, batch: list[Passed], states: dict[str, bytes], forgotten: list[str], prune: bool
    ) -> tuple[list[Row], Exception | None, bool]:
        """In the thread: redact and write; the rows, what went wrong, and whether more must be removed."""
        began = time.thread_time()
        rows, more = rows_of(batch), False
        try:
            if self._file is None:
                self._file = MessageFile(self.path)
            if rows:
                self._file.write(rows)
            if states:
                self._file.write_states(states)
            for charger in forgotten:
                self._file.forget(charger)
            if prune:
                more = self._file.prune(self._now() - self._days * DAY, self._megabytes << 20)
            self.used = self._file.used()
        except (sqlite3.Error, OSError) as error:
            self._mend(error)
            return rows, error, False
        finally:
            self._took = time.thread_time() - began
        return rows, None, more

    def _mend(self, error: Exception) -> None:
        """In the thread: begin the file anew where it is broken."""
        file, self._file = self._file, None
        try:
            if file is not None:
                file.close()
            if type(error) is sqlite3.DatabaseError:  # and none of its kinds: the file itself is broken
                set_aside(self.path)
        except (sqlite3.Error, OSError):
            pass  # the next try tells

    def _wrote(self, pruned: bool, result: tuple[list[Row], Exception | None, bool]) -> None:
        rows, error, more = result
        self._writing, self._free_at = False, self._reactor.seconds() + SHARE * self._took
        if error is None:
            self.written, self._troubled = self.written + len(rows), False
            self._unpruned += sum(1 + (len(row.text) >> 10) for row in rows)
            if pruned and not more:
                self._pruned_at, self._unpruned = self._now(), 0
        else:
            self._drop(len(rows))
            self._states, self._forgotten = self._asked[0] | self._states, self._asked[1] + self._forgotten
            self._tell(error)
        if self._untold and (self._closing or self._now() - self._told_at >= MISSED_SECONDS):
            self._told_at = self._now()
            untold, self._untold = self._untold, 0
            self._missed(untold)
        for listener in tuple(self._listeners):
            listener(rows)
        waits = bool(self._waiting or self._states or self._forgotten)
        if self._closing and waits and error is None:
            self._write()
        elif self._closing:
            self._close()
        elif error is not None:
            seconds = WRITE_SECONDS if self._listeners else RETRY_SECONDS
            self._write_call = self._reactor.callLater(seconds, self._write) if waits else None
        elif more:
            self._write_call = self._reactor.callLater(PAUSE_SECONDS, self._write)
        elif len(self._waiting) >= BATCH or self._waiting_bytes > BATCH_BYTES:
            self._write_call = self._reactor.callLater(self._rest(), self._write)
        elif waits:
            self._write_soon()

    def _broke(self, failure: Failure) -> None:
        """A mistake of ours in the thread."""
        self._asked = {}, []  # it may be the cause, and is not tried again
        self._wrote(False, ([], Exception(type(failure.value).__name__), False))

    def _tell(self, error: Exception) -> None:
        told, self._troubled = self._troubled, True
        if not told:
            self._failed(reason(error) if isinstance(error, OSError) else str(error))

    def _close(self) -> None:
        for pool in (self._writer, self._reader):
            if pool is not None:
                pool.stop()
        self._writer = self._reader = None
        if self._file is not None:
            self._file.close()
            self._file = None
        if self._closing is not None and not self._closing.called:
            self._closing.callback(None)

    # --- reading -----------------------------------------------------------------------------------------------------

    def work(self, job: Callable[[], T]) -> Deferred[T]:
        """Do something that blocks, in the thread that reads. Fails with StoreError where too many wait."""
        return self._read(job)

    def _read(self, job: Callable[[], T]) -> Deferred[T]:
        if self._closing or self._readers >= READERS:
            return fail(StoreError(f"{self.path}: too many read the messages at once, or Edge is stopping; try again"))
        if self._reader is None:
            self._reader = ThreadPool(minthreads=0, maxthreads=1, name="messages-read")
            self._reader.start()
        self._readers += 1
        return deferToThreadPool(self._reactor, self._reader, job).addBoth(self._was_read)

    def _was_read(self, result: Any) -> Any:
        self._readers -= 1
        if isinstance(result, Failure) and result.check(sqlite3.Error, OSError):
            return Failure(StoreError(f"{self.path}: the messages cannot be read; see that the disk is sound"))
        return result
