"""Tests of `edge_twisted.store.upgrade`, `migrate`, `schema` and `migrations`."""

import logging
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, insert, inspect, select
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.store.engine import open_engine, sqlite_url
from edge_twisted.store.errors import StoreError
from edge_twisted.store.schema import CHARGERS, METADATA, REVISION
from edge_twisted.store.upgrade import MIGRATIONS, upgrade

ROOT = Path(__file__).parent.parent.parent

TABLES = ["accounts", "alembic_version", "chargers", "journal", "sealed", "tokens"]

NEXT = """
import sqlalchemy as sa
from alembic import op
revision = "0004"
down_revision = "0003"
def upgrade():
    op.add_column("chargers", sa.Column("later", sa.Integer))
    {more}
"""


class UpgradeTests(SynchronousTestCase):
    """`upgrade`: from any older database to this version's schema."""

    def setUp(self) -> None:
        self.directory = Path(self.mktemp()).absolute()
        self.directory.mkdir()
        self.path = self.directory / "edgeproxy.db"
        self.engine = self.open()

    def open(self) -> Engine:
        """An engine of the database file."""
        engine = open_engine(sqlite_url(self.path))
        self.addCleanup(engine.dispose)
        return engine

    def next_version(self, more: str = "") -> Path:
        """Migrations with one step more, in a directory with a % in its name."""
        scripts = self.directory / "100%d"
        shutil.copytree(MIGRATIONS, scripts, dirs_exist_ok=True)
        (scripts / "versions" / "0004_later.py").write_text(NEXT.format(more=more))
        return scripts

    def columns(self) -> list[str]:
        """The columns of the table `chargers`."""
        return [column["name"] for column in inspect(self.open()).get_columns("chargers")]

    def add_row(self) -> None:
        """Put something into the database."""
        with self.engine.begin() as connection:
            connection.execute(insert(CHARGERS).values(id="a", sealed=b"", changed_at=0.0))

    def test_schema(self) -> None:
        """Migrations lead an empty database exactly to the tables in `schema.py`."""
        self.assertIs(upgrade(self.engine), None)
        with self.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            self.assertEqual(compare_metadata(context, METADATA), [])
            self.assertEqual(context.get_current_revision(), REVISION)
        self.assertEqual(ScriptDirectory(str(MIGRATIONS)).get_heads(), [REVISION])

    def test_again(self) -> None:
        """A database that is up to date is left alone, without a copy."""
        upgrade(self.engine)
        self.add_row()
        before = self.path.read_bytes()
        self.assertIs(upgrade(self.engine), None)
        self.assertEqual(self.path.read_bytes(), before)
        self.assertEqual(list(self.directory.glob("*.before-*")), [])

    def test_older(self) -> None:
        """An older database is copied beside itself and then changed; its rows stay."""
        upgrade(self.engine)
        self.add_row()
        copy = upgrade(self.engine, "0004", self.next_version())
        self.assertEqual(copy, f"{self.path}.before-0004")
        self.assertEqual(self.columns(), ["id", "sealed", "changed_at", "later"])
        for path, width in ((self.path, 4), (Path(f"{self.path}.before-0004"), 3)):
            with closing(sqlite3.connect(path)) as reader:
                self.assertEqual([len(row) for row in reader.execute("SELECT * FROM chargers")], [width])

    def test_from_the_first(self) -> None:
        """A database of the first version gets every later table; its chargers stay, and a copy is kept."""
        upgrade(self.engine, "0001")
        self.assertEqual(inspect(self.engine).get_table_names(), ["alembic_version", "chargers"])
        self.add_row()
        self.assertEqual(upgrade(self.engine), f"{self.path}.before-{REVISION}")
        inspector = inspect(self.engine)
        self.assertEqual(inspector.get_table_names(), TABLES)
        self.assertEqual([index["name"] for index in inspector.get_indexes("journal")], ["journal_of_charger"])
        with self.engine.connect() as connection:
            self.assertEqual(list(connection.scalars(select(CHARGERS.c.id))), ["a"])
        with closing(sqlite3.connect(f"{self.path}.before-{REVISION}")) as copy:
            self.assertEqual(copy.execute("SELECT version_num FROM alembic_version").fetchall(), [("0001",)])

    def test_failed(self) -> None:
        """A step that fails leaves the database as it was, the line names the copy, and a later try succeeds."""
        upgrade(self.engine)
        error = self.assertRaises(StoreError, upgrade, self.engine, "0004", self.next_version('op.drop_table("none")'))
        self.assertTrue(str(error).startswith(f"{self.path}: "), error)
        self.assertTrue(str(error).isprintable(), error)
        self.assertIn("no such table: none", str(error))
        self.assertIn(f"a copy is {self.path}.before-0004", str(error))
        self.assertEqual(self.columns(), ["id", "sealed", "changed_at"])
        self.assertIs(upgrade(self.open()), None)
        upgrade(self.open(), "0004", self.next_version())
        self.assertEqual(self.columns(), ["id", "sealed", "changed_at", "later"])

    def test_newer(self) -> None:
        """A database of a newer Edge is refused and left alone."""
        upgrade(self.engine, "0004", self.next_version())
        error = self.assertRaises(StoreError, upgrade, self.engine)
        self.assertIn("written by a newer Edge (its revision is 0004, this one knows 0003)", str(error))
        self.assertEqual(self.columns(), ["id", "sealed", "changed_at", "later"])

    def test_no_way(self) -> None:
        """A revision to which no step leads is refused in one line."""
        error = self.assertRaises(StoreError, upgrade, self.engine, "0009")
        self.assertIn("(Can't locate revision identified by '0009')", str(error))

    def test_usual_start(self) -> None:
        """A start with a database that is up to date does without Alembic, whose import takes long."""
        upgrade(self.engine)
        code = f"""
import sys
from edge_twisted.store.engine import open_engine
from edge_twisted.store.state import upgrade
assert upgrade(open_engine({self.engine.url.render_as_string()!r})) is None
sys.exit("alembic" in sys.modules)
"""
        self.assertEqual(subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode, 0)

    def test_no_database(self) -> None:
        """A file that is no database, or somebody else's, is refused in one line and left alone."""
        other = sqlite3.connect(self.path)
        with closing(other):
            other.execute("CREATE TABLE chargers (plate)")
        error = self.assertRaises(StoreError, upgrade, self.engine)
        self.assertIn("table chargers already exists", str(error))
        self.engine.dispose()
        self.path.write_bytes(b"hello, I am no database" * 99)
        error = self.assertRaises(StoreError, upgrade, self.engine)
        self.assertEqual(
            str(error),
            f"{self.path}: the database cannot be used or brought up to date (file is not a database); "
            f"see that the disk is not full and writable, or put back a copy of the database",
        )
        self.assertEqual(self.path.read_bytes(), b"hello, I am no database" * 99)

    def test_silent(self) -> None:
        """Migrations print nothing and leave the process's logging as it was."""
        loggers = dict(logging.root.manager.loggerDict)
        level, handlers = logging.root.level, list(logging.root.handlers)
        printed = StringIO()
        with redirect_stdout(printed), redirect_stderr(printed):
            upgrade(self.engine)
        self.assertEqual(printed.getvalue(), "")
        self.assertEqual((logging.root.level, logging.root.handlers), (level, handlers))
        for name, logger in loggers.items():
            if isinstance(logger, logging.Logger):
                self.assertFalse(logger.disabled, name)
