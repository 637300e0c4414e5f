"""Tests of `edge_twisted.store.engine`."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from threading import Thread

from sqlalchemy import Engine, create_engine, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.store.engine import cause, copy_database, open_engine, place, sqlite_url, writing
from edge_twisted.store.errors import StoreError
from edge_twisted.store.schema import CHARGERS, METADATA


class EngineTests(SynchronousTestCase):
    """An SQLite file as Edge wants it."""

    def setUp(self) -> None:
        self.path = Path(self.mktemp()).absolute()
        self.path.mkdir()
        self.path /= "odd %41?name;.db"

    def open(self) -> Engine:
        """An engine of the file."""
        engine = open_engine(sqlite_url(self.path))
        self.addCleanup(engine.dispose)
        return engine

    def test_settings(self) -> None:
        """Each connection has a write-ahead log, syncs at every commit, checks foreign keys and waits for locks."""
        with self.open().connect() as one:
            for pragma, value in {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "busy_timeout": 5000,
            }.items():
                self.assertEqual(one.exec_driver_sql(f"PRAGMA {pragma}").scalar(), value, pragma)

    def test_modes(self) -> None:
        """The database and what SQLite puts beside it are for their owner alone, whatever the umask."""
        self.addCleanup(os.umask, os.umask(0))
        engine = self.open()
        METADATA.create_all(engine)
        with engine.begin() as connection:
            connection.execute(insert(CHARGERS).values(id="a", sealed=b"", changed_at=0.0))
            files = sorted(self.path.parent.iterdir())
            self.assertEqual([f.name.removeprefix(self.path.name) for f in files], ["", "-shm", "-wal"])
            self.assertEqual([f.stat().st_mode & 0o777 for f in files], [0o600] * 3)

    def test_tightened(self) -> None:
        """A database that others could read is closed to them."""
        self.path.write_bytes(b"")
        self.path.chmod(0o644)
        self.open()
        self.assertEqual(self.path.stat().st_mode & 0o777, 0o600)

    def test_schema_in_transaction(self) -> None:
        """A change of the schema is undone with its transaction."""
        engine = self.open()
        with engine.connect() as connection:
            connection.execute(text("CREATE TABLE t (a)"))
            connection.rollback()
        with engine.connect() as connection:
            self.assertRaises(OperationalError, connection.execute, text("SELECT * FROM t"))

    def test_writing(self) -> None:
        """A transaction that writes is kept if it ends well and undone if not; others that write wait for its end."""
        engine = self.open()
        METADATA.create_all(engine)
        with writing(engine) as connection:
            connection.execute(insert(CHARGERS).values(id="a", sealed=b"", changed_at=0.0))
        with self.assertRaises(ZeroDivisionError), writing(engine) as connection:
            connection.execute(insert(CHARGERS).values(id="b", sealed=b"", changed_at=0.0))
            raise ZeroDivisionError
        seen: list[list[str]] = []

        def look() -> None:
            with writing(engine) as connection:
                seen.append(list(connection.scalars(select(CHARGERS.c.id))))

        other = Thread(target=look)
        with writing(engine) as connection:
            other.start()
            connection.execute(insert(CHARGERS).values(id="c", sealed=b"", changed_at=0.0))
            self.assertEqual(seen, [])
        other.join(10)
        self.assertEqual(seen, [["a", "c"]])

    def test_writing_elsewhere(self) -> None:
        """A database that keeps its writers apart by itself is written to without waiting."""
        engine = create_engine("sqlite://")  # not by `open_engine`, so that it stands for any other
        self.addCleanup(engine.dispose)
        with writing(engine) as one, writing(engine) as other:
            METADATA.create_all(one)
            other.execute(insert(CHARGERS).values(id="a", sealed=b"", changed_at=0.0))
            self.assertEqual(list(one.scalars(select(CHARGERS.c.id))), ["a"])

    def test_parameters_hidden(self) -> None:
        """An error of the database does not repeat what was to be written."""
        engine = self.open()
        METADATA.create_all(engine)
        row = insert(CHARGERS).values(id="opensesame", sealed=b"opensesame", changed_at=0.0)
        with engine.begin() as connection:
            connection.execute(row)
            error = self.assertRaises(IntegrityError, connection.execute, row)
        self.assertNotIn("opensesame", str(error))
        self.assertEqual(cause(error), "UNIQUE constraint failed: chargers.id")

    def test_no_place(self) -> None:
        """A database that cannot be made is named with the reason."""
        self.path.mkdir()
        error = self.assertRaises(StoreError, open_engine, sqlite_url(self.path))
        self.assertTrue(str(error).startswith(f"{self.path}: the database cannot be opened (Is a directory); "))

    def test_place(self) -> None:
        """A database is named by its file."""
        self.assertEqual(place(self.open()), str(self.path))

    def test_memory(self) -> None:
        """A database in memory makes no file."""
        engine = open_engine("sqlite://")
        self.addCleanup(engine.dispose)
        with engine.connect() as connection:
            self.assertEqual(connection.exec_driver_sql("PRAGMA foreign_keys").scalar(), 1)
        self.assertIs(copy_database(engine, ".copy"), None)

    def test_cause(self) -> None:
        """A cause is one line, whatever was raised."""
        self.assertEqual(cause(ValueError("a\nb")), "a b")
        self.assertEqual(cause(ValueError()), "ValueError")


class CopyDatabaseTests(SynchronousTestCase):
    """`copy_database`."""

    def test_copy(self) -> None:
        """A copy holds what is committed, the write-ahead log included, is private, and replaces an earlier one."""
        path = Path(self.mktemp()).absolute()
        path.mkdir()
        path /= "a.db"
        engine = open_engine(sqlite_url(path))
        self.addCleanup(engine.dispose)
        METADATA.create_all(engine)
        for id in ("a", "b"):
            with engine.begin() as connection:
                connection.execute(insert(CHARGERS).values(id=id, sealed=b"", changed_at=0.0))
                connection.commit()
                self.assertGreater(path.with_name("a.db-wal").stat().st_size, 0)
                self.assertEqual(copy_database(engine, ".copy"), f"{path}.copy")
        copy = path.with_name("a.db.copy")
        self.assertEqual(copy.stat().st_mode & 0o777, 0o600)
        with closing(sqlite3.connect(copy)) as reader:
            self.assertEqual(reader.execute(str(select(CHARGERS.c.id))).fetchall(), [("a",), ("b",)])
        self.assertFalse([p.name for p in path.parent.iterdir() if ".new" in p.name])
