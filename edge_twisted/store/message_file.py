"""The messages' own SQLite file. Everything here blocks, and belongs in a thread of `store.messages`.

It is written through the driver itself: some ten thousand rows a minute on a small box, one table, no step between
versions that would be worth anything. A file that is broken, or of another version, is set aside and begun anew.
"""

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import chain
from pathlib import Path
from typing import Any, Final

from msgspec.structs import astuple

from edge_twisted.store.files import create_private
from edge_twisted.store.message_rows import Found, Row, Search

ASIDE: Final = ".broken"
VERSION: Final = 1
BUSY_SECONDS: Final = 5.0
WINDOW: Final = 2000
"""Rows that are searched at once."""
SEARCH_SECONDS: Final = 3.0
"""After which a search tells how far it came."""
FOUND_BYTES: Final = 4 << 20
"""Characters of text that are given at once, however many messages are asked for."""
REMOVED: Final = 2000
"""Rows that are removed in one transaction."""
FREED: Final = 2000
"""Free pages that are given back to the disk in one go."""

_TABLES: Final = (
    "PRAGMA auto_vacuum = INCREMENTAL",
    """CREATE TABLE messages (
        id INTEGER PRIMARY KEY, at REAL NOT NULL, charger TEXT NOT NULL, session TEXT NOT NULL, source TEXT NOT NULL,
        kind TEXT NOT NULL, uid TEXT NOT NULL, action TEXT NOT NULL, answers INTEGER, seconds REAL,
        error TEXT NOT NULL, size INTEGER NOT NULL, text TEXT NOT NULL)""",
    "CREATE INDEX messages_of_charger ON messages (charger, id)",
    "CREATE INDEX answers ON messages (answers) WHERE answers IS NOT NULL",
    "CREATE TABLE observed (charger TEXT PRIMARY KEY, state BLOB NOT NULL) WITHOUT ROWID",
    f"PRAGMA user_version = {VERSION}",
)
_SETTINGS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",  # a power failure may take the last seconds, and spares a flash card until then
    "PRAGMA journal_size_limit = 4194304",
)


_COLUMNS: Final = ", ".join(Row.__struct_fields__)
_INSERT: Final = f"INSERT OR REPLACE INTO messages ({_COLUMNS}) VALUES "
_VALUES: Final = f"({', '.join('?' * len(Row.__struct_fields__))})"
TOGETHER: Final = 50
"""Rows of one statement: with each one, Python changes threads, and costs the one that relays more than the row."""


class MessageFile:
    """The file, opened for writing.

    Args:
        path: the file; made, or set aside and made anew, where that is needed.

    Raises:
        sqlite3.Error, OSError: it can't be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = _open(path)
        except sqlite3.DatabaseError as error:
            if type(error) is not sqlite3.DatabaseError:
                raise  # the disk is full or read-only: the file itself may be sound
            set_aside(path)
            self._connection = _open(path)

    def close(self) -> None:
        """Let go of it."""
        self._connection.close()

    def newest(self) -> int:
        """The number of the newest message; 0 where there is none."""
        return int(self._connection.execute("SELECT max(id) FROM messages").fetchone()[0] or 0)

    def write(self, rows: Iterable[Row]) -> None:
        """Write messages, all or none."""
        values = [astuple(row) for row in rows]
        with self._transaction():
            for start in range(0, len(values), TOGETHER):
                some = values[start : start + TOGETHER]
                statement = _INSERT + ", ".join([_VALUES] * len(some))
                self._connection.execute(statement, list(chain.from_iterable(some)))

    def write_states(self, states: Mapping[str, bytes]) -> None:
        """Write what was observed of chargers; an empty state removes it."""
        self._in_one("REPLACE INTO observed VALUES (?, ?)", [one for one in states.items() if one[1]])
        self._in_one("DELETE FROM observed WHERE charger = ?", [(name,) for name, state in states.items() if not state])

    def states(self) -> dict[str, bytes]:
        """What was observed of chargers."""
        return {name: bytes(state) for name, state in self._connection.execute("SELECT charger, state FROM observed")}

    def forget(self, charger: str) -> None:
        """Remove everything of a charger."""
        self._in_one("DELETE FROM messages WHERE charger = ?", [(charger,)])
        self._in_one("DELETE FROM observed WHERE charger = ?", [(charger,)])

    def _in_one(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        with self._transaction():
            self._connection.executemany(statement, values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def prune(self, since: float, most_bytes: int) -> bool:
        """Remove some of the oldest messages, where they are too old or too many.

        Args:
            since: seconds since the epoch; what is older goes.
            most_bytes: how much the messages may take.

        Returns:
            Whether more may have to go.
        """
        one = self._connection.execute
        newest = self.newest()
        oldest = one("SELECT id FROM messages ORDER BY id LIMIT 1 OFFSET ?", (REMOVED,)).fetchone()
        up_to = oldest[0] if oldest else newest
        if self.used() <= most_bytes:
            young = one("SELECT id FROM messages WHERE at >= ? ORDER BY id LIMIT 1", (since,)).fetchone()
            up_to = min(up_to, young[0] if young else newest)
        removed = 0
        if newest:
            one("BEGIN IMMEDIATE")
            removed = one("DELETE FROM messages WHERE id < ?", (up_to,)).rowcount  # the newest stays, for its number
            one("COMMIT")
        if removed and self._pragma("freelist_count") > FREED:
            one(f"PRAGMA incremental_vacuum({FREED})").fetchall()
        return removed > 0

    def used(self) -> int:
        """Octets that the messages take, free pages left out."""
        return (self._pragma("page_count") - self._pragma("freelist_count")) * self._pragma("page_size")

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])


def set_aside(path: Path) -> None:
    """Rename a file that can't be used; an earlier one of that name is replaced."""
    os.replace(path, path.with_name(path.name + ASIDE))
    for more in ("-wal", "-shm"):
        path.with_name(path.name + more).unlink(missing_ok=True)


