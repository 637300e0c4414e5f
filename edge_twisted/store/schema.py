"""The tables as they are now. `migrations/` leads every older database here, and a test compares the two."""

from typing import Final

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

REVISION: Final = "0002"
"""The newest step in `migrations/versions`, which leads to these tables."""

METADATA = MetaData()

CHARGERS = Table(
    "chargers",
    METADATA,
    # The identity's opaque name. Without Basic auth an identity is a secret, so it stands only inside the seal.
    Column("id", String, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("changed_at", Float, nullable=False),  # seconds since the epoch
)

JOURNAL = Table(
    "journal",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),  # given before it is written
    Column("at", Float, nullable=False),  # seconds since the epoch
    Column("code", String, nullable=False),
    Column("charger", String),  # opaque id; of `chargers`, or of one that was never remembered
    Column("fields", Text, nullable=False),  # JSON
    Index("journal_of_charger", "charger", "id"),
)
