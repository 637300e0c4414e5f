"""The one place that knows what is special about a database; everything else is SQLAlchemy Core."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from sqlite3 import Connection as SQLiteConnection
from sqlite3 import connect
from threading import Lock
from typing import Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from edge_twisted.store.errors import StoreError
from edge_twisted.store.files import create_private, reason, sync_directory

BUSY_SECONDS: Final = 5.0
"""How long a statement waits for somebody else's lock, such as a backup program's."""

_WRITER: Final = "edge_writer"

_SETTINGS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # committed means on the disk, also when the power fails
    "PRAGMA foreign_keys = ON",
)


def sqlite_url(path: Path) -> URL:
    """The URL of an SQLite file.

    Args:
        path: the file, with any characters.

    Returns:
        What `open_engine` takes.
    """
    return URL.create("sqlite", database=str(path))


def open_engine(url: str | URL) -> Engine:
    """Make the engine; an SQLite file comes into being with mode 0600.

    Args:
        url: SQLAlchemy's database URL; `sqlite_url` makes one of a path.

    Returns:
        The engine. Its errors never show parameters.

    Raises:
        StoreError: the SQLite file cannot be made or is not writable.
    """
    url = make_url(url)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, hide_parameters=True)
    path = url.database
    if path and path != ":memory:":
        try:
            create_private(Path(path))
        except OSError as error:
            raise StoreError(
                f"{path}: the database cannot be opened ({reason(error)}); it must be a file of Edge's own user"
            ) from None
    # The driver begins no transaction for a change of the schema, so it is told to begin none, and _begin does it.
    engine = create_engine(
        url,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "isolation_level": None},
        execution_options={_WRITER: Lock()},
    )
    event.listen(engine, "connect", _configure)
    event.listen(engine, "begin", _begin)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """A transaction that writes; in a thread.

    SQLite has one writer at a time and gives up on a second one after `BUSY_SECONDS`, which a slow flash card may take
    for one commit. So the threads of this process wait for each other here, however long it takes.

    Args:
        engine: of `open_engine`.

    Yields:
        The connection. Its first statement must write: SQLite lets nobody write who has read what changed since.

    Raises:
        SQLAlchemyError: nothing was written.
    """
    with engine.get_execution_options().get(_WRITER) or nullcontext(), engine.begin() as connection:
        yield connection


def place(engine: Engine) -> str:
    """Name the database in a message.

    Args:
        engine: its engine.

    Returns:
        The file, or the URL without its password.
    """
    return engine.url.database or engine.url.render_as_string(hide_password=True)


def cause(error: Exception) -> str:
    """Why a statement failed, in one line without the statement.

    Args:
        error: what SQLAlchemy or the driver raised.

    Returns:
        Such as `database or disk is full`.
    """
    inner = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(str(inner).split()) or type(inner).__name__


def copy_database(engine: Engine, suffix: str) -> str | None:
    """Copy the database to a file beside it, of mode 0600; an earlier copy of that name is replaced.

    Args:
        engine: whose database.
        suffix: added to the file's name.

    Returns:
        The copy's path, or None for a database that is not a file of ours: its administrator makes the copies.

    Raises:
        OSError: the copy cannot be made.
        sqlite3.Error: the database cannot be read.
    """
    if engine.url.get_backend_name() != "sqlite" or not engine.url.database:
        return None
    target = Path(engine.url.database + suffix)
    draft = target.with_name(target.name + ".new")
    draft.unlink(missing_ok=True)
    create_private(draft)
    # Through SQLite itself, which knows what still stands in the write-ahead log.
    with closing(connect(engine.url.database)) as source, closing(connect(draft)) as copy:
        source.backup(copy)
    os.replace(draft, target)
    sync_directory(target.parent)
    return str(target)


def _configure(connection: SQLiteConnection, _: ConnectionPoolEntry) -> None:
    for setting in _SETTINGS:
        connection.execute(setting)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
