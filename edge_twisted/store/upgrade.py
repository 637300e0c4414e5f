"""Brings a database to the schema of this version; a copy of an older one is kept."""

from pathlib import Path
from sqlite3 import Error as SQLiteError

from sqlalchemy import Engine, column, inspect, select, table
from sqlalchemy.exc import SQLAlchemyError

from edge_twisted.store.engine import cause, copy_database, place
from edge_twisted.store.errors import MigrationError, StoreError
from edge_twisted.store.schema import REVISION

MIGRATIONS = Path(__file__).with_name("migrations")

_VERSION = table("alembic_version", column("version_num"))


def upgrade(engine: Engine, head: str = REVISION, scripts: Path = MIGRATIONS) -> str | None:
    """Run the migrations that the database has not seen, all of them or none.

    A database that holds something and needs a change is copied first: `<file>.before-<revision>`.

    Args:
        engine: the database.
        head: the revision to come to.
        scripts: Alembic's script directory.

    Returns:
        The path of the copy, or None where none was needed.

    Raises:
        StoreError: no database, a newer one, or a migration that failed; the database is then as it was.
    """
    copy = None
    try:
        current, tables = _state(engine)
        if current == head:
            return None
        # Not before it is needed: the import of Alembic would be a third of every start.
        from edge_twisted.store.migrate import knows, migrate

        if current is not None and not knows(scripts, current):
            raise StoreError(
                f"{place(engine)}: the database was written by a newer Edge (its revision is {current}, this one "
                f"knows {head}); install that Edge again, or put back the copy {place(engine)}.before-*"
            )
        if tables:
            copy = copy_database(engine, f".before-{head}")
        migrate(engine, head, scripts)
    except (SQLAlchemyError, SQLiteError, MigrationError, OSError) as error:
        kept = f"; a copy is {copy}" if copy else ""
        raise StoreError(
            f"{place(engine)}: the database cannot be used or brought up to date ({cause(error)}){kept}; "
            f"see that the disk is not full and writable, or put back a copy of the database"
        ) from None
    return copy


def _state(engine: Engine) -> tuple[str | None, bool]:
    """The revision, and whether there is any table."""
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        current = connection.scalar(select(_VERSION.c.version_num)) if _VERSION.name in tables else None
        return current, bool(tables)
