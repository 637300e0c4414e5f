"""The journal of what happened."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table `journal`."""
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float, nullable=False),
        sa.Column("code", sa.String, nullable=False),
        sa.Column("charger", sa.String),
        sa.Column("fields", sa.Text, nullable=False),
    )
    op.create_index("journal_of_charger", "journal", ["charger", "id"])
