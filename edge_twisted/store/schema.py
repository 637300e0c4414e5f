"""The tables as they are now. `migrations/` leads every older database here, and a test compares the two."""

from typing import Final

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

REVISION: Final = "0003"
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

ACCOUNTS = Table(
    "accounts",
    METADATA,
    Column("key", String, primary_key=True),  # the name in lower case
    Column("name", String, nullable=False),
    Column("role", String, nullable=False),
    Column("password", String, nullable=False),  # argon2id
    Column("second_factor", LargeBinary, nullable=False),  # the TOTP secret, sealed; empty: none
    Column("second_factor_step", Integer, nullable=False),
    Column("created_at", Float, nullable=False),  # seconds since the epoch, as below; 0: never
    Column("changed_at", Float, nullable=False),
    Column("login_at", Float, nullable=False),
)

TOKENS = Table(
    "tokens",
    METADATA,
    Column("id", String, primary_key=True),
    Column("label", String, nullable=False),
    Column("role", String, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),  # SHA-256
    Column("created_at", Float, nullable=False),
    Column("ends_at", Float, nullable=False),
    Column("used_at", Float, nullable=False),
)

SEALED = Table(
    "sealed",
    METADATA,
    Column("name", String, primary_key=True),  # what it is, such as `setup-code`
    Column("sealed", LargeBinary, nullable=False),
)
