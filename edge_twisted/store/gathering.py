"""What belongs into a back-up of the settings, read from a box that may be at work."""

from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from sqlite3 import Connection, connect
from sqlite3 import Error as SQLiteError
from typing import Final

from edge_twisted.store.backup import CONFIG_NAME, DATABASE_NAME, KEYS_NAME, ROOT_NAME, BackupError
from edge_twisted.store.files import DATABASE, KEYS, MASTER_KEY, reason
from edge_twisted.store.schema import JOURNAL
from edge_twisted.store.vault import master_key

LEFT_OUT: Final = frozenset({JOURNAL.name})
"""Tables whose rows are no settings."""
CONFIG_BYTES: Final = 1 << 20
KEY_BYTES: Final = 1 << 16
CONFIG_FILE: Final = "edgeproxy.toml"


def gather(
    directory: Path, environ: Mapping[str, str], config: Path | None = None, roots: Iterable[Path] = ()
) -> dict[str, bytes]:
    """Read all that a box needs to be set up again as it is. Blocks.

    Args:
        directory: the state directory.
        environ: the process's environment, for the credential with the key.
        config: the configuration file, where there is one.
        roots: files with certificates that it names.

    Returns:
        As `backup.seal` takes it: chargers, accounts, tokens, keys and configuration; no journal, no messages.

    Raises:
        StateError: something can't be read.
    """
    files = {DATABASE_NAME: _database(directory / DATABASE)}
    found = [(ROOT_NAME, directory / ROOT_NAME, KEY_BYTES)]
    found += [
        (KEYS_NAME + path.name, path, KEY_BYTES)
        for path in sorted((directory / KEYS).iterdir())
        if path.suffix in (".key", ".pem")
    ]
    if config is not None:
        found.append((CONFIG_NAME + CONFIG_FILE, config, CONFIG_BYTES))
    found += [(f"{CONFIG_NAME}root-{n}.pem", path, CONFIG_BYTES) for n, path in enumerate(roots, 1)]
    files |= {name: _read(path, most) for name, path, most in found}
    return files | {KEYS_NAME + MASTER_KEY: master_key(directory, environ)}


def _read(path: Path, most: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except OSError as error:
        raise BackupError(f"{path}: cannot be read ({reason(error)}); see that Edge's user may read it") from None
    if len(content) > most:
        raise BackupError(f"{path}: has more than {most} bytes; is it the right file?")
    return content


def _database(path: Path) -> bytes:
    """The database as it is at one moment, without the rows of `LEFT_OUT`, in a file's form."""
    try:
        with closing(connect(":memory:", uri=True, isolation_level=None)) as copy:
            copy.execute("ATTACH ? AS box", (f"{path.absolute().as_uri()}?mode=ro",))
            copy.execute("BEGIN")
            _copy(copy)
            copy.execute("COMMIT")
            return copy.serialize()
    except SQLiteError as error:
        raise BackupError(f"{path}: cannot be read ({error}); see that the disk is not full") from None


def _copy(copy: Connection) -> None:
    made = copy.execute(
        "SELECT type, name, sql FROM box.sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' "
        "ORDER BY type = 'table' DESC"
    ).fetchall()
    for kind, name, sql in made:
        copy.execute(sql)
        if kind == "table" and name not in LEFT_OUT:
            quoted = name.replace('"', '""')
            copy.execute(f'INSERT INTO main."{quoted}" SELECT * FROM box."{quoted}"')  # noqa: S608 - our own table's name
