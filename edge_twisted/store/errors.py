"""What can go wrong with the state directory. Each message is one line: the place, the trouble, the remedy."""


class StateError(Exception):
    """The state directory, or something in it, cannot be used."""


class VaultError(StateError):
    """The master key is missing, unreadable or not a key."""


class StoreError(StateError):
    """The database cannot be read, changed or brought up to date."""


class MigrationError(Exception):
    """Alembic found no way to a revision; becomes a StoreError before anybody else sees it."""
