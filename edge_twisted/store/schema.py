"""The tables as they are now. `migrations/` leads every older database here, and a test compares the two."""

from typing import Final

from sqlalchemy import Column, Float, LargeBinary, MetaData, String, Table

REVISION: Final = "0001"
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
