"""Runs migrations over the connection that `store/upgrade.py` gives. For Alembic only; leaves logging alone."""

from alembic import context
from sqlalchemy import Connection

from edge_twisted.store.schema import METADATA

connection = context.config.attributes["connection"]
assert isinstance(connection, Connection)
# Batch: SQLite changes a column by making the table anew. Transactional: a step that fails leaves nothing behind.
context.configure(connection=connection, target_metadata=METADATA, render_as_batch=True, transactional_ddl=True)
with context.begin_transaction():
    context.run_migrations()