def find(path: Path, search: Search) -> Found:
    """Search for messages.

    Args:
        path: the file.
        search: which.

    Returns:
        What was found within `SEARCH_SECONDS`.

    Raises:
        sqlite3.Error: it can't be read.
    """
    conditions, given = search.conditions()
    order, bound = ("", "id > :at AND id < :before") if search.forward else ("DESC", "id < :at AND id > :after")
    whose = "charger = :charger AND " if search.charger is not None else ""
    window = f"SELECT {_COLUMNS} FROM messages WHERE {whose}{bound} ORDER BY id {order} LIMIT {WINDOW}"
    at = search.after if search.forward else search.before
    given |= {"charger": search.charger, "after": search.after, "before": search.before}
    rows: list[Row] = []
    octets = 0
    deadline = time.monotonic() + SEARCH_SECONDS
    with closing(_reading(path)) as connection:
        while True:
            given["at"] = at
            ends = connection.execute(f"SELECT min(id), max(id), count(*) FROM ({window})", given).fetchone()
            wanted = f"SELECT * FROM ({window}) WHERE {conditions} LIMIT :room"
            given["room"] = search.limit - len(rows)
            for found in connection.execute(wanted, given):
                rows.append(Row(*found))
                octets += len(rows[-1].text)
                if octets > FOUND_BYTES:
                    break
            if len(rows) >= search.limit or octets > FOUND_BYTES:
                reached = rows[-1].id
                break
            if ends[2] < WINDOW:
                reached = 0
                break
            reached = at = ends[1] if search.forward else ends[0]
            if time.monotonic() > deadline:
                break
        return Found(sorted(rows, key=lambda row: row.id), _answers(connection, rows), reached)


def open_message(path: Path, charger: str, number: int) -> tuple[Row, Row | None] | None:
    """One message with its counterpart: the answer of a call, the call of an answer.

    Raises:
        sqlite3.Error: it can't be read.
    """
    with closing(_reading(path)) as connection:
        wanted = f"SELECT {_COLUMNS} FROM messages WHERE id = ? AND charger = ?"
        found = connection.execute(wanted, (number, charger)).fetchone()
        if found is None:
            return None
        row = Row(*found)
        if row.answers:
            other = connection.execute(wanted, (row.answers, charger)).fetchone()
        else:
            other = connection.execute(f"SELECT {_COLUMNS} FROM messages WHERE answers = ?", (number,)).fetchone()
        return row, Row(*other) if other else None


def _answers(connection: sqlite3.Connection, rows: Sequence[Row]) -> dict[int, Row]:
    calls = [row.id for row in rows if row.kind == "call"]
    found: dict[int, Row] = {}
    columns = _COLUMNS.removesuffix("text") + "'' AS text"
    for start in range(0, len(calls), 500):
        some = calls[start : start + 500]
        marks = ", ".join("?" * len(some))
        for values in connection.execute(f"SELECT {columns} FROM messages WHERE answers IN ({marks})", some):
            row = Row(*values)
            found[row.answers or 0] = row
    return found


def _open(path: Path) -> sqlite3.Connection:
    create_private(path)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, VERSION):
            raise sqlite3.DatabaseError("another version")
        if not version:
            for statement in _TABLES:
                connection.execute(statement)
        for setting in _SETTINGS:
            connection.execute(setting)
    except BaseException:
        connection.close()
        raise
    return connection


def _reading(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    connection.execute("PRAGMA query_only = ON")
    return connection
