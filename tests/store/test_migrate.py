"""Tests of `edge_twisted.store.migrate`; `test_upgrade.py` has whole upgrades."""

from pathlib import Path

from sqlalchemy import inspect
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.store.engine import open_engine, sqlite_url
from edge_twisted.store.errors import MigrationError
from edge_twisted.store.migrate import knows, migrate
from edge_twisted.store.schema import REVISION
from edge_twisted.store.upgrade import MIGRATIONS


class MigrateTests(SynchronousTestCase):
    """Alembic behind two functions."""

    def setUp(self) -> None:
        self.engine = open_engine(sqlite_url(Path(self.mktemp())))
        self.addCleanup(self.engine.dispose)

    def test_knows(self) -> None:
        """Revisions of this version are known, others are not."""
        self.assertTrue(knows(MIGRATIONS, REVISION))
        self.assertFalse(knows(MIGRATIONS, "9999"))

    def test_migrate(self) -> None:
        """A migration leads to the tables of the schema; one that has run does not run again."""
        migrate(self.engine, REVISION, MIGRATIONS)
        migrate(self.engine, REVISION, MIGRATIONS)
        self.assertEqual(
            inspect(self.engine).get_table_names(),
            ["accounts", "alembic_version", "chargers", "journal", "sealed", "tokens"],
        )

    def test_no_way(self) -> None:
        """A revision to which no step leads changes nothing."""
        self.assertRaises(MigrationError, migrate, self.engine, "9999", MIGRATIONS)
        self.assertEqual(inspect(self.engine).get_table_names(), [])
