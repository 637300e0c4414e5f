"""The state directory as a whole: made, locked, and its parts opened in the right order.

Others may read the directory, since `root.pem` and `ports.json` are for them; what is secret has modes of its own.
"""

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen
from sqlalchemy import Engine

from edge_twisted.store.engine import open_engine, sqlite_url
from edge_twisted.store.errors import StateError
from edge_twisted.store.files import DATABASE, LOCK, reason
from edge_twisted.store.upgrade import upgrade
from edge_twisted.store.vault import Vault, open_vault


@frozen(eq=False)
class State:
    """An opened state directory.

    Args:
        directory: where it is, absolute.
        vault: seals and names.
        engine: the database, brought up to date. No connection is open.
        copy: the copy that was made of an older database, or None.
        lock: the descriptor that holds the lock.
    """

    directory: Path
    vault: Vault
    engine: Engine
    copy: str | None
    lock: int = field(repr=False)

    def close(self) -> None:
        """Let go of the database and the lock; once, and after `Chargers.close`."""
        self.engine.dispose()
        os.close(self.lock)


def open_state(directory: Path, environ: Mapping[str, str]) -> State:
    """Open the state directory for this process alone.

    Args:
        directory: made with mode 0755 if it is missing.
        environ: the process's environment, for the credential with the key.

    Returns:
        Its parts.

    Raises:
        StateError: another Edge uses it, or something in it cannot be used.
    """
    directory = directory.absolute()
    try:
        directory.mkdir(mode=0o755, parents=True, exist_ok=True)
    except OSError as error:
        raise StateError(
            f"{directory}: the state directory cannot be made ({reason(error)}); make it for Edge's user, or set "
            f"another [state] directory"
        ) from None
    lock = lock_state(directory / LOCK)
    engine = None
    try:
        vault = open_vault(directory, environ)
        engine = open_engine(sqlite_url(directory / DATABASE))
        copy = upgrade(engine)
    except BaseException:
        os.close(lock)
        raise
    finally:
        if engine is not None:
            engine.dispose()  # SQLite does not survive a fork, and twistd forks after this
    return State(directory, vault, engine, copy, lock)


def lock_state(path: Path) -> int:
    """Lock a state directory for this process alone.

    Args:
        path: the file for that.

    Returns:
        The descriptor that holds the lock, until it is closed.

    Raises:
        StateError: another Edge holds it, or it can't be made.
    """
    descriptor = None
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        # flock, unlike lockf, goes on to the child when twistd forks.
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if descriptor is None:
            raise StateError(
                f"{path}: the lock cannot be made ({reason(error)}); let Edge's user write to the state directory"
            ) from None
        os.close(descriptor)
        if not isinstance(error, BlockingIOError):
            raise StateError(
                f"{path}: the lock cannot be taken ({reason(error)}); the state must stand on a local disk"
            ) from None
        raise StateError(
            f"{path}: another Edge uses this state directory; stop it, or set another [state] directory"
        ) from None
    return descriptor
