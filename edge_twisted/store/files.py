"""Files and directories of the state: their names, and how they come to be with the right permissions."""

import os
from pathlib import Path
from typing import Final

DATABASE: Final = "edgeproxy.db"
MESSAGES: Final = "messages.db"
KEYS: Final = "keys"
MASTER_KEY: Final = "master.key"
LOCK: Final = "lock"


def create_secret(path: Path, content: bytes) -> None:
    """Make a file of mode 0600 that is there with its whole content, on disk, or not at all.

    Args:
        path: the file; must not exist.
        content: its bytes.

    Raises:
        OSError: it exists already, or cannot be made.
    """
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)  # left by a start that was cut short
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)  # unlike a rename, never replaces a key that another process made meanwhile
    finally:
        draft.unlink(missing_ok=True)
    sync_directory(path.parent)


def create_private(path: Path) -> None:
    """See that a file is there and that only its owner may read it; its content stays.

    Args:
        path: the file.

    Raises:
        OSError: it cannot be made, or belongs to somebody else.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_mode & 0o077:
            os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)


def sync_directory(directory: Path) -> None:
    """Bring the names in a directory to the disk.

    Args:
        directory: the directory.

    Raises:
        OSError: it cannot be opened.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def reason(error: OSError) -> str:
    """The system's word for what happened, without the path.

    Args:
        error: what was raised.

    Returns:
        Such as `Permission denied`.
    """
    return error.strerror or type(error).__name__
