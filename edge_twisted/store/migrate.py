"""The only module that knows Alembic: runs the steps in `migrations/`, without an ini file."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Engine

from edge_twisted.store.errors import MigrationError


def knows(scripts: Path, revision: str) -> bool:
    """Whether a revision is one of ours.

    Args:
        scripts: Alembic's script directory.
        revision: where a database stands.

    Returns:
        Whether there is a way from it to the newest.
    """
    return any(script.revision == revision for script in ScriptDirectory(str(scripts)).walk_revisions())


def migrate(engine: Engine, head: str, scripts: Path) -> None:
    """Run the steps that the database has not seen, in one transaction.

    Args:
        engine: the database.
        head: the revision to come to.
        scripts: Alembic's script directory.

    Raises:
        MigrationError: there is no way to that revision.
        SQLAlchemyError: a step failed; nothing has changed.
    """
    config = Config()
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, head)
    except CommandError as error:
        raise MigrationError(str(error)) from None
